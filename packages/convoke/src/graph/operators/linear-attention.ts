// What models with attention have around it, and in its place: rotary positions, and layers that carry a state from step to step.
// Definitions: ONNX RotaryEmbedding (operator set 23), CausalConvWithState and LinearAttention (27).

import * as ops from '../../ops/index.ts'
import { zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'
import { inHeads, outOfHeads } from './attention.ts'

export interface Rotation {
  /** `[batch or 1, 1, steps, width / 2]` */
  readonly cos: Tensor
  readonly sin: Tensor
  /** Pairs are neighbours; otherwise element i and i + width / 2. */
  readonly interleaved: boolean
}

/** Turns the first features of `x` `[batch, heads, steps, size]` in pairs (Su et al. 2021, "RoFormer"). */
export function rotated(x: Tensor, { cos, sin, interleaved }: Rotation): Tensor {
  const half = cos.shape[3]
  const rest = x.shape[3] - 2 * half
  const [turned, still] = rest === 0 ? [x, null] : ops.split(x, [2 * half, rest], 3)
  const pairs = interleaved ? [...turned.shape.slice(0, 3), half, 2] : [...turned.shape.slice(0, 3), 2, half]
  const along = interleaved ? 4 : 3
  const [a, b] = ops.split(ops.reshape(turned, pairs), 2, along).map((part) => ops.squeeze(part, along))
  const real = ops.subtract(ops.multiply(cos, a), ops.multiply(sin, b))
  const imaginary = ops.add(ops.multiply(sin, a), ops.multiply(cos, b))
  const y = ops.reshape(ops.stack([real, imaginary], along), turned.shape)
  return still === null ? y : ops.concat([y, still], 3)
}

/** Rows of the tables of angles for each step, as `[batch or 1, 1, steps, width / 2]`. */
export function anglesOf(
  call: Call,
  tables: readonly [Value, Value],
  positions: Value | null,
  width: number,
): [Tensor, Tensor] {
  const [cos, sin] = tables.map((table) => {
    call.require(
      table.shape[table.rank - 1] * 2 === width,
      () => `the table ${table} must have ${width / 2} angles a step: half the features that turn.`,
    )
    const rows = positions === null ? table.plain : ops.gather(table.plain, ops.cast(positions.plain, 'int32'))
    call.require(
      rows.rank === 3,
      () => `the table ${table} gives ${rows.rank - 1} axes of steps; it must be [batch, steps].`,
    )
    return ops.expandDims(rows, 1)
  })
  return [cos, sin]
}

function rotaryEmbedding(call: Call): Value {
  const x = call.value(0)
  call.require(x.rank === 3 || x.rank === 4, () => `the input ${x} must have 3 axes or 4.`)
  const t = x.rank === 4 ? x.plain : inHeads(call, x.plain, call.int('num_heads'))
  const width = call.int('rotary_embedding_dim', 0) || t.shape[3]
  call.require(
    width > 0 && width % 2 === 0 && width <= t.shape[3],
    () => `${width} features cannot turn in pairs; a head has ${t.shape[3]}.`,
  )
  const [cos, sin] = anglesOf(call, [call.value(1), call.value(2)], call.optional(3), width)
  const y = rotated(t, { cos, sin, interleaved: call.flag('interleaved') })
  return Value.of(x.rank === 4 ? y : outOfHeads(y), x.type)
}

/** A depthwise convolution that sees the steps before, the first of them from the last call. */
function causalConvWithState(call: Call): Value[] {
  const [x, w] = [call.value(0), call.value(1)]
  call.require(
    x.rank === 3 && w.rank === 3 && w.shape[0] === x.shape[1] && w.shape[1] === 1,
    () => `the input ${x} must be [batch, channels, steps], the filter ${w} [channels, 1, taps].`,
  )
  const [batch, channels] = x.shape
  const taps = w.shape[2]
  call.require(taps >= 1, () => 'the filter has no taps.')
  const past = call.optional(3)?.plain ?? zeros([batch, channels, taps - 1])
  call.require(
    past.shape.join() === [batch, channels, taps - 1].join(),
    () => `the state must be of shape [${batch}, ${channels}, ${taps - 1}]; it is [${past.shape}].`,
  )
  const whole = ops.concat([past, x.plain], 2)
  const bias = call.optional(2)?.plain
  const filter = ops.transpose(w.plain, [2, 1, 0])
  const y =
    x.size === 0
      ? x.plain
      : ops.transpose(ops.conv(ops.transpose(whole, [0, 2, 1]), filter, { groups: channels, bias }), [0, 2, 1])
  const activation = call.choice('activation', ['none', 'silu', 'swish'], 'none')
  const state = ops.slice(whole, [{}, {}, { start: whole.shape[2] - (taps - 1) }])
  return [Value.of(activation === 'none' ? y : ops.silu(y), x.type), Value.of(state, call.optional(3)?.type ?? x.type)]
}

const rules = ['linear', 'gated', 'delta', 'gated_delta'] as const

/** The state is a matrix `[keys, values]` a head: it fades, is written to with k·vᵀ and is read with q. */
function linearAttention(call: Call): Value[] {
  const [q, k, v] = [call.value(0), call.value(1), call.value(2)]
  const [heads, groups] = [call.int('q_num_heads'), call.int('kv_num_heads')]
  call.require(
    groups >= 1 && heads >= 1 && heads % groups === 0,
    () => `${heads} heads of queries cannot share ${groups} of keys.`,
  )
  for (const x of [q, k, v]) call.require(x.rank === 3, () => `the input ${x} must be [batch, steps, features].`)
  const rule = call.choice('update_rule', rules, 'gated_delta')
  const [fades, corrects] = [rule.startsWith('gated'), rule.endsWith('delta')]
  const [decay, beta] = [call.optional(4), call.optional(5)]
  call.require((decay !== null) === fades, () => `the rule ${rule} ${fades ? 'needs' : 'has no use for'} decay.`)
  call.require((beta !== null) === corrects, () => `the rule ${rule} ${corrects ? 'needs' : 'has no use for'} beta.`)
  const [queries, keys, values] = [
    inHeads(call, q.plain, heads),
    inHeads(call, k.plain, groups),
    inHeads(call, v.plain, groups),
  ]
  const [batch, , steps, size] = keys.shape
  const width = values.shape[3]
  const factor = call.float('scale', 0) || 1 / Math.sqrt(size)
  const fading = decay === null ? null : ops.exp(inHeads(call, decay.plain, groups))
  const trust = beta === null ? null : inHeads(call, beta.plain, beta.shape[2])
  const step = (x: Tensor, i: number): Tensor => ops.slice(x, [{}, {}, { start: i, stop: i + 1 }])
  let state = call.optional(3)?.plain ?? zeros([batch, groups, size, width])
  call.require(
    state.shape.join() === [batch, groups, size, width].join(),
    () => `the state must be of shape [${batch}, ${groups}, ${size}, ${width}]; it is [${state.shape}].`,
  )
  const outputs: Tensor[] = []
  for (let i = 0; i < steps; i++) {
    const key = step(keys, i)
    if (fading !== null) state = ops.multiply(state, ops.transpose(step(fading, i), [0, 1, 3, 2]))
    const wanted = step(values, i)
    const written = trust === null ? wanted : ops.multiply(step(trust, i), ops.subtract(wanted, ops.matmul(key, state)))
    state = ops.add(state, ops.matmul(key, written, { transposeA: true }))
    const rows = ops.reshape(step(queries, i), [batch, groups, heads / groups, size])
    outputs.push(ops.reshape(ops.matmul(ops.multiply(rows, factor), state), [batch, heads, 1, width]))
  }
  const y = steps === 0 ? zeros([batch, heads, 0, width]) : ops.concat(outputs, 2)
  return [Value.of(outOfHeads(y), q.type), Value.of(state, call.optional(3)?.type ?? q.type)]
}

export const linearAttentions: Readonly<Record<string, Operator>> = {
  ...{ RotaryEmbedding: rotaryEmbedding, CausalConvWithState: causalConvWithState, LinearAttention: linearAttention },
}
