// Losses that a graph may end in. Definitions: ONNX NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.

import * as ops from '../../ops/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'

/** −log of what each target has, weighed by its class: `[batch, classes, …]` against `[batch, …]`. */
function likelihood(call: Call, logs: Tensor): Tensor {
  const [target, weights] = [call.value(1), call.optional(2)]
  const fits = [logs.shape[0], ...logs.shape.slice(2)].join() === target.shape.join()
  call.require(logs.rank >= 2 && fits, () => `the targets ${target} do not fit scores of [${logs.shape}].`)
  const given = ops.cast(target.plain, 'int32')
  const ignored = call.has('ignore_index') ? ops.equal(given, call.int('ignore_index')) : null
  const index = ignored === null ? given : ops.where(ignored, 0, given)
  const picked = ops.squeeze(ops.gatherElements(logs, ops.expandDims(index, 1), 1), 1)
  const chosen = weights === null ? null : ops.gather(weights.plain, index)
  const counted = ignored === null ? chosen : ops.where(ignored, 0, chosen ?? 1)
  const each = ops.negate(
    counted === null ? picked : ops.multiply(ops.where(ops.equal(counted, 0), 0, picked), counted),
  )
  const reduction = call.choice('reduction', ['mean', 'sum', 'none'], 'mean')
  if (reduction === 'none') return each
  if (reduction === 'sum') return ops.sum(each)
  return counted === null
    ? ops.mean(each)
    : ops.divide(ops.sum(each), ops.sum(ops.broadcastTo(ops.cast(counted, 'float32'), each.shape)))
}

export const losses: Readonly<Record<string, Operator>> = {
  NegativeLogLikelihoodLoss: (call) => {
    const x = call.value(0)
    return Value.of(likelihood(call, x.plain), x.type)
  },
  SoftmaxCrossEntropyLoss: (call: Call) => {
    const x = call.value(0)
    call.require(x.rank >= 2, () => `the scores ${x} must be [batch, classes, …].`)
    const logs = ops.logSoftmax(x.plain, { axis: 1 })
    return [Value.of(likelihood(call, logs), x.type), Value.of(logs, x.type)]
  },
}
