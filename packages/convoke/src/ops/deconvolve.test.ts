// deconvolve: inverses of convolve where nothing is lost, the Wiener filter's definition by plain sums, and pictures.

import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const tensorOf = (shape: readonly number[], seed: number, offset = 0): Tensor =>
  tensor([...input(shape, seed, { offset }).values], { shape })

const flat = (y: Tensor): number[] => Array.from(y.dataSync())

const largestError = (a: Tensor, b: Tensor): number => {
  const expected = flat(b)
  expect(a.shape).toEqual(b.shape)
  return Math.max(...flat(a).map((value, i) => Math.abs(value - expected[i])))
}

describe('deconvolve', () => {
  it.each([
    [[40], [3]],
    [
      [9, 14],
      [3, 4],
    ],
    [
      [6, 5, 7],
      [2, 3, 2],
    ],
  ])('undoes a full convolution: x %j, kernel %j', (shape, sizes) => {
    // One tap outweighs the others together: no frequency is lost.
    const kernel = ops.multiply(tensorOf(sizes, 2), 0.05)
    const dominant = ops.add(
      kernel,
      ops.pad(
        tensor([2], { shape: sizes.map(() => 1) }),
        sizes.map((n) => [1, n - 2]),
      ),
    )
    const x = tensorOf(shape, 1)
    const y = ops.convolve(x, dominant, { mode: 'full' })
    expect(largestError(ops.deconvolve(y, dominant, { mode: 'full', noise: 0 }), x)).toBeLessThan(2e-6)
  })
  it('undoes a convolution that goes round, even and long kernels too', () => {
    for (const size of [1, 2, 3, 6, 7, 13]) {
      const kernel = ops.add(
        ops.multiply(tensorOf([size], 3), 0.3 / size),
        ops.pad([1], [[size >> 1, size - 1 - (size >> 1)]]),
      )
      const x = tensorOf([6, 2], 4)
      const y = ops.convolve(x, kernel, { mode: 'same', boundary: 'wrap' })
      expect(largestError(ops.deconvolve(y, kernel, { boundary: 'wrap', noise: 0 }), x)).toBeLessThan(3e-6)
    }
  })
  it('keeps examples and channels apart', () => {
    const kernel = [
      [0.1, 0.2],
      [1, 0.1],
    ]
    const x = tensorOf([2, 5, 6, 3], 5)
    const y = ops.convolve(x, kernel, { mode: 'full' })
    const whole = ops.deconvolve(y, kernel, { mode: 'full', noise: 0 })
    expect(largestError(whole, x)).toBeLessThan(3e-6)
    const one = ops.slice(y, [{ start: 1 }, null, null, { start: 2 }])
    const alone = ops.deconvolve(ops.reshape(one, [6, 7]), kernel, { mode: 'full', noise: 0 })
    expect(
      largestError(ops.reshape(alone, [1, 5, 6, 1]), ops.slice(x, [{ start: 1 }, null, null, { start: 2 }])),
    ).toBeLessThan(3e-6)
  })

  /** Σ over frequencies of K̄Y / (|K|² + noise·|L|²), in float64, round and round. */
  function wiener(y: readonly number[], kernel: readonly number[], noise: number, smooth: boolean): number[] {
    const n = y.length
    const transform = (x: readonly number[], shift: number, k: number): [number, number] =>
      x.reduce<[number, number]>(
        ([re, im], value, i) => {
          const angle = (-2 * Math.PI * k * (i - shift)) / n
          return [re + value * Math.cos(angle), im + value * Math.sin(angle)]
        },
        [0, 0],
      )
    return y.map((_, i) => {
      let total = 0
      for (let k = 0; k < n; k++) {
        const [yr, yi] = transform(y, 0, k)
        const [kr, ki] = transform(kernel, (kernel.length - 1) >> 1, k)
        const rough = smooth ? (2 - 2 * Math.cos((2 * Math.PI * k) / n)) ** 2 : 1
        const power = kr * kr + ki * ki + noise * rough
        const [re, im] = [(kr * yr + ki * yi) / power, (kr * yi - ki * yr) / power]
        total += re * Math.cos((2 * Math.PI * k * i) / n) - im * Math.sin((2 * Math.PI * k * i) / n)
      }
      return total / n
    })
  }
  it.each([false, true])('is the Wiener filter, smooth %s', (smooth) => {
    const [y, kernel] = [input([15], 6).values, [0.25, 0.5, 0.2, 0.05]]
    const expected = wiener(y, kernel, 0.02, smooth)
    const actual = ops.deconvolve([...y], kernel, { boundary: 'wrap', noise: 0.02, smooth })
    expect(largestError(actual, tensor(expected))).toBeLessThan(2e-6)
  })
  it('leaves out what the kernel wipes out, rather than dividing by nothing', () => {
    // The mean of each pair has no value at the highest frequency.
    const y = [1, 1, 1, 1, 1, 1]
    expect(largestError(ops.deconvolve(y, [0.5, 0.5], { boundary: 'wrap', noise: 0 }), tensor(y))).toBeLessThan(1e-6)
  })
  it.each(['reflect', 'mirror', 'edge', 'zero'] as const)(
    'sharpens a blurred picture up to its edges: %s',
    (boundary) => {
      const [height, width] = [48, 61]
      const values = Array.from({ length: height * width }, (_, i) => {
        const [row, column] = [Math.floor(i / width), i % width]
        return (row >> 3) % 2 === (column >> 3) % 2 ? 0.2 + row / 100 : 0.9
      })
      const x = tensor(values, { shape: [height, width] })
      const taps = Array.from({ length: 9 }, (_, i) => Math.exp(-((i - 4) ** 2) / 8))
      const total = taps.reduce((sum, tap) => sum + tap, 0)
      const row = tensor(taps.map((tap) => tap / total))
      const kernel = ops.multiply(ops.expandDims(row, 1), ops.expandDims(row, 0))
      const blurred = ops.convolve(x, kernel, { mode: 'same', boundary })
      const error = (y: Tensor): number => Math.sqrt(ops.mean(ops.square(ops.subtract(y, x))).item())
      const restored = ops.deconvolve(blurred, kernel, { boundary, noise: boundary === 'zero' ? 1e-2 : 1e-4 })
      expect(error(restored)).toBeLessThan(error(blurred) * (boundary === 'zero' ? 0.9 : 0.5))
    },
  )
  it('has gradients in y and in the kernel', async () => {
    const kernel = { shape: [2, 2], values: [0.2, 1, 0.1, -0.3] }
    await checkOp((y, k) => ops.deconvolve(y, k, { noise: 0.1 }), [input([4, 5], 7), kernel])
    await checkOp(
      (y, k) => ops.deconvolve(y, k, { mode: 'full', noise: 0.1, smooth: true }),
      [input([4, 5], 7), kernel],
    )
  })
  it('says what does not fit', () => {
    expect(() => ops.deconvolve([1, 2], [1, 2, 3], { mode: 'full' })).toThrow(/mode 'full'/)
    expect(() => ops.deconvolve([1, 2], [[1]])).toThrow(/does not fit a kernel/)
    expect(() => ops.deconvolve([1, 2], [1], { noise: -1 })).toThrow(/noise is -1; it must be 0 or more/)
    expect(() => ops.deconvolve([1, 2], [1], { boundary: 'around' as never })).toThrow(/boundary is "?'?around/)
  })
})
