import { convolve, correlate } from 'convoke'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaries } from '../picture/boundary.ts'
import { explain, formulaOf, sizeOf } from './explanation.ts'
import { render } from './render.ts'

const plain = { padding: 'valid', boundary: 'zero', stride: [1, 1], dilation: [1, 1] } as const
const count = [1, 2, 3, 4, 5].map((_, i) => [1, 2, 3, 4, 5].map((j) => 5 * i + j))
const diagonal = [
  [1, 0],
  [0, 1],
]

const matrix = (most: number) =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most })).chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  )
const pair = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))

describe('explain', () => {
  it('works the example of the guide: 4 × 4, not 3 × 3', () => {
    const { output, step, placement } = explain(count, diagonal, plain, false)
    expect(output).toEqual([
      [8, 10, 12, 14],
      [18, 20, 22, 24],
      [28, 30, 32, 34],
      [38, 40, 42, 44],
    ])
    expect(step(1, 2)).toMatchObject({
      corner: [1, 2],
      window: [
        [8, 9],
        [13, 14],
      ],
      products: [
        [8, 0],
        [0, 14],
      ],
      sum: 22,
    })
    expect(sizeOf(placement[0])).toBe('floor((5 + 0 + 0 − 1·(2 − 1) − 1) / 1) + 1 = floor(3 / 1) + 1 = 4')
  })

  it('gives what the library computes, and each window’s products add up to it', () => {
    const modes = fc.constantFrom('same' as const, 'full' as const, 'valid' as const)
    fc.assert(
      fc.property(
        matrix(6),
        matrix(3),
        modes,
        fc.constantFrom(...boundaries),
        pair,
        pair,
        fc.boolean(),
        (x, k, mode, boundary, stride, dilation, flips) => {
          const options = { padding: mode, boundary, stride, dilation }
          let expected: unknown
          try {
            expected = (flips ? convolve : correlate)(x, k, { mode, boundary, stride, dilation }).toArray()
          } catch {
            expect(() => explain(x, k, options, flips)).toThrow(/spans/)
            return
          }
          expect(explain(x, k, options, flips).output).toEqual(expected)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('states a formula that gives the output when it is evaluated', () => {
    fc.assert(
      fc.property(
        matrix(6),
        matrix(3),
        fc.tuple(...Array(4).fill(fc.integer({ min: 0, max: 2 }))),
        pair,
        pair,
        fc.boolean(),
        (x, k, pads, stride, dilation, flips) => {
          let explanation: ReturnType<typeof explain>
          try {
            explanation = explain(
              x,
              k,
              { padding: pads as [number, number, number, number], boundary: 'zero', stride, dilation },
              flips,
            )
          } catch {
            return
          }
          const [, row, column] = /x\((.*), (.*)\) ·/.exec(
            formulaOf(explanation).replace(/−/g, '-').replace(/(\d)·/g, '$1*'),
          )!
          const [rowAt, columnAt] = [
            new Function('i', 'm', `return ${row}`),
            new Function('j', 'n', `return ${column}`),
          ]
          explanation.output.forEach((line, i) => {
            line.forEach((value, j) => {
              const sum = k.flatMap((taps, m) => taps.map((tap, n) => tap * (x[rowAt(i, m)]?.[columnAt(j, n)] ?? 0)))
              expect(sum.reduce((a, b) => a + b, 0) + 0).toBe(value + 0)
            })
          })
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('render', () => {
  const text = (...args: Parameters<typeof explain>) => render(explain(...args)).join('\n')

  it('shows every window of a small one, where it lands, and what the stride cannot give', () => {
    const shown = text(count, diagonal, plain, false)
    expect(shown.match(/^Step \d+ of 16/gm)).toHaveLength(16)
    expect(shown).toContain('y(i, j) = Σ x(i + m, j + n) · k(m, n)')
    expect(shown).toContain('1·1 + 2·0 + 6·0 + 7·1 = 1 + 0 + 0 + 7 = 8')
    expect(shown).toContain('[ 1][ 2]')
    expect(shown).toContain('a stride of 1 cannot give 3 × 3')
  })

  it('states the textbook formula for a full convolution', () => {
    const shown = text([[3, 4, 5, 6, 5, 4]], [[1, 2, 3]], { ...plain, padding: 'full' }, true)
    expect(shown).toContain('y(i, j) = Σ x(i − m, j − n) · k(m, n)')
    expect(shown).toContain('3  10  22  28  32  32  23  12')
    expect(shown).toContain('3  2  1')
  })

  it('stays readable for large inputs: the first window, a line for others, the whole output', () => {
    const large = Array.from({ length: 20 }, () => Array<number>(20).fill(1))
    const shown = text(large, diagonal, plain, false)
    expect(shown.match(/^Step/gm)).toHaveLength(1)
    expect(shown).toContain('… and 297 more')
    expect(shown).toContain('add --step row,column')
    expect(shown.split('\n').length).toBeLessThan(150)
  })

  it('rules off the padding and keeps columns in line', () => {
    const shown = render(explain(count, [[0, 1, 0]], { ...plain, padding: [1, 1, 2, 0] }, false))
    const grid = shown.slice(shown.findIndex((line) => line.startsWith('Step 1 ')) + 1)
    expect(grid[0]).toContain('│')
    expect(grid[1]).toContain('────')
  })
})
