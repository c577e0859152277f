import { describe, expect, test } from 'vitest'
import { largestError } from '../backends/cpu/kernels/testing/numbers.ts'
import { zeros } from '../tensor/index.ts'
import { checkOp, input, onBackend, relativeError, wideReference } from '../testing/check-op.ts'
import { defined, everywhere, pairs, plain, reals } from '../testing/fourier.ts'
import {
  complexMultiply,
  type FftOptions,
  fft,
  fftFrequencies,
  fftShift,
  ifft,
  irfft,
  rfft,
  rfftFrequencies,
} from './index.ts'

describe('values', () => {
  test('of short transforms are those worked out by hand', () =>
    everywhere(() => {
      expect(
        plain(
          fft([
            [1, 0],
            [2, 0],
            [3, 0],
            [4, 0],
          ]),
        ),
      ).toEqual([
        [10, 0],
        [-2, 2],
        [-2, 0],
        [-2, -2],
      ])
      expect(
        plain(
          ifft([
            [10, 0],
            [-2, 2],
            [-2, 0],
            [-2, -2],
          ]),
        ),
      ).toEqual([
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
      ])
      expect(plain(fft([[3, -1]]))).toEqual([[3, -1]])
      expect(
        plain(
          fft([
            [3, -1],
            [1, 5],
          ]),
        ),
      ).toEqual([
        [4, 4],
        [2, -6],
      ])
      expect(plain(rfft([1, 2, 3, 4]))).toEqual([
        [10, 0],
        [-2, 2],
        [-2, 0],
      ])
      expect(plain(rfft([7]))).toEqual([[7, 0]])
      expect(plain(irfft([[7, 0]], { sizes: 1 }))).toEqual([7])
      expect(
        plain(
          irfft([
            [10, 0],
            [-2, 2],
            [-2, 0],
          ]),
        ),
      ).toEqual([1, 2, 3, 4])
    }))

  test('of a unit pulse are the roots of unity, and of a constant a pulse', () =>
    everywhere(() => {
      const pulse = [
        [0, 0],
        [1, 0],
        [0, 0],
        [0, 0],
      ]
      expect(plain(fft(pulse))).toEqual([
        [1, 0],
        [0, -1],
        [-1, 0],
        [0, 1],
      ])
      expect(
        plain(
          fft([
            [1, 1],
            [1, 1],
            [1, 1],
            [1, 1],
          ]),
        ),
      ).toEqual([
        [4, 4],
        [0, 0],
        [0, 0],
        [0, 0],
      ])
    }))

  test.each([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 21, 24, 31, 32, 35, 48, 49, 60, 63, 64, 67, 100, 101, 105, 121, 127,
    128, 135, 210, 251, 256, 343, 360,
  ])('of length %i are the definition, both ways, on every backend', async (n) => {
    const { values } = input([3, n, 2], n)
    for (const [op, sign, scale] of [
      [fft, -1, 1],
      [ifft, 1, 1 / n],
    ] as const) {
      const wanted = defined(values, [3, n], 1, sign).map((value) => value * scale)
      const norm = Math.hypot(...wanted) / Math.sqrt(wanted.length)
      await everywhere(() => {
        const y = op(pairs([3, n], n)).dataSync()
        expect(largestError(y, wanted)).toBeLessThan(4e-6 * norm)
      })
    }
  })

  test('along any axis, and along several in any order, are those of one axis after the other', () =>
    everywhere(() => {
      const shape = [3, 4, 5]
      const { values } = input([...shape, 2], 5)
      const first = defined(values, shape, 0, -1)
      const x = pairs(shape, 5)
      expect(relativeError(fft(x, { axes: 0 }).dataSync(), first)).toBeLessThan(1e-6)
      const both = defined(first, shape, 2, -1)
      for (const axes of [
        [0, 2],
        [2, 0],
        [-1, -3],
      ]) {
        expect(relativeError(fft(x, { axes }).dataSync(), both)).toBeLessThan(1e-6)
      }
    }))

  test('with sizes are those of the input cut off or filled with zeros', () =>
    everywhere(() => {
      expect(
        plain(
          fft(
            [
              [1, 0],
              [2, 0],
              [9, 9],
            ],
            { sizes: 2 },
          ),
        ),
      ).toEqual([
        [3, 0],
        [-1, 0],
      ])
      expect(
        plain(
          fft(
            [
              [1, 0],
              [2, 0],
            ],
            { sizes: 4 },
          ),
        ),
      ).toEqual([
        [3, 0],
        [1, -2],
        [-1, 0],
        [1, 2],
      ])
      expect(plain(rfft([1, 2, 9], { sizes: 2 }))).toEqual([
        [3, 0],
        [-1, 0],
      ])
      expect(
        plain(
          irfft(
            [
              [6, 0],
              [0, 0],
            ],
            { sizes: 3 },
          ),
        ),
      ).toEqual([2, 2, 2])
      const x = reals([5, 6])
      expect(rfft(x, { axes: [0, 1], sizes: [4, 9] }).shape).toEqual([4, 5, 2])
      expect(rfft(x, { sizes: [4, 9] }).shape).toEqual([4, 5, 2])
      expect(irfft(rfft(x, { sizes: [5, 6] }), { sizes: [3, 7] }).shape).toEqual([3, 7])
    }))

  test('share the division as norm says', () =>
    everywhere(() => {
      const x = [
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
      ]
      expect(plain(fft(x, { norm: 'forward' }))).toEqual([
        [2.5, 0],
        [-0.5, 0.5],
        [-0.5, 0],
        [-0.5, -0.5],
      ])
      expect(plain(fft(x, { norm: 'ortho' }))).toEqual([
        [5, 0],
        [-1, 1],
        [-1, 0],
        [-1, -1],
      ])
      expect(plain(ifft(x, { norm: 'forward' }))).toEqual([
        [10, 0],
        [-2, -2],
        [-2, 0],
        [-2, 2],
      ])
      expect(
        plain(
          irfft(
            [
              [10, 0],
              [-2, 2],
              [-2, 0],
            ],
            { norm: 'ortho' },
          ),
        ),
      ).toEqual([2, 4, 6, 8])
    }))

  test('of irfft leave imaginary parts out of account that no real values have, whatever they are', () =>
    everywhere(() => {
      const wanted = irfft([
        [10, 0],
        [-2, 2],
        [-2, 0],
      ]).toArray()
      for (const junk of [5, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(
          plain(
            irfft([
              [10, junk],
              [-2, 2],
              [-2, junk],
            ]),
          ),
        ).toEqual(wanted)
      }
    }))

  test('of no examples are none', () =>
    everywhere(() => {
      expect(fft(zeros([0, 4, 2])).shape).toEqual([0, 4, 2])
      expect(rfft(zeros([4, 0]), { axes: 0 }).shape).toEqual([3, 0, 2])
      expect(irfft(zeros([0, 3, 2])).shape).toEqual([0, 4])
    }))
})

test('products of complex values broadcast and have gradients', async () => {
  expect(complexMultiply([1, 2], [3, -1]).toArray()).toEqual([5, 5])
  expect(
    complexMultiply(
      [
        [0, 1],
        [2, 0],
      ],
      [0, 1],
    ).toArray(),
  ).toEqual([
    [-1, 0],
    [0, 2],
  ])
  await checkOp(complexMultiply, [input([3, 4, 2], 1), input([4, 2], 2)], { second: true })
})

test('refusals state the value, the rule and the way out', () => {
  expect(() => fft([1, 2, 3])).toThrow(
    'fft: x has shape [3], which holds no complex values: those have a last axis of 2, the real and the imaginary part. Use rfft for real values',
  )
  expect(() => fft([1, 2])).toThrow('fft: one value alone has no axis to transform.')
  expect(() => rfft(zeros([2, 0]))).toThrow('rfft: the length of axis 1 is 0; it must be a whole number of 1 or more.')
  expect(() => irfft([[1, 0]])).toThrow('irfft: the length of axis 0 is 0; it must be a whole number of 1 or more.')
  expect(() => rfft([1, 2], { sizes: 2.5 })).toThrow('rfft: size 0 is 2.5; it must be a whole number of 1 or more.')
  expect(() => rfft([1, 2], { axes: 1 })).toThrow('rfft: axis 1 does not exist in a tensor of rank 1.')
  expect(() => rfft([[1, 2]], { axes: [0, -2] })).toThrow('rfft: axes [0, -2] name an axis twice.')
  expect(() => rfft([[1, 2]], { axes: [] })).toThrow('rfft: axes is []; name one axis or more')
  expect(() => rfft([[1, 2]], { axes: [0], sizes: [2, 2] })).toThrow(
    'rfft: sizes is [2, 2] for 1 axis. Give one size per axis.',
  )
  expect(() => rfft([1, 2], { sizes: [2, 2] })).toThrow('rfft: 2 sizes are given for a tensor of 1 axis')
  expect(() => rfft([1, 2], { norm: 'both' as 'ortho' })).toThrow('norm')
  expect(() => rfft([1, 2], { axis: 0 } as FftOptions)).toThrow(
    'rfft: there is no option "axis". Known: axes, sizes, norm.',
  )
  expect(() =>
    fftShift([
      [1, 2],
      [3, 4],
    ]),
  ).toThrow('its last axis of 2 may hold complex values')
  expect(() => fftShift([1, 2, 3], { complex: true })).toThrow(
    'fftShift: x has shape [3], which holds no complex values',
  )
  expect(() => fftFrequencies(0)).toThrow('fftFrequencies: the length of the transform is 0')
  expect(() => rfftFrequencies(4, 0)).toThrow('rfftFrequencies: the spacing of samples is 0')
})

test('in float64 the transform of a long prime length is right to 14 digits', () =>
  onBackend(wideReference, () => {
    const n = 1009
    const { values } = input([n, 2], 3)
    const wanted = defined(values, [n], 0, -1)
    expect(relativeError(fft(pairs([n], 3)).dataSync(), wanted)).toBeLessThan(1e-13)
  }))
