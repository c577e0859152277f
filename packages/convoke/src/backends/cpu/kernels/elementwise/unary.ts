import type { Activation, DType, KernelSpecs, UnaryOp } from '../../../backend.ts'
import type { Builder, Target, Vector } from '../../program/index.ts'
import { activationArguments, emitActivation } from '../math/activation.ts'
import { erf, geluSlope } from '../math/error-function.ts'
import { exp, expm1 } from '../math/exp.ts'
import { acosh, asinh, atanh, cosh, sinh } from '../math/hyperbolic.ts'
import { acos, asin, atan } from '../math/inverse-trigonometric.ts'
import { log, log1p } from '../math/log.ts'
import { type Trigonometric, trigonometricAnywhere } from '../math/trigonometric.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { elementwisePlan } from './elementwise.ts'
import { asKind, type LaneKind, laneKind, truth } from './lanes.ts'
import { trigonometricStep } from './trigonometric.ts'

type FloatFunction = (b: Builder, x: Vector) => Vector

type PlainUnary = Exclude<UnaryOp, Activation['kind'] | Trigonometric>

const floatFunctions: Readonly<Record<Exclude<PlainUnary, 'logicalNot' | 'isNaN' | 'isFinite'>, FloatFunction>> = {
  ...{ exp, expm1, log, log1p, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, erf, geluSlope },
  negate: (b, x) => b.neg(x),
  abs: (b, x) => b.abs(x),
  sign: (b, x) => {
    const one = b.or(b.constant(1), b.and(x, b.constantInt(-0x80000000)))
    // ±0 and NaN stay what they are.
    const [zero, absolute] = [b.zero(), b.abs(x)]
    return b.select(b.greater(absolute, zero), one, x)
  },
  square: (b, x) => b.mul(x, x),
  sqrt: (b, x) => b.sqrt(x),
  rsqrt: (b, x) => b.div(b.constant(1), b.sqrt(x)),
  reciprocal: (b, x) => b.div(b.constant(1), x),
  floor: (b, x) => b.floor(x),
  ceil: (b, x) => b.ceil(x),
  round: (b, x) => b.round(x),
  trunc: (b, x) => b.trunc(x),
}

const wholeFunctions: Partial<Readonly<Record<UnaryOp, FloatFunction>>> = {
  negate: (b, x) => b.isub(b.constantInt(0), x),
  abs: (b, x) => b.imax(x, b.isub(b.constantInt(0), x)),
  sign: (b, x) => b.imax(b.constantInt(-1), b.imin(b.constantInt(1), x)),
  square: (b, x) => b.imul(x, x),
  ...{ floor: (_, x) => x, ceil: (_, x) => x, round: (_, x) => x, trunc: (_, x) => x },
}

/** Questions about one number, as 0 or 1; a whole number is finite. */
const questions: Partial<Readonly<Record<UnaryOp, (b: Builder, x: Vector, whole: boolean) => Vector>>> = {
  logicalNot: (b, x, whole) => truth(b, whole ? b.iequal(x, b.constantInt(0)) : b.equal(x, b.zero())),
  isNaN: (b, x, whole) => (whole ? b.constantInt(0) : truth(b, b.notEqual(x, x))),
  isFinite: (b, x, whole) =>
    whole ? b.constantInt(1) : truth(b, b.less(b.abs(x), b.constant(Number.POSITIVE_INFINITY))),
}

const isTrigonometric = (op: UnaryOp): op is Trigonometric => op === 'sin' || op === 'cos' || op === 'tan'

/** A function of floats that gives one. */
export function floatUnary(b: Builder, op: UnaryOp, x: Vector): Vector {
  if (isTrigonometric(op)) return trigonometricAnywhere(b, op, x)
  const plain = floatFunctions[op as keyof typeof floatFunctions]
  return plain === undefined ? emitActivation(b, { kind: op as Activation['kind'] }, x) : plain(b, x)
}

function computeOf(op: UnaryOp, input: DType): { readonly kind: LaneKind; readonly compute: FloatFunction } {
  const whole = input !== 'float32'
  const question = questions[op]
  if (question !== undefined) return { kind: 'whole', compute: (b, x) => question(b, x, whole) }
  const onWhole = whole ? wholeFunctions[op] : undefined
  if (onWhole !== undefined) return { kind: 'whole', compute: onWhole }
  return { kind: 'float', compute: (b, x) => floatUnary(b, op, asKind(b, x, laneKind(input), 'float')) }
}

/**
 * y = op(x) over `size` elements: [x] → [y]. Functions of floats read whole numbers as floats and give float32;
 * negate, abs, sign, square and the roundings keep int32; logicalNot, isNaN and isFinite give bool.
 */
export function planUnary(
  { op, activation }: KernelSpecs['unary'],
  [input, output]: readonly [DType, DType],
  size: number,
  target: Target,
): KernelPlan {
  if (isTrigonometric(op) && input === 'float32') return planOf([trigonometricStep(op, size, target)])
  const { kind, compute } = computeOf(op, input)
  return elementwisePlan({
    name: op,
    target,
    inputs: [input],
    output,
    shape: [size],
    strides: [[1]],
    floats: activationArguments(activation),
    compute: (b, [x]) => asKind(b, compute(b, x), kind, laneKind(output)),
  })
}
