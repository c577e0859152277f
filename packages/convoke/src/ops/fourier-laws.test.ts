import { describe, expect, test } from 'vitest'
import { tensor, zeros } from '../tensor/index.ts'
import { checkOp, input, relativeError } from '../testing/check-op.ts'
import { everywhere, pairs, reals } from '../testing/fourier.ts'
import {
  complexMultiply,
  convolve,
  type FftOptions,
  fft,
  flip,
  ifft,
  irfft,
  rfft,
  square,
  stack,
  sum,
} from './index.ts'

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
