import { describe, expect, it } from 'vitest'
import { arange, type Tensor, tensor, zeros } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const modes: readonly ops.ResizeMode[] = ['nearest', 'bilinear', 'bicubic']
const coordinates: readonly ops.ResizeCoordinates[] = ['half-pixel', 'align-corners', 'asymmetric']
const sizes = [
  [7, 8],
  [3, 2],
  [1, 9],
]

describe('resize agrees with float64 and central differences', () => {
  for (const mode of modes) {
    for (const place of coordinates) {
      it.each([false, true])(`${mode}, ${place}, antialias %s`, async (antialias) => {
        for (const size of sizes) {
          await checkOp((x) => ops.resize(x, { size, mode, coordinates: place, antialias }), [input([1, 5, 4, 2])], {
            second: size[0] === 3,
            tolerance: 1e-5,
          })
        }
      })
    }
  }
  it('any spatial rank, by scale', async () => {
    await checkOp((x) => ops.resize(x, { scale: 1.5 }), [input([2, 4, 1])])
    await checkOp((x) => ops.resize(x, { scale: [2, 0.5, 1], mode: 'bicubic' }), [input([1, 2, 4, 3, 1])])
  })
  it('other cubics and roundings', async () => {
    await checkOp((x) => ops.resize(x, { size: 7, mode: 'bicubic', cubic: -0.5 }), [input([1, 4, 1])])
    for (const rounding of ['round-prefer-floor', 'round-prefer-ceil', 'floor', 'ceil'] as const) {
      await checkOp((x) => ops.resize(x, { size: 7, mode: 'nearest', rounding }), [input([1, 4, 1])])
    }
  })
})

describe('resize, by hand', () => {
  const line = (values: number[], options: ops.ResizeOptions): number[] =>
    Array.from(ops.resize(tensor(values, { shape: [1, values.length, 1] }), options).dataSync())
  const close = (found: number[], expected: number[]): void => {
    expect(found).toHaveLength(expected.length)
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5)
    })
  }
  it('scaled corners count on lengths that are not rounded', () => {
    // 4 · 0.6 = 2.4: two outputs, the second at 3 / 1.4; of whole lengths the corners themselves.
    const options = { scale: 0.6, coordinates: 'align-corners-scaled' } as const
    expect(line([1, 2, 3, 4], options)[0]).toBe(1)
    expect(line([1, 2, 3, 4], options)[1]).toBeCloseTo(1 + 3 / 1.4, 5)
    expect(line([1, 2, 3, 4], { ...options, scale: 0.5 })).toEqual([1, 4])
    expect(line([5, 2, 3, 4], { ...options, scale: 0.25 })).toEqual([5])
  })

  it('bilinear reads where each convention says', () => {
    close(line([1, 2], { size: 4 }), [1, 1.25, 1.75, 2])
    close(line([1, 2], { size: 4, coordinates: 'align-corners' }), [1, 4 / 3, 5 / 3, 2])
    close(line([1, 2], { size: 4, coordinates: 'asymmetric' }), [1, 1.5, 2, 2])
    close(line([1, 2, 3, 4], { size: 2 }), [1.5, 3.5])
    close(line([1, 2, 3, 4], { size: 2, coordinates: 'align-corners' }), [1, 4])
    close(line([1, 2, 3, 4], { size: 2, coordinates: 'asymmetric' }), [1, 3])
    close(line([5, 6, 7], { size: 1, coordinates: 'align-corners' }), [5])
  })
  it('nearest rounds as it is told', () => {
    const rounded = (rounding: ops.NearestRounding) => line([1, 2, 3, 4], { size: 2, mode: 'nearest', rounding })
    expect(rounded('round-prefer-floor')).toEqual([1, 3])
    expect(rounded('round-prefer-ceil')).toEqual([2, 4])
    expect(rounded('floor')).toEqual([1, 3])
    expect(rounded('ceil')).toEqual([2, 4])
    expect(line([1, 2, 3], { size: 6, mode: 'nearest' })).toEqual([1, 1, 2, 2, 3, 3])
  })
  it('nearest lands on the exact pixel whatever the ratio', () => {
    for (let input = 1; input <= 60; input++) {
      for (let size = 1; size <= 60; size++) {
        const values = Array.from({ length: input }, (_, i) => i)
        const expected = Array.from({ length: size }, (_, o) => Math.floor((o * input) / size))
        expect(line(values, { size, mode: 'nearest', coordinates: 'asymmetric', rounding: 'floor' })).toEqual(expected)
      }
    }
  })
  it('bicubic passes through the pixels and follows Keys between them', () => {
    close(
      line([1, 5, 2, 7], { size: 7, mode: 'bicubic', coordinates: 'align-corners' }).filter((_, i) => i % 2 === 0),
      [1, 5, 2, 7],
    )
    // Half-way, a = −0.75: weights −3/32, 19/32, 19/32, −3/32.
    const middle = line([1, 5, 2, 7], { size: 7, mode: 'bicubic', coordinates: 'align-corners' })[3]
    expect(middle).toBeCloseTo((-3 * 1 + 19 * 5 + 19 * 2 - 3 * 7) / 32, 5)
  })
  it('antialias weighs every pixel it shrinks over', () => {
    // Half size, triangle of radius 2 about 0.5 and 2.5, cut at the edges: weights 3, 3, 1 of 7.
    close(line([1, 2, 3, 4], { size: 2, antialias: true }), [(3 + 3 * 2 + 3) / 7, (2 + 3 * 3 + 3 * 4) / 7])
    close(line([1, 2, 3], { size: 6, antialias: true }), line([1, 2, 3], { size: 6 }))
  })
  it('does not change what has the size already', () => {
    for (const mode of modes) {
      for (const place of coordinates) close(line([3, 1, 2], { size: 3, mode, coordinates: place }), [3, 1, 2])
    }
  })
})

describe('pixel shuffle', () => {
  it('agrees with float64 and central differences', async () => {
    for (const order of ['crd', 'dcr'] as const) {
      await checkOp((x) => ops.pixelShuffle(x, 2, { order }), [input([1, 2, 3, 8])], { second: true })
      await checkOp((x) => ops.pixelUnshuffle(x, 2, { order }), [input([1, 4, 2, 3])], { second: true })
    }
  })
  it('lays channels out in space', () => {
    const x = ops.reshape(arange(8), [1, 1, 1, 8])
    const picture = (y: Tensor) => ops.squeeze(y, 0).toArray()
    expect(picture(ops.pixelShuffle(x, 2))).toEqual([
      [
        [0, 4],
        [1, 5],
      ],
      [
        [2, 6],
        [3, 7],
      ],
    ])
    expect(picture(ops.pixelShuffle(x, 2, { order: 'dcr' }))).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 7],
      ],
    ])
  })
})

describe('resize by an absurd factor', () => {
  it('refuses a result that no tensor holds before it lists weights', () => {
    const start = performance.now()
    expect(() => ops.resize(zeros([1, 32, 32, 3]), { scale: 1e9, mode: 'bicubic' })).toThrow(
      /^resize: the result would have 3.07\d*e\+21 elements/,
    )
    expect(performance.now() - start).toBeLessThan(500)
  })
})
