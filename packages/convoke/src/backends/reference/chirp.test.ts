import { expect, test } from 'vitest'
import { rootOfUnity } from '../../shapes/roots.ts'
import { chirpOf, chirpSpectrum, complexLine, lineTransform } from './fourier-line.ts'

test.each([1, 2, 11, 12, 97, 1000])('the chirp of %i values is e^(−πi·k²/n)', (n) => {
  const { re, im } = chirpOf(n)
  for (let k = 0; k < n; k++) {
    const [x, y] = rootOfUnity(k * k, 2 * n)
    expect(re[k]).toBeCloseTo(x, 14)
    expect(im[k]).toBeCloseTo(y, 14)
  }
})

test.each([
  [1, 2],
  [2, 4],
  [3, 6],
  [67, 256],
  [97, 194],
  [128, 768],
  [1009, 2560],
  [10_007, 32_768],
])('the spectrum of the chirp of %i values over %i is the transform of the wrapped chirp', (n, length) => {
  const chirp = chirpOf(n)
  const wrapped = complexLine(length)
  for (let k = 0; k < n; k++) {
    for (const at of [k, (length - k) % length]) {
      wrapped.re[at] = chirp.re[k]
      wrapped.im[at] = -chirp.im[k]
    }
  }
  lineTransform(length)(wrapped, false)
  const { re, im } = chirpSpectrum(n, length)
  let most = 0
  for (let k = 0; k < length; k++) most = Math.max(most, Math.hypot(re[k] - wrapped.re[k], im[k] - wrapped.im[k]))
  expect(most).toBeLessThan(1e-12 * Math.sqrt(length))
})

test.each([2 ** 15, 6 ** 6, 50_000, 59 * 1024, 3 * 2 ** 16])(
  'a long line of %i values, taken by halves, has the spectrum of its few impulses',
  (n) => {
    const impulses = [
      [0, 0.5, -1],
      [1, 2, 0.25],
      [777, -1, 1],
      [n - 1, 0.125, 3],
    ] as const
    for (const inverse of [false, true]) {
      const line = complexLine(n)
      for (const [at, re, im] of impulses) [line.re[at], line.im[at]] = [re, im]
      lineTransform(n)(line, inverse)
      for (let k = 0; k < n; k += k < 40 ? 1 : 37) {
        let [re, im] = [0, 0]
        for (const [at, x, y] of impulses) {
          const [c, s] = rootOfUnity(inverse ? -at * k : at * k, n)
          re += x * c - y * s
          im += x * s + y * c
        }
        expect(Math.abs(line.re[k] - re), `${k} of ${n}`).toBeLessThan(1e-13)
        expect(Math.abs(line.im[k] - im), `${k} of ${n}`).toBeLessThan(1e-13)
      }
    }
  },
)
