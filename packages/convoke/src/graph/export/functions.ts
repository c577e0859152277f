// Functions of elements as nodes of ONNX: one where there is one, else a composition of the same value.

import type { Activation, BinaryOp, DType, UnaryOp } from '../../backends/backend.ts'
import type { ExpressionOp } from '../../backends/expression.ts'
import { type Attributes, type Draft, float, int, text } from './draft.ts'

/** Nodes whose values all have the same lengths. */
export class Pointwise {
  readonly draft: Draft
  readonly dims: readonly number[]

  constructor(draft: Draft, dims: readonly number[]) {
    this.draft = draft
    this.dims = dims
  }

  node(operator: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.draft.node(operator, inputs, this.dims, attributes)
  }

  cast(x: string, to: DType | 'int64'): string {
    return this.draft.cast(x, to)
  }

  number(value: number, type: DType = 'float32'): string {
    return this.draft.scalar(value, type)
  }

  add = (a: string, b: string): string => this.node('Add', [a, b])
  subtract = (a: string, b: string): string => this.node('Sub', [a, b])
  multiply = (a: string, b: string): string => this.node('Mul', [a, b])
  divide = (a: string, b: string): string => this.node('Div', [a, b])
  where = (test: string, a: string, b: string): string => this.node('Where', [test, a, b])
  less = (a: string, b: string): string => this.node('Less', [a, b])
  greater = (a: string, b: string): string => this.node('Greater', [a, b])
}

type Function = (p: Pointwise, x: string) => string

const single =
  (operator: string): Function =>
  (p, x) =>
    p.node(operator, [x])

/** The operator of a newer opset, or what it stands for. */
const since =
  (opset: number, operator: string, attributes: Attributes, otherwise: Function): Function =>
  (p, x) =>
    p.draft.opset >= opset ? p.node(operator, [x], attributes) : otherwise(p, x)

/** ½·x·(1 + erf(x / √2)) */
const geluByErf: Function = (p, x) => {
  const bent = p.node('Erf', [p.divide(x, p.number(Math.SQRT2))])
  return p.multiply(p.multiply(x, p.add(bent, p.number(1))), p.number(0.5))
}

const geluByTanh: Function = (p, x) => {
  const cube = p.multiply(p.multiply(x, x), x)
  const inner = p.multiply(p.add(x, p.multiply(cube, p.number(0.044715))), p.number(Math.sqrt(2 / Math.PI)))
  return p.multiply(p.multiply(x, p.add(p.node('Tanh', [inner]), p.number(1))), p.number(0.5))
}

/** 2t / (1 − t) with t = tanh(x / 2) keeps its digits near 0, eˣ − 1 elsewhere. */
const expm1: Function = (p, x) => {
  const t = p.node('Tanh', [p.multiply(x, p.number(0.5))])
  const near = p.divide(p.add(t, t), p.subtract(p.number(1), t))
  const far = p.subtract(p.node('Exp', [x]), p.number(1))
  return p.where(p.less(p.node('Abs', [x]), p.number(0.5)), near, far)
}

/** x·log u / (u − 1) with u = 1 + x as it is rounded (Kahan). */
const log1p: Function = (p, x) => {
  const u = p.add(x, p.number(1))
  const over = p.subtract(u, p.number(1))
  const lost = p.node('Equal', [over, p.number(0)])
  const whole = p.node('Not', [finite(p, u)])
  const exact = p.divide(p.multiply(x, p.node('Log', [u])), p.where(lost, p.number(1), over))
  return p.where(lost, x, p.where(whole, p.node('Log', [u]), exact))
}

const finite: Function = (p, x) => p.node('Not', [p.node('Or', [p.node('IsNaN', [x]), p.node('IsInf', [x])])])

/** Φ(x) + x·φ(x) */
const geluSlope: Function = (p, x) => {
  const below = p.multiply(p.add(p.node('Erf', [p.divide(x, p.number(Math.SQRT2))]), p.number(1)), p.number(0.5))
  const density = p.node('Exp', [p.multiply(p.multiply(x, x), p.number(-0.5))])
  return p.add(below, p.multiply(p.multiply(x, density), p.number(1 / Math.sqrt(2 * Math.PI))))
}

const unaries: Readonly<Partial<Record<UnaryOp, Function>>> = {
  ...{ negate: single('Neg'), abs: single('Abs'), sign: single('Sign'), sqrt: single('Sqrt'), exp: single('Exp') },
  ...{ reciprocal: single('Reciprocal'), log: single('Log'), sin: single('Sin'), cos: single('Cos') },
  ...{ tan: single('Tan'), asin: single('Asin'), acos: single('Acos'), atan: single('Atan'), sinh: single('Sinh') },
  ...{ cosh: single('Cosh'), tanh: single('Tanh'), asinh: single('Asinh'), acosh: single('Acosh') },
  ...{
    atanh: single('Atanh'),
    erf: single('Erf'),
    floor: single('Floor'),
    ceil: single('Ceil'),
    round: single('Round'),
  },
  ...{ relu: single('Relu'), sigmoid: single('Sigmoid'), softplus: single('Softplus'), softsign: single('Softsign') },
  ...{ selu: single('Selu'), isNaN: single('IsNaN'), isFinite: finite, expm1, log1p, geluSlope },
  square: (p, x) => p.multiply(x, x),
  rsqrt: (p, x) => p.node('Reciprocal', [p.node('Sqrt', [x])]),
  trunc: (p, x) => p.multiply(p.node('Sign', [x]), p.node('Floor', [p.node('Abs', [x])])),
  gelu: since(20, 'Gelu', {}, geluByErf),
  geluTanh: since(20, 'Gelu', { approximate: text('tanh') }, geluByTanh),
  silu: (p, x) => p.multiply(x, p.node('Sigmoid', [x])),
  mish: since(18, 'Mish', {}, (p, x) => p.multiply(x, p.node('Tanh', [p.node('Softplus', [x])]))),
  hardSwish: since(14, 'HardSwish', {}, (p, x) =>
    p.multiply(x, p.node('HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })),
  ),
}

/** Of whole numbers, these give what they are given. */
const wholeAlready: readonly UnaryOp[] = ['floor', 'ceil', 'round', 'trunc']

export function activation(p: Pointwise, x: string, kind: Activation): string {
  switch (kind.kind) {
    case 'leakyRelu':
      return p.node('LeakyRelu', [x], { alpha: float(kind.alpha) })
    case 'elu':
      return p.node('Elu', [x], { alpha: float(kind.alpha) })
    case 'hardSigmoid':
      return p.node('HardSigmoid', [x], { alpha: float(kind.alpha), beta: float(kind.beta) })
    case 'clip':
      return p.node('Clip', [
        x,
        kind.low === Number.NEGATIVE_INFINITY ? '' : p.number(kind.low),
        ...(kind.high === Number.POSITIVE_INFINITY ? [] : [p.number(kind.high)]),
      ])
    default:
      return unary(p, x, kind.kind, 'float32')
  }
}

export function unary(p: Pointwise, x: string, op: UnaryOp, type: DType): string {
  if (op === 'logicalNot') return p.node('Not', [truth(p, x, type)])
  if (type !== 'float32' && wholeAlready.includes(op)) return p.node('Identity', [x])
  if (type !== 'float32' && op === 'isNaN') return unary(p, p.cast(x, 'float32'), op, 'float32')
  if (type !== 'float32' && op === 'isFinite') return unary(p, p.cast(x, 'float32'), op, 'float32')
  const made = unaries[op]
  return made === undefined ? p.draft.refuse(`computes ${op}, which has no operator in ONNX.`) : made(p, x)
}

export const truth = (p: Pointwise, x: string, type: DType): string => (type === 'bool' ? x : p.cast(x, 'bool'))

const simple: Readonly<Partial<Record<BinaryOp, string>>> = {
  ...{ add: 'Add', subtract: 'Sub', multiply: 'Mul', divide: 'Div', power: 'Pow', maximum: 'Max', minimum: 'Min' },
  ...{ equal: 'Equal', greater: 'Greater', less: 'Less', greaterEqual: 'GreaterOrEqual', lessEqual: 'LessOrEqual' },
}

const logical: Readonly<Partial<Record<BinaryOp, string>>> = { logicalAnd: 'And', logicalOr: 'Or', logicalXor: 'Xor' }

/** Of two values of `type`; comparisons give truth values. */
export function binary(p: Pointwise, a: string, b: string, op: BinaryOp, type: DType): string {
  const both = logical[op]
  if (both !== undefined) return p.node(both, [truth(p, a, type), truth(p, b, type)])
  const zero = (): string => p.number(0, type)
  /** Whether a remainder is of another sign than the divisor. */
  const apart = (left: string): string => {
    const signs = p.node('Xor', [p.less(left, zero()), p.less(b, zero())])
    return p.node('And', [p.node('Not', [p.node('Equal', [left, zero()])]), signs])
  }
  switch (op) {
    case 'notEqual':
      return p.node('Not', [p.node('Equal', [a, b])])
    case 'floorDivide': {
      const quotient = p.divide(a, b)
      if (type === 'float32') return p.node('Floor', [quotient])
      const left = p.subtract(a, p.multiply(quotient, b))
      return p.where(apart(left), p.subtract(quotient, p.number(1, type)), quotient)
    }
    case 'remainder': {
      if (type !== 'float32') return p.node('Mod', [a, b])
      const left = p.node('Mod', [a, b], { fmod: int(1) })
      return p.where(apart(left), p.add(left, b), left)
    }
    case 'atan2': {
      const turned = p.node('Atan', [p.divide(a, b)])
      const half = p.where(p.less(a, zero()), p.number(-Math.PI), p.number(Math.PI))
      const upright = p.multiply(p.node('Sign', [a]), p.number(Math.PI / 2))
      const wide = p.where(p.less(b, zero()), p.add(turned, half), turned)
      return p.where(p.node('Equal', [b, zero()]), upright, wide)
    }
    default: {
      const operator = simple[op]
      return operator === undefined
        ? p.draft.refuse(`computes ${op}, which has no operator in ONNX.`)
        : p.node(operator, [a, b])
    }
  }
}

const expressionOperators: Readonly<Partial<Record<ExpressionOp, string>>> = {
  ...{ add: 'Add', subtract: 'Sub', multiply: 'Mul', divide: 'Div', maximum: 'Max', minimum: 'Min', equal: 'Equal' },
  ...{ greater: 'Greater', less: 'Less', and: 'And', or: 'Or', not: 'Not', where: 'Where' },
}

/** A step of an expression. */
export function step(p: Pointwise, op: ExpressionOp, operands: readonly string[]): string {
  const operator = expressionOperators[op]
  return operator === undefined ? unary(p, operands[0], op as UnaryOp, 'float32') : p.node(operator, operands)
}
