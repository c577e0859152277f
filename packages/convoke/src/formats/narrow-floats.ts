// Floats of 16 bits and fewer, which files hold and the engine does not. Definitions: IEEE 754 (binary16), OCP 8-bit Floating Point
// Specification (e4m3fn, e5m2), OCP Microscaling Formats (e8m0, e2m1), arXiv 2206.02915 (fnuz), and docs/docsgen/source/technical of ONNX.

import { createKnownBy } from '../shapes/known.ts'

/** How many bits are the exponent and the fraction, what is taken from the exponent, and which patterns are no finite number. */
export interface FloatFormat {
  readonly bits: number
  readonly exponent: number
  readonly fraction: number
  readonly bias: number
  /**
   * ieee: the highest exponent is infinite, or not a number. fn: all ones alone is not a number. fnuz: minus zero's pattern is.
   * none: every pattern is a finite number. scale: no sign and no zero; all ones is not a number.
   */
  readonly special: 'ieee' | 'fn' | 'fnuz' | 'none' | 'scale'
}

export const floatFormats = {
  float16: { bits: 16, exponent: 5, fraction: 10, bias: 15, special: 'ieee' },
  bfloat16: { bits: 16, exponent: 8, fraction: 7, bias: 127, special: 'ieee' },
  float8e4m3fn: { bits: 8, exponent: 4, fraction: 3, bias: 7, special: 'fn' },
  float8e4m3fnuz: { bits: 8, exponent: 4, fraction: 3, bias: 8, special: 'fnuz' },
  float8e5m2: { bits: 8, exponent: 5, fraction: 2, bias: 15, special: 'ieee' },
  float8e5m2fnuz: { bits: 8, exponent: 5, fraction: 2, bias: 16, special: 'fnuz' },
  float8e8m0: { bits: 8, exponent: 8, fraction: 0, bias: 127, special: 'scale' },
  float4e2m1: { bits: 4, exponent: 2, fraction: 1, bias: 1, special: 'none' },
} as const satisfies Record<string, FloatFormat>

/** The number a pattern stands for. */
export function narrowToNumber(pattern: number, { bits, exponent, fraction, bias, special }: FloatFormat): number {
  const magnitudes = 2 ** (exponent + fraction)
  if (special === 'scale') return pattern === magnitudes - 1 ? Number.NaN : 2 ** (pattern - bias)
  const magnitude = pattern % magnitudes
  const negative = pattern >= 2 ** (bits - 1)
  if (special === 'fnuz' && negative && magnitude === 0) return Number.NaN
  if (special === 'fn' && magnitude === magnitudes - 1) return Number.NaN
  const steps = 2 ** fraction
  const power = Math.floor(magnitude / steps)
  const rest = magnitude % steps
  const sign = negative ? -1 : 1
  if (special === 'ieee' && power === 2 ** exponent - 1)
    return rest === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  const value = power === 0 ? (rest / steps) * 2 ** (1 - bias) : (1 + rest / steps) * 2 ** (power - bias)
  return sign * value
}

const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

/**
 * The pattern of the number nearest to a float32, ties to even. What is beyond the largest becomes infinite, where there is that, and the
 * largest otherwise; what is not a number, the pattern for it, and in `float4e2m1`, which has none, 0.
 */
export function numberToNarrow(value: number, format: FloatFormat): number {
  const { bits, exponent, fraction, bias, special } = format
  const magnitudes = 1 << (exponent + fraction)
  const sign = special === 'scale' ? 0 : 1 << (bits - 1)
  const steps = 1 << fraction
  single[0] = value
  const size = singleBits[0] & 0x7fffffff
  if (size > 0x7f800000) {
    if (special === 'none') return 0
    if (special === 'fnuz') return sign
    return special === 'ieee' ? magnitudes - steps / 2 : magnitudes - 1
  }
  const negative = singleBits[0] > 0x7fffffff
  if (special === 'scale') return scaleOf(Math.abs(value), magnitudes - 2, bias)
  const largest =
    special === 'ieee' ? magnitudes - steps - 1 : magnitudes - (special === 'fnuz' || special === 'none' ? 1 : 2)
  let magnitude = Math.min(magnitudeOf(size, fraction, bias), magnitudes)
  if (magnitude > largest) magnitude = special === 'ieee' ? magnitudes - steps : largest
  return magnitude === 0 && special === 'fnuz' ? 0 : negative ? sign + magnitude : magnitude
}

/** Patterns in order are numbers in order, so that rounding up may carry into the exponent. `size` is a float32's pattern without its sign. */
function magnitudeOf(size: number, fraction: number, bias: number): number {
  const normal = size >= 0x800000
  const own = normal ? (size >>> 23) - 127 : -126
  const significand = (size & 0x7fffff) + (normal ? 0x800000 : 0)
  const power = Math.max(1 - bias, own)
  const shift = 23 - fraction + power - own
  if (shift > 24) return 0
  const places = significand >>> shift
  const rest = significand & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  const up = rest > half || (rest === half && (places & 1) === 1) ? 1 : 0
  return ((power + bias - 1) << fraction) + places + up
}

const scaleOf = (size: number, largest: number, bias: number): number =>
  size === 0 ? 0 : Math.min(largest, Math.max(0, Math.round(Math.log2(size)) + bias))

const tables = /* @__PURE__ */ createKnownBy<FloatFormat, Float32Array>()

/** Every pattern's number, made once for each format. */
export const narrowTable = (format: FloatFormat): Float32Array =>
  tables(format, '', () =>
    Float32Array.from({ length: 2 ** format.bits }, (_, pattern) => narrowToNumber(pattern, format)),
  )
