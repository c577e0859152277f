import { sizeOf } from '../../shapes/broadcast.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'
import { type ExpressionOp, type ExpressionOperand, expressionSteps } from '../expression.ts'
import { reduced } from './reduce.ts'
import { scalarUnary } from './scalar.ts'
import { forEachRow } from './strides.ts'

/** Tests are 1 or 0 here. */
const functions: Partial<Record<ExpressionOp, (values: readonly number[]) => number>> = {
  add: ([a, b]) => a + b,
  subtract: ([a, b]) => a - b,
  multiply: ([a, b]) => a * b,
  divide: ([a, b]) => a / b,
  maximum: ([a, b]) => Math.max(a, b),
  minimum: ([a, b]) => Math.min(a, b),
  equal: ([a, b]) => +(a === b),
  greater: ([a, b]) => +(a > b),
  less: ([a, b]) => +(a < b),
  isFinite: ([a]) => +Number.isFinite(a),
  and: ([a, b]) => a * b,
  or: ([a, b]) => Math.max(a, b),
  not: ([a]) => 1 - a,
  where: ([test, a, b]) => (test === 1 ? a : b),
}

const functionOf = (op: ExpressionOp): ((values: readonly number[]) => number) => {
  const known = functions[op]
  if (known !== undefined) return known
  const unary = scalarUnary(op as Parameters<typeof scalarUnary>[0], null)
  return ([x]) => unary(x)
}

export function expression(
  spec: KernelSpecs['expression'],
  inputs: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  valuesInto(spec, inputs, y)
}

/** The expression's values in float64, reduced as those of a tensor. The root is that of a number as the result holds it: squares may leave the range of float32. */
export function reduceExpression(
  { op, axes, scale, root, ...spec }: KernelSpecs['reduceExpression'],
  inputs: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const values = new Float64Array(sizeOf(spec.shape))
  valuesInto(spec, inputs, values)
  const totals = reduced({ op, shape: spec.shape, axes }, values)
  const held = y instanceof Float32Array ? Math.fround : (total: number) => total
  y.set(totals.map((total) => (root ? Math.sqrt(held(total)) : total * scale)))
}

function valuesInto(
  { text, constants, shape, strides }: KernelSpecs['expression'],
  inputs: readonly TypedArray[],
  y: TypedArray | Float64Array,
): void {
  const steps = expressionSteps(text).map(({ op, operands }) => ({ compute: functionOf(op), operands }))
  const results = new Array<number>(steps.length).fill(0)
  const read = (operand: ExpressionOperand, places: readonly number[]): number => {
    if (operand.kind === 'number') return operand.value
    const { kind, index } = operand
    return kind === 'input' ? inputs[index][places[index]] : kind === 'constant' ? constants[index] : results[index]
  }
  const last = shape.length - 1
  const moves = strides.map((list) => (last < 0 ? 0 : list[last]))
  let o = 0
  forEachRow(shape, strides, (count, starts) => {
    for (let n = 0; n < count; n++) {
      const places = starts.map((start, k) => start + n * moves[k])
      for (const [i, { compute, operands }] of steps.entries()) {
        results[i] = compute(operands.map((operand) => read(operand, places)))
      }
      y[o++] = steps.length === 0 ? inputs[0][places[0]] : results[steps.length - 1]
    }
  })
}
