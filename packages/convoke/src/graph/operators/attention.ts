// Scaled dot-product attention: softmax(Q·Kᵀ·scale + mask)·V in heads. Definition: ONNX Attention, operator sets 23 to 25.

import * as ops from '../../ops/index.ts'
import { broadcastShapes } from '../../shapes/broadcast.ts'
import { withinMemory } from '../../shapes/error.ts'
import { fromData } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'

/** `[batch, steps, heads · size]` as `[batch, heads, steps, size]`. */
export function inHeads(call: Call, x: Tensor, heads: number): Tensor {
  const [batch, steps, width] = x.shape
  call.require(
    heads >= 1 && width % heads === 0,
    () => `the input's last axis of ${width} does not divide into ${heads} heads.`,
  )
  return ops.transpose(ops.reshape(x, [batch, steps, heads, width / heads]), [0, 2, 1, 3])
}

/** `[batch, heads, steps, size]` as `[batch, steps, heads · size]`. */
export function outOfHeads(x: Tensor): Tensor {
  const [batch, heads, steps, size] = x.shape
  return ops.reshape(ops.transpose(x, [0, 2, 1, 3]), [batch, steps, heads * size])
}

export interface Heads {
  /** `[batch, heads, queries, size]` */
  readonly q: Tensor
  /** `[batch, groups, keys, size]`: the number of groups divides that of heads. */
  readonly k: Tensor
  /** `[batch, groups, keys, value size]` */
  readonly v: Tensor
}

export interface Masks {
  readonly scale: number
  /** 0 for none. */
  readonly softcap: number
  /** What is added to the scores; broadcasts to `[batch, heads, queries, keys]`. −∞ hides. */
  readonly bias: Tensor | null
  /** Nonzero where a key may be seen; each broadcasts likewise. */
  readonly seen: readonly Tensor[]
  /** A score `[heads or 1, 1, 1]` that takes its share of the weights and has no value; none when not given. */
  readonly sink?: Tensor | null
}

export interface Attended {
  /** `[batch, heads, queries, value size]` */
  readonly y: Tensor
  /** `[batch, heads, queries, keys]`: of Q·Kᵀ, capped, masked, and as weights. */
  readonly raw: Tensor
  readonly capped: Tensor
  readonly masked: Tensor
  readonly weights: Tensor
}

/** A query that sees no key gets zeros. */
export function attend({ q, k, v }: Heads, { scale, softcap, bias, seen, sink = null }: Masks): Attended {
  const [batch, heads, queries] = q.shape
  const [, groups, keys] = k.shape
  // Heads that share keys are rows of one product.
  const rows = (x: Tensor): Tensor => ops.reshape(x, [batch, groups, (heads / groups) * queries, x.shape[3]])
  const root = Math.sqrt(Math.abs(scale))
  const products = ops.matmul(rows(ops.multiply(q, scale < 0 ? -root : root)), ops.multiply(k, root), {
    transposeB: true,
  })
  const spread = (x: Tensor): Tensor => ops.reshape(x, [batch, heads, queries, x.shape[3]])
  const raw = spread(products)
  const capped = softcap === 0 ? raw : ops.multiply(ops.tanh(ops.divide(raw, softcap)), softcap)
  const finite = bias === null ? null : ops.notEqual(bias, Number.NEGATIVE_INFINITY)
  const allowed = [...(finite === null ? [] : [finite]), ...seen].reduce<Tensor | null>(
    (all, part) => (all === null ? part : ops.logicalAnd(all, part)),
    null,
  )
  const added = bias === null || finite === null ? capped : ops.add(capped, ops.where(finite, bias, 0))
  const masked = allowed === null ? added : ops.where(allowed, added, Number.NEGATIVE_INFINITY)
  const weights =
    keys === 0
      ? masked
      : sink !== null
        ? besideSink(masked, sink)
        : allowed === null
          ? ops.softmax(masked, { axis: -1 })
          : guarded(masked)
  return { y: spread(ops.matmul(rows(weights), v)), raw, capped, masked, weights }
}

/** Weights that add up to less than 1: the sink has the rest. */
function besideSink(masked: Tensor, sink: Tensor): Tensor {
  const column = ops.broadcastTo(sink, [...masked.shape.slice(0, -1), 1])
  const all = ops.softmax(ops.concat([masked, column], -1), { axis: -1 })
  return ops.slice(all, [{}, {}, {}, { stop: masked.shape[3] }])
}

function guarded(masked: Tensor): Tensor {
  const most = ops.max(masked, { axes: -1, keepDims: true })
  const blind = ops.equal(most, Number.NEGATIVE_INFINITY)
  return ops.where(blind, 0, ops.softmax(ops.where(blind, 0, masked), { axis: -1 }))
}

/**
 * Where query i, which stands at i + offset, sees key j: nowhere beyond `right`, nor before `left`. One offset for all, or one per example:
 * `[queries, keys]` or `[batch, 1, queries, keys]`.
 */
export function window(
  queries: number,
  keys: number,
  offsets: number | readonly number[],
  bounds: { readonly left: number; readonly right: number },
): Tensor {
  const all = typeof offsets === 'number' ? [offsets] : offsets
  const plane = queries * keys
  const data = withinMemory(
    () => `Attention: a mask of ${queries} queries and ${keys} keys`,
    () => new Uint8Array(all.length * plane),
    all.length * plane,
  )
  for (let at = 0; at < data.length; at++) {
    const query = Math.floor((at % plane) / keys) + all[Math.floor(at / plane)]
    const key = at % keys
    data[at] = key <= query + bounds.right && key >= query - bounds.left ? 1 : 0
  }
  return fromData(data, typeof offsets === 'number' ? [queries, keys] : [all.length, 1, queries, keys], 'bool')
}

/** Keys below each example's length: `[batch, 1, 1, keys]`. */
export function withinLengths(lengths: readonly number[], keys: number): Tensor {
  const data = Uint8Array.from({ length: lengths.length * keys }, (_, at) =>
    at % keys < lengths[Math.floor(at / keys)] ? 1 : 0,
  )
  return fromData(data, [lengths.length, 1, 1, keys], 'bool')
}

/** Masks may end early: what is beyond their last key is hidden. */
function fullLength(call: Call, mask: Value, keys: number): Tensor {
  const t = mask.plain
  const length = t.shape[t.rank - 1]
  call.require(mask.rank >= 1 && length <= keys, () => `the mask ${mask} is longer than the ${keys} keys.`)
  if (length === keys || length === 1) return t
  const value = mask.type === 'bool' ? 0 : Number.NEGATIVE_INFINITY
  const ahead = t.shape.map((): [number, number] => [0, 0]).with(-1, [0, keys - length])
  return mask.type === 'bool'
    ? ops.notEqual(ops.pad(ops.cast(t, 'int32'), ahead), 0)
    : ops.pad(ops.cast(t, 'float32'), ahead, { value })
}

function headsOf(call: Call): Heads & { readonly flat: boolean } {
  const [q, k, v] = [call.value(0), call.value(1), call.value(2)]
  call.require(
    q.rank === k.rank && k.rank === v.rank && (q.rank === 3 || q.rank === 4),
    () => `the inputs ${q}, ${k} and ${v} must all have 3 axes, or all 4.`,
  )
  if (q.rank === 4) return { q: q.plain, k: k.plain, v: v.plain, flat: false }
  const [heads, groups] = [call.int('q_num_heads'), call.int('kv_num_heads')]
  const [a, b, c] = [inHeads(call, q.plain, heads), inHeads(call, k.plain, groups), inHeads(call, v.plain, groups)]
  return { q: a, k: b, v: c, flat: true }
}

function attention(call: Call): (Value | null)[] {
  const given = headsOf(call)
  const [pastKey, pastValue] = [call.optional(4), call.optional(5)]
  call.require((pastKey === null) === (pastValue === null), () => 'past_key and past_value must be given together.')
  const grown = (past: Value | null, now: Tensor): Tensor => (past === null ? now : ops.concat([past.plain, now], 2))
  const { q } = given
  const [k, v] = [grown(pastKey, given.k), grown(pastValue, given.v)]
  const [batch, heads, queries, size] = q.shape
  const [, groups, keys, keySize] = k.shape
  call.require(
    size === keySize && k.shape[0] === batch && v.shape[0] === batch && v.shape[2] === keys && v.shape[1] === groups,
    () => `queries [${q.shape}], keys [${k.shape}] and values [${v.shape}] do not fit each other.`,
  )
  call.require(groups >= 1 && heads % groups === 0, () => `${heads} heads of queries cannot share ${groups} of keys.`)
  const lengths = call.numbers(6)
  call.require(
    lengths === undefined || (pastKey === null && lengths.length === batch),
    () => 'nonpad_kv_seqlen must have one number per example, and cannot be combined with past_key.',
  )
  const offset = lengths?.map((length) => length - queries) ?? pastKey?.shape[2] ?? 0
  const seen = lengths === undefined ? [] : [withinLengths(lengths, keys)]
  const side = (name: string): number => {
    const bound = call.int(name, -1)
    call.require(bound >= -1, () => `${name} is ${bound}; it must be −1 for no bound, or 0 and more.`)
    return bound < 0 ? Number.POSITIVE_INFINITY : bound
  }
  const [left, right] = [side('left_window_size'), side('right_window_size')]
  const bounds = { left, right: call.flag('is_causal') ? 0 : right }
  if (Number.isFinite(bounds.left) || Number.isFinite(bounds.right)) seen.push(window(queries, keys, offset, bounds))
  const mask = call.optional(3)
  const full = mask === null ? null : fullLength(call, mask, keys)
  if (full !== null) broadcastShapes('Attention', full.shape, [batch, heads, queries, keys])
  if (full !== null && mask?.type === 'bool') seen.push(full)
  const bias = full === null || mask?.type === 'bool' ? null : ops.cast(full, 'float32')
  const scale = call.float('scale', size === 0 ? 1 : 1 / Math.sqrt(size))
  const found = attend({ q, k, v }, { scale, softcap: call.float('softcap', 0), bias, seen })
  const modes = [found.raw, found.capped, found.masked, found.weights]
  const mode = call.int('qk_matmul_output_mode', 0)
  call.require(mode in modes, () => `qk_matmul_output_mode is ${mode}; it must be 0 to 3.`)
  const { type } = call.value(0)
  return [
    Value.of(given.flat ? outOfHeads(found.y) : found.y, type),
    call.wants(1) ? Value.of(k, call.value(1).type) : null,
    call.wants(2) ? Value.of(v, call.value(2).type) : null,
    call.wants(3) ? Value.of(modes[mode], type) : null,
  ]
}

export const attentions: Readonly<Record<string, Operator>> = { Attention: attention }
