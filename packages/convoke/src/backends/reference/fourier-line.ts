// The discrete Fourier transform of one line in float64, for any length: Cooley and Tukey's factors where primes are small,
// Bluestein's convolution with a chirp where one is large.

import { largestOf } from '../../shapes/extremes.ts'
import { rootOfUnity } from '../../shapes/roots.ts'

/** Complex values, the real parts and the imaginary ones apart. */
export interface ComplexLine {
  readonly re: Float64Array
  readonly im: Float64Array
}

export const complexLine = (length: number): ComplexLine => ({
  re: new Float64Array(length),
  im: new Float64Array(length),
})

/** Primes up to this are summed as they are defined. */
const largestPrime = 61

/** The factors of n, 4 before 2. */
function factorsOf(n: number): number[] {
  const factors: number[] = []
  let left = n
  for (let p = 4; left > 1; p = p === 4 ? 2 : p === 2 ? 3 : p + 2) {
    while (left % p === 0) {
      factors.push(p)
      left /= p
    }
    if (p > 2 && p * p > left && left > 1 && left % 2 === 1) {
      factors.push(left)
      left = 1
    }
  }
  return factors
}

/** Replaces a line by Σⱼ x[j]·e^(∓2πi·jk/n): minus forward, plus backward. */
export type LineTransform = (line: ComplexLine, inverse: boolean) => void

/** e^(−2πi·k/n) for every k. */
function rootsOf(n: number): ComplexLine {
  const roots = complexLine(n)
  for (let k = 0; k < n; k++) [roots.re[k], roots.im[k]] = rootOfUnity(k, n)
  return roots
}

function byFactors(n: number, factors: readonly number[]): LineTransform {
  const roots = rootsOf(n)
  const work = complexLine(n)
  const most = largestOf([1, ...factors])
  const [tRe, tIm] = [new Float64Array(most), new Float64Array(most)]
  const transform = (from: ComplexLine, to: ComplexLine, start: number, at: number, level: number, size: number) => {
    const step = n / size
    if (size === 1) {
      to.re[at] = from.re[start]
      to.im[at] = from.im[start]
      return
    }
    const p = factors[level]
    const part = size / p
    for (let q = 0; q < p; q++) transform(from, to, start + q * step, at + q * part, level + 1, part)
    for (let k = 0; k < part; k++) {
      for (let q = 0; q < p; q++) {
        const [re, im] = [to.re[at + q * part + k], to.im[at + q * part + k]]
        const [c, s] = [roots.re[q * k * step], roots.im[q * k * step]]
        tRe[q] = re * c - im * s
        tIm[q] = re * s + im * c
      }
      for (let r = 0; r < p; r++) {
        let [re, im] = [tRe[0], tIm[0]]
        for (let q = 1; q < p; q++) {
          const turn = ((q * r) % p) * (n / p)
          re += tRe[q] * roots.re[turn] - tIm[q] * roots.im[turn]
          im += tRe[q] * roots.im[turn] + tIm[q] * roots.re[turn]
        }
        to.re[at + r * part + k] = re
        to.im[at + r * part + k] = im
      }
    }
  }
  return (line, inverse) => {
    const { re, im } = towards(line, inverse)
    transform({ re, im }, work, 0, 0, 0, n)
    re.set(work.re)
    im.set(work.im)
  }
}

/** Real and imaginary parts trade places before and after the inverse: that is the forward transform. */
const towards = ({ re, im }: ComplexLine, inverse: boolean): ComplexLine => (inverse ? { re: im, im: re } : { re, im })

/** e^(−πi·k²/n), k = 0 … n − 1: the exponent is brought below 2n before it meets π. */
export function chirpOf(n: number): ComplexLine {
  const chirp = complexLine(n)
  // (k + 1)² = k² + 2k + 1, kept below 2n: k² itself would leave the whole numbers of float64 for long lines.
  let square = 0
  for (let k = 0; k < n; k++) {
    ;[chirp.re[k], chirp.im[k]] = rootOfUnity(square, 2 * n)
    square = (square + 2 * k + 1) % (2 * n)
  }
  return chirp
}

/** The transform of the conjugate chirp, wrapped around `length`: what Bluestein's products are with. */
export function chirpSpectrum(n: number, length: number, chirp: ComplexLine = chirpOf(n)): ComplexLine {
  const wrapped = complexLine(length)
  for (let k = 0; k < n; k++) {
    for (const at of [k, (length - k) % length]) {
      wrapped.re[at] = chirp.re[k]
      wrapped.im[at] = -chirp.im[k]
    }
  }
  lineTransform(length)(wrapped, false)
  return wrapped
}

/** Bluestein 1970: jk = (j² + k² − (k − j)²) / 2 makes a convolution of it, of any length from 2n − 1. */
function byChirp(n: number): LineTransform {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1))
  const chirp = chirpOf(n)
  const spectrum = chirpSpectrum(n, length, chirp)
  const transform = lineTransform(length)
  const padded = complexLine(length)
  const multiply = (to: ComplexLine, by: ComplexLine, count: number): void => {
    for (let k = 0; k < count; k++) {
      const [re, im] = [to.re[k], to.im[k]]
      to.re[k] = re * by.re[k] - im * by.im[k]
      to.im[k] = re * by.im[k] + im * by.re[k]
    }
  }
  return (given, inverse) => {
    const line = towards(given, inverse)
    padded.re.fill(0)
    padded.im.fill(0)
    padded.re.set(line.re)
    padded.im.set(line.im)
    multiply(padded, chirp, n)
    transform(padded, false)
    multiply(padded, spectrum, length)
    transform(padded, true)
    multiply(padded, chirp, n)
    for (let k = 0; k < n; k++) {
      line.re[k] = padded.re[k] / length
      line.im[k] = padded.im[k] / length
    }
  }
}

/** The transform of lines of n values. Neither direction scales. */
export function lineTransform(n: number): LineTransform {
  const factors = factorsOf(n)
  return factors.some((p) => p > largestPrime) ? byChirp(n) : byFactors(n, factors)
}
