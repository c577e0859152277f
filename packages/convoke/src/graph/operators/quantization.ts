// Numbers of few bits for numbers of many: y = clamp(round(x / scale) + zero point). Definitions: ONNX QuantizeLinear, DequantizeLinear
// and DynamicQuantizeLinear; the float8 types as docs/docsgen/source/technical/float8.md of ONNX tells.

import { type FloatFormat, floatFormats, narrowTable, numberToNarrow } from '../../formats/narrow-floats.ts'
import * as ops from '../../ops/index.ts'
import { fromData, full } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { dtypeOf, type ElementType, isFloat, rangeOf } from '../element-type.ts'
import { Value } from '../value.ts'
import { elementTypes } from './elementwise.ts'

/** A scale or a zero point, stretched so that it broadcasts against `x` as `x` is stored. */
function along(call: Call, given: Value, x: Value): Tensor {
  if (given.size === 1 && given.rank <= 1) return ops.reshape(given.plain, [])
  const axis = call.axis(call.int('axis', 1), x.rank)
  const length = x.shape[axis]
  if (given.rank === 1) {
    call.require(
      given.size === length,
      () => `${given} has not one number for each of the ${length} slices of axis ${axis}.`,
    )
    return ops.reshape(
      given.plain,
      x.order.map((name) => (name === axis ? length : 1)),
    )
  }
  const blocks = given.shape[axis]
  const size = call.int('block_size', 0) || Math.ceil(length / blocks)
  call.require(
    given.rank === x.rank &&
      blocks === Math.ceil(length / size) &&
      given.shape.every((n, i) => i === axis || n === x.shape[i]),
    () => `${given} does not fit ${x} in blocks of ${size} along axis ${axis}.`,
  )
  const place = x.order.indexOf(axis)
  const stored = ops.expandDims(given.as(x.order), place + 1)
  const repeated = ops.broadcastTo(stored, stored.shape.with(place + 1, size))
  const whole = ops.reshape(
    repeated,
    x.order.map((name) => (name === axis ? blocks * size : x.shape[name])),
  )
  return blocks * size === length
    ? whole
    : ops.slice(
        whole,
        x.order.map((name) => (name === axis ? { stop: length } : {})),
      )
}

/** Whole numbers of `type` nearest to x / scale, ties to even, beside the zero point. */
export function quantized(x: Tensor, scale: Tensor | number, zero: Tensor | number, type: ElementType): Tensor {
  const [low, high] = rangeOf(type)
  const places = ops.add(ops.round(ops.divide(x, scale)), typeof zero === 'number' ? zero : ops.cast(zero, 'float32'))
  return ops.cast(ops.clip(places, low, high), dtypeOf(type))
}

/** (x − zero point) · scale. */
export function dequantized(x: Tensor, scale: Tensor | number, zero: Tensor | null): Tensor {
  const wide = (t: Tensor): Tensor => (t.dtype === 'float32' ? t : ops.cast(t, 'int32'))
  return ops.multiply(zero === null ? wide(x) : ops.subtract(wide(x), wide(zero)), scale)
}

/** The nearest numbers of a narrow float type. Beyond the largest: that, where it saturates; else ∞ or not a number. */
function narrowed(x: Tensor, format: FloatFormat, saturate: boolean): Tensor {
  const table = narrowTable(format)
  const finite = table.filter(Number.isFinite).sort()
  const [largest, below] = [finite[finite.length - 1], finite[finite.length - 2]]
  const half = largest + (largest - below) / 2
  const odd = numberToNarrow(largest, format) % 2 === 1
  const endless = format.special === 'fn' || format.special === 'fnuz'
  const nearest = (value: number): number => {
    if (saturate || format.special === 'none') {
      return table[numberToNarrow(Math.min(largest, Math.max(-largest, value)), format)]
    }
    const size = Math.abs(value)
    return endless && (size > half || (odd && size === half)) ? Number.NaN : table[numberToNarrow(value, format)]
  }
  return fromData(Float32Array.from(x.dataSync(), nearest), x.shape, 'float32')
}

const isNarrowFloat = (type: ElementType): type is ElementType & keyof typeof floatFormats =>
  Object.hasOwn(floatFormats, type)

function typeNamed(call: Call, name: string): ElementType | null {
  const code = call.int(name, 0)
  const type = elementTypes[code]
  call.require(code === 0 || type !== undefined, () => `${name} is ${code}, a type that is not supported.`)
  return code === 0 ? null : (type as ElementType)
}

function quantizeLinear(call: Call): Value {
  const [x, scale, zero] = [call.value(0), call.value(1), call.optional(2)]
  const named = typeNamed(call, 'output_dtype')
  call.require(
    named === null || zero === null || zero.type === named,
    () => `output_dtype is ${named}, but the zero point is ${zero?.type}.`,
  )
  const type = zero?.type ?? named ?? 'uint8'
  const factor = along(call, scale, x)
  if (!isFloat(type)) {
    return Value.stored(quantized(x.tensor, factor, zero === null ? 0 : along(call, zero, x), type), x.order, type)
  }
  call.require(isNarrowFloat(type), () => `nothing is quantized to ${type}.`)
  const shares = ops.divide(x.tensor, factor)
  const moved = zero === null ? shares : ops.add(shares, along(call, zero, x))
  return Value.stored(narrowed(moved, floatFormats[type], call.flag('saturate', true)), x.order, type)
}

function dequantizeLinear(call: Call): Value {
  const [x, scale, zero] = [call.value(0), call.value(1), call.optional(2)]
  const type = typeNamed(call, 'output_dtype') ?? scale.type
  const y = dequantized(x.tensor, along(call, scale, x), zero === null ? null : along(call, zero, x))
  return Value.stored(y, x.order, type)
}

export interface Quantized {
  readonly x: Value
  readonly scale: Tensor
  readonly zero: Tensor
}

/** The whole range of `x`, 0 included, over 256 steps. */
export function quantizedByRange(x: Value): Quantized {
  const t = x.tensor
  const [low, high] =
    t.size === 0 ? [full([], 0), full([], 0)] : [ops.minimum(ops.min(t), 0), ops.maximum(ops.max(t), 0)]
  // In float32, as the definition's function computes it: ties depend on it.
  const span = ops.subtract(high, low)
  const scale = ops.where(ops.equal(span, 0), 1, ops.divide(span, 255))
  const zero = ops.cast(ops.round(ops.clip(ops.divide(ops.negate(low), scale), 0, 255)), 'uint8')
  return { x: Value.stored(quantized(t, scale, zero, 'uint8'), x.order, 'uint8'), scale, zero }
}

function dynamicQuantizeLinear(call: Call): Value[] {
  const { x, scale, zero } = quantizedByRange(call.value(0))
  return [x, Value.of(scale), Value.of(zero)]
}

export const quantization: Readonly<Record<string, Operator>> = {
  ...{ QuantizeLinear: quantizeLinear, DequantizeLinear: dequantizeLinear },
  DynamicQuantizeLinear: dynamicQuantizeLinear,
}
