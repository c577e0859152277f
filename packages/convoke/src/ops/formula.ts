// Formulas of elementwise functions and of their gradients, written once: over tensors, each step an op that can be
// differentiated itself, or in one pass where nobody asks for that.

import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { KernelSpecs } from '../backends/backend.ts'
import type { ExpressionOp } from '../backends/expression.ts'
import * as kernels from '../backends/kernels/index.ts'
import { broadcastShapes, type Shape, sameShape, sizeOf } from '../shapes/broadcast.ts'
import { createKnownBy } from '../shapes/known.ts'
import { runInto } from '../tensor/run.ts'
import type { Storage } from '../tensor/storage.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { isStretched, operandsOver, type Reduction } from './stretch.ts'

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

/** A function of inputs and of numbers that are the same for all elements, made of these steps. */
export type FormulaOf<K extends keyof Algebra<unknown>> = <T>(
  o: Pick<Algebra<T>, K>,
  inputs: readonly T[],
  constants: readonly (T | number)[],
) => T
export type Formula = FormulaOf<keyof Algebra<unknown>>

/** A word of an expression's text. */
type Word = string

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
  // Whatever it is asked for is a step of that name.
  const o = new Proxy({} as Algebra<Word>, {
    get: (_, op) => (a: Word, b?: Word | number, c?: Word | number) => step(op as ExpressionOp, [a, b, c]),
  })
  const words = (letter: string, count: number): Word[] => Array.from({ length: count }, (_, i) => `${letter}${i}`)
  const result = formula(o, words('x', inputs), words('c', constants))
  // The result is the last step.
  if (result !== `t${lines.length - 1}`) lines.push(`multiply ${result} 1`)
  const text = lines.join('\n')
  const used = Array.from({ length: inputs }, (_, i) => i).filter((i) => new RegExp(`\\bx${i}\\b`).test(text))
  return { text: text.replace(/\bx(\d+)\b/g, (_, i) => `x${used.indexOf(Number(i))}`), used }
}

const expressions = /* @__PURE__ */ createKnownBy<Formula, Expression>()

const knownExpression = (formula: Formula, inputs: number, constants: number): Expression =>
  expressions(formula, '', () => expressionOf(formula, inputs, constants))

/** The expression of a formula that gives its input. */
const asItIs = 'multiply x0 1'

/** What is made of the totals of a reduction. */
export interface Ending {
  readonly scale?: number
  readonly root?: boolean
}

/** A formula reduced over axes without being written out; then the root of that, or that times a scale. */
export interface ReducedFormula extends Ending, Pick<Reduction, 'axes' | 'shape'> {
  readonly op: KernelSpecs['reduceExpression']['op']
  readonly formula: Formula
  readonly constants?: readonly number[]
}

/** A reduced formula of float32 tensors, which broadcast to the first one's shape, as other primitives are lowered to it. */
export function lowerReduced(spec: ReducedFormula, given: readonly Tensor[], outputs: readonly Storage[]): void {
  const { op, formula, axes, constants = [], scale = 1, root = false } = spec
  const { text, used } = knownExpression(formula, given.length, constants.length)
  const { shape } = given[0]
  const { strides, tensors } = operandsOver(
    shape,
    used.map((i) => given[i]),
  )
  const reduction = { op, text: text === asItIs ? '' : text, constants, shape, strides, axes, scale, root }
  runInto(kernels.reduceExpression, reduction, tensors, outputs)
}

/** A reduction by a formula; without a rule a constant to the tape. */
export const formulaBy = <S extends ReducedFormula>(rule: Partial<Primitive<S>> = {}): Primitive<S> => ({
  name: 'reduceExpression',
  shape: ({ shape }) => shape,
  lower: lowerReduced,
  reach: 'axes',
  ...rule,
})

const reducedFormula = /* @__PURE__ */ formulaBy()

/** A reduced formula as a constant to the tape. */
export const reduced = (spec: ReducedFormula, given: readonly Tensor[]): Tensor => apply(reducedFormula, spec, given)

export interface ShapedFormula {
  readonly formula: Formula
  readonly constants: readonly number[]
}

const usedOf = ({ formula, constants }: ShapedFormula, given: readonly Tensor[]): readonly Tensor[] =>
  knownExpression(formula, given.length, constants.length).used.map((i) => given[i])

export function shapeOfFormula(spec: ShapedFormula, given: readonly Tensor[]): Shape {
  const shapes = usedOf(spec, given).map(({ shape }) => shape)
  return shapes.reduce((a, b) => (sameShape(a, b) ? a : broadcastShapes('expression', a, b)))
}

/** Of float32 tensors, which broadcast, in one pass. */
export function lowerFormula(
  spec: ShapedFormula,
  given: readonly Tensor[],
  outputs: readonly Storage[],
  shape: Shape,
): void {
  const { formula, constants } = spec
  const { text } = knownExpression(formula, given.length, constants.length)
  const inputs = usedOf(spec, given)
  if (inputs.every((input) => sameShape(input.shape, shape) && !isStretched(input))) {
    const flat = { text, constants, shape: [sizeOf(shape)], strides: inputs.map(() => [1]) }
    runInto(kernels.expression, flat, inputs, outputs)
    return
  }
  const { strides, tensors } = operandsOver(shape, inputs)
  runInto(kernels.expression, { text, constants, shape, strides }, tensors, outputs)
}
