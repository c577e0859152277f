// One pass for an expression of several steps: each step's vectors stay in registers.

import type { KernelSpecs } from '../../../backend.ts'
import {
  type ExpressionBinary,
  type ExpressionOp,
  type ExpressionOperand,
  type ExpressionStep,
  type ExpressionUnary,
  expressionSteps,
} from '../../../expression.ts'
import type { Builder, Mask, Target, Vector } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { onFloats } from './binary.ts'
import { elementwisePlan } from './elementwise.ts'
import { floatUnary } from './unary.ts'

type Value = { readonly vector: Vector } | { readonly mask: Mask }

const vectorOf = (value: Value): Vector => {
  if ('vector' in value) return value.vector
  throw new TypeError('an expression takes a test for a number')
}
const maskOf = (value: Value): Mask => {
  if ('mask' in value) return value.mask
  throw new TypeError('an expression takes a number for a test')
}

const tests: Partial<Record<ExpressionOp, (b: Builder, values: readonly Value[]) => Mask>> = {
  equal: (b, [x, y]) => b.equal(vectorOf(x), vectorOf(y)),
  greater: (b, [x, y]) => b.greater(vectorOf(x), vectorOf(y)),
  less: (b, [x, y]) => b.less(vectorOf(x), vectorOf(y)),
  isFinite: (b, [x]) => b.less(b.abs(vectorOf(x)), b.constant(Number.POSITIVE_INFINITY)),
  and: (b, [x, y]) => b.maskAnd(maskOf(x), maskOf(y)),
  or: (b, [x, y]) => b.maskOr(maskOf(x), maskOf(y)),
  not: (b, [x]) => b.maskNot(maskOf(x)),
}

const isBinary = (op: ExpressionOp): op is ExpressionBinary => Object.hasOwn(onFloats, op)

function emitStep(b: Builder, op: ExpressionOp, values: readonly Value[]): Value {
  const test = tests[op]
  if (test !== undefined) return { mask: test(b, values) }
  if (op === 'where') return { vector: b.select(maskOf(values[0]), vectorOf(values[1]), vectorOf(values[2])) }
  const [x, y] = values.map(vectorOf)
  return { vector: isBinary(op) ? onFloats[op](b, x, y) : floatUnary(b, op as ExpressionUnary, x) }
}

/** The value of an expression; without steps that of its first input. */
export function emitExpression(b: Builder, steps: readonly ExpressionStep[], inputs: readonly Vector[]): Vector {
  const results: Value[] = []
  const read = (operand: ExpressionOperand): Value => {
    if (operand.kind === 'number') return { vector: b.constant(operand.value) }
    const { kind, index } = operand
    if (kind === 'step') return results[index]
    return { vector: kind === 'input' ? inputs[index] : b.float(`c${index}`) }
  }
  for (const { op, operands } of steps) results.push(emitStep(b, op, operands.map(read)))
  return steps.length === 0 ? inputs[0] : vectorOf(results[results.length - 1])
}

/** [x0, x1, …], broadcast → [y], all float32. */
export function planExpression(
  { text, constants, shape, strides }: KernelSpecs['expression'],
  target: Target,
): KernelPlan {
  const steps = expressionSteps(text)
  return elementwisePlan({
    ...{ name: text.replaceAll('\n', '; '), target, output: 'float32', shape, strides },
    inputs: strides.map(() => 'float32' as const),
    floats: Object.fromEntries(constants.map((value, i) => [`c${i}`, value])),
    compute: (b, inputs) => emitExpression(b, steps, inputs),
  })
}
