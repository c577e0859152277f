import { describe, expect, test } from 'vitest'
import { largestError } from '../backends/cpu/kernels/testing/numbers.ts'
import { tensor, zeros } from '../tensor/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { availableBackends, checkOp, input, onBackend, relativeError, wideReference } from '../testing/check-op.ts'
import {
  complexMultiply,
  convolve,
  type FftOptions,
  fft,
  fftFrequencies,
  fftShift,
  flip,
  ifft,
  ifftShift,
  irfft,
  rfft,
  rfftFrequencies,
  square,
  stack,
  sum,
} from './index.ts'

/** The definition, for [outer][n][inner] pairs along one axis, in float64. */
function defined(x: ArrayLike<number>, shape: readonly number[], axis: number, sign: 1 | -1): Float64Array {
  const size = (part: readonly number[]) => part.reduce((a, b) => a * b, 1)
  const [outer, n, inner] = [size(shape.slice(0, axis)), shape[axis], size(shape.slice(axis + 1))]
  const y = new Float64Array(2 * outer * n * inner)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < n; k++) {
        for (let j = 0; j < n; j++) {
          const angle = (sign * 2 * Math.PI * ((j * k) % n)) / n
          const [from, to] = [2 * ((o * n + j) * inner + i), 2 * ((o * n + k) * inner + i)]
          y[to] += x[from] * Math.cos(angle) - x[from + 1] * Math.sin(angle)
          y[to + 1] += x[from] * Math.sin(angle) + x[from + 1] * Math.cos(angle)
        }
      }
    }
  }
  return y
}

const made = ({ shape, values }: { shape: readonly number[]; values: readonly number[] }): Tensor =>
  tensor(new Float64Array(values), { shape })

const pairs = (shape: readonly number[], seed = 1): Tensor => made(input([...shape, 2], seed))
const reals = (shape: readonly number[], seed = 1): Tensor => made(input(shape, seed))

/** Nested values, zeros without a sign. */
const plain = (x: Tensor): unknown => JSON.parse(JSON.stringify(x.toArray()))

const everywhere = async (body: () => void | Promise<void>): Promise<void> => {
  for (const name of availableBackends()) await onBackend(name, body)
}

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

const shapes: readonly (readonly [readonly number[], FftOptions])[] = [
  [[16], {}],
  [[3, 15], {}],
  [[8, 6], { axes: [0, 1] }],
  [[4, 9, 3], { axes: 1 }],
  [[2, 5, 4], { axes: [2, 0] }],
  [[37], { norm: 'ortho' }],
  [[3, 4, 8, 2], { axes: [1, 2], norm: 'forward' }],
  [[1, 1], { axes: [0, 1] }],
]

describe.each(shapes)('laws for shape %j with %j', (shape, options) => {
  const axes = options.axes === undefined ? [shape.length - 1] : [options.axes].flat()
  const count = axes.reduce((size, axis) => size * shape[axis], 1)
  const last = axes[axes.length - 1]

  test('the inverse leads back', () =>
    everywhere(() => {
      const x = pairs(shape)
      expect(relativeError(ifft(fft(x, options), options).dataSync(), x.dataSync())).toBeLessThan(2e-6)
      const r = reals(shape)
      const sizes = axes.map((axis) => shape[axis])
      const back = irfft(rfft(r, options), { ...options, axes, sizes })
      expect(relativeError(back.dataSync(), r.dataSync())).toBeLessThan(2e-6)
    }))

  test('the half spectrum of real values is half of the whole', () =>
    everywhere(() => {
      const r = reals(shape)
      const whole = fft(stack([r, zeros(shape)], -1), options)
      const half = rfft(r, options)
      const kept = half.shape[last]
      const wanted = whole.toArray() as unknown
      const pick = (nested: unknown, depth: number): unknown =>
        depth === last
          ? (nested as unknown[]).slice(0, kept)
          : (nested as unknown[]).map((part) => pick(part, depth + 1))
      const flat = (pick(wanted, 0) as unknown[]).flat(Number.POSITIVE_INFINITY) as number[]
      expect(relativeError(half.dataSync(), flat)).toBeLessThan(2e-6)
    }))

  test('Parseval: the squares of the values and of the spectrum add up alike', () =>
    everywhere(() => {
      const x = pairs(shape)
      const energy = sum(square(x)).item()
      const spectrum = sum(square(fft(x, { ...options, norm: 'ortho' }))).item()
      expect(spectrum / energy).toBeCloseTo(1, 5)
    }))

  test('values, gradients and second gradients are right on every backend', async () => {
    if (count > 40) return
    await checkOp((x) => fft(x, options), [input([...shape, 2])], { second: true, tolerance: 4e-6 })
    await checkOp((x) => ifft(x, options), [input([...shape, 2])], { second: true, tolerance: 4e-6 })
    await checkOp((x) => rfft(x, options), [input(shape)], { second: true, tolerance: 4e-6 })
    const half = shape.map((size, axis) => (axis === last ? Math.floor(size / 2) + 1 : size))
    const sizes = axes.map((axis) => shape[axis])
    await checkOp((x) => irfft(x, { ...options, axes, sizes }), [input([...half, 2])], {
      second: true,
      tolerance: 4e-6,
    })
  })
})

test('linearity: the transform of a sum is the sum of the transforms', () =>
  everywhere(() => {
    const [x, y] = [pairs([45], 1).dataSync(), pairs([45], 2).dataSync()]
    const both = fft(
      tensor(
        x.map((value, i) => 2 * value - 3 * y[i]),
        { shape: [45, 2] },
      ),
    ).dataSync()
    const [fx, fy] = [x, y].map((values) => fft(tensor(values, { shape: [45, 2] })).dataSync())
    expect(
      relativeError(
        both,
        fx.map((value, i) => 2 * value - 3 * fy[i]),
      ),
    ).toBeLessThan(2e-6)
  }))

test('shift theorem: values moved on by s turn frequency k by s·k turns of n', () =>
  everywhere(() => {
    const [n, s] = [30, 7]
    const x = pairs([n]).dataSync()
    const moved = Float64Array.from(x, (_, i) => x[(i - 2 * s + 2 * n) % (2 * n)])
    const turns = Float64Array.from({ length: 2 * n }, (_, i) => {
      const angle = (-2 * Math.PI * s * (i >> 1)) / n
      return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)
    })
    const pair = { shape: [n, 2] }
    const wanted = complexMultiply(fft(tensor(x, pair)), tensor(turns, pair)).dataSync()
    expect(relativeError(fft(tensor(moved, pair)).dataSync(), wanted)).toBeLessThan(2e-6)
  }))

test('convolution theorem: products of spectra are convolutions', () =>
  everywhere(() => {
    const [x, h] = [reals([50], 1), reals([13], 2)]
    const size = 50 + 13 - 1
    const product = complexMultiply(rfft(x, { sizes: size }), rfft(h, { sizes: size }))
    const y = irfft(product, { sizes: size })
    expect(relativeError(y.dataSync(), convolve(x, h, { mode: 'full' }).dataSync())).toBeLessThan(2e-6)
  }))

test('the transform twice turns values around', () =>
  everywhere(() => {
    const x = pairs([1, 11])
    const twice = fft(fft(x), { norm: 'forward' }).dataSync()
    const turned = flip(x, 1).dataSync()
    for (let j = 1; j < 11; j++) {
      expect(twice[2 * j]).toBeCloseTo(turned[2 * (j - 1)], 5)
      expect(twice[2 * j + 1]).toBeCloseTo(turned[2 * (j - 1) + 1], 5)
    }
  }))

test.each([[4], [15], [16], [17], [64], [96], [131], [1024]])(
  'NaN and infinities stay in their own line of length %i, along every axis',
  (n) =>
    everywhere(() => {
      for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
        for (const axis of [0, 1]) {
          const shape = axis === 0 ? [n, 11] : [11, n]
          const place = (line: number, k: number) => (axis === 0 ? k * 11 + line : line * n + k)
          const x = Float64Array.from(pairs(shape).dataSync())
          const whole = fft(tensor(x, { shape: [...shape, 2] }), { axes: axis }).dataSync()
          x[2 * place(5, 3)] = broken
          const y = fft(tensor(x, { shape: [...shape, 2] }), { axes: axis }).dataSync()
          const r = Float64Array.from(reals(shape).dataSync())
          const half = rfft(tensor(r, { shape }), { axes: axis }).dataSync()
          r[place(5, 3)] = broken
          const h = rfft(tensor(r, { shape }), { axes: axis }).dataSync()
          const kept = Math.floor(n / 2) + 1
          const wrong: string[] = []
          const compare = (what: string, line: number, got: Float32Array, alone: Float32Array, at: number): void => {
            const ok =
              line === 5
                ? !(Number.isFinite(got[at]) && Number.isFinite(got[at + 1]))
                : got[at] === alone[at] && got[at + 1] === alone[at + 1]
            if (!ok) wrong.push(`${what} ${at}: ${got[at]} ${got[at + 1]}`)
          }
          for (let line = 0; line < 11; line++) {
            for (let k = 0; k < n; k++) {
              compare('fft', line, y as Float32Array, whole as Float32Array, 2 * place(line, k))
              if (k >= kept) continue
              const own = 2 * (axis === 0 ? k * 11 + line : line * kept + k)
              compare('rfft', line, h as Float32Array, half as Float32Array, own)
            }
          }
          expect(wrong).toEqual([])
        }
      }
    }),
)

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
    const x = pairs([5, 4])
    const shifted = fftShift(x, { complex: true })
    expect(ifftShift(shifted, { complex: true }).toArray()).toEqual(x.toArray())
    await checkOp((y) => fftShift(y, { axes: [0] }), [input([5, 3])], { second: true })
  })
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
  expect(() => rfft([[1, 2]], { axes: [0, -2] })).toThrow('rfft: axes is [0, -2], which names an axis twice.')
  expect(() => rfft([[1, 2]], { axes: [] })).toThrow('rfft: axes is []; name one axis or more')
  expect(() => rfft([[1, 2]], { axes: [0], sizes: [2, 2] })).toThrow(
    'rfft: sizes is [2, 2] for 1 axis. Give one size an axis.',
  )
  expect(() => rfft([1, 2], { sizes: [2, 2] })).toThrow('rfft: 2 sizes are given for a tensor of 1 axes')
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
