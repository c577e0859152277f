// correlate with `normalized`: correlation coefficients of a template with windows, by their definition in float64.

import { describe, expect, it } from 'vitest'
import { sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

interface Grid {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** Every index of a shape, the last axis fastest. */
const indicesOf = (shape: readonly number[]): number[][] =>
  Array.from({ length: sizeOf(shape) }, (_, flat) =>
    stridesOf(shape).map((stride, axis) => Math.floor(flat / stride) % shape[axis]),
  )

/** Pearson's correlation coefficient of the template with each window that starts `before` places outside, x being 0 there. */
function byDefinition(x: Grid, template: Grid, before: number, shape: readonly number[], stride = 1, dilation = 1) {
  const [xStrides, n] = [stridesOf(x.shape), template.values.length]
  return indicesOf(shape).map((place) => {
    const window = indicesOf(template.shape).map((tap) => {
      const at = tap.map((offset, axis) => place[axis] * stride + offset * dilation - before)
      const inside = at.every((index, axis) => index >= 0 && index < x.shape[axis])
      return inside ? x.values[at.reduce((sum, index, axis) => sum + index * xStrides[axis], 0)] : 0
    })
    const centre = (values: readonly number[]): number[] => {
      const mean = values.reduce((sum, value) => sum + value, 0) / n
      return values.map((value) => value - mean)
    }
    const [a, b] = [centre(window), centre(template.values)]
    const dot = (u: number[], v: number[]): number => u.reduce((sum, value, i) => sum + value * v[i], 0)
    const energy = dot(a, a) * dot(b, b)
    return energy < 1e-20 ? 0 : dot(a, b) / Math.sqrt(energy)
  })
}

const flat = (y: Tensor): number[] => Array.from(y.dataSync())

const close = (actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void => {
  expect(actual.length).toBe(expected.length)
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(tolerance)
  })
}

const tensorOf = ({ shape, values }: Grid): Tensor => tensor([...values], { shape })

describe('correlate with a template', () => {
  it.each([
    [[23], [5]],
    [
      [9, 11],
      [3, 4],
    ],
    [
      [6, 5, 7],
      [2, 3, 2],
    ],
  ])('is the correlation coefficient with each window: input %j, template %j', (shape, kernel) => {
    const [x, template] = [input(shape, 3, { offset: 40 }), input(kernel, 4, { scale: 3, offset: -7 })]
    const places = shape.map((size, axis) => size - kernel[axis] + 1)
    const scores = ops.correlate(tensorOf(x), tensorOf(template), { normalized: true })
    expect(scores.shape).toEqual(places)
    close(flat(scores), byDefinition(x, template, 0, places))
  })
  it('takes strides and dilations, and zeros outside', () => {
    const [x, template] = [input([12, 10], 5, { offset: 2 }), input([3, 3], 6)]
    const options = { normalized: true, stride: 2, dilation: 2, padding: 1 }
    close(flat(ops.correlate(tensorOf(x), tensorOf(template), options)), byDefinition(x, template, 1, [5, 4], 2, 2))
    const same = ops.correlate(tensorOf(x), tensorOf(template), { normalized: true, mode: 'same' })
    close(flat(same), byDefinition(x, template, 1, [12, 10]))
  })
  it('extends the input as every boundary says', () => {
    const [x, template] = [input([8, 7], 7, { offset: 3 }), input([3, 5], 8)]
    for (const boundary of ['reflect', 'mirror', 'edge', 'wrap'] as const) {
      const framed = ops.pad(
        tensorOf(x),
        [
          [2, 2],
          [4, 4],
        ],
        { mode: boundary },
      )
      const grid = { shape: framed.shape, values: flat(framed) }
      const full = ops.correlate(tensorOf(x), tensorOf(template), { normalized: true, mode: 'full', boundary })
      close(flat(full), byDefinition(grid, template, 0, [10, 11]))
    }
  })
  it('scores each example and channel by itself', () => {
    const [x, template] = [input([2, 6, 5, 3], 9, { offset: 1 }), input([2, 2], 10)]
    const scores = ops.correlate(tensorOf(x), tensorOf(template), { normalized: true })
    expect(scores.shape).toEqual([2, 5, 4, 3])
    const values = scores.toArray() as number[][][][]
    const own = { shape: [6, 5], values: indicesOf([6, 5]).map(([i, j]) => x.values[((6 + i) * 5 + j) * 3 + 2]) }
    close(
      values[1].flatMap((row) => row.map((channels) => channels[2])),
      byDefinition(own, template, 0, [5, 4]),
    )
  })
  it('does not see brightness and contrast, and finds 1 and −1', () => {
    const x = input([40], 13)
    const window = x.values.slice(17, 26)
    const scores = flat(
      ops.correlate(
        tensorOf(x),
        window.map((value) => 300 - 0.01 * value),
        { normalized: true },
      ),
    )
    expect(scores.indexOf(Math.min(...scores))).toBe(17)
    expect(scores[17]).toBeCloseTo(-1, 4)
    const same = flat(ops.correlate(tensorOf(x), window, { normalized: true }))
    expect(same[17]).toBeCloseTo(1, 5)
    expect(Math.max(...same)).toBeLessThanOrEqual(1)
  })
  it('scores 0 where the window or the template is flat', () => {
    const x = [250, 250, 250, 250, 250, 1, 7, 0, 0.1, 0.1, 0.1, 0.1]
    const scores = flat(ops.correlate(x, [1, 2, 4], { normalized: true }))
    expect(scores.slice(0, 3)).toEqual([0, 0, 0])
    expect(scores.slice(-2)).toEqual([0, 0])
    expect(Math.abs(scores[4])).toBeGreaterThan(0.5)
    expect(flat(ops.correlate(x, [0.1, 0.1, 0.1], { normalized: true }))).toEqual(Array(10).fill(0))
    expect(flat(ops.correlate([0.1, 0.1, 0.1], [1, 2], { normalized: true }))).toEqual([0, 0])
  })
  it('leaves windows without a NaN or an infinity as they are', () => {
    const x = [1, 5, 2, 8, 3, Number.NaN, 4, 4.5, 1, 7, Number.POSITIVE_INFINITY, 3, 1, 2]
    const scores = flat(ops.correlate(x, [1, 2, 0], { normalized: true }))
    scores.forEach((score, i) => {
      const window = x.slice(i, i + 3)
      expect([i, Number.isFinite(score)]).toEqual([i, window.every(Number.isFinite)])
    })
  })
  it('has gradients in the input and in the template', async () => {
    const score = (x: Tensor, template: Tensor): Tensor => ops.correlate(x, template, { normalized: true })
    await checkOp(score, [input([6, 5], 14), input([3, 2], 15)])
  })
  it('refuses a template in parts', () => {
    expect(() => ops.correlate([1, 2, 3], [tensor([1, 2])], { normalized: true })).toThrow(/one tensor of 1 to 3 axes/)
    expect(() => ops.correlate([1, 2, 3], [1, 2], { normalized: 1 as never })).toThrow(/normalized is 1/)
    expect(() => ops.convolve([1, 2, 3], [1, 2], { normalized: true } as never)).toThrow(/no option "?normalized/)
  })
})

describe('matchTemplate', () => {
  /** Σ over channels of both sums, each channel about its own mean in the window and in the template. */
  function inColour(x: Grid, template: Grid): number[] {
    const [height, width, channels] = x.shape
    const [rows, columns] = template.shape
    const n = rows * columns
    return indicesOf([height - rows + 1, width - columns + 1]).map(([top, left]) => {
      let [products, own, other] = [0, 0, 0]
      for (let c = 0; c < channels; c++) {
        const pairs = indicesOf([rows, columns]).map(([i, j]) => [
          x.values[((top + i) * width + left + j) * channels + c],
          template.values[(i * columns + j) * channels + c],
        ])
        const [a, b] = [0, 1].map((k) => pairs.reduce((sum, pair) => sum + pair[k], 0) / n)
        for (const [value, weight] of pairs) {
          products += (value - a) * (weight - b)
          own += (value - a) ** 2
          other += (weight - b) ** 2
        }
      }
      return products / Math.sqrt(own * other)
    })
  }
  it('adds up the channels, each about its own mean', () => {
    const [x, template] = [input([7, 8, 3], 11, { offset: 5 }), input([3, 2, 3], 12)]
    const tinted = { ...x, values: x.values.map((value, i) => value + 20 * (i % 3)) }
    const scores = ops.matchTemplate(tensorOf(tinted), tensorOf(template))
    expect(scores.shape).toEqual([5, 7])
    close(flat(scores), inColour(x, template))
    const batch = ops.matchTemplate(ops.stack([tensorOf(x), tensorOf(tinted)]), tensorOf(template))
    expect(batch.shape).toEqual([2, 5, 7])
    close(flat(batch).slice(35), inColour(x, template))
  })
  it('is correlate with normalized where there is one channel, in one and three dimensions too', () => {
    for (const [shape, kernel] of [
      [[15], [4]],
      [
        [6, 5, 7],
        [2, 3, 2],
      ],
    ]) {
      const [x, template] = [tensorOf(input(shape, 16)), tensorOf(input(kernel, 17))]
      const scores = ops.matchTemplate(ops.expandDims(x, shape.length), ops.expandDims(template, kernel.length))
      close(flat(scores), flat(ops.correlate(x, template, { normalized: true })))
    }
  })
  it('has gradients in the input and in the template', async () => {
    await checkOp((x, template) => ops.matchTemplate(x, template), [input([5, 4, 2], 18), input([2, 3, 2], 19)])
  })
  it('says what does not fit', () => {
    expect(() => ops.matchTemplate(tensorOf(input([5, 4, 3])), tensorOf(input([2, 2, 1])))).toThrow(
      /template has 1 channels, the input 3/,
    )
    expect(() => ops.matchTemplate([1, 2, 3], [1, 2])).toThrow(/does not fit an input of shape \[3\]/)
  })
})
