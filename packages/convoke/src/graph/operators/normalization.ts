// Normalisations, softmax and resizing.

import { withoutGradients } from '../../autodiff/tape.ts'
import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'

const epsilonOf = (call: Call): number => call.float('epsilon', 1e-5)

/** [batch, channels] has its channels last already. */
function batchNormalization(call: Call): Value[] {
  const [x, scale, bias, mean, variance] = call.values()
  const options = { scale: scale.plain, bias: bias.plain, epsilon: epsilonOf(call) }
  const t = x.last
  if (call.training && !call.flag('training_mode')) return [trained(call, x, options, mean, variance)]
  const learned =
    call.version >= 14
      ? call.flag('training_mode')
      : call.version < 7 && call.flag('is_test') === false && call.wants(1)
  if (!learned) {
    return [Value.last(ops.batchNorm(t, { ...options, mean: mean.plain, variance: variance.plain }), x.type)]
  }
  const momentum = call.float('momentum', 0.9)
  const running = (old: Value, now: Tensor): Value =>
    Value.of(ops.add(ops.multiply(old.plain, momentum), ops.multiply(now, 1 - momentum)))
  const now = ops.batchStatistics(t)
  return [Value.last(ops.batchNorm(t, options), x.type), running(mean, now.mean), running(variance, now.variance)]
}

/** With the statistics of the batch, which move the running ones, as when the network was first trained. */
function trained(
  call: Call,
  x: Value,
  options: { readonly scale: Tensor; readonly bias: Tensor; readonly epsilon: number },
  mean: Value,
  variance: Value,
): Value {
  const momentum = call.float('momentum', 0.9)
  const y = ops.batchNorm(x.last, options)
  withoutGradients(() => {
    const now = ops.batchStatistics(x.last)
    const count = x.size / x.shape[1]
    const unbiased = count > 1 ? ops.multiply(now.variance, count / (count - 1)) : now.variance
    const moved = (old: Value, next: Tensor): Tensor =>
      ops.add(ops.multiply(old.plain, momentum), ops.multiply(next, 1 - momentum))
    call.update(3, moved(mean, now.mean))
    call.update(4, moved(variance, unbiased))
  })
  return Value.last(y, x.type)
}

function groupNormalization(call: Call): Value {
  const [x, scale, bias] = call.values()
  const groups = call.int('num_groups')
  const channels = x.shape[1]
  // Before operator set 21 scale and bias had one number a group.
  const spread = (value: Value): Tensor =>
    value.size === channels
      ? value.plain
      : ops.reshape(ops.broadcastTo(ops.expandDims(value.plain, 1), [groups, channels / groups]), [channels])
  const options = { scale: spread(scale), bias: spread(bias), epsilon: epsilonOf(call) }
  return Value.last(ops.groupNorm(x.last, groups, options), x.type)
}

/** From `axis` to the last. */
function trailing(call: Call, rank: number): number[] {
  const from = call.axis(call.int('axis', -1), rank)
  return Array.from({ length: rank - from }, (_, i) => from + i)
}

/** Scale and bias of the trailing axes, which may be given in fewer. */
const fitted = (value: Value | null, x: Value, axes: readonly number[]): Tensor | undefined => {
  if (value === null) return undefined
  const shape = axes.map((axis) => x.shape[axis])
  return value.size === sizeOf(shape) ? ops.reshape(value.plain, shape) : ops.broadcastTo(value.plain, shape)
}

function layerNormalization(call: Call): Value[] {
  const x = call.value(0)
  const axes = trailing(call, x.rank)
  const epsilon = epsilonOf(call)
  const t = x.plain
  const options = { axes, epsilon, scale: fitted(call.optional(1), x, axes), bias: fitted(call.optional(2), x, axes) }
  const y = Value.of(ops.layerNorm(t, options), x.type)
  if (!call.wants(1) && !call.wants(2)) return [y]
  const spread = ops.variance(t, { axes, keepDims: true })
  return [y, Value.of(ops.mean(t, { axes, keepDims: true })), Value.of(ops.rsqrt(ops.add(spread, epsilon)))]
}

function rmsNormalization(call: Call): Value {
  const x = call.value(0)
  const axes = trailing(call, x.rank)
  return Value.of(
    ops.rmsNorm(x.plain, { axes, scale: fitted(call.optional(1), x, axes), epsilon: epsilonOf(call) }),
    x.type,
  )
}

function lrn(call: Call): Value {
  const x = call.value(0)
  const [alpha, beta, bias] = [call.float('alpha', 1e-4), call.float('beta', 0.75), call.float('bias', 1)]
  return Value.last(ops.localResponseNorm(x.last, { size: call.int('size'), alpha, beta, bias }), x.type)
}

function lpNormalization(call: Call): Value {
  const x = call.value(0)
  const axis = x.order.indexOf(call.axis(call.int('axis', -1), x.rank))
  const length = ops.norm(x.tensor, { axes: axis, keepDims: true, p: call.int('p', 2) === 1 ? 1 : 2 })
  return Value.stored(ops.divide(x.tensor, ops.where(ops.equal(length, 0), 1, length)), x.order, x.type)
}

function meanVariance(call: Call): Value {
  const x = call.value(0)
  const axes = call.axes(call.ints('axes') ?? [0, 2, 3], x.rank).map((axis) => x.order.indexOf(axis))
  const options = { axes, keepDims: true }
  const centred = ops.subtract(x.tensor, ops.mean(x.tensor, options))
  const spread = ops.sqrt(ops.mean(ops.square(centred), options))
  return Value.stored(ops.divide(centred, ops.add(spread, 1e-9)), x.order, x.type)
}

const alongAxis =
  (run: (x: Tensor, axis: number) => Tensor): Operator =>
  (call) => {
    const x = call.value(0)
    if (call.version >= 13) {
      if (x.rank === 0) return Value.of(ops.reshape(run(ops.reshape(x.plain, [1]), 0), []), x.type)
      return Value.stored(run(x.tensor, x.order.indexOf(call.axis(call.int('axis', -1), x.rank))), x.order, x.type)
    }
    // Older operator sets flatten to two axes.
    const axis = call.axis(call.int('axis', 1), x.rank + 1)
    const rows = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]
    return Value.of(ops.reshape(run(ops.reshape(x.plain, rows), 1), x.shape), x.type)
  }

/** One at the first of the largest, zeros elsewhere. */
function hardmax(x: Tensor, axis: number): Tensor {
  const places = ops.oneHot(ops.argMax(x, { axis }), x.shape[axis])
  const order = Array.from({ length: x.rank - 1 }, (_, i) => i)
  return ops.transpose(places, [...order.slice(0, axis), x.rank - 1, ...order.slice(axis)])
}

export const normalization: Readonly<Record<string, Operator>> = {
  ...{ BatchNormalization: batchNormalization, GroupNormalization: groupNormalization, LRN: lrn },
  ...{ LayerNormalization: layerNormalization, RMSNormalization: rmsNormalization },
  ...{ SimplifiedLayerNormalization: rmsNormalization, LpNormalization: lpNormalization },
  MeanVarianceNormalization: meanVariance,
  InstanceNormalization: (call) => {
    const [x, scale, bias] = call.values()
    const options = { scale: scale.plain, bias: bias.plain, epsilon: epsilonOf(call) }
    return Value.last(ops.instanceNorm(x.last, options), x.type)
  },
  Softmax: alongAxis((x, axis) => ops.softmax(x, { axis })),
  LogSoftmax: alongAxis((x, axis) => ops.logSoftmax(x, { axis })),
  Hardmax: alongAxis(hardmax),
}
