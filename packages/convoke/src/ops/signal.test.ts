// SciPy's answers. The expected values come from loops that follow the definitions literally, and from printed results
// of scipy.signal and scipy.ndimage where their documentation shows them.

import { describe, expect, it } from 'vitest'
import { arange, type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

const boundaries: readonly ops.Boundary[] = ['zero', 'reflect', 'mirror', 'edge', 'wrap']
const modes: readonly ops.ConvolveMode[] = ['full', 'same', 'valid']

/** x at any index, by the extension rules of scipy.ndimage, written out as walks rather than formulas. */
function extended(x: readonly number[], index: number, boundary: ops.Boundary): number {
  const n = x.length
  if (boundary === 'zero') return x[index] ?? 0
  if (boundary === 'edge') return x[index < 0 ? 0 : index >= n ? n - 1 : index]
  let i = index
  while (i < 0 || i >= n) {
    if (boundary === 'wrap') i += i < 0 ? n : -n
    else if (boundary === 'reflect') i = i < 0 ? -1 - i : 2 * n - 1 - i
    else i = n === 1 ? 0 : i < 0 ? -i : 2 * n - 2 - i
  }
  return x[i]
}

/** y[n] = Σ x[n − m] k[m] over the positions of a mode: 'full' starts at 0, 'same' (k − 1) >> 1 later, 'valid' at k − 1. */
function convolveByDefinition(x: number[], k: number[], mode: ops.ConvolveMode, boundary: ops.Boundary): number[] {
  const reach = k.length - 1
  const [first, count] = {
    full: [0, x.length + reach],
    same: [reach >> 1, x.length],
    valid: [reach, x.length - reach],
  }[mode]
  return Array.from({ length: count }, (_, i) =>
    k.reduce((sum, weight, m) => sum + weight * extended(x, first + i - m, boundary), 0),
  )
}

const signal = [3, -4, 5, 6, -5, 4, 2]
const kernels = [[2], [1, 2], [1, -2, 3], [1, 2, 3, 5], [1, 2, 3, 5, -7]]

describe('convolve and correlate in one dimension', () => {
  for (const boundary of boundaries) {
    it.each(modes)(`follow the definition with boundary ${boundary}, mode %s`, (mode) => {
      for (const k of kernels) {
        const expected = convolveByDefinition(signal, k, mode, boundary)
        expect(ops.convolve(signal, k, { mode, boundary }).toArray()).toEqual(expected)
        expect(ops.correlate(signal, k.toReversed(), { mode, boundary }).toArray()).toEqual(expected)
      }
    })
  }
  it('extend signals shorter than the kernel as often as it takes', () => {
    for (const boundary of boundaries) {
      for (const short of [[7], [1, 2], [1, 2, 4]]) {
        const k = [1, 2, 3, 5, -7, 11, 13]
        const expected = convolveByDefinition(short, k, 'full', boundary)
        expect(ops.convolve(short, k, { mode: 'full', boundary }).toArray()).toEqual(expected)
      }
    }
  })
  it('reproduce what SciPy and NumPy print', () => {
    expect(ops.convolve([3, 4, 5, 6, 5, 4], [1, 2, 3], { mode: 'full' }).toArray()).toEqual([
      3, 10, 22, 28, 32, 32, 23, 12,
    ])
    // numpy.convolve's documentation.
    expect(ops.convolve([1, 2, 3], [0, 1, 0.5], { mode: 'full' }).toArray()).toEqual([0, 1, 2.5, 4, 1.5])
    expect(ops.convolve([1, 2, 3], [0, 1, 0.5], { mode: 'same' }).toArray()).toEqual([1, 2.5, 4])
    expect(ops.convolve([1, 2, 3], [0, 1, 0.5], { mode: 'valid' }).toArray()).toEqual([2.5])
    // numpy.correlate's documentation.
    expect(ops.correlate([1, 2, 3], [0, 1, 0.5]).toArray()).toEqual([3.5])
    expect(ops.correlate([1, 2, 3], [0, 1, 0.5], { mode: 'same' }).toArray()).toEqual([2, 3.5, 3])
    expect(ops.correlate([1, 2, 3], [0, 1, 0.5], { mode: 'full' }).toArray()).toEqual([0.5, 2, 3.5, 3, 0])
    // scipy.ndimage.correlate1d's documentation: boundary reflect.
    expect(ops.correlate([2, 8, 0, 4, 1, 9, 9, 0], [1, 3], { mode: 'same', boundary: 'reflect' }).toArray()).toEqual([
      8, 26, 8, 12, 7, 28, 36, 9,
    ])
    // scipy.ndimage.convolve1d prints the same sums one place further on for an even kernel: it centres on the tap
    // before the middle, where scipy.signal (which these modes follow) takes the one after it.
    const ndimage = [14, 24, 4, 13, 12, 36, 27, 0]
    const full = ops.convolve([2, 8, 0, 4, 1, 9, 9, 0], [1, 3], { mode: 'full', boundary: 'reflect' }).toArray()
    expect((full as number[]).slice(1)).toEqual(ndimage)
  })
  it('extend as the documentation of scipy.ndimage draws it', () => {
    const around = (boundary: ops.Boundary) =>
      (ops.correlate([1, 2, 3, 4], [0, 0, 0, 0, 1, 0, 0, 0, 0], { mode: 'full', boundary }).toArray() as number[]).join(
        '',
      )
    expect(around('reflect')).toBe('432112344321')
    expect(around('mirror')).toBe('343212343212')
    expect(around('edge')).toBe('111112344444')
    expect(around('wrap')).toBe('123412341234')
    expect(around('zero')).toBe('000012340000')
  })
})

describe('convolve and correlate in two and three dimensions', () => {
  const image = [
    [1, 2, 3, 0],
    [0, 5, -1, 2],
    [4, 1, 0, 3],
  ]
  /** y[i, j] = Σ x[i − m, j − n] k[m, n], extended along each axis in turn. */
  function convolve2dByDefinition(x: number[][], k: number[][], mode: ops.ConvolveMode, boundary: ops.Boundary) {
    const place = (size: number, kernel: number): [number, number] =>
      ({ full: [0, size + kernel - 1], same: [(kernel - 1) >> 1, size], valid: [kernel - 1, size - kernel + 1] })[
        mode
      ] as [number, number]
    const [top, rows] = place(x.length, k.length)
    const [left, columns] = place(x[0].length, k[0].length)
    const rowIndices = x.map((_, i) => i)
    const at = (i: number, j: number): number => {
      if (boundary === 'zero') return x[i]?.[j] ?? 0
      return extended(x[extended(rowIndices, i, boundary)], j, boundary)
    }
    return Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) =>
        k.reduce((sum, row, m) => row.reduce((s, weight, n) => s + weight * at(top + i - m, left + j - n), sum), 0),
      ),
    )
  }
  const flip2d = (k: number[][]): number[][] => k.toReversed().map((row) => row.toReversed())

  for (const boundary of boundaries) {
    it.each(modes)(`follow the definition with boundary ${boundary}, mode %s`, (mode) => {
      for (const k of [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 0, -1],
          [2, 0, -2],
          [1, 0, -1],
        ],
        [[1, 2, 3, 4]],
        [[1], [2]],
      ]) {
        const expected = convolve2dByDefinition(image, k, mode, boundary)
        expect(ops.convolve(image, k, { mode, boundary }).toArray()).toEqual(expected)
        expect(ops.correlate(image, flip2d(k), { mode, boundary }).toArray()).toEqual(expected)
      }
    })
  }
  it('scipy.ndimage.convolve with its default boundary, as documented', () => {
    const a = [
      [1, 2, 0, 0],
      [5, 3, 0, 4],
      [0, 0, 0, 7],
      [9, 3, 0, 0],
    ]
    const k = [
      [1, 1, 1],
      [1, 1, 0],
      [1, 0, 0],
    ]
    expect(ops.convolve(a, k, { mode: 'same', boundary: 'zero' }).toArray()).toEqual([
      [11, 10, 7, 4],
      [10, 3, 11, 11],
      [15, 12, 14, 7],
      [12, 3, 7, 0],
    ])
  })
  it('in three dimensions, full mode with an impulse gives the kernel back', () => {
    const k = ops.reshape(arange(8), [2, 2, 2])
    const impulse = tensor([[[1]]])
    expect(ops.convolve(impulse, k, { mode: 'full' }).toArray()).toEqual(k.toArray())
    expect(ops.correlate(impulse, k, { mode: 'full' }).toArray()).toEqual(ops.flip(k).toArray())
  })
})

describe('stride, dilation, padding, channels and separable kernels', () => {
  const values = (x: Tensor): number[] => Array.from(x.dataSync())
  it('stride keeps every n-th result', () => {
    for (const mode of modes) {
      const all = ops.convolve(signal, [1, 2, 3], { mode }).toArray() as number[]
      const some = ops.convolve(signal, [1, 2, 3], { mode, stride: 2 }).toArray()
      expect(some).toEqual(all.filter((_, i) => i % 2 === 0))
    }
  })
  it('dilation is a kernel with zeros between its taps', () => {
    for (const mode of modes) {
      for (const boundary of boundaries) {
        const dilated = ops.convolve(signal, [1, 2, 3], { mode, boundary, dilation: 2 })
        expect(dilated.toArray()).toEqual(ops.convolve(signal, [1, 0, 2, 0, 3], { mode, boundary }).toArray())
      }
    }
  })
  it('the method changes no result but by rounding, whatever the mode, the boundary, the stride and the dilation', () => {
    const image = ops.reshape(arange(2 * 5 * 6 * 3), [2, 5, 6, 3])
    const k = ops.reshape(arange(12), [4, 3])
    for (const slide of [ops.convolve, ops.correlate]) {
      for (const mode of modes) {
        for (const boundary of boundaries) {
          for (const rest of [{}, { stride: [2, 3] }, { dilation: [1, 2] }]) {
            const options = { mode, boundary, ...rest }
            const direct = slide(image, k, { ...options, method: 'direct' })
            const fft = slide(image, k, { ...options, method: 'fft' })
            expect(fft.shape).toEqual(direct.shape)
            const off = Math.max(...values(ops.abs(ops.subtract(fft, direct))))
            expect(off).toBeLessThan(1e-6 * Math.max(...values(direct)))
          }
        }
      }
    }
    expect(() => ops.convolve(signal, [1, 2], { method: 'dft' as 'fft' })).toThrow(
      'convolve: the method is "dft". Use one of',
    )
  })
  it('the method changes no result but by rounding in one and three dimensions, of kernels of one axis each, and of gradients', () => {
    const volume = ops.reshape(arange(4 * 5 * 6), [4, 5, 6])
    const cases: readonly (readonly [Tensor, Tensor | readonly Tensor[]])[] = [
      [volume, ops.reshape(arange(8), [2, 2, 2])],
      [volume, [arange(3), arange(2), arange(4)]],
      [ops.reshape(volume, [20, 6]), [arange(5), arange(3)]],
      [ops.reshape(volume, [120]), arange(30)],
    ]
    for (const [x, k] of cases) {
      const [direct, fft] = (['direct', 'fft'] as const).map((method) => ops.convolve(x, k, { mode: 'same', method }))
      expect(Math.max(...values(ops.abs(ops.subtract(fft, direct))))).toBeLessThan(2e-6 * Math.max(...values(direct)))
    }
    checkOp((x, k) => ops.convolve(x, k, { mode: 'full', method: 'fft' }), [input([5, 4], 1), input([3, 2], 2)])
  })
  it('explicit padding takes the place of a mode', () => {
    expect(ops.correlate([1, 2, 3], [1, 1], { padding: 1 }).toArray()).toEqual([1, 3, 5, 3])
    expect(ops.correlate([1, 2, 3], [1, 1], { padding: [[0, 1]] }).toArray()).toEqual([3, 5, 3])
    expect(ops.correlate([1, 2, 3], [1, 1], { padding: [[0, 1]], boundary: 'wrap' }).toArray()).toEqual([3, 5, 4])
  })
  it('one kernel filters every channel, of one picture or a batch', () => {
    const batch = ops.reshape(arange(2 * 3 * 4 * 2), [2, 3, 4, 2])
    const k = [
      [1, 2],
      [3, 4],
    ]
    const whole = ops.convolve(batch, k, { mode: 'same' })
    expect(whole.shape).toEqual([2, 3, 4, 2])
    for (const b of [0, 1]) {
      const one = ops.squeeze(ops.slice(batch, [{ start: b, stop: b + 1 }]), 0)
      const filtered = ops.convolve(one, k, { mode: 'same' })
      expect(filtered.toArray()).toEqual(ops.squeeze(ops.slice(whole, [{ start: b, stop: b + 1 }]), 0).toArray())
      for (const c of [0, 1]) {
        const plane = (x: Tensor) => ops.squeeze(ops.slice(x, [null, null, { start: c, stop: c + 1 }]), -1)
        expect(ops.convolve(plane(one), k, { mode: 'same' }).toArray()).toEqual(plane(filtered).toArray())
      }
    }
  })
  it('a separable kernel is the outer product of its parts', () => {
    const image = ops.reshape(arange(30), [5, 6])
    const [column, row] = [tensor([1, 2, -1]), tensor([1, 3])]
    const product = ops.matmul(ops.reshape(column, [3, 1]), ops.reshape(row, [1, 2]))
    for (const slide of [ops.convolve, ops.correlate]) {
      for (const mode of modes) {
        for (const boundary of boundaries) {
          for (const rest of [{}, { stride: [2, 1] }, { dilation: [1, 2] }]) {
            const options = { mode, boundary, ...rest }
            expect(values(slide(image, [column, row], options))).toEqual(values(slide(image, product, options)))
          }
        }
      }
    }
  })
})

describe('convolve and correlate agree with float64 and central differences, to second order', () => {
  const operands = [input([4, 5], 1), input([2, 3], 2)]
  for (const boundary of boundaries) {
    it.each(modes)(`boundary ${boundary}, mode %s`, async (mode) => {
      await checkOp((x, k) => ops.convolve(x, k, { mode, boundary }), operands, { second: true, tolerance: 1e-5 })
      await checkOp((x, k) => ops.correlate(x, k, { mode, boundary, stride: 2 }), operands)
    })
  }
  it('channels and batch', async () => {
    await checkOp((x, k) => ops.convolve(x, k, { mode: 'same' }), [input([2, 3, 3, 2], 1), input([2, 2], 2)])
    await checkOp((x, k) => ops.correlate(x, k, { dilation: 2 }), [input([3, 4, 2], 1), input([2, 2], 2)])
  })
  it('separable kernels', () =>
    checkOp(
      (x, a, b) => ops.convolve(x, [a, b], { mode: 'full', boundary: 'mirror' }),
      [input([3, 4], 1), input([3], 2), input([2], 3)],
    ))
})

it('refuses a wrong option after a right one of the same look was taken', () => {
  const call = (stride: unknown) => () => ops.convolve([1, 2, 3], [1, 1], { stride: stride as number }).toArray()
  expect(call(1)()).toEqual([3, 5])
  expect(call('1')).toThrow('stride')
  expect(call(1n)).toThrow('stride')
  expect(call(Number.NaN)).toThrow('stride')
  expect(call([1])()).toEqual([3, 5])
  expect(call([[1]])).toThrow('stride')
  expect(call([Number.NaN])).toThrow('stride')
})
