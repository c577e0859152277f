// Convolutions and matrix products of whole numbers, summed without rounding. Definitions: ONNX ConvInteger, MatMulInteger, QLinearConv
// and QLinearMatMul.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { filterOrder, Value } from '../value.ts'
import { geometry, trimmed } from './convolution.ts'
import { quantized } from './quantization.ts'

/** Up to it float32 has every whole number. */
const exact = 2 ** 24
/** Operands less their zero points reach so far. */
const widest = 255

type Product = (a: Tensor, b: Tensor) => Tensor

/** 16 · high + low = x. */
function halves(x: Tensor): [Tensor, Tensor] {
  const high = ops.floorDivide(x, 16)
  return [high, ops.subtract(x, ops.multiply(high, 16))]
}

/**
 * A sum of `terms` products of numbers from −255 to 255, as int32. Kernels compute in float32; where a sum might leave what that holds
 * exactly, the operands are taken apart into halves of four bits.
 */
export function wholeProduct(call: Call, a: Tensor, b: Tensor, terms: number, product: Product): Tensor {
  const run: Product = (x, y) => ops.cast(product(ops.cast(x, 'float32'), ops.cast(y, 'float32')), 'int32')
  const joined = (high: Tensor, low: Tensor): Tensor => ops.add(ops.multiply(high, 16), low)
  if (terms * widest * widest <= exact) return run(a, b)
  const [bHigh, bLow] = halves(b)
  if (terms * widest * 16 <= exact) return joined(run(a, bHigh), run(a, bLow))
  call.require(
    terms * 256 <= exact,
    () => `a sum of ${terms} products is longer than ${exact / 256}, which can be computed exactly.`,
  )
  const [aHigh, aLow] = halves(a)
  return joined(joined(run(aHigh, bHigh), run(aHigh, bLow)), joined(run(aLow, bHigh), run(aLow, bLow)))
}

const wide = (x: Tensor): Tensor => ops.cast(x, 'int32')

/** `x` less its zero point, which is one number, or one along `axis` counted from the end. */
function centred(x: Tensor, zero: Value | null, axis: number): Tensor {
  if (zero === null) return wide(x)
  return ops.subtract(wide(x), wide(lined(zero, axis)))
}

/** One number, or a vector along an axis counted from the end; of more axes, as it is. */
export function lined({ plain, rank, size }: Value, axis: number): Tensor {
  if (rank > 1) return plain
  return size === 1 ? ops.reshape(plain, []) : ops.reshape(plain, [size, ...Array<number>(-1 - axis).fill(1)])
}

/** Channels last. */
function wholeConv(call: Call, x: Value, w: Value, zeros: readonly [Value | null, Value | null]): Tensor {
  call.require(
    x.rank === w.rank && x.rank >= 3,
    () => `the input ${x} and the filter ${w} must have the same number of axes, 3 to 5.`,
  )
  const window = geometry(call, x.shape.slice(2), w.shape.slice(2))
  const cut = trimmed(centred(x.last, zeros[0], -1), window.padding)
  // The filters' outputs are their last axis in memory.
  const filter = centred(w.as(filterOrder(w.rank)), zeros[1], -1)
  const options = { ...window, padding: cut.padding, groups: call.int('group', 1), precision: 'exact' } as const
  return wholeProduct(call, cut.x, filter, sizeOf(w.shape.slice(1)), (a, b) => ops.conv(a, b, options))
}

export function wholeMatmul(call: Call, a: Value, b: Value, zeros: readonly [Value | null, Value | null]): Tensor {
  const rows = centred(a.plain, zeros[0], a.rank === 1 ? -1 : -2)
  const columns = centred(b.plain, zeros[1], -1)
  return wholeProduct(call, rows, columns, a.shape[a.rank - 1], (x, y) => ops.matmul(x, y))
}

/** What whole sums stand for, counted in steps of the result. */
function rescaled(sums: Tensor, [a, b, y]: readonly Tensor[], zero: Value | null, other: Value): Value {
  const factor = ops.divide(ops.multiply(a, b), y)
  const { type } = zero ?? other
  const t = quantized(
    ops.multiply(sums, factor),
    1,
    zero === null ? 0 : ops.reshape(zero.plain, zero.size === 1 ? [] : zero.shape),
    type,
  )
  return Value.of(t, type)
}

function qLinearConv(call: Call): Value {
  const [x, w] = [call.value(0), call.value(3)]
  const sums = wholeConv(call, x, w, [call.optional(2), call.optional(5)])
  const bias = call.optional(8)
  const whole = bias === null ? sums : ops.add(sums, wide(bias.plain))
  const scales = [1, 4, 6].map((i) => lined(call.value(i), -1))
  const y = rescaled(whole, scales, call.optional(7), x)
  return Value.last(y.plain, y.type)
}

function qLinearMatmul(call: Call): Value {
  const [a, b] = [call.value(0), call.value(3)]
  const sums = wholeMatmul(call, a, b, [call.optional(2), call.optional(5)])
  const rows = a.rank === 1 ? -1 : -2
  const scales = [lined(call.value(1), rows), lined(call.value(4), -1), lined(call.value(6), rows)]
  return rescaled(sums, scales, call.optional(7), a)
}

export const quantizedProducts: Readonly<Record<string, Operator>> = {
  ConvInteger: (call) =>
    Value.last(wholeConv(call, call.value(0), call.value(1), [call.optional(2), call.optional(3)]), 'int32'),
  MatMulInteger: (call) =>
    Value.of(wholeMatmul(call, call.value(0), call.value(1), [call.optional(2), call.optional(3)]), 'int32'),
  ...{ QLinearConv: qLinearConv, QLinearMatMul: qLinearMatmul },
}
