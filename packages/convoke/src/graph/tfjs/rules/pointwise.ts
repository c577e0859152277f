// Element by element: in whichever layout the operands are.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { type Attributes, type Builder, firstly, float, type Held, int, plainly, toFirst } from '../builder.ts'
import type { Context, Rule, Rules } from '../context.ts'

/** An operand beside one with its channels second; null where it must be plain. */
function besideFirst(b: Builder, held: Held, rank: number): string | null {
  if (held.first !== null) return held.first
  const shape = b.known(held)?.shape ?? null
  if (shape === null || shape.length > rank) return null
  if (shape.length === 0 || shape.every((length) => length === 1)) return b.plain(held)
  if (shape.length === rank) return b.first(held, rank)
  const { constant } = held
  if (constant === null) return null
  const wide = [...Array<number>(rank - shape.length).fill(1), ...constant.shape]
  const order = toFirst(rank)
  const turned = order.map((axis) => wide[axis])
  // Leading axes of length 1 are left out: a number a channel is [channels, 1, 1].
  const lead = turned.findIndex((length) => length !== 1)
  const moves = order.filter((axis) => axis >= rank - shape.length).map((axis) => axis - (rank - shape.length))
  return b.derived(constant, turned.slice(lead), moves.length === shape.length ? moves : null, '/channels-first')
}

/** An operator on operands that broadcast. */
export function pointwise(b: Builder, operator: string, operands: readonly Held[], attributes: Attributes = {}): Held {
  const lead = operands.find(({ plain, constant }) => plain === null && constant === null)
  if (lead !== undefined) {
    const rank = b.rankOf(lead) ?? 4
    const names: string[] = []
    for (const operand of operands) {
      const name = besideFirst(b, operand, rank)
      if (name === null) break
      names.push(name)
    }
    if (names.length === operands.length) return firstly(b.node(operator, names, attributes))
  }
  return plainly(
    b.node(
      operator,
      operands.map((operand) => b.plain(operand)),
      attributes,
    ),
  )
}

const unary =
  (operator: string, attributes: (c: Context) => Attributes = () => ({})): Rule =>
  (c) =>
    pointwise(c.b, operator, [c.in(0)], attributes(c))

const binary =
  (operator: string): Rule =>
  (c) =>
    pointwise(c.b, operator, [c.in(0), c.in(1)])

/** Constants in the type of the operand. */
const like = (b: Builder, held: Held, value: number): Held =>
  plainly(b.scalar(value, b.isFloat(held) ? 'float32' : 'int32'))

/** The library's names of steps, for what is made of several. */
const steps = (b: Builder) => ({
  add: (x: Held, y: Held) => pointwise(b, 'Add', [x, y]),
  subtract: (x: Held, y: Held) => pointwise(b, 'Sub', [x, y]),
  multiply: (x: Held, y: Held) => pointwise(b, 'Mul', [x, y]),
  divide: (x: Held, y: Held) => pointwise(b, 'Div', [x, y]),
  where: (test: Held, x: Held, y: Held) => pointwise(b, 'Where', [test, x, y]),
  one: (operator: string, x: Held) => pointwise(b, operator, [x]),
})

/** The remainder that has the sign of the divisor. */
function floorMod({ b, inputs: [x, y] }: Context): Held {
  if (!b.isFloat(x)) return pointwise(b, 'Mod', [x, y])
  const { subtract, multiply, divide, one } = steps(b)
  return subtract(x, multiply(one('Floor', divide(x, y)), y))
}

function floorDivide(c: Context): Held {
  const { b } = c
  const [x, y] = [c.in(0), c.in(1)]
  const { subtract, divide, one } = steps(b)
  if (b.isFloat(x)) return one('Floor', divide(x, y))
  return divide(subtract(x, floorMod(c)), y)
}

export const clipped = (b: Builder, x: Held, low: number, high: number): Held =>
  pointwise(b, 'Clip', [x, like(b, x, low), like(b, x, high)])

function atan2({ b, inputs: [y, x] }: Context): Held {
  const { add, multiply, divide, where, one } = steps(b)
  const number = (value: number): Held => plainly(b.scalar(value))
  const level = pointwise(b, 'Equal', [x, number(0)])
  const angle = one('Atan', divide(y, where(level, number(1), x)))
  const upright = multiply(one('Sign', y), number(Math.PI / 2))
  const left = pointwise(b, 'Less', [x, number(0)])
  const half = where(pointwise(b, 'Less', [y, number(0)]), number(-Math.PI), number(Math.PI))
  return add(where(level, upright, angle), where(left, half, number(0)))
}

function addN({ b, inputs }: Context): Held {
  return inputs.slice(1).reduce((sum, x) => pointwise(b, 'Add', [sum, x]), inputs[0])
}

/** A condition with one number an example chooses whole examples. */
function select(c: Context): Held {
  const { b } = c
  const [test, x, y] = [c.in(0), c.in(1), c.in(2)]
  const [rank, wide] = [b.rankOf(test), b.rankOf(x)]
  if (rank === 1 && wide !== null && wide > 1) {
    const lined = plainly(b.reshape(b.plain(test), [-1, ...Array<number>(wide - 1).fill(1)]))
    return pointwise(b, 'Where', [lined, plainly(b.plain(x)), plainly(b.plain(y))])
  }
  return pointwise(b, 'Where', [test, x, y])
}

/** One slope a channel, or fewer. */
export const prelu = (b: Builder, x: Held, slope: Held): Held => pointwise(b, 'PRelu', [x, slope])

export function cast(c: Context): Held {
  const { b } = c
  const type = c.type('DstT')
  const x = c.in(0)
  if (b.typeOf(x) === type) return x
  return pointwise(b, 'Cast', [x], { to: int({ float32: 1, int32: 6, int64: 7, bool: 9 }[type]) })
}

/** What follows a fused operator's sum. Definition: getFusedActivation of TensorFlow.js. */
export function activated(c: Context, x: Held, name: string, extra: () => Held): Held {
  const { b } = c
  switch (name.toLowerCase()) {
    case 'relu':
      return pointwise(b, 'Relu', [x])
    case 'relu6':
      return clipped(b, x, 0, 6)
    case 'elu':
      return pointwise(b, 'Elu', [x])
    case 'sigmoid':
      return pointwise(b, 'Sigmoid', [x])
    case 'tanh':
      return pointwise(b, 'Tanh', [x])
    case 'leakyrelu':
      return pointwise(b, 'LeakyRelu', [x], { alpha: float(c.float('leakyrelu_alpha', 0.2)) })
    case 'prelu':
      return prelu(b, x, extra())
    default:
      return c.refuse(`it is fused with ${name}, which is not known.`)
  }
}

const table: Readonly<Record<string, string>> = {
  ...{ Abs: 'Abs', Acos: 'Acos', Acosh: 'Acosh', Asin: 'Asin', Asinh: 'Asinh', Atan: 'Atan', Atanh: 'Atanh' },
  ...{ Ceil: 'Ceil', Cos: 'Cos', Cosh: 'Cosh', Elu: 'Elu', Erf: 'Erf', Exp: 'Exp', Floor: 'Floor', Log: 'Log' },
  ...{ Neg: 'Neg', Reciprocal: 'Reciprocal', Inv: 'Reciprocal', Relu: 'Relu', Round: 'Round', Rint: 'Round' },
  ...{ Selu: 'Selu', Sigmoid: 'Sigmoid', Sign: 'Sign', Sin: 'Sin', Sinh: 'Sinh', Softplus: 'Softplus' },
  ...{ Softsign: 'Softsign', Sqrt: 'Sqrt', Tan: 'Tan', Tanh: 'Tanh', IsNan: 'IsNaN', IsInf: 'IsInf' },
  LogicalNot: 'Not',
}

const pairs: Readonly<Record<string, string>> = {
  ...{ Add: 'Add', AddV2: 'Add', Sub: 'Sub', Mul: 'Mul', RealDiv: 'Div', Pow: 'Pow' },
  ...{ Maximum: 'Max', Minimum: 'Min', Equal: 'Equal', Greater: 'Greater', GreaterEqual: 'GreaterOrEqual' },
  ...{ Less: 'Less', LessEqual: 'LessOrEqual', LogicalAnd: 'And', LogicalOr: 'Or', LogicalXor: 'Xor' },
  ...{ BitwiseAnd: 'BitwiseAnd', BitwiseOr: 'BitwiseOr', BitwiseXor: 'BitwiseXor' },
}

/** A sum of so many numbers a channel and a convolution that nobody else reads becomes the convolution's bias. */
function biased(c: Context): Held {
  const { b } = c
  const x = c.in(0)
  const { constant } = c.in(1)
  const maker =
    x.first === null || x.plain !== null ? -1 : b.nodes.findLastIndex(({ outputs }) => outputs[0] === x.first)
  const node = b.nodes[maker]
  const fits =
    constant?.type === 'float32' && constant.shape.length === 1 && b.known(x)?.shape.at(-1) === constant.shape[0]
  if (fits && node?.operator === 'Conv' && node.inputs.length === 2 && c.readers(0) === 1) {
    b.nodes[maker] = { ...node, inputs: [...node.inputs, b.derived(constant, constant.shape, null, '')] }
    return x
  }
  return pointwise(b, 'Add', [x, c.in(1)])
}

function biasAdd(c: Context): Held {
  if (c.text('data_format', 'NHWC') !== 'NCHW') return biased(c)
  const rank = c.rank(0)
  const bias = c.b.reshape(c.plain(1), [-1, ...Array<number>(rank - 2).fill(1)])
  return plainly(c.b.node('Add', [c.plain(0), bias]))
}

export const pointwiseRules: Rules = {
  ...Object.fromEntries(Object.entries(table).map(([name, operator]) => [name, unary(operator)])),
  ...Object.fromEntries(Object.entries(pairs).map(([name, operator]) => [name, binary(operator)])),
  ...{
    Add: biased,
    AddV2: biased,
    BiasAdd: biasAdd,
    AddN: addN,
    Cast: cast,
    Select: select,
    SelectV2: (c) => select(c),
  },
  ...{ FloorDiv: floorDivide, FloorMod: floorMod, Mod: floorMod, Atan2: atan2 },
  Div: (c) => (c.b.isFloat(c.in(0)) ? pointwise(c.b, 'Div', [c.in(0), c.in(1)]) : floorDivide(c)),
  DivNoNan: ({ b, inputs: [x, y] }) => {
    const { divide, where } = steps(b)
    const level = pointwise(b, 'Equal', [y, plainly(b.scalar(0))])
    return where(level, plainly(b.scalar(0)), divide(x, where(level, plainly(b.scalar(1)), y)))
  },
  NotEqual: ({ b, inputs: [x, y] }) => pointwise(b, 'Not', [pointwise(b, 'Equal', [x, y])]),
  Square: ({ b, inputs: [x] }) => pointwise(b, 'Mul', [x, x]),
  SquaredDifference: ({ b, inputs: [x, y] }) => {
    const difference = pointwise(b, 'Sub', [x, y])
    return pointwise(b, 'Mul', [difference, difference])
  },
  Rsqrt: ({ b, inputs: [x] }) => pointwise(b, 'Reciprocal', [pointwise(b, 'Sqrt', [x])]),
  Log1p: ({ b, inputs: [x] }) => pointwise(b, 'Log', [pointwise(b, 'Add', [x, plainly(b.scalar(1))])]),
  Expm1: ({ b, inputs: [x] }) => pointwise(b, 'Sub', [pointwise(b, 'Exp', [x]), plainly(b.scalar(1))]),
  IsFinite: ({ b, inputs: [x] }) =>
    pointwise(b, 'Not', [pointwise(b, 'Or', [pointwise(b, 'IsNaN', [x]), pointwise(b, 'IsInf', [x])])]),
  Relu6: ({ b, inputs: [x] }) => clipped(b, x, 0, 6),
  LeakyRelu: (c) => pointwise(c.b, 'LeakyRelu', [c.in(0)], { alpha: float(c.float('alpha', 0.2)) }),
  Prelu: (c) => prelu(c.b, c.in(0), c.in(1)),
  ClipByValue: (c) =>
    c.inputs.length > 1
      ? pointwise(c.b, 'Clip', [c.in(0), c.in(1), c.in(2)])
      : clipped(c.b, c.in(0), c.float('clip_value_min', 0), c.float('clip_value_max', 0)),
  ZerosLike: (c) => filledLike(c, 0),
  OnesLike: (c) => filledLike(c, 1),
}

function filledLike(c: Context, value: number): Held {
  const { b } = c
  const shape = b.node('Shape', [c.plain(0)])
  const type = b.typeOf(c.in(0)) ?? 'float32'
  return plainly(
    b.node('Expand', [b.scalar(value, type === 'bool' ? 'bool' : type.includes('float') ? 'float32' : 'int32'), shape]),
  )
}

export const sizeOfShape = (shape: readonly (number | null)[]): number | null =>
  shape.every((length) => length !== null) ? sizeOf(shape as number[]) : null
