// Random fills, casts, elementwise functions and choices.

import { broadcastShapes, broadcastStrides, sizeOf } from '../../../../shapes/broadcast.ts'
import type { BinaryOp, DType, UnaryOp } from '../../../backend.ts'
import { exactUnary, unaryBounds } from '../../kernels/elementwise/testing/bounds.ts'
import { drawActivation } from './convolutions.ts'
import type { Allowance, Draw, FuzzCase, Operand } from './fuzz-case.ts'
import { rounded } from './fuzz-case.ts'

export const dtypes: readonly DType[] = ['float32', 'int32', 'uint8', 'bool']

const specials = [
  ...[0, -0, 1, -1, 0.5, -2.5, 2 ** -126, -(2 ** -140), 2 ** -149, 3.4e38, -3.4e38, 1e10, 2 ** 31, -(2 ** 31)],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
]

/** Numbers of every magnitude, near 1, and special ones. */
function anyFloats(draw: Draw, length: number): Operand {
  const data = Float32Array.from({ length }, () => {
    if (draw.chance(0.1)) return draw.pick(specials)
    const value = 2 * draw.unit() - 1
    return draw.chance(0.6) ? value * 8 : value * 2 ** draw.between(-145, 127)
  })
  return { dtype: 'float32', data }
}

function anyWhole(draw: Draw, length: number): Operand {
  const edges = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 255, 256, 65537]
  const data = Int32Array.from({ length }, () =>
    draw.chance(0.2) ? draw.pick(edges) : (2 * draw.unit() - 1) * 2 ** draw.between(1, 31),
  )
  return { dtype: 'int32', data }
}

const operand = (draw: Draw, dtype: DType, length: number): Operand =>
  dtype === 'float32'
    ? anyFloats(draw, length)
    : dtype === 'int32'
      ? anyWhole(draw, length)
      : draw.values(dtype, length)

export function drawFill(draw: Draw): FuzzCase<'fill'> {
  const dtype = draw.pick(dtypes)
  const length = draw.size(300)
  const [value] = operand(draw, dtype, 1).data
  return { kernel: 'fill', spec: { value }, inputs: [], outputs: [{ dtype, length }], allowance: rounded }
}

export function drawCast(draw: Draw): FuzzCase<'cast'> {
  const [from, to, length] = [draw.pick(dtypes), draw.pick(dtypes), draw.size(300)]
  return {
    kernel: 'cast',
    spec: { to },
    inputs: [operand(draw, from, length)],
    outputs: [{ dtype: to, length }],
    allowance: rounded,
  }
}

const questions: readonly UnaryOp[] = ['logicalNot', 'isNaN', 'isFinite']
const keepingWhole: readonly UnaryOp[] = ['negate', 'abs', 'sign', 'square', 'floor', 'ceil', 'round', 'trunc']
const floatOps = Object.keys(unaryBounds) as UnaryOp[]

export function drawUnary(draw: Draw): FuzzCase<'unary'> {
  const length = draw.size(draw.chance(0.1) ? 5000 : 300)
  const make = (
    op: UnaryOp,
    from: DType,
    to: DType,
    allowance: Allowance,
    activation: FuzzCase<'unary'>['spec']['activation'] = null,
  ): FuzzCase<'unary'> => ({
    kernel: 'unary',
    spec: { op, activation },
    inputs: [operand(draw, from, length)],
    outputs: [{ dtype: to, length }],
    allowance,
  })
  if (draw.chance(0.1)) return make(draw.pick(questions), draw.pick(dtypes), 'bool', rounded)
  if (draw.chance(0.1)) return make(draw.pick(keepingWhole), 'int32', 'int32', rounded)
  if (draw.chance(0.2)) {
    const activation = drawActivation(draw)
    const { kind } = activation
    if ('alpha' in activation || kind === 'clip') {
      // The product and the sum of hardSigmoid round apart.
      const absolute = kind === 'hardSigmoid' ? 2 ** -22 * (1 + activation.beta) : 0
      return make(kind, 'float32', 'float32', { kind: 'ulps', ulps: kind === 'elu' ? 3 : 0.5, absolute }, activation)
    }
  }
  const op = draw.pick(floatOps)
  const allowance: Allowance = { kind: 'function', ulps: Math.max(0.5, unaryBounds[op] ?? 0), exact: exactUnary(op) }
  return make(op, 'float32', 'float32', allowance)
}

/** Two shapes that broadcast together. */
function drawShapes(draw: Draw): readonly [number[], number[]] {
  const shape = drawShape(draw, 600)
  const drop = (): number[] => shape.map((size) => (draw.chance(0.25) ? 1 : size)).slice(draw.chance(0.2) ? 1 : 0)
  return [drop(), drop()]
}

/** A shape of up to five axes with at most about so many elements; now and then an empty one. */
export function drawShape(draw: Draw, most: number, empty = 0.03): number[] {
  const rank = draw.below(6)
  let room = most
  const shape = Array.from({ length: rank }, () => {
    const size = draw.size(Math.max(1, Math.floor(draw.chance(0.3) ? room : room ** 0.5)))
    room = Math.max(1, room / size)
    return size
  })
  if (rank > 0 && draw.chance(empty)) shape[draw.below(rank)] = 0
  return shape
}

const wholeArithmetic: readonly BinaryOp[] = [
  ...(['add', 'subtract', 'multiply', 'maximum', 'minimum', 'floorDivide', 'remainder'] as const),
]
const arithmetic: readonly BinaryOp[] = [...wholeArithmetic, 'divide', 'power', 'atan2']
const truths: readonly BinaryOp[] = [
  ...(['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'] as const),
  ...(['logicalAnd', 'logicalOr', 'logicalXor'] as const),
]

const binaryUlps: Partial<Readonly<Record<BinaryOp, number>>> = { power: 2, atan2: 3 }

/** Quotients of these fit float64 exactly enough for the reference. */
export const moderate = (draw: Draw, length: number): Operand => ({
  dtype: 'float32',
  data: Float32Array.from(
    { length },
    () => (draw.chance(0.5) ? -1 : 1) * (0.1 + draw.unit()) * 2 ** draw.between(-8, 8),
  ),
})

export function drawBinary(draw: Draw): FuzzCase<'binary'> {
  const [left, right] = drawShapes(draw)
  const shape = broadcastShapes('fuzz', left, right)
  const strides = [broadcastStrides(left, shape), broadcastStrides(right, shape)]
  const sizes = [sizeOf(left), sizeOf(right)]
  const length = sizeOf(shape)
  const make = (op: BinaryOp, inputs: readonly Operand[], to: DType): FuzzCase<'binary'> => ({
    kernel: 'binary',
    spec: { op, shape, strides },
    inputs,
    outputs: [{ dtype: to, length }],
    allowance: { kind: 'ulps', ulps: binaryUlps[op] ?? 0.5 },
  })
  const both = (dtype: DType) => sizes.map((size) => operand(draw, dtype, size))
  if (draw.chance(0.3)) {
    const op = draw.pick(truths)
    const mixed = op.startsWith('logical') && draw.chance(0.5)
    return make(
      op,
      mixed ? sizes.map((size) => operand(draw, draw.pick(dtypes), size)) : both(draw.pick(dtypes)),
      'bool',
    )
  }
  if (draw.chance(0.3)) return make(draw.pick(wholeArithmetic), both('int32'), 'int32')
  const op = draw.pick(arithmetic)
  const divides = op === 'floorDivide' || op === 'remainder'
  return make(op, divides ? sizes.map((size) => moderate(draw, size)) : both('float32'), 'float32')
}

export function drawSelect(draw: Draw): FuzzCase<'select'> {
  const shape = drawShape(draw, 600)
  const shapes = [0, 1, 2].map(() => shape.map((size) => (draw.chance(0.25) ? 1 : size)))
  const strides = shapes.map((part) => broadcastStrides(part, shape))
  const dtype = draw.pick(dtypes)
  const [condition, a, b] = shapes.map(sizeOf)
  return {
    kernel: 'select',
    spec: { shape, strides },
    inputs: [operand(draw, 'bool', condition), operand(draw, dtype, a), operand(draw, dtype, b)],
    outputs: [{ dtype, length: sizeOf(shape) }],
    allowance: rounded,
  }
}

export function drawComplexMultiply(draw: Draw): FuzzCase<'complexMultiply'> {
  const length = 2 * draw.size(draw.chance(0.1) ? 40_000 : 600)
  const inputs = [moderate(draw, length), moderate(draw, length)]
  const [x, y] = inputs.map(({ data }) => Array.from(data).reduce((most, value) => Math.max(most, Math.abs(value)), 0))
  return {
    kernel: 'complexMultiply',
    spec: { conjugate: draw.chance(0.5) },
    inputs,
    outputs: [{ dtype: 'float32', length }],
    // Each product and their sum rounded once, and the two may cancel.
    allowance: { kind: 'ulps', ulps: 1, absolute: 2 * x * y * 2 ** -23 },
  }
}
