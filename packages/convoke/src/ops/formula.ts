// Formulas of elementwise functions and of their gradients, written once: over tensors, each step an op that can be
// differentiated itself, or in one pass where nobody asks for that.

import { isTracked, record } from '../autodiff/tape.ts'
import type { KernelSpecs } from '../backends/backend.ts'
import type { ExpressionOp } from '../backends/expression.ts'
import * as kernels from '../backends/kernels/index.ts'
import { broadcastShapes, sameShape, sizeOf } from '../shapes/broadcast.ts'
import { runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { isStretched, operandOf, type Reduction, sumTo } from './stretch.ts'

type Unary<T> = (x: T) => T
type Binary<T> = (a: T | number, b: T | number) => T

/** What formulas are made of. Comparisons give what `where`, `and`, `or` and `not` read. */
export interface Algebra<T> {
  readonly negate: Unary<T>
  readonly abs: Unary<T>
  readonly sign: Unary<T>
  readonly square: Unary<T>
  readonly sqrt: Unary<T>
  readonly rsqrt: Unary<T>
  readonly exp: Unary<T>
  readonly sinh: Unary<T>
  readonly cosh: Unary<T>
  readonly tanh: Unary<T>
  readonly erf: Unary<T>
  readonly geluSlope: Unary<T>
  readonly sigmoid: Unary<T>
  readonly softplus: Unary<T>
  readonly add: Binary<T>
  readonly subtract: Binary<T>
  readonly multiply: Binary<T>
  readonly divide: Binary<T>
  readonly maximum: Binary<T>
  readonly minimum: Binary<T>
  readonly equal: Binary<T>
  readonly greater: Binary<T>
  readonly less: Binary<T>
  readonly isFinite: Unary<T>
  readonly and: (a: T, b: T) => T
  readonly or: (a: T, b: T) => T
  readonly not: Unary<T>
  readonly where: (condition: T, a: T | number, b: T | number) => T
}

/** A function of inputs and of numbers that are the same for all elements. */
export type Formula = <T>(o: Algebra<T>, inputs: readonly T[], constants: readonly (T | number)[]) => T

/** A word of an expression's text. */
type Word = string

const unaryNames = [
  ...(['negate', 'abs', 'sign', 'square', 'sqrt', 'rsqrt', 'exp', 'sinh', 'cosh', 'tanh', 'erf'] as const),
  ...(['sigmoid', 'softplus', 'geluSlope', 'isFinite', 'not'] as const),
]
const binaryNames = [
  ...([
    'add',
    'subtract',
    'multiply',
    'divide',
    'maximum',
    'minimum',
    'equal',
    'greater',
    'less',
    'and',
    'or',
  ] as const),
]

interface Expression {
  readonly text: string
  /** The inputs that it reads, which are x0, x1, … there. */
  readonly used: readonly number[]
}

/** A formula as an expression. A step that was taken before is not taken again. */
export function expressionOf(formula: Formula, inputs: number, constants: number): Expression {
  const lines: string[] = []
  const step = (op: ExpressionOp, operands: readonly (Word | number | undefined)[]): Word => {
    const line = [op, ...operands.filter((operand) => operand !== undefined)].join(' ')
    const known = lines.indexOf(line)
    return `t${known === -1 ? lines.push(line) - 1 : known}`
  }
  const o = Object.fromEntries(
    [...unaryNames, ...binaryNames, 'where' as const].map((op) => [
      op,
      (a: Word, b?: Word | number, c?: Word | number) => step(op, [a, b, c]),
    ]),
  ) as unknown as Algebra<Word>
  const words = (letter: string, count: number): Word[] => Array.from({ length: count }, (_, i) => `${letter}${i}`)
  const result = formula(o, words('x', inputs), words('c', constants))
  // The result is the last step.
  if (result !== `t${lines.length - 1}`) lines.push(`multiply ${result} 1`)
  const text = lines.join('\n')
  const used = Array.from({ length: inputs }, (_, i) => i).filter((i) => new RegExp(`\\bx${i}\\b`).test(text))
  return { text: text.replace(/\bx(\d+)\b/g, (_, i) => `x${used.indexOf(Number(i))}`), used }
}

const expressions = new WeakMap<Formula, Expression>()

function knownExpression(formula: Formula, inputs: number, constants: number): Expression {
  let expression = expressions.get(formula)
  if (expression === undefined) {
    expression = expressionOf(formula, inputs, constants)
    expressions.set(formula, expression)
  }
  return expression
}

/** The expression of a formula that gives its input. */
const asItIs = 'multiply x0 1'

/** What is made of the totals of a reduction. */
export interface Ending {
  readonly scale?: number
  readonly root?: boolean
}

/**
 * The formula of float32 tensors, which broadcast to the first one's shape, reduced over axes without being written out; then the
 * root of that, or that times a scale.
 */
export function fusedReduction(
  op: KernelSpecs['reduceExpression']['op'],
  formula: Formula,
  given: readonly Tensor[],
  { axes, shape }: Pick<Reduction, 'axes' | 'shape'>,
  { scale = 1, root = false }: Ending = {},
  constants: readonly number[] = [],
): Tensor {
  const { text, used } = knownExpression(formula, given.length, constants.length)
  const whole = given[0].shape
  const operands = used.map((i) => operandOf(given[i], whole))
  const strides = operands.map((operand) => operand.strides)
  return runOne(
    kernels.reduceExpression,
    { op, text: text === asItIs ? '' : text, constants, shape: whole, strides, axes, scale, root },
    operands.map(({ tensor }) => tensor),
    shape,
  )
}

/** The formula of float32 tensors, which broadcast, in one pass. */
export function fused(formula: Formula, given: readonly Tensor[], constants: readonly number[] = []): Tensor {
  const { text, used } = knownExpression(formula, given.length, constants.length)
  const inputs = used.map((i) => given[i])
  const [{ shape }] = inputs
  if (inputs.every((input) => sameShape(input.shape, shape) && !isStretched(input))) {
    const spec = { text, constants, shape: [sizeOf(shape)], strides: inputs.map(() => [1]) }
    return runOne(kernels.expression, spec, inputs, shape)
  }
  const all = inputs.map((input) => input.shape).reduce((a, b) => broadcastShapes('expression', a, b))
  const operands = inputs.map((input) => operandOf(input, all))
  const strides = operands.map((operand) => operand.strides)
  return runOne(
    kernels.expression,
    { text, constants, shape: all, strides },
    operands.map(({ tensor }) => tensor),
    all,
  )
}

/** The same, step by step over `tensors` where a tape follows an input. */
export const evaluate = (
  formula: Formula,
  tensors: Algebra<Tensor>,
  inputs: readonly Tensor[],
  constants: readonly number[] = [],
): Tensor => (isTracked(inputs) ? formula(tensors, inputs, constants) : fused(formula, inputs, constants))

/** What an elementwise function gives, and the gradients of its inputs, formulas of the result's gradient and the inputs. */
export interface Parts {
  readonly value: Formula
  readonly gradients: readonly Formula[]
}

/** An elementwise function of float32 tensors that broadcast, in one pass forward and one backward for each input. */
export function elementwise(
  op: string,
  tensors: Algebra<Tensor>,
  inputs: readonly Tensor[],
  constants: readonly number[],
  { value, gradients }: Parts,
): Tensor {
  return record(op, fused(value, inputs, constants), inputs, inputs, (gradient, kept) =>
    gradients.map(
      (formula, i) => () => sumTo(evaluate(formula, tensors, [gradient, ...kept], constants), inputs[i].shape),
    ),
  )
}

/** The sum of an elementwise function of tensors of one shape, times `scale`: one pass forward without writing the values out. */
export function elementwiseTotal(
  op: string,
  tensors: Algebra<Tensor>,
  inputs: readonly Tensor[],
  constants: readonly number[],
  { value, gradients }: Parts,
  scale: number,
): Tensor {
  const everything = { axes: inputs[0].shape.map((_, axis) => axis), shape: [] }
  const total = fusedReduction('sum', value, inputs, everything, { scale }, constants)
  return record(op, total, inputs, inputs, (gradient, kept) => {
    const share = scale === 1 ? gradient : tensors.multiply(gradient, scale)
    return gradients.map((formula) => () => evaluate(formula, tensors, [share, ...kept], constants))
  })
}
