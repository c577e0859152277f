import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alignment, createArena, type Region, type Span, showBytes } from './arena.ts'

function regions(limit = Number.POSITIVE_INFINITY, smallest = 1 << 20) {
  let next = 4096
  const held = new Set<Region>()
  return {
    held,
    grow: (bytes: number): Region | undefined => {
      const byteLength = Math.max(smallest, bytes)
      const total = [...held].reduce((sum, region) => sum + region.byteLength, byteLength)
      if (total > limit) return undefined
      const region = { base: next, byteLength }
      next += byteLength + 4096
      held.add(region)
      return region
    },
    release: (region: Region): void => {
      held.delete(region)
    },
  }
}

describe('an arena', () => {
  test('hands out aligned spans that never overlap, whatever is allocated and freed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 300_000 }), fc.nat()), { maxLength: 200 }), (steps) => {
        const arena = createArena(regions(), 0)
        const live: Span<Region>[] = []
        for (const [bytes, pick] of steps) {
          if (pick % 3 === 0 && live.length > 0) arena.free(live.splice(pick % live.length, 1)[0])
          else live.push(arena.allocate(bytes, 'a test'))
          const sorted = [...live].sort((a, b) => a.address - b.address)
          sorted.forEach((span, i) => {
            expect(span.address % alignment).toBe(0)
            if (i > 0) expect(span.address).toBeGreaterThanOrEqual(sorted[i - 1].address + sorted[i - 1].byteLength)
          })
          expect(arena.use().used).toBe(live.reduce((sum, span) => sum + span.byteLength, 0))
        }
        for (const span of live) arena.free(span)
        arena.trim()
        expect(arena.use()).toEqual({ used: 0, reserved: 0 })
      }),
      { numRuns: 50 },
    )
  })

  test('reuses what was freed: the same steps take no more memory', () => {
    const arena = createArena(regions())
    const step = () => {
      const spans = [100, 50_000, 7, 200_000, 64].map((bytes) => arena.allocate(bytes, 'a step'))
      for (const span of spans) arena.free(span)
    }
    step()
    const { reserved } = arena.use()
    for (let i = 0; i < 1000; i++) step()
    expect(arena.use().reserved).toBe(reserved)
  })

  test.each([
    [63, true],
    [64, false],
  ])(
    'takes the best of the free pieces that it looks at, which are 64 of a size class: behind %i others',
    (others, found) => {
      const arena = createArena(regions())
      const line = alignment
      // Between the pieces lie others in use, so that none are joined.
      const piece = (lines: number) => {
        const span = arena.allocate(lines * line, 'a piece')
        arena.allocate(line, 'a wall')
        return span
      }
      const best = piece(70)
      const rest = Array.from({ length: others }, () => piece(100))
      // What was freed last is looked at first.
      for (const span of [best, ...rest]) arena.free(span)
      const { address } = arena.allocate(69 * line, 'one more')
      expect(address === best.address).toBe(found)
      expect([best, ...rest].some((span) => span.address === address)).toBe(true)
    },
  )

  test('takes a piece that fits behind any number of its class that do not', () => {
    const arena = createArena(regions())
    const piece = (lines: number) => {
      const span = arena.allocate(lines * alignment, 'a piece')
      arena.allocate(alignment, 'a wall')
      return span
    }
    const fits = piece(100)
    const small = Array.from({ length: 200 }, () => piece(70))
    for (const span of [fits, ...small]) arena.free(span)
    expect(arena.allocate(90 * alignment, 'one more').address).toBe(fits.address)
  })

  test('joins neighbours, so that a whole region can be used again', () => {
    const source = regions()
    const arena = createArena(source)
    const spans = Array.from({ length: 1024 }, () => arena.allocate(1024, 'a small one'))
    for (const i of [...spans.keys()].sort((a, b) => ((a * 7) % 1024) - ((b * 7) % 1024))) arena.free(spans[i])
    arena.allocate(1 << 20, 'a large one')
    expect(source.held.size).toBe(1)
  })

  test('says what was wanted and what is in use when there is no more', () => {
    const arena = createArena(regions(2 ** 21))
    arena.allocate(2 ** 20, 'a first tensor')
    expect(() => arena.allocate(2 ** 21, 'a tensor of shape [512, 1024]')).toThrow(
      'out of memory: a tensor of shape [512, 1024] needs 2 MiB; 1 MiB are in use, 1 MiB reserved.',
    )
  })

  test('gives unused regions back before it gives up', () => {
    const source = regions(3 * 2 ** 20)
    const arena = createArena(source)
    for (const span of [1, 2].map(() => arena.allocate(2 ** 20, 'one'))) arena.free(span)
    arena.allocate(3 * 2 ** 20, 'a large one')
    expect(source.held.size).toBe(1)
  })

  test('refuses to free twice', () => {
    const arena = createArena(regions())
    const span = arena.allocate(10, 'one')
    arena.free(span)
    expect(() => arena.free(span)).toThrow(/freed twice/)
  })
})

test('sizes are written as people read them', () => {
  expect([512, 3.5 * 2 ** 20, 5 * 2 ** 30].map(showBytes)).toEqual(['512 bytes', '3.5 MiB', '5 GiB'])
})

test('asks for what was forgotten before it refuses', () => {
  const spans: Span<Region>[] = []
  let asked = 0
  const arena = createArena(regions(2 ** 21), 0, () => {
    asked++
    for (const span of spans.splice(0)) arena.free(span)
  })
  spans.push(arena.allocate(2 ** 20, 'what is forgotten'), arena.allocate(2 ** 20, 'what is forgotten'))
  expect(arena.allocate(2 ** 21, 'a test').byteLength).toBe(2 ** 21)
  expect(asked).toBe(1)
  expect(() => arena.allocate(2 ** 20, 'a test')).toThrow(/out of memory/)
})
