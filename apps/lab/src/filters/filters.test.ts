// The view's pictures beside the definition, and its address.

import { sourceIndex } from 'convoke/shapes'
import { gallery } from 'convoke-workbench'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { samplePicture, samples } from '../pictures/samples.ts'
import type { Pixels } from '../ui/pixels.ts'
import { readAddress, writeAddress } from './address.ts'
import { computeFilters, computeProbe } from './compute.ts'
import { parametersZh, summariesZh } from './kernel-words.ts'
import { type FiltersState, firstFilters, kernelOf, kernelsOf, resized } from './state.ts'
import type { FiltersQuestion } from './task.ts'

const [width, height] = [9, 7]
const picture: Pixels = {
  ...{ width, height },
  data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 73) % 256)),
}

const question = (change: Partial<FiltersQuestion>): FiltersQuestion => ({
  ...{ picture, pictureId: 1, kernels: [], signed: false, boundary: 'reflect', grey: false, channel: undefined },
  spectra: false,
  ...change,
})

/** y(i, j) = Σ x(i + m − ⌊rows / 2⌋, j + n − ⌊columns / 2⌋) · k(m, n), in float64. */
function filtered(
  x: readonly number[],
  kernel: readonly (readonly number[])[],
  boundary: FiltersState['boundary'],
): number[] {
  const at = (row: number, column: number): number => {
    const inside = row >= 0 && row < height && column >= 0 && column < width
    if (boundary === 'zero') return inside ? x[row * width + column] : 0
    return x[sourceIndex(boundary, row, height) * width + sourceIndex(boundary, column, width)]
  }
  const [top, left] = [Math.floor(kernel.length / 2), Math.floor(kernel[0].length / 2)]
  return x.map((_, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    return kernel.reduce(
      (sum, line, m) => line.reduce((part, k, n) => part + k * at(row + m - top, column + n - left), sum),
      0,
    )
  })
}

const plane = (channel: number): number[] =>
  Array.from({ length: width * height }, (_, i) => picture.data[4 * i + channel])

describe('the worker', () => {
  it.each(['zero', 'reflect', 'mirror', 'edge', 'wrap'] as const)(
    'filters each channel by the definition, one filter after the other: %s',
    async (boundary) => {
      const kernels = ['gaussian:0.8', 'sharpen', 'roberts-x'].map((name) => kernelOf(name, [[1]])!.rows)
      const asked = question({ kernels, boundary, signed: true })
      const { answer } = await computeFilters(asked)
      const wanted = [0, 1, 2].map((c) => kernels.reduce((x, kernel) => filtered(x, kernel, boundary), plane(c)))
      const all = wanted.flat()
      expect(answer.range[0]).toBeCloseTo(Math.min(...all), 2)
      expect(answer.range[1]).toBeCloseTo(Math.max(...all), 2)
      const largest = Math.max(...all.map(Math.abs))
      wanted.forEach((values, c) => {
        values.forEach((value, i) => {
          const shown = (value * 127) / largest + 128
          expect(Math.abs(answer.result.data[4 * i + c] - shown)).toBeLessThan(0.51)
        })
      })
      const probe = (await computeProbe({ ...asked, pixel: [3, 4] })).answer!
      expect(probe.sum).toBeCloseTo(wanted[0][3 * width + 4], 2)
      expect(probe.products.flat().reduce((a, b) => a + b, 0)).toBeCloseTo(probe.sum, 2)
      // Of a question that was not computed before.
      const other = (await computeProbe({ ...asked, channel: 1, pixel: [6, 8] })).answer!
      expect(other.sum).toBeCloseTo(wanted[1][6 * width + 8], 2)
    },
  )

  it('leaves a picture without filters as it is, in one channel or in the grey of Rec. 709', async () => {
    const whole = (await computeFilters(question({}))).answer.result.data
    expect([...whole]).toEqual([...picture.data])
    const green = (await computeFilters(question({ channel: 1 }))).answer.result.data
    expect([...green.slice(0, 4)]).toEqual([picture.data[1], picture.data[1], picture.data[1], 255])
    const grey = (await computeFilters(question({ grey: true }))).answer.result.data
    const [r, g, b] = picture.data
    expect(grey[0]).toBe(Math.round(0.2126 * r + 0.7152 * g + 0.0722 * b))
  })

  it('shows the spectrum of a wave at its frequency, and of a filter as its response', async () => {
    const side = 128
    const wave: Pixels = {
      ...{ width: side, height: side },
      // 16 periods a row: bins 64 ± 16 of the middle row.
      data: Uint8ClampedArray.from({ length: 4 * side * side }, (_, i) =>
        i % 4 === 3 ? 255 : 127.5 + 127.5 * Math.cos((2 * Math.PI * 16 * (Math.floor(i / 4) % side)) / side),
      ),
    }
    const kernels = [[[0.5, 0, -0.5]]]
    const { answer } = await computeFilters(question({ picture: wave, kernels, spectra: true }))
    const level = ({ data }: Pixels, row: number, column: number): number => data[4 * (row * side + column)]
    const { before, kernel, after } = answer.spectra!
    for (const column of [48, 80]) {
      expect(level(before, 64, column)).toBeGreaterThan(level(before, 64, column + 5) + 60)
      expect(level(after, 64, column)).toBeGreaterThan(230)
    }
    // (e^{iω} − e^{−iω}) / 2: nothing at 0 and at half the sampling rate, most at a quarter of it.
    expect([level(kernel, 64, 64), level(kernel, 64, 0), level(kernel, 64, 32), level(kernel, 10, 96)]).toEqual([
      0, 0, 255, 255,
    ])
    expect(level(after, 64, 64)).toBeLessThan(30)
  })
})

describe('an address', () => {
  const anyFilters: fc.Arbitrary<FiltersState> = fc.record({
    sample: fc.constantFrom(...samples),
    chain: fc.array(fc.constantFrom('own', 'sobel-x', 'gaussian:2', 'motion:9,30', 'unsharp'), { maxLength: 4 }),
    own: fc.integer({ min: 1, max: 31 }).chain((side) =>
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: side, maxLength: side }), {
        minLength: side,
        maxLength: side,
      }),
    ),
    boundary: fc.constantFrom('zero', 'reflect', 'mirror', 'edge', 'wrap'),
    grey: fc.boolean(),
    channel: fc.constantFrom('all', 'red', 'green', 'blue'),
    wipe: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    pixel: fc.tuple(fc.nat(1023), fc.nat(1023)),
  })

  it('gives back any state, and the first without parameters', () => {
    fc.assert(
      fc.property(anyFilters, (state) => {
        const read = readAddress(new URLSearchParams(writeAddress(state).toString()))
        expect(read).toEqual({ state, refused: [] })
      }),
    )
    expect(writeAddress(firstFilters).toString()).toBe('')
    expect(readAddress(new URLSearchParams())).toEqual({ state: firstFilters, refused: [] })
  })

  it.each([
    ['chain=sobel', ['chain']],
    ['chain=gaussian:999', ['chain']],
    ['chain=box:2|box', ['chain']],
    ['chain=box|box|box|box|box', ['chain']],
    ['own=1,2;3', ['own']],
    ['own=1,x;3,4', ['own']],
    ['sample=__proto__&edge=none&wipe=2&pixel=a', ['sample', 'edge', 'wipe', 'pixel']],
  ])('%s: names what it refuses', (query, names) => {
    expect([...readAddress(new URLSearchParams(query)).refused].sort()).toEqual([...names].sort())
  })
})

it('Every kernel of the gallery can be chosen, and an own one keeps its middle when it grows', () => {
  for (const { name } of gallery) expect(kernelOf(name, [[1]])?.rows.length, name).toBeGreaterThan(0)
  expect(kernelsOf({ ...firstFilters, chain: ['own', 'box:5'] })).toHaveLength(2)
  expect(
    resized(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      5,
    )[2],
  ).toEqual([0, 4, 5, 6, 0])
  expect(
    resized(
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      1,
    ),
  ).toEqual([[5]])
  expect(
    kernelOf('own', [
      [0, -1, 0],
      [-1, 5, -1],
      [0, -1, 0],
    ])?.signed,
  ).toBe(false)
  expect(kernelOf('own', [[-1, 1]])?.signed).toBe(true)
})

it('Every kernel of the gallery and every parameter has a Chinese name, and no other', () => {
  expect(Object.keys(summariesZh).sort()).toEqual(gallery.map(({ name }) => name).sort())
  const parameters = new Set(gallery.flatMap((kernel) => kernel.parameters.map(({ name }) => name)))
  expect(Object.keys(parametersZh).sort()).toEqual([...parameters].sort())
})

it('Samples are drawn in their size, opaque', () => {
  for (const name of samples) {
    const { width: w, height: h, data } = samplePicture(name)
    expect(data).toHaveLength(4 * w * h)
    expect(data[3]).toBe(255)
    expect(new Set(data).size).toBeGreaterThan(4)
  }
})
