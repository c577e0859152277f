// Reductions, matrix products, and operators whose results depend on numbers.

import { firstly, type Held, int, ints, plainly, text, toFirst } from '../builder.ts'
import type { Context, Rule, Rules } from '../context.ts'
import { axisInFirst, isFirstOnly } from './shapes.ts'

/** Over the axes that input 1 lists; over all where there is none. */
function reduced(c: Context, operator: string, x: Held): Held {
  const { b } = c
  const keep = c.flag('keep_dims', c.flag('keepdims'))
  const keepdims = { keepdims: int(keep ? 1 : 0) }
  const axes = c.inputs.length > 1 ? b.numbers(c.in(1)) : []
  if (axes === null) return plainly(b.node(operator, [b.plain(x), b.wholeList(c.in(1))], keepdims))
  // No axes at all: nothing is reduced.
  if (axes.length === 0 && c.inputs.length > 1) return x
  if (axes.length === 0) return plainly(b.node(operator, [b.plain(x)], keepdims))
  const rank = b.rankOf(x)
  if (isFirstOnly(x) && rank !== null) {
    const named = axes.map((axis) => c.axis(axis, rank))
    const left = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !named.includes(axis))
    const order = toFirst(rank).filter((axis) => left.includes(axis))
    // What is left stands in one order in both layouts.
    const same = order.every((axis, i) => axis === left[i])
    if (keep || same) {
      const list = b.int64(named.map((axis) => axisInFirst(axis, rank)).sort((p, q) => p - q))
      const name = b.node(operator, [b.first(x, rank), list], keepdims)
      return keep ? firstly(name) : plainly(name)
    }
  }
  return plainly(b.node(operator, [b.plain(x), b.int64(axes)], keepdims))
}

const reduction =
  (operator: string): Rule =>
  (c) =>
    reduced(c, operator, c.in(0))

/** Of truth values, by way of numbers. */
const logical =
  (operator: string): Rule =>
  (c) => {
    const y = reduced(c, operator, plainly(c.b.cast(c.plain(0), 'int32')))
    return c.b.cast(c.b.plain(y), 'bool')
  }

const extreme =
  (operator: string): Rule =>
  (c) => {
    const { b } = c
    const axis = c.inputs.length > 1 ? c.number(1) : 0
    return b.cast(b.node(operator, [c.plain(0)], { axis: int(axis), keepdims: int(0) }), 'int32')
  }

function cumulative(c: Context, operator: string): string {
  const flags = { exclusive: int(c.flag('exclusive') ? 1 : 0), reverse: int(c.flag('reverse') ? 1 : 0) }
  const given = [c.plain(0), c.b.whole(c.in(1))]
  // ONNX has running products only in operator sets that few know.
  return operator === 'CumSum' ? c.b.node(operator, given, flags) : c.b.own(operator, given, flags)[0]
}

function matMul(c: Context): string {
  const flags = { transA: int(c.flag('transpose_a') ? 1 : 0), transB: int(c.flag('transpose_b') ? 1 : 0) }
  const ranks = [c.b.rankOf(c.in(0)), c.b.rankOf(c.in(1))]
  // Gemm is for floats.
  if (ranks.every((rank) => rank === null || rank === 2) && c.b.isFloat(c.in(0)))
    return c.b.node('Gemm', [c.plain(0), c.plain(1)], flags)
  return batchMatMul(c)
}

function batchMatMul(c: Context): string {
  const { b } = c
  const factor = (index: number, adjoint: boolean): string =>
    adjoint ? b.turned(c.plain(index), c.rank(index)) : c.plain(index)
  const [a, y] = [c.flag('adj_x', c.flag('transpose_a')), c.flag('adj_y', c.flag('transpose_b'))]
  return b.node('MatMul', [factor(0, a), factor(1, y)])
}

function topK(c: Context): string[] {
  const { b } = c
  const count = c.inputs.length > 1 ? b.reshape(b.whole(c.in(1)), [1]) : b.int64([c.int('k', 1)])
  const flags = { axis: int(-1), largest: int(1), sorted: int(1) }
  const [values, places] = b.many('TopK', [c.plain(0), count], flags, { outputs: 2 })
  return [values, b.cast(places, 'int32')]
}

function unique(c: Context): string[] {
  const { b } = c
  const axis = c.inputs.length > 1 ? (b.numbers(c.in(1))?.[0] ?? null) : null
  const flags = { sorted: int(0), ...(axis !== null && { axis: int(axis) }) }
  // ONNX Runtime knows floats and whole numbers of 64 bits.
  const whole = !b.isFloat(c.in(0))
  const given = whole ? b.cast(c.plain(0), 'int64') : c.plain(0)
  const [values, , places] = b.many('Unique', [given], flags, { outputs: 4 })
  return [whole ? b.cast(values, 'int32') : values, b.cast(places, 'int32')]
}

const where = (c: Context): string => c.b.cast(c.b.transpose(c.b.node('NonZero', [c.plain(0)]), [1, 0]), 'int32')

/** Definition: tf.image.non_max_suppression; the third version of it is ONNX's. */
function suppressed(c: Context): string {
  const { b } = c
  const boxes = b.node('Unsqueeze', [c.plain(0), b.int64([0])])
  const scores = b.node('Unsqueeze', [c.plain(1), b.int64([0, 1])])
  const most = b.reshape(b.whole(c.in(2)), [1])
  const limits = c.inputs.slice(3).map((held) => b.reshape(b.plain(held), [1]))
  const found = b.node('NonMaxSuppression', [boxes, scores, most, ...limits])
  return b.cast(b.node('Gather', [found, b.int64([2], [])], { axis: int(1) }), 'int32')
}

/** The later versions give more than the places. */
const suppressedMore =
  (outputs: number): Rule =>
  (c) =>
    c.b.own(
      c.node.operator,
      c.inputs.map((held) => c.b.plain(held)),
      { pad_to_max_output_size: int(c.flag('pad_to_max_output_size') ? 1 : 0) },
      outputs,
    )

const own =
  (outputs = 1, attributes: (c: Context) => Parameters<Context['b']['own']>[2] = () => ({})): Rule =>
  (c) =>
    c.b.own(
      c.node.operator,
      c.inputs.map((held) => c.b.plain(held)),
      attributes(c),
      outputs,
    )

export const reductionRules: Rules = {
  ...{ Mean: reduction('ReduceMean'), Sum: reduction('ReduceSum'), Max: reduction('ReduceMax') },
  ...{ Min: reduction('ReduceMin'), Prod: reduction('ReduceProd'), EuclideanNorm: reduction('ReduceL2') },
  ...{ All: logical('ReduceMin'), Any: logical('ReduceMax') },
  ...{ ArgMax: extreme('ArgMax'), ArgMin: extreme('ArgMin') },
  ...{ Cumsum: (c) => cumulative(c, 'CumSum'), Cumprod: (c) => cumulative(c, 'CumProd') },
  ...{ MatMul: matMul, BatchMatMul: batchMatMul, BatchMatMulV2: batchMatMul, BatchMatMulV3: batchMatMul },
  Einsum: (c) =>
    c.b.node(
      'Einsum',
      c.inputs.map((held) => c.b.plain(held)),
      { equation: text(c.text('equation', '')) },
    ),
  ...{ TopKV2: topK, TopK: topK, Unique: unique, UniqueV2: unique, Where: where },
  ...{ NonMaxSuppressionV2: suppressed, NonMaxSuppressionV3: suppressed },
  ...{ NonMaxSuppressionV4: suppressedMore(2), NonMaxSuppressionV5: suppressedMore(3) },
  CropAndResize: own(1, (c) => ({
    ...{ method: text(c.text('method', 'bilinear')) },
    extrapolation_value: { type: 'float', value: c.float('extrapolation_value', 0) },
  })),
  ImageProjectiveTransformV3: own(1, (c) => ({
    ...{ interpolation: text(c.text('interpolation', 'NEAREST')), fill_mode: text(c.text('fill_mode', 'CONSTANT')) },
  })),
  ...{ ListDiff: own(2), LowerBound: own(), UpperBound: own(), Bincount: own() },
  DenseBincount: own(1, (c) => ({ binary_output: int(c.flag('binary_output') ? 1 : 0) })),
  MaxPoolWithArgmax: own(2, (c) => ({
    ...{ ksize: ints(c.ints('ksize').slice(1, 3)), strides: ints(c.ints('strides').slice(1, 3)) },
    ...{ padding: text(c.text('padding', 'VALID')), batch: int(c.flag('include_batch_in_index') ? 1 : 0) },
  })),
}
