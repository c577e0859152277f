// Operators that work element by element, in whatever order the elements are stored.

import * as ops from '../../ops/index.ts'
import { broadcastShapes } from '../../shapes/broadcast.ts'
import { fromData, full } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { type ElementType, held, isFloat, isUnsigned, rangeOf } from '../element-type.ts'
import { aligned, Value } from '../value.ts'

/** The result of a function of each element; its type is that of the input unless `type` says otherwise. */
const each = (x: Value, f: (x: Tensor) => Tensor, type: ElementType = x.type): Value =>
  Value.stored(held(f(x.tensor), type), x.order, type)

const unary =
  (f: (x: Tensor, call: Call) => Tensor, type?: ElementType): Operator =>
  (call) =>
    each(call.value(0), (x) => f(x, call), type)

/** Several operands that broadcast. */
export function together(
  values: readonly Value[],
  f: (tensors: readonly Tensor[]) => Tensor,
  type: ElementType = values[0].type,
): Value {
  const { tensors, order } = aligned(values)
  return Value.stored(held(f(tensors), type), order, type)
}

const binary =
  (f: (a: Tensor, b: Tensor, call: Call) => Tensor, type?: ElementType): Operator =>
  (call) =>
    together([paired(call.value(0), call), paired(call.value(1), call)], ([a, b]) => f(a, b, call), type)

/** Before operator set 7 the second operand had to be told which axes of the first it lies along. */
function paired(x: Value, call: Call): Value {
  if (call.version >= 7 || !call.flag('broadcast') || !call.has('axis') || x !== call.inputs[1]) return x
  const { rank } = call.value(0)
  const axis = call.axis(call.int('axis'), rank)
  return Value.of(ops.reshape(x.plain, [...x.shape, ...Array<number>(rank - axis - x.rank).fill(1)]), x.type)
}

/** Any number of operands, from the left. */
const folded =
  (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) => {
    const values = call.values()
    return together(values, (tensors) => tensors.reduce(f))
  }

/** Whole numbers divide towards zero. */
function quotient(a: Tensor, b: Tensor): Tensor {
  if (a.dtype === 'float32' || b.dtype === 'float32') return ops.divide(a, b)
  const size = ops.floorDivide(ops.abs(a), ops.abs(b))
  return ops.multiply(size, ops.multiply(ops.sign(a), ops.sign(b)))
}

/** C's fmod: what is left has the sign of the dividend. */
const leftOver = (a: Tensor, b: Tensor): Tensor => ops.multiply(ops.sign(a), ops.remainder(ops.abs(a), ops.abs(b)))

function clip(call: Call): Value {
  const x = call.value(0)
  const bound = (index: number, name: string): Value | null => {
    if (call.version >= 11) return call.optional(index)
    return call.has(name) ? Value.of(full([], call.float(name))) : null
  }
  const [low, high] = [bound(1, 'min'), bound(2, 'max')]
  return each(x, (tensor) => {
    const above = low === null ? tensor : ops.maximum(tensor, low.plain)
    return high === null ? above : ops.minimum(above, high.plain)
  })
}

function isInfinite(x: Tensor, call: Call): Tensor {
  const [up, down] = [call.flag('detect_positive', true), call.flag('detect_negative', true)]
  const either = up && down ? ops.abs(x) : down ? ops.negate(x) : x
  return up || down ? ops.equal(either, Number.POSITIVE_INFINITY) : ops.notEqual(x, x)
}

/** Bits of whole numbers, one after another: the engine has no bitwise kernels. */
function bitwise(x: Value, y: Value, rule: (a: number, b: number) => number): Value {
  const shape = broadcastShapes('bitwise', x.shape, y.shape)
  const spread = (value: Value): ArrayLike<number> => ops.broadcastTo(value.plain, shape).dataSync()
  const [a, b] = [spread(x), spread(y)]
  const values = Int32Array.from({ length: a.length }, (_, i) => rule(a[i], b[i]))
  return Value.of(held(fromData(values, shape, 'int32'), x.type), x.type)
}

function castTo(call: Call): Value {
  const x = call.value(0)
  const type = call.int('to')
  const to = elementTypes[type]
  call.require(to !== undefined, () => `elements of type ${type} are not supported. Use numbers or bool.`)
  return converted(x, to)
}

export function converted(x: Value, to: ElementType): Value {
  if (to === x.type) return x
  if (to === 'bool') return each(x, (t) => ops.notEqual(t, 0), 'bool')
  // A number beyond an unsigned type stops at its ends where it comes from floats, and wraps where it is whole.
  if (isFloat(x.type) && !isFloat(to)) {
    const [low, high] = rangeOf(to)
    return each(x, (t) => ops.clip(ops.cast(t, 'int32'), low, high), to)
  }
  return each(x, (t) => t, to)
}

/** By the numbers of TensorProto.DataType. */
export const elementTypes: Readonly<Record<number, ElementType | undefined>> = {
  ...{ 1: 'float32', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 7: 'int64', 9: 'bool' },
  ...{ 10: 'float16', 11: 'float64', 12: 'uint32', 13: 'uint64', 16: 'bfloat16', 17: 'float8e4m3fn' },
  ...{ 18: 'float8e4m3fnuz', 19: 'float8e5m2', 20: 'float8e5m2fnuz', 21: 'uint4', 22: 'int4', 23: 'float4e2m1' },
  ...{ 25: 'uint2', 26: 'int2' },
}

const selu = (x: Tensor, call: Call): Tensor => {
  const alpha = call.float('alpha', 1.6732632423543772)
  return ops.multiply(ops.elu(x, { alpha }), call.float('gamma', 1.0507009873554805))
}

const celu = (x: Tensor, call: Call): Tensor => {
  const alpha = call.float('alpha', 1)
  return ops.multiply(ops.elu(ops.divide(x, alpha)), alpha)
}

const shrink = (x: Tensor, call: Call): Tensor => {
  const [bias, lambda] = [call.float('bias', 0), call.float('lambd', 0.5)]
  const above = ops.where(ops.greater(x, lambda), ops.subtract(x, bias), 0)
  return ops.where(ops.less(x, -lambda), ops.add(x, bias), above)
}

/** The slope has one number a channel, or fewer. */
function prelu(call: Call): Value {
  const [x, slope] = [call.value(0), call.value(1)]
  // Operator sets before 7 line a list of channels up with axis 1.
  const lined =
    slope.rank === 1 && x.rank > 2 && slope.size === x.shape[1] && slope.size !== x.shape[x.rank - 1]
      ? Value.of(ops.reshape(slope.plain, [slope.size, ...Array<number>(x.rank - 2).fill(1)]))
      : slope
  return together([x, lined], ([t, a]) => ops.where(ops.less(t, 0), ops.multiply(t, a), t))
}

const functions: Record<string, Operator> = {
  ...{ Abs: unary(ops.abs), Acos: unary(ops.acos), Acosh: unary(ops.acosh), Asin: unary(ops.asin) },
  ...{ Asinh: unary(ops.asinh), Atan: unary(ops.atan), Atanh: unary(ops.atanh), Ceil: unary(ops.ceil) },
  ...{ Cos: unary(ops.cos), Cosh: unary(ops.cosh), Erf: unary(ops.erf), Exp: unary(ops.exp) },
  ...{ Floor: unary(ops.floor), Log: unary(ops.log), Neg: unary(ops.negate), Reciprocal: unary(ops.reciprocal) },
  ...{ Round: unary(ops.round), Sigmoid: unary(ops.sigmoid), Sign: unary(ops.sign), Sin: unary(ops.sin) },
  ...{ Sinh: unary(ops.sinh), Softplus: unary(ops.softplus), Softsign: unary(ops.softsign) },
  ...{ Sqrt: unary(ops.sqrt), Tan: unary(ops.tan), Tanh: unary(ops.tanh), Relu: unary(ops.relu) },
  ...{ Mish: unary(ops.mish), HardSwish: unary(ops.hardSwish), Not: unary(ops.logicalNot, 'bool') },
  ...{ IsNaN: unary(ops.isNaN, 'bool'), IsInf: unary(isInfinite, 'bool') },
  ...{ Selu: unary(selu), Celu: unary(celu), Shrink: unary(shrink), PRelu: prelu, Clip: clip },
  Elu: unary((x, call) => ops.elu(x, { alpha: call.float('alpha', 1) })),
  LeakyRelu: unary((x, call) => ops.leakyRelu(x, { alpha: call.float('alpha', 0.01) })),
  ThresholdedRelu: unary((x, call) => ops.where(ops.greater(x, call.float('alpha', 1)), x, 0)),
  HardSigmoid: unary((x, call) =>
    ops.hardSigmoid(x, { alpha: call.float('alpha', 0.2), beta: call.float('beta', 0.5) }),
  ),
  Gelu: unary((x, call) => ops.gelu(x, { approximate: call.choice('approximate', ['none', 'tanh'] as const, 'none') })),
  Swish: unary((x, call) => {
    const alpha = call.float('alpha', 1)
    return alpha === 1 ? ops.silu(x) : ops.multiply(x, ops.sigmoid(ops.multiply(x, alpha)))
  }),
  BitwiseNot: unary((x) => ops.subtract(ops.negate(ops.cast(x, 'int32')), 1)),
  Identity: (call) => call.inputs[0],
  Cast: castTo,
  CastLike: (call) => converted(call.value(0), call.value(1).type),
  Dropout: (call) => dropout(call),
}

function dropout(call: Call): Value[] {
  const x = call.value(0)
  const ratio = call.version >= 12 ? (call.numbers(1)?.[0] ?? 0.5) : call.float('ratio', 0.5)
  const training = call.training || (call.numbers(2)?.[0] ?? 0) !== 0
  const everything = (): Value => Value.stored(ops.equal(x.tensor, x.tensor), x.order, 'bool')
  if (!training || ratio === 0) return call.wants(1) ? [x, everything()] : [x]
  // One draw for the result and its mask.
  const mask = Value.stored(ops.notEqual(ops.dropout(full(x.tensor.shape, 1), { rate: ratio }), 0), x.order, 'bool')
  return [together([x, mask], ([t, m]) => ops.multiply(ops.where(m, t, 0), 1 / (1 - ratio))), mask]
}

const pairwise: Record<string, Operator> = {
  ...{ Add: binary(ops.add), Sub: binary(ops.subtract), Mul: binary(ops.multiply), Div: binary(quotient) },
  ...{ Pow: binary(ops.power), PRelu: prelu },
  ...{ Max: folded(ops.maximum), Min: folded(ops.minimum), Sum: folded(ops.add) },
  Mean: (call) => {
    const values = call.values()
    return together(values, (tensors) => ops.divide(tensors.reduce(ops.add), tensors.length))
  },
  Mod: binary((a, b, call) => (call.flag('fmod') ? leftOver(a, b) : ops.remainder(a, b))),
  ...{ Equal: binary(ops.equal, 'bool'), Greater: binary(ops.greater, 'bool'), Less: binary(ops.less, 'bool') },
  ...{ GreaterOrEqual: binary(ops.greaterEqual, 'bool'), LessOrEqual: binary(ops.lessEqual, 'bool') },
  ...{ And: binary(ops.logicalAnd, 'bool'), Or: binary(ops.logicalOr, 'bool'), Xor: binary(ops.logicalXor, 'bool') },
  BitwiseAnd: (call) => bitwise(call.value(0), call.value(1), (a, b) => a & b),
  BitwiseOr: (call) => bitwise(call.value(0), call.value(1), (a, b) => a | b),
  BitwiseXor: (call) => bitwise(call.value(0), call.value(1), (a, b) => a ^ b),
  BitShift: (call) => {
    const left = call.text('direction') === 'LEFT'
    const bits = isUnsigned(call.value(0).type) ? 32 : 31
    return bitwise(call.value(0), call.value(1), (a, b) => (b >= bits ? 0 : left ? a << b : a >>> b))
  },
  Where: (call) => {
    const [test, a, b] = [call.value(0), call.value(1), call.value(2)]
    return together([a, b, test], ([x, y, condition]) => ops.where(condition, x, y), a.type)
  },
}

export const elementwise: Readonly<Record<string, Operator>> = { ...functions, ...pairwise }
