import { describe, expect, test } from 'vitest'
import { type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input, relativeError } from '../testing/check-op.ts'
import { pairs } from '../testing/fourier.ts'
import { fftFrequencies, fftShift, ifftShift, reshape, rfftFrequencies } from './index.ts'

describe('the order of frequencies', () => {
  test('is that of numpy, for even and odd lengths', () => {
    const close = (x: Tensor, wanted: readonly number[]) =>
      expect(relativeError(x.dataSync(), wanted)).toBeLessThan(1e-7)
    close(fftFrequencies(4), [0, 0.25, -0.5, -0.25])
    close(fftFrequencies(5, 0.1), [0, 2, 4, -4, -2])
    close(fftFrequencies(1), [0])
    close(rfftFrequencies(4), [0, 0.25, 0.5])
    close(rfftFrequencies(5, 0.1), [0, 2, 4])
  })

  test('has every frequency rounded once, whatever the spacing', () => {
    for (const length of [1, 2, 9, 4099, 9001]) {
      for (const spacing of [1, -1, 0.5, 0.1, 3e-6, 1 / 48000, 1e-40, 2 ** 120]) {
        const wanted = Float32Array.from({ length }, (_, k) => (k < length / 2 ? k : k - length) / (length * spacing))
        expect(fftFrequencies(length, spacing).dataSync(), `${length} by ${spacing}`).toEqual(wanted)
        const half = Float32Array.from({ length: Math.floor(length / 2) + 1 }, (_, k) => k / (length * spacing))
        expect(rfftFrequencies(length, spacing).dataSync(), `half of ${length} by ${spacing}`).toEqual(half)
      }
    }
  })

  test('is shifted and shifted back, the pair of complex values left alone', async () => {
    expect(fftShift([0, 1, 2, 3, -4, -3, -2, -1]).toArray()).toEqual([-4, -3, -2, -1, 0, 1, 2, 3])
    expect(fftShift([0, 1, 2, -2, -1]).toArray()).toEqual([-2, -1, 0, 1, 2])
    expect(ifftShift([-2, -1, 0, 1, 2]).toArray()).toEqual([0, 1, 2, -2, -1])
    expect(
      fftShift([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]).toArray(),
    ).toEqual([
      [9, 7, 8],
      [3, 1, 2],
      [6, 4, 5],
    ])
    expect(
      fftShift(
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        { axes: 0 },
      ).toArray(),
    ).toEqual([
      [7, 8, 9],
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(
      fftShift(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { complex: true },
      ).toArray(),
    ).toEqual([
      [5, 6],
      [1, 2],
      [3, 4],
    ])
    expect(
      fftShift(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { complex: false },
      ).toArray(),
    ).toEqual([
      [6, 5],
      [2, 1],
      [4, 3],
    ])
    const sizes = [3, 2, 4, 5]
    const index = (at: readonly number[]): number => at.reduce((sum, i, axis) => sum * sizes[axis] + i, 0)
    const all = Array.from({ length: 120 }, (_, i) => i)
    const places = all.map((i) => [Math.floor(i / 40), Math.floor(i / 20) % 2, Math.floor(i / 5) % 4, i % 5])
    const moved = places.map((at) => index(at.map((i, axis) => (i + Math.ceil(sizes[axis] / 2)) % sizes[axis])))
    expect([...fftShift(reshape(tensor(all), sizes)).dataSync()]).toEqual(moved)
    expect([...ifftShift(fftShift(reshape(tensor(all), sizes))).dataSync()]).toEqual(all)
    const x = pairs([5, 4])
    const shifted = fftShift(x, { complex: true })
    expect(ifftShift(shifted, { complex: true }).toArray()).toEqual(x.toArray())
    await checkOp((y) => fftShift(y, { axes: [0] }), [input([5, 3])], { second: true })
    await checkOp((y) => ifftShift(y), [input([3, 2, 3, 3])], { second: true })
  })
})
