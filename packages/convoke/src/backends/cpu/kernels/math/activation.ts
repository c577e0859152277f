// Activations on a vector, as elementwise kernels and in the epilogues of convolutions. Their constants are arguments of
// the program, so that one machine code serves every alpha.

import { seluAlpha, seluScale } from '../../../../shapes/constants.ts'
import type { Activation } from '../../../backend.ts'
import type { Builder, Vector } from '../../program/index.ts'
import { gelu, geluTanh, silu } from './error-function.ts'
import { expm1, expOfMinusAbs, expParts, scale, within } from './exp.ts'
import { tanh } from './hyperbolic.ts'
import { log1p } from './log.ts'

/** 1 / (1 + e⁻ˣ), within 3 ulp: from e^−|x|, so that nothing overflows and small results stay exact. */
export function sigmoid(b: Builder, x: Vector): Vector {
  const power = expOfMinusAbs(b, x)
  const one = b.constant(1)
  return b.div(b.select(b.less(x, b.zero()), power, one), b.add(one, power))
}

/** log(1 + eˣ), within 2 ulp. */
const softplus = (b: Builder, x: Vector): Vector => {
  const rest = log1p(b, expOfMinusAbs(b, x))
  return b.add(b.max(b.zero(), x), rest)
}

/** x·tanh(softplus x), within 5 ulp. With e = e^−|x|: (1 + 2e) / (1 + 2e + 2e²) of x, or e·(e + 2) / (e² + 2e + 2). */
function mish(b: Builder, x: Vector): Vector {
  const bounded = b.max(b.constant(-120), x)
  const { fraction, exponent } = expParts(b, b.max(b.constant(-120), b.neg(b.abs(bounded))))
  const e = scale(b, fraction, exponent)
  const [one, two] = [b.constant(1), b.constant(2)]
  const negative = b.less(x, b.zero())
  const numerator = b.select(negative, b.mul(fraction, b.add(e, two)), b.fma(b.copy(one), e, two))
  const leading = b.select(negative, two, one)
  const trailing = b.select(negative, one, two)
  const denominator = b.fma(leading, e, b.fma(two, e, trailing))
  const result = b.div(b.mul(bounded, numerator), denominator)
  return scale(b, result, b.select(negative, exponent, b.zero()))
}

/** x·clip(x + 3, 0, 6) / 6, within 3 ulp. */
function hardSwish(b: Builder, x: Vector): Vector {
  const gate = within(b, b.add(x, b.constant(3)), 0, 6)
  return b.mul(b.max(b.constant(-3), x), b.mul(gate, b.constant(1 / 6)))
}

/** `above` where x is positive, else `factor`·(eˣ − 1). */
function exponentialBelowZero(b: Builder, x: Vector, above: Vector, factor: () => Vector): Vector {
  const below = b.mul(expm1(b, b.min(b.zero(), x)), factor())
  return b.select(b.greater(x, b.zero()), above, below)
}

/** x / (1 + |x|), within 2 ulp; ±1 at ±∞. */
function softsign(b: Builder, x: Vector): Vector {
  const bounded = within(b, x, -(2 ** 126), 2 ** 126)
  return b.div(bounded, b.add(b.abs(bounded), b.constant(1)))
}

/** The activation of `x`. Reads its constants from the arguments that `activationArguments` names. */
export function emitActivation(b: Builder, activation: Pick<Activation, 'kind'>, x: Vector): Vector {
  switch (activation.kind) {
    case 'relu':
      return b.max(b.zero(), x)
    case 'leakyRelu':
      return b.select(b.greaterOrEqual(x, b.zero()), x, b.mul(x, b.float('activationAlpha')))
    case 'clip':
      return b.min(b.float('activationHigh'), b.max(b.float('activationLow'), x))
    case 'hardSigmoid': {
      const line = b.fma(b.float('activationBeta'), x, b.float('activationAlpha'))
      return within(b, line, 0, 1)
    }
    case 'elu':
      return exponentialBelowZero(b, x, x, () => b.float('activationAlpha'))
    case 'selu':
      return exponentialBelowZero(b, x, b.mul(x, b.constant(seluScale)), () => b.constant(seluScale * seluAlpha))
    case 'gelu':
      return gelu(b, x)
    case 'geluTanh':
      return geluTanh(b, x)
    case 'silu':
      return silu(b, x)
    case 'mish':
      return mish(b, x)
    case 'softplus':
      return softplus(b, x)
    case 'softsign':
      return softsign(b, x)
    case 'hardSwish':
      return hardSwish(b, x)
    case 'sigmoid':
      return sigmoid(b, x)
    case 'tanh':
      return tanh(b, x)
  }
}

/** The float arguments that the program of an activation takes. */
export function activationArguments(activation: Activation | null): Readonly<Record<string, number>> {
  switch (activation?.kind) {
    case 'leakyRelu':
    case 'elu':
      return { activationAlpha: activation.alpha }
    case 'hardSigmoid':
      return { activationAlpha: activation.alpha, activationBeta: activation.beta }
    case 'clip':
      return { activationLow: activation.low, activationHigh: activation.high }
    default:
      return {}
  }
}
