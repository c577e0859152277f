import { correlate, fromPlanes, slice, tensor } from 'convoke'
import type { Kernel, Matrix } from 'convoke-workbench'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaries } from './boundary.ts'
import { type Filter, filterStrips, type Strip, stripRows } from './filter.ts'
import { channelsOf, makeSamples, type Picture } from './picture.ts'
import { type Placement, place, type SlideOptions } from './placement.ts'
import type { View } from './planes.ts'
import { slideBy } from './slide.ts'

const plain: View = { gray: false, linear: false }
const kernelOf = (rows: Matrix): Kernel => ({ name: 'test', rows, signed: false })
const filterOf = (...matrices: Matrix[]): Filter => {
  const [a, b] = matrices.map(kernelOf)
  return { name: 'test', kernels: b === undefined ? [a] : [a, b] }
}

/** All strips put together. */
async function filtered(picture: Picture, filter: Filter, options: SlideOptions, view: View, budget?: number) {
  const placements: Placement[] = filter.kernels.map(({ rows }) =>
    place([rows.length, rows[0].length], [picture.height, picture.width], options),
  )
  const strips: Strip[] = []
  const room = budget === undefined ? undefined : { usual: budget, withHalo: budget }
  const slide = slideBy('fast')
  for (const strip of filterStrips(picture, filter, placements, view, slide, room)) strips.push(strip)
  return {
    count: strips.length,
    colour: strips.flatMap(({ colour, known }) => [...slice(fromPlanes(colour), [{ start: known }]).dataSync()]),
    alpha: strips.flatMap(({ alpha }) => (alpha === undefined ? [] : [...alpha])),
  }
}

const number = fc.integer({ min: -4, max: 4 }).map((n) => n / 2)
const matrix = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
  .chain(([rows, columns]) =>
    fc.array(fc.array(number, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }),
  )

const picture = fc
  .record({
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 12 }),
    colours: fc.constantFrom<1 | 3>(1, 3),
    alpha: fc.boolean(),
    depth: fc.constantFrom<8 | 16>(8, 16),
    seed: fc.integer(),
  })
  .map(({ seed, ...head }): Picture => {
    const samples = makeSamples(head.depth, head.width * head.height * channelsOf(head))
    let state = seed
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return state >>> 8
    }
    return { ...head, samples: samples.map(() => next() % (head.depth === 8 ? 256 : 65536)) as typeof samples }
  })

const pair = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
const slideOptions = fc.record({
  padding: fc.constantFrom('same' as const, 'full' as const, [2, 1, 0, 3] as const),
  boundary: fc.constantFrom(...boundaries),
  stride: pair(1, 3),
  dilation: pair(1, 3),
})
const view = fc.record({ gray: fc.boolean(), linear: fc.boolean() })

describe('filterStrips', () => {
  it('gives to the bit what one piece gives, however thin the strips', async () => {
    let most = 0
    await fc.assert(
      fc.asyncProperty(
        picture,
        matrix,
        slideOptions,
        view,
        fc.integer({ min: 1, max: 400 }),
        async (picture, rows, options, view, budget) => {
          const [height, width] = [picture.height, picture.width]
          const fits = () => place([rows.length, rows[0].length], [height, width], options)
          try {
            fits()
          } catch {
            return
          }
          const whole = await filtered(picture, filterOf(rows), options, view, 1e9)
          const strips = await filtered(picture, filterOf(rows), options, view, budget)
          expect(whole.count).toBe(1)
          most = Math.max(most, strips.count)
          expect(strips.colour).toEqual(whole.colour)
          expect(strips.alpha).toEqual(whole.alpha)
        },
      ),
      { numRuns: 300 },
    )
    expect(most).toBeGreaterThan(5)
  })

  it('agrees with the definition, pixel by pixel', async () => {
    await fc.assert(
      fc.asyncProperty(picture, matrix, async (picture, rows) => {
        const options = { padding: 'same', boundary: 'edge', stride: [1, 1], dilation: [1, 1] } as const
        const { width, height, colours, samples } = picture
        const channels = channelsOf(picture)
        const opaque = {
          ...picture,
          samples: samples.map((v, i) =>
            picture.alpha && i % channels === channels - 1 ? (picture.depth === 8 ? 255 : 65535) : v,
          ) as typeof samples,
        }
        const { colour } = await filtered(opaque, filterOf(rows), options, plain)
        const clamp = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1)
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            for (let c = 0; c < colours; c++) {
              let sum = 0
              rows.forEach((row, m) => {
                row.forEach((k, n) => {
                  const [i, j] = [clamp(y + m - (rows.length >> 1), height), clamp(x + n - (row.length >> 1), width)]
                  sum += k * samples[(i * width + j) * channels + c]
                })
              })
              expect(colour[(y * width + x) * colours + c]).toBeCloseTo(sum, 1)
            }
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('gives what the library gives for the same mode, boundary, stride and dilation', async () => {
    const modes = fc.constantFrom('same' as const, 'full' as const, 'valid' as const)
    const grey = picture.map((found): Picture => ({ ...found, colours: 1, alpha: false }))
    await fc.assert(
      fc.asyncProperty(grey, matrix, slideOptions, modes, async (found, rows, { boundary, stride, dilation }, mode) => {
        const { width, height } = found
        const values = Float32Array.from(found.samples.subarray(0, width * height))
        let expected: number[]
        try {
          const y = correlate(tensor(values, { shape: [height, width] }), rows, { mode, boundary, stride, dilation })
          expected = [...y.dataSync()]
        } catch {
          return
        }
        const options = { padding: mode, boundary, stride, dilation }
        expect((await filtered(found, filterOf(rows), options, plain, 40)).colour).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  it('never lets the colour of an invisible pixel into a visible one', async () => {
    await fc.assert(
      fc.asyncProperty(
        picture,
        matrix,
        slideOptions,
        view,
        fc.integer({ min: 0, max: 255 }),
        async (base, rows, options, view, other) => {
          const picture = { ...base, alpha: true, colours: 3 as const }
          const channels = 4
          const samples = makeSamples(picture.depth, picture.width * picture.height * channels)
          for (let i = 0; i < samples.length; i++) samples[i] = base.samples[i % base.samples.length]
          for (let i = 3; i < samples.length; i += 8) samples[i] = 0
          const changed = samples.slice() as typeof samples
          for (let i = 3; i < samples.length; i += 8) changed.fill(other, i - 3, i)
          try {
            place([rows.length, rows[0].length], [picture.height, picture.width], options)
          } catch {
            return
          }
          const a = await filtered({ ...picture, samples }, filterOf(rows), options, view)
          const b = await filtered({ ...picture, samples: changed }, filterOf(rows), options, view)
          const colours = view.gray ? 1 : 3
          a.alpha.forEach((opacity, pixel) => {
            if (opacity === 0) return
            for (let c = 0; c < colours; c++) expect(b.colour[pixel * colours + c]).toBe(a.colour[pixel * colours + c])
          })
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps a flat colour flat up to the rim of a shape, and its opacity untouched', async () => {
    const samples = Uint8Array.from([10, 20, 30, 255, 10, 20, 30, 128, 250, 250, 250, 0, 10, 20, 30, 255])
    const picture: Picture = { width: 4, height: 1, colours: 3, alpha: true, depth: 8, samples }
    const options = { padding: 'same', boundary: 'reflect', stride: [1, 1], dilation: [1, 1] } as const
    const { colour, alpha } = await filtered(picture, filterOf([[1 / 3, 1 / 3, 1 / 3]]), options, plain)
    expect(alpha).toEqual([255, 128, 0, 255])
    for (const pixel of [0, 1, 3]) {
      const expected = [10, 20, 30].map((value) => expect.closeTo(value, 3))
      expect(colour.slice(pixel * 3, pixel * 3 + 3)).toEqual(expected)
    }
  })

  it('combines two kernels into a magnitude', async () => {
    const picture: Picture = { width: 2, height: 1, colours: 1, alpha: false, depth: 8, samples: Uint8Array.of(3, 4) }
    const options = { padding: 'valid', boundary: 'zero', stride: [1, 1], dilation: [1, 1] } as const
    expect((await filtered(picture, filterOf([[1, 0]], [[0, 1]]), options, plain)).colour).toEqual([5])
  })

  it('filters linear light where that is asked for', async () => {
    const picture: Picture = { width: 2, height: 1, colours: 1, alpha: false, depth: 8, samples: Uint8Array.of(0, 255) }
    const options = { padding: 'valid', boundary: 'zero', stride: [1, 1], dilation: [1, 1] } as const
    expect((await filtered(picture, filterOf([[0.5, 0.5]]), options, { gray: false, linear: true })).colour).toEqual([
      0.5,
    ])
  })

  it('gives what sums of products give, to rounding, for a kernel so large that the library takes another way', async () => {
    const [width, height, side] = [150, 130, 31]
    const samples = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 251)
    const picture: Picture = { width, height, colours: 3, alpha: false, depth: 8, samples }
    const rows = Array.from({ length: side }, (_, m) =>
      Array.from({ length: side }, (_, n) => Math.sin(m * 31 + n * n) / 100),
    )
    const options = { padding: 'same', boundary: 'reflect', stride: [1, 1], dilation: [1, 1] } as const
    const { colour, count } = await filtered(picture, filterOf(rows), options, plain, 60_000)
    expect(count).toBeGreaterThan(1)
    const folded = (at: number, size: number) => (at < 0 ? -1 - at : at >= size ? 2 * size - 1 - at : at)
    for (let pixel = 0; pixel < width * height; pixel += 97) {
      const [y, x, c] = [Math.floor(pixel / width), pixel % width, pixel % 3]
      let sum = 0
      rows.forEach((row, m) => {
        row.forEach((k, n) => {
          sum += k * samples[(folded(y + m - 15, height) * width + folded(x + n - 15, width)) * 3 + c]
        })
      })
      expect(Math.abs(colour[pixel * 3 + c] - sum)).toBeLessThan(0.01)
    }
  })

  it('combines two kernels whose squares leave the range of float32', async () => {
    const picture: Picture = { width: 2, height: 1, colours: 1, alpha: false, depth: 8, samples: Uint8Array.of(3, 4) }
    const options = { padding: 'valid', boundary: 'zero', stride: [1, 1], dilation: [1, 1] } as const
    for (const size of [1e30, 1e-30]) {
      const { colour } = await filtered(picture, filterOf([[size, 0]], [[0, size]]), options, plain)
      expect(colour[0] / size).toBeCloseTo(5, 4)
    }
  })
})

describe('stripRows', () => {
  it('gives a tall kernel as many rows as its halo has, and any kernel what memory holds', () => {
    const options = { padding: 'same', boundary: 'reflect', stride: [1, 1], dilation: [1, 1] } as const
    const rowsFor = (side: number, width: number) => stripRows(place([side, side], [3000, width], options), 3)
    expect(rowsFor(61, 4000)).toBeGreaterThan(60)
    expect(rowsFor(201, 4000)).toBeGreaterThanOrEqual(200)
    // 4 bytes × 3 channels × (rows + halo + rows) within 48 MB.
    expect(12 * 8000 * (2 * rowsFor(255, 8000) + 254)).toBeLessThan(50e6)
    expect(rowsFor(3, 4000) * 4000 * 3 * 4 * 2).toBeLessThan(25e6)
    expect(rowsFor(3, 3e6)).toBe(1)
  })
})
