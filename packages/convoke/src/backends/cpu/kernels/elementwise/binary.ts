import type { BinaryOp, DType, KernelSpecs } from '../../../backend.ts'
import type { Builder, Mask, Target, Vector } from '../../program/index.ts'
import { floorDivide, floorDivideWhole, remainder } from '../math/division.ts'
import { atan2 } from '../math/inverse-trigonometric.ts'
import { power } from '../math/power.ts'
import type { KernelPlan } from '../plan.ts'
import { elementwisePlan } from './elementwise.ts'
import { asKind, type LaneKind, laneKind, nonZero, truth } from './lanes.ts'

type Compute = (b: Builder, x: Vector, y: Vector) => Vector
type Compare = (b: Builder, x: Vector, y: Vector) => Mask

type Logical = 'logicalAnd' | 'logicalOr' | 'logicalXor'
type Comparison = 'equal' | 'notEqual' | 'greater' | 'greaterEqual' | 'less' | 'lessEqual'
type Arithmetic = Exclude<BinaryOp, Logical | Comparison>

/** NaN if either is. */
const keepingNaN = (b: Builder, x: Vector, extreme: Vector): Vector => b.select(b.notEqual(x, x), x, extreme)

/** Functions of two floats. */
export const onFloats: Readonly<Record<Arithmetic, Compute>> = {
  add: (b, x, y) => b.add(x, y),
  subtract: (b, x, y) => b.sub(x, y),
  multiply: (b, x, y) => b.mul(x, y),
  divide: (b, x, y) => b.div(x, y),
  // max and min give their second operand where either is NaN.
  maximum: (b, x, y) => keepingNaN(b, x, b.max(x, y)),
  minimum: (b, x, y) => keepingNaN(b, x, b.min(x, y)),
  ...{ floorDivide, remainder, power, atan2 },
}

const onWhole: Partial<Readonly<Record<Arithmetic, Compute>>> = {
  add: (b, x, y) => b.iadd(x, y),
  subtract: (b, x, y) => b.isub(x, y),
  multiply: (b, x, y) => b.imul(x, y),
  maximum: (b, x, y) => b.imax(x, y),
  minimum: (b, x, y) => b.imin(x, y),
  floorDivide: (b, x, y) => floorDivideWhole(b, x, y).quotient,
  remainder: (b, x, y) => floorDivideWhole(b, x, y).remainder,
}

const floatComparisons: Readonly<Record<Comparison, Compare>> = {
  equal: (b, x, y) => b.equal(x, y),
  notEqual: (b, x, y) => b.notEqual(x, y),
  greater: (b, x, y) => b.greater(x, y),
  greaterEqual: (b, x, y) => b.greaterOrEqual(x, y),
  less: (b, x, y) => b.less(x, y),
  lessEqual: (b, x, y) => b.lessOrEqual(x, y),
}

const wholeComparisons: Readonly<Record<Comparison, Compare>> = {
  equal: (b, x, y) => b.iequal(x, y),
  notEqual: (b, x, y) => b.maskNot(b.iequal(x, y)),
  greater: (b, x, y) => b.igreater(x, y),
  greaterEqual: (b, x, y) => b.maskNot(b.iless(x, y)),
  less: (b, x, y) => b.iless(x, y),
  lessEqual: (b, x, y) => b.maskNot(b.igreater(x, y)),
}

const logical: Readonly<Record<Logical, (b: Builder, x: Mask, y: Mask) => Mask>> = {
  logicalAnd: (b, x, y) => b.maskAnd(x, y),
  logicalOr: (b, x, y) => b.maskOr(x, y),
  logicalXor: (b, x, y) => b.maskXor(x, y),
}

const isLogical = (op: BinaryOp): op is Logical => op in logical
const isComparison = (op: BinaryOp): op is Comparison => op in floatComparisons

interface Computed {
  readonly kind: LaneKind
  readonly compute: (b: Builder, values: readonly Vector[]) => Vector
}

function computeOf(op: BinaryOp, inputs: readonly DType[]): Computed {
  if (isLogical(op)) {
    return {
      kind: 'whole',
      compute: (b, [x, y]) => truth(b, logical[op](b, nonZero(b, inputs[0], x), nonZero(b, inputs[1], y))),
    }
  }
  const whole = !inputs.includes('float32')
  const asFloats = (b: Builder, values: readonly Vector[]) =>
    values.map((value, k) => asKind(b, value, laneKind(inputs[k]), 'float'))
  if (isComparison(op)) {
    const compare = (whole ? wholeComparisons : floatComparisons)[op]
    return {
      kind: 'whole',
      compute: (b, values) => {
        const [x, y] = whole ? values : asFloats(b, values)
        return truth(b, compare(b, x, y))
      },
    }
  }
  const exact = whole ? onWhole[op] : undefined
  if (exact !== undefined) return { kind: 'whole', compute: (b, [x, y]) => exact(b, x, y) }
  return {
    kind: 'float',
    compute: (b, values) => {
      const [x, y] = asFloats(b, values)
      return onFloats[op](b, x, y)
    },
  }
}

/**
 * y = op(a, b), broadcast: [a, b] → [y]. Whole numbers stay whole (int32 with wraparound) but for divide, power and
 * atan2, which give float32; comparisons and logic give bool.
 */
export function planBinary(
  { op, shape, strides }: KernelSpecs['binary'],
  [a, b, output]: readonly [DType, DType, DType],
  target: Target,
): KernelPlan {
  const { kind, compute } = computeOf(op, [a, b])
  return elementwisePlan({
    ...{ name: op, target, inputs: [a, b], output, shape, strides },
    compute: (builder, values) => asKind(builder, compute(builder, values), kind, laneKind(output)),
  })
}
