// The discrete Fourier transform of one line in float64, for any length: Cooley and Tukey's factors where primes are small,
// Bluestein's convolution with a chirp where one is large.

import { smallestOf } from '../../shapes/extremes.ts'
import { rootProducts, rootsOfUnity } from '../../shapes/roots.ts'
import { byHalves } from './fourier-halves.ts'

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

/** One pass: transforms of p values, l / p apart in stretches of `stride`, to where the next pass finds them. Stockham's order. */
type LinePass = (from: ComplexLine, to: ComplexLine, l: number, stride: number) => void

function passOf(p: number, roots: ComplexLine): LinePass {
  const [tRe, tIm] = [new Float64Array(p), new Float64Array(p)]
  const own = rootsOfUnity(p)
  return (from, to, l, stride) => {
    const part = l / p
    for (let j = 0; j < part; j++) {
      for (let i = 0; i < stride; i++) {
        for (let q = 0; q < p; q++) {
          tRe[q] = from.re[i + stride * (j + part * q)]
          tIm[q] = from.im[i + stride * (j + part * q)]
        }
        for (let r = 0; r < p; r++) {
          let re = tRe[0]
          let im = tIm[0]
          let turn = r
          for (let q = 1; q < p; q++) {
            re += tRe[q] * own.re[turn] - tIm[q] * own.im[turn]
            im += tRe[q] * own.im[turn] + tIm[q] * own.re[turn]
            turn += r
            if (turn >= p) turn -= p
          }
          const c = roots.re[j * r * stride]
          const s = roots.im[j * r * stride]
          const at = i + stride * (p * j + r)
          to.re[at] = re * c - im * s
          to.im[at] = re * s + im * c
        }
      }
    }
  }
}

/** The same for p = 4, of which most passes of long lines are; numbers by themselves, for lists of them take most of the time. */
const passOfFour =
  ({ re: rootsRe, im: rootsIm }: ComplexLine): LinePass =>
  ({ re: fromRe, im: fromIm }, { re: toRe, im: toIm }, l, stride) => {
    const part = l / 4
    const quarter = stride * part
    for (let j = 0; j < part; j++) {
      const w = j * stride
      const c1 = rootsRe[w]
      const s1 = rootsIm[w]
      const c2 = rootsRe[2 * w]
      const s2 = rootsIm[2 * w]
      const c3 = rootsRe[3 * w]
      const s3 = rootsIm[3 * w]
      for (let i = 0; i < stride; i++) {
        const at = i + stride * j
        const sumRe = fromRe[at] + fromRe[at + 2 * quarter]
        const sumIm = fromIm[at] + fromIm[at + 2 * quarter]
        const differenceRe = fromRe[at] - fromRe[at + 2 * quarter]
        const differenceIm = fromIm[at] - fromIm[at + 2 * quarter]
        const oddRe = fromRe[at + quarter] + fromRe[at + 3 * quarter]
        const oddIm = fromIm[at + quarter] + fromIm[at + 3 * quarter]
        const turnedRe = fromIm[at + quarter] - fromIm[at + 3 * quarter]
        const turnedIm = fromRe[at + 3 * quarter] - fromRe[at + quarter]
        const to = i + 4 * stride * j
        toRe[to] = sumRe + oddRe
        toIm[to] = sumIm + oddIm
        const aRe = differenceRe + turnedRe
        const aIm = differenceIm + turnedIm
        toRe[to + stride] = aRe * c1 - aIm * s1
        toIm[to + stride] = aRe * s1 + aIm * c1
        const bRe = sumRe - oddRe
        const bIm = sumIm - oddIm
        toRe[to + 2 * stride] = bRe * c2 - bIm * s2
        toIm[to + 2 * stride] = bRe * s2 + bIm * c2
        const dRe = differenceRe - turnedRe
        const dIm = differenceIm - turnedIm
        toRe[to + 3 * stride] = dRe * c3 - dIm * s3
        toIm[to + 3 * stride] = dRe * s3 + dIm * c3
      }
    }
  }

function byFactors(n: number, factors: readonly number[]): LineTransform {
  const roots = rootsOfUnity(n)
  const work = complexLine(n)
  const passes = factors.map((p) => [p, p === 4 ? passOfFour(roots) : passOf(p, roots)] as const)
  return (line, inverse) => {
    const given = towards(line, inverse)
    let [from, to] = [given, work]
    let [l, stride] = [n, 1]
    for (const [p, pass] of passes) {
      pass(from, to, l, stride)
      ;[from, to] = [to, from]
      l /= p
      stride *= p
    }
    if (from === given) return
    given.re.set(from.re)
    given.im.set(from.im)
  }
}

/** Real and imaginary parts trade places before and after the inverse: that is the forward transform. */
const towards = ({ re, im }: ComplexLine, inverse: boolean): ComplexLine => (inverse ? { re: im, im: re } : { re, im })

/** e^(−πi·k²/n), k = 0 … n − 1: the exponent is brought below 2n before it meets π. */
export function chirpOf(n: number): ComplexLine {
  const chirp = complexLine(n)
  // (k + 1)² = k² + 2k + 1, kept below 2n: k² itself would leave the whole numbers of float64 for long lines.
  let square = 0
  const putRoot = rootProducts(2 * n)
  for (let k = 0; 2 * k <= n; k++) {
    putRoot(square, chirp.re, k, chirp.im, k)
    square = (square + 2 * k + 1) % (2 * n)
  }
  // (n − k)² = k² + n² − 2nk: the same, turned by n half turns.
  const sign = n % 2 === 0 ? 1 : -1
  for (let k = Math.floor(n / 2) + 1; k < n; k++) {
    chirp.re[k] = sign * chirp.re[n - k]
    chirp.im[k] = sign * chirp.im[n - k]
  }
  return chirp
}

/**
 * The transform of the conjugate chirp, wrapped around an even `length` of 2n or more: what Bluestein's products are with. Wrapped, it is its
 * own mirror image, whose transform is one of half the length: Press et al. 2007, "Numerical Recipes", § 12.4.1.
 */
export function chirpSpectrum(n: number, length: number, chirp: ComplexLine = chirpOf(n)): ComplexLine {
  const half = length / 2
  const putRoot = rootProducts(length)
  const root = new Float64Array(2)
  const line = complexLine(half)
  let [firstRe, firstIm] = [chirp.re[0] / 2, -chirp.im[0] / 2]
  for (let j = 0; j < half; j++) {
    const mirror = half - j
    const xRe = j < n ? chirp.re[j] : 0
    const xIm = j < n ? -chirp.im[j] : 0
    const mRe = mirror < n ? chirp.re[mirror] : 0
    const mIm = mirror < n ? -chirp.im[mirror] : 0
    putRoot(j, root, 0, root, 1)
    const cosine = root[0]
    const sine = -root[1]
    line.re[j] = 0.5 * (xRe + mRe) - sine * (xRe - mRe)
    line.im[j] = 0.5 * (xIm + mIm) - sine * (xIm - mIm)
    if (j === 0) continue
    firstRe += xRe * cosine
    firstIm += xIm * cosine
  }
  lineTransform(half)(line, false)
  const spectrum = complexLine(length)
  const put = (k: number, re: number, im: number): void => {
    spectrum.re[k] = 2 * re
    spectrum.im[k] = 2 * im
    if (k === 0) return
    spectrum.re[length - k] = 2 * re
    spectrum.im[length - k] = 2 * im
  }
  // The transforms of two real lines in one, and of each the cosine sums: even ones as they are, odd ones by their differences.
  put(0, line.re[0], line.im[0])
  put(1, firstRe, firstIm)
  let [oddRe, oddIm] = [firstRe, firstIm]
  for (let k = 1; 2 * k <= half; k++) {
    const mirror = half - k
    put(2 * k, (line.re[k] + line.re[mirror]) / 2, (line.im[k] + line.im[mirror]) / 2)
    if (2 * k === half) break
    oddRe -= (line.im[k] - line.im[mirror]) / 2
    oddIm += (line.re[k] - line.re[mirror]) / 2
    put(2 * k + 1, oddRe, oddIm)
  }
  return spectrum
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

/** Lines from this length on leave the second cache. */
const long = 2 ** 15

/** The two factors of n, made of these, that are nearest to each other. */
function halvesOf(n: number, factors: readonly number[]): readonly [number, number] {
  let products = new Set([1])
  for (const p of factors) products = new Set([...products, ...[...products].map((product) => product * p)])
  const a = smallestOf([...products].filter((product) => product * product >= n))
  return [a, n / a]
}

function ofHalves(n: number, factors: readonly number[]): LineTransform {
  const [a, b] = halvesOf(n, factors)
  const forward = byHalves(a, b, lineTransform(a), lineTransform(b))
  return (line, inverse) => forward(towards(line, inverse), false)
}

/** The transform of lines of n values. Neither direction scales. */
export function lineTransform(n: number): LineTransform {
  const factors = factorsOf(n)
  if (factors.some((p) => p > largestPrime)) return byChirp(n)
  return n < long || factors.length < 2 ? byFactors(n, factors) : ofHalves(n, factors)
}
