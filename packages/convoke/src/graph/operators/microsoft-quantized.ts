// Quantized operators that ONNX Runtime adds. Definition: docs/ContribOperators.md of ONNX Runtime, domain com.microsoft.

import * as ops from '../../ops/index.ts'
import { fromData } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'
import { geometry } from './convolution.ts'
import { together } from './elementwise.ts'
import { dequantized, quantized, quantizedByRange } from './quantization.ts'
import { lined, wholeMatmul } from './quantized-products.ts'
import { dynamicQuantizeLstm } from './recurrence.ts'

/** The numbers that input `index` stands for, its scale and its zero point the two inputs after it. */
function real(call: Call, index: number): Value {
  const [x, zero] = [call.value(index), call.optional(index + 2)]
  const scale = ops.reshape(call.value(index + 1).plain, [])
  return Value.stored(dequantized(x.tensor, scale, zero === null ? null : ops.reshape(zero.plain, [])), x.order)
}

/** `x` quantized by the scale and the zero point at inputs `index` and after. */
function back(call: Call, x: Value, index: number, like: Value): Value {
  const zero = call.optional(index + 1)
  const { type } = zero ?? like
  const scale = ops.reshape(call.value(index).plain, [])
  return Value.stored(quantized(x.tensor, scale, zero === null ? 0 : ops.reshape(zero.plain, []), type), x.order, type)
}

const pair =
  (f: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    back(
      call,
      together([real(call, 0), real(call, 3)], ([a, b]) => f(a, b)),
      6,
      call.value(0),
    )

const single =
  (f: (x: Tensor, call: Call) => Tensor): Operator =>
  (call) => {
    const x = real(call, 0)
    return back(call, Value.stored(f(x.tensor, call), x.order), 3, call.value(0))
  }

function globalAveragePool(call: Call): Value {
  const x = real(call, 0)
  const last = call.flag('channels_last')
  const y = ops.globalAveragePool(last ? x.plain : x.last, { keepDims: true })
  return back(call, last ? Value.of(y) : Value.last(y), 3, call.value(0))
}

/** What lies beyond the edge counts as 0 where it counts. */
function averagePool(call: Call): Value {
  const x = real(call, 0)
  const last = call.flag('channels_last')
  const [size, kernel] = [last ? x.shape.slice(1, -1) : x.shape.slice(2), call.ints('kernel_shape')]
  if (kernel === undefined) return call.refuse('kernel_shape is missing.')
  const y = ops.averagePool(last ? x.plain : x.last, kernel, {
    ...geometry(call, size, kernel),
    ...{ ceil: call.flag('ceil_mode'), countPadding: call.flag('count_include_pad') },
  })
  return back(call, last ? Value.of(y) : Value.last(y), 3, call.value(0))
}

/** The result's scale and zero point come first, then three inputs for each part. */
function concat(call: Call): Value {
  const count = Math.floor((call.inputs.length - 2) / 3)
  call.require(count >= 1, () => 'there is nothing to concatenate.')
  const parts = Array.from({ length: count }, (_, i) => real(call, 2 + 3 * i))
  const axis = call.axis(call.int('axis'), parts[0].rank)
  const whole = ops.concat(
    parts.map(({ plain }) => plain),
    axis,
  )
  return back(call, Value.of(whole), 0, call.value(2))
}

/** A product of whole numbers, as the numbers they stand for. */
function scaled(sums: Tensor, scales: readonly Tensor[], bias: Value | null): Value {
  const y = ops.multiply(sums, ops.multiply(scales[0], scales[1]))
  return Value.of(bias === null ? y : ops.add(y, bias.plain))
}

function matmulIntegerToFloat(call: Call): Value {
  const [a, b] = [call.value(0), call.value(1)]
  const sums = wholeMatmul(call, a, b, [call.optional(4), call.optional(5)])
  return scaled(sums, [lined(call.value(2), a.rank === 1 ? -1 : -2), lined(call.value(3), -1)], call.optional(6))
}

function dynamicQuantizeMatmul(call: Call): Value {
  const a = quantizedByRange(call.value(0))
  const sums = wholeMatmul(call, a.x, call.value(1), [Value.of(a.zero), call.optional(3)])
  return scaled(sums, [a.scale, lined(call.value(2), -1)], call.optional(4))
}

/** α · scales · (A·B + C): C counts in the steps of the product. Floats where the result has no scale. */
function gemm(call: Call): Value {
  const turned = (index: number, name: string): Value => {
    const x = call.value(index)
    call.require(x.rank === 2, () => `input ${index} ${x} must be a matrix.`)
    return call.flag(name) ? Value.of(ops.transpose(x.plain), x.type) : x
  }
  const [a, b] = [turned(0, 'transA'), turned(3, 'transB')]
  const sums = wholeMatmul(call, a, b, [call.optional(2), call.optional(5)])
  const added = call.optional(6)
  const whole = added === null ? sums : ops.add(sums, ops.cast(added.plain, 'int32'))
  const factor = ops.multiply(ops.multiply(lined(call.value(1), -1), lined(call.value(4), -1)), call.float('alpha', 1))
  const y = Value.of(ops.multiply(whole, factor))
  return call.optional(7) === null ? y : back(call, y, 7, a)
}

/** Number `i` of `bits` bits in packed bytes, the lowest bits first. */
const packed = (bytes: ArrayLike<number>, start: number, i: number, bits: number): number => {
  const each = 8 / bits
  return (bytes[start + Math.floor(i / each)] >> ((i % each) * bits)) & (2 ** bits - 1)
}

/** Weights of few bits in blocks along the inner axis, each with a scale: `[columns, blocks, bytes of a block]`. */
function matmulNBits(call: Call): Value {
  const a = call.value(0)
  const [inner, columns, block] = [call.int('K'), call.int('N'), call.int('block_size')]
  const bits = call.int('bits', 4)
  call.require([2, 4, 8].includes(bits), () => `bits is ${bits}; it must be 2, 4 or 8.`)
  call.require(block >= 8 && inner >= 1 && columns >= 1, () => `K is ${inner}, N ${columns}, block_size ${block}.`)
  const blocks = Math.ceil(inner / block)
  const [weights, scales, zeros] = [call.value(1), call.value(2), call.optional(3)]
  const blob = (block * bits) / 8
  const zeroBytes = Math.ceil((blocks * bits) / 8)
  const zerosPacked = zeros !== null && zeros.type === 'uint8'
  call.require(
    a.shape[a.rank - 1] === inner && weights.size === columns * blocks * blob && scales.size === columns * blocks,
    () =>
      `the input ${a}, the weights ${weights} and the scales ${scales} do not fit ${inner} × ${columns} in blocks of ${block}.`,
  )
  call.require(
    zeros === null || zeros.size === columns * (zerosPacked ? zeroBytes : blocks),
    () => `the zero points ${zeros} do not fit ${columns} columns of ${blocks} blocks.`,
  )
  const order = call.numbers(4)
  call.require(
    order === undefined || (order.length === inner && order.every((group) => group >= 0 && group < blocks)),
    () => `g_idx must have ${inner} numbers from 0 to ${blocks - 1}.`,
  )
  const [bytes, factors, points] = [weights.numbers(), scales.numbers(), zeros?.numbers()]
  const zeroOf = (column: number, group: number): number => {
    if (points === undefined) return 2 ** (bits - 1)
    return zerosPacked ? packed(points, column * zeroBytes, group, bits) : points[column * blocks + group]
  }
  const matrix = new Float32Array(columns * inner)
  for (let column = 0; column < columns; column++) {
    for (let k = 0; k < inner; k++) {
      const group = order?.[k] ?? Math.floor(k / block)
      const start = (column * blocks + Math.floor(k / block)) * blob
      const number = packed(bytes, start, k % block, bits) - zeroOf(column, group)
      matrix[column * inner + k] = number * factors[column * blocks + group]
    }
  }
  const y = ops.matmul(a.plain, fromData(matrix, [columns, inner], 'float32'), { transposeB: true })
  const bias = call.optional(5)
  return Value.of(bias === null ? y : ops.add(y, bias.plain), a.type)
}

export const microsoftQuantized: Readonly<Record<string, Operator>> = {
  ...{ QLinearAdd: pair((a, b) => ops.add(a, b)), QLinearMul: pair((a, b) => ops.multiply(a, b)) },
  QLinearSigmoid: single((x) => ops.sigmoid(x)),
  QLinearLeakyRelu: single((x, call) => ops.leakyRelu(x, { alpha: call.float('alpha', 0.01) })),
  ...{ QLinearGlobalAveragePool: globalAveragePool, QLinearAveragePool: averagePool, QLinearConcat: concat },
  ...{
    QGemm: gemm,
    MatMulIntegerToFloat: matmulIntegerToFloat,
    DynamicQuantizeMatMul: dynamicQuantizeMatmul,
    DynamicQuantizeLSTM: dynamicQuantizeLstm,
    MatMulNBits: matmulNBits,
  },
}
