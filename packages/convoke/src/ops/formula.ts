// Formulas of elementwise functions and of their gradients, written once: over tensors, each step an op that can be
// differentiated itself, or in one pass where nobody asks for that.

import { isTracked, record } from '../autodiff/tape.ts'
import type { ExpressionOp } from '../backends/expression.ts'
import { broadcastShapes, broadcastStrides, sameShape, sizeOf } from '../shapes/broadcast.ts'
import { runOne } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { sumTo } from './stretch.ts'

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
  ...(['sigmoid', 'softplus', 'isFinite', 'not'] as const),
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

/** The formula of float32 tensors, which broadcast, in one pass. */
export function fused(formula: Formula, given: readonly Tensor[], constants: readonly number[] = []): Tensor {
  let expression = expressions.get(formula)
  if (expression === undefined) {
    expression = expressionOf(formula, given.length, constants.length)
    expressions.set(formula, expression)
  }
  const { text, used } = expression
  const inputs = used.map((i) => given[i])
  const [{ shape }] = inputs
  if (inputs.every((input) => sameShape(input.shape, shape))) {
    const spec = { text, constants, shape: [sizeOf(shape)], strides: inputs.map(() => [1]) }
    return runOne('expression', spec, inputs, shape)
  }
  const all = inputs.map((input) => input.shape).reduce((a, b) => broadcastShapes('expression', a, b))
  const strides = inputs.map((input) => broadcastStrides(input.shape, all))
  return runOne('expression', { text, constants, shape: all, strides }, inputs, all)
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
