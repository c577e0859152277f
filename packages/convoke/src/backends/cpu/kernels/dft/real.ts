// Real values of an even number n as n / 2 complex ones: z[j] = x[2j] + i·x[2j + 1]. Their transform Z gives that of x, and the other
// way round, a frequency k and its mirror image m = n / 2 − k at a time, with w = e^(−2πi·k/n):
//
//   2X[k] = (Z[k] + conj Z[m]) − i·w·(Z[k] − conj Z[m])           2·conj X[m] = (Z[k] + conj Z[m]) + i·w·(Z[k] − conj Z[m])
//   Z[k] = (X[k] + conj X[m]) + i·conj w·(X[k] − conj X[m])       conj Z[m] = (X[k] + conj X[m]) − i·conj w·(X[k] − conj X[m])
//
// Cooley, Lewis & Welch 1970.

import { setRoot } from '../../../../shapes/roots.ts'
import type { Builder } from '../../program/index.ts'
import { type Complex, emitMultiply } from '../fft/radix.ts'

/** e^(−2πi·k/n) for k = 0 … n / 4, in pairs: the argument `halves` of columns. */
export function halvesTable(n: number): Float32Array {
  const count = Math.floor(n / 4) + 1
  const values = new Float32Array(2 * count)
  for (let k = 0; k < count; k++) setRoot(k, n, values, 2 * k, values, 2 * k + 1)
  return values
}

interface Mirrored {
  readonly sum: Complex
  readonly difference: Complex
}

/** own ± conj mirror */
const mirrored = (b: Builder, own: Complex, mirror: Complex): Mirrored => ({
  sum: { re: b.add(own.re, mirror.re), im: b.sub(own.im, mirror.im) },
  difference: { re: b.sub(own.re, mirror.re), im: b.add(own.im, mirror.im) },
})

/** 2X[k] from Z[k] and Z[m]. */
export function splitOne(b: Builder, own: Complex, mirror: Complex, w: Complex): Complex {
  const { sum, difference } = mirrored(b, own, mirror)
  const turned = emitMultiply(b, difference, w, false)
  return { re: b.add(sum.re, turned.im), im: b.sub(sum.im, turned.re) }
}

/** 2X[k] and 2X[m] from Z[k] and Z[m]. */
export function splitPair(b: Builder, own: Complex, mirror: Complex, w: Complex): readonly [Complex, Complex] {
  const { sum, difference } = mirrored(b, own, mirror)
  const turned = emitMultiply(b, difference, w, false)
  return [
    { re: b.add(sum.re, turned.im), im: b.sub(sum.im, turned.re) },
    { re: b.sub(sum.re, turned.im), im: b.neg(b.add(sum.im, turned.re)) },
  ]
}

/** Z[k] from X[k] and X[m]. */
export function joinOne(b: Builder, own: Complex, mirror: Complex, w: Complex): Complex {
  const { sum, difference } = mirrored(b, own, mirror)
  const turned = emitMultiply(b, difference, w, true)
  return { re: b.sub(sum.re, turned.im), im: b.add(sum.im, turned.re) }
}

/** Z[k] and Z[m] from X[k] and X[m]. */
export function joinPair(b: Builder, own: Complex, mirror: Complex, w: Complex): readonly [Complex, Complex] {
  const { sum, difference } = mirrored(b, own, mirror)
  const turned = emitMultiply(b, difference, w, true)
  return [
    { re: b.sub(sum.re, turned.im), im: b.add(sum.im, turned.re) },
    { re: b.add(sum.re, turned.im), im: b.sub(turned.re, sum.im) },
  ]
}
