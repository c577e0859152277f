// One number in, one number out: every elementwise function and activation, in float64.

import { seluAlpha, seluScale } from '../../shapes/constants.ts'
import { ConvokeError } from '../../shapes/error.ts'
import type { Activation, UnaryOp } from '../backend.ts'

/**
 * The error function to double precision: its Maclaurin series below 3 (all terms positive in the form used), and the
 * continued fraction of erfc above (Abramowitz & Stegun 1964, 7.1.6 and 7.1.14).
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x
  const a = Math.abs(x)
  if (a < 3) {
    // erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!
    let term = a
    let sum = a
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1)
      sum += term
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum
  }
  if (a > 6) return Math.sign(x)
  return Math.sign(x) * (1 - erfcTail(a))
}

/** 1 − erf x for x ≥ 3, to the last digits of results however small. */
function erfcTail(x: number): number {
  let fraction = 0
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (x + fraction)
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction))
}

/** The normal distribution function Φ, whose lower tail keeps its digits. */
const normalCumulative = (x: number): number =>
  x < -3 * Math.SQRT2 ? 0.5 * erfcTail(-x / Math.SQRT2) : 0.5 * (1 + erf(x / Math.SQRT2))

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)))

/** log(1 + eˣ) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

const clip = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? x : x < low ? low : x > high ? high : x

/** Rounds half to even, as IEEE 754 and NumPy do. */
function roundEven(x: number): number {
  const rounded = Math.round(x)
  return Math.abs(x - Math.trunc(x)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
}

const functions: Partial<Record<UnaryOp, (x: number) => number>> = {
  ...{
    abs: Math.abs,
    sign: Math.sign,
    sqrt: Math.sqrt,
    exp: Math.exp,
    expm1: Math.expm1,
    log: Math.log,
    log1p: Math.log1p,
  },
  ...{ sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan },
  ...{ sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh },
  ...{ floor: Math.floor, ceil: Math.ceil, trunc: Math.trunc, round: roundEven, erf, sigmoid, softplus },
  negate: (x) => -x,
  square: (x) => x * x,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  logicalNot: (x) => +(x === 0),
  isNaN: (x) => +Number.isNaN(x),
  isFinite: (x) => +Number.isFinite(x),
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  selu: (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
  gelu: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * normalCumulative(x)),
  geluSlope: (x) =>
    Math.abs(x) === Number.POSITIVE_INFINITY
      ? +(x > 0)
      : normalCumulative(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  geluTanh: (x) =>
    // ½·(1 + tanh u) is sigmoid 2u, whose lower tail keeps its digits.
    x === Number.NEGATIVE_INFINITY ? 0 : x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
  silu: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * sigmoid(x)),
  mish: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : x * Math.tanh(softplus(x))),
  softsign: (x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? Math.sign(x) : x / (1 + Math.abs(x))),
  hardSwish: (x) => (x === Number.NEGATIVE_INFINITY ? 0 : (x * clip(x + 3, 0, 6)) / 6),
}

/** The scalar function of a unary op; `activation` carries the constants of those that have any. */
export function scalarUnary(op: UnaryOp, activation: Activation | null): (x: number) => number {
  if (activation !== null && activation.kind === op) {
    switch (activation.kind) {
      case 'leakyRelu':
        return (x) => (x >= 0 ? x : activation.alpha * x)
      case 'elu':
        return (x) => (x > 0 ? x : activation.alpha * Math.expm1(x))
      case 'hardSigmoid':
        return (x) => clip(activation.alpha * x + activation.beta, 0, 1)
      case 'clip':
        return (x) => clip(x, activation.low, activation.high)
    }
  }
  const f = functions[op]
  if (f === undefined) throw new ConvokeError(`unary: '${op}' needs its constants; pass them as the activation.`)
  return f
}
