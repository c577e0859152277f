// Steps that compute element by element, as lines of an expression.

import type { Activation, KernelSpecs } from '../backends/backend.ts'
import type { ExpressionOp } from '../backends/expression.ts'
import { expressionSteps } from '../backends/expression.ts'
import { type Cell, isKernel, type KernelStep, type Step } from './program.ts'

export type PointwiseStep = KernelStep<'unary'> | KernelStep<'binary'> | KernelStep<'expression'>

/** An operand of a line: an input of the step, an earlier line, or a number. */
export type Operand = { readonly input: number } | { readonly line: number } | number

export interface Line {
  readonly op: ExpressionOp
  readonly operands: readonly Operand[]
}

/** What a step computes of each element, the last line being the result; and how its inputs are read. */
export interface Pointwise {
  readonly lines: readonly Line[]
  readonly shape: readonly number[]
  readonly strides: readonly (readonly number[])[]
}

const x: Operand = { input: 0 }
const line = (op: ExpressionOp, ...operands: readonly Operand[]): Line => ({ op, operands })
const at = (index: number): Operand => ({ line: index })

const unaries: ReadonlySet<string> = new Set([
  ...['negate', 'abs', 'sign', 'square', 'sqrt', 'rsqrt', 'reciprocal', 'exp', 'sinh', 'cosh', 'tanh', 'erf'],
  ...['sigmoid', 'softplus'],
])
const binaries: ReadonlySet<string> = new Set(['add', 'subtract', 'multiply', 'divide', 'maximum', 'minimum'])

/** An activation by simpler functions, where that rounds no worse. */
function activationLines(activation: Activation): readonly Line[] | null {
  switch (activation.kind) {
    case 'relu':
      return [line('maximum', x, 0)]
    case 'clip':
      return [line('maximum', x, activation.low), line('minimum', at(0), activation.high)]
    case 'leakyRelu':
      return [line('less', x, 0), line('multiply', x, activation.alpha), line('where', at(0), at(1), x)]
    case 'silu':
      return [line('sigmoid', x), line('multiply', x, at(0))]
    case 'hardSigmoid':
      return [
        line('multiply', x, activation.alpha),
        line('add', at(0), activation.beta),
        line('maximum', at(1), 0),
        line('minimum', at(2), 1),
      ]
    default:
      return unaries.has(activation.kind) ? [line(activation.kind as ExpressionOp, x)] : null
  }
}

/** The number that a constant of one element holds. */
export function scalarOf({ constant, dtype }: Cell): number | null {
  return constant !== undefined && constant.size === 1 && dtype === 'float32' ? constant.dataSync()[0] : null
}

/** x to a power that is always the same. */
function powerLines(exponent: number | null): readonly Line[] | null {
  if (exponent === 2) return [line('square', x)]
  if (exponent === 0.5) return [line('sqrt', x)]
  if (exponent === -0.5) return [line('rsqrt', x)]
  if (exponent === -1) return [line('reciprocal', x)]
  if (exponent === 1) return [line('multiply', x, 1)]
  return exponent === 3 ? [line('square', x), line('multiply', at(0), x)] : null
}

/** A step as lines; null for one that is not made of what expressions have, or not of float32. */
export function pointwiseOf(step: Step): Pointwise | null {
  if (step.kernel === null || ![...step.inputs, ...step.outputs].every(({ dtype }) => dtype === 'float32')) return null
  if (isKernel(step, 'unary')) return unaryLines(step)
  if (isKernel(step, 'binary')) return binaryLines(step)
  return isKernel(step, 'expression') ? expressionLines(step.spec) : null
}

function unaryLines({ spec: { op, activation }, outputs }: KernelStep<'unary'>): Pointwise | null {
  const lines =
    activation !== null ? activationLines(activation) : unaries.has(op) ? [line(op as ExpressionOp, x)] : null
  return lines === null ? null : { lines, shape: [outputs[0].length], strides: [[1]] }
}

function binaryLines({ spec: { op, shape, strides }, inputs }: KernelStep<'binary'>): Pointwise | null {
  const lines = binaries.has(op)
    ? [line(op as ExpressionOp, x, { input: 1 })]
    : op === 'power'
      ? powerLines(scalarOf(inputs[1]))
      : null
  return lines === null ? null : { lines, shape, strides }
}

function expressionLines({ text, constants, shape, strides }: KernelSpecs['expression']): Pointwise {
  const lines = expressionSteps(text).map(({ op, operands }) => ({
    op,
    operands: operands.map((operand): Operand => {
      if (operand.kind === 'number') return operand.value
      if (operand.kind === 'constant') return constants[operand.index]
      return operand.kind === 'input' ? { input: operand.index } : { line: operand.index }
    }),
  }))
  return { lines, shape, strides }
}
