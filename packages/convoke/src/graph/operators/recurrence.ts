// RNN, LSTM and GRU. Definition: ONNX's operators of these names. Inside, a direction is `[batch, steps, …]` and weights are
// `[inputs, gates · hidden]`; ONNX orders the gates i, o, f, c and z, r, h.

import * as ops from '../../ops/index.ts'
import { recurrence } from '../../ops/recurrence.ts'
import { zeros } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { Value } from '../value.ts'
import { quantizedByRange } from './quantization.ts'
import { wholeMatmul } from './quantized-products.ts'
import { type Activation, activationsOf } from './recurrent-activations.ts'

type Kind = 'RNN' | 'LSTM' | 'GRU'

const gatesOf = { RNN: 1, LSTM: 4, GRU: 3 } as const
const usual: Readonly<Record<Kind, readonly string[]>> = {
  RNN: ['Tanh'],
  LSTM: ['Sigmoid', 'Tanh', 'Tanh'],
  GRU: ['Sigmoid', 'Tanh'],
}

interface Direction {
  readonly kind: Kind
  readonly reverse: boolean
  readonly hidden: number
  /** `[inputs, gates · hidden]` and `[hidden, gates · hidden]`, gates as ONNX orders them. */
  readonly input: Tensor
  readonly state: Tensor
  /** Rows times one of them; where they are quantized, by whole numbers. */
  readonly product: (rows: Tensor, by: 'input' | 'state') => Tensor
  /** `[gates · hidden]` each: of the input's and the state's share. */
  readonly inputBias: Tensor
  readonly stateBias: Tensor
  /** Of an LSTM: `[3 · hidden]`, in the order i, o, f. */
  readonly peepholes: Tensor | null
  readonly first: States
  readonly activations: readonly Activation[]
  /** 0 for none. */
  readonly clip: number
  readonly coupled: boolean
  /** Of a GRU: the reset gate acts behind the product. */
  readonly resetsLast: boolean
}

interface States {
  /** `[batch, hidden]` */
  readonly hidden: Tensor
  readonly cell: Tensor
}

interface Result extends States {
  /** `[batch, steps, hidden]` */
  readonly output: Tensor
}

type Step = (share: Tensor, before: States) => States

const clipped = (x: Tensor, limit: number): Tensor => (limit === 0 ? x : ops.clip(x, -limit, limit))

function simpleStep({ product, activations: [f], clip }: Direction): Step {
  return (share, { hidden, cell }) => ({
    hidden: f.run(clipped(ops.add(share, product(hidden, 'state')), clip)),
    cell,
  })
}

function lstmStep({ product, activations: [f, g, h], clip, peepholes, coupled }: Direction): Step {
  const peeps = peepholes === null ? null : ops.split(peepholes, 3, 0)
  const seen = (gate: Tensor, cell: Tensor, which: number): Tensor =>
    clipped(peeps === null ? gate : ops.add(gate, ops.multiply(peeps[which], cell)), clip)
  return (share, { hidden, cell }) => {
    const [i, o, forget, c] = ops.split(ops.add(share, product(hidden, 'state')), 4, 1)
    const opened = f.run(seen(i, cell, 0))
    const kept = coupled ? ops.subtract(1, opened) : f.run(seen(forget, cell, 2))
    const next = ops.add(ops.multiply(kept, cell), ops.multiply(opened, g.run(clipped(c, clip))))
    return { hidden: ops.multiply(f.run(seen(o, next, 1)), h.run(next)), cell: next }
  }
}

function gruStep({ state, stateBias, hidden: size, activations: [f, g], clip, resetsLast }: Direction): Step {
  const [ofGates, ofCandidate] = ops.split(state, [2 * size, size], 1)
  const inner = ops.slice(stateBias, [{ start: 2 * size }])
  return (share, { hidden, cell }) => {
    const [zr, own] = ops.split(share, [2 * size, size], 1)
    const [z, r] = ops.split(f.run(clipped(ops.add(zr, ops.matmul(hidden, ofGates)), clip)), 2, 1)
    const past = resetsLast
      ? ops.multiply(r, ops.add(ops.matmul(hidden, ofCandidate), inner))
      : ops.add(ops.matmul(ops.multiply(r, hidden), ofCandidate), inner)
    const candidate = g.run(clipped(ops.add(own, past), clip))
    return { hidden: ops.add(candidate, ops.multiply(z, ops.subtract(hidden, candidate))), cell }
  }
}

const steps = { RNN: simpleStep, LSTM: lstmStep, GRU: gruStep }

/** What the input and the biases that add to it give every step, `[batch, steps, gates · hidden]`. */
function sharesOf(x: Tensor, { kind, hidden, product, inputBias, stateBias }: Direction): Tensor {
  // The candidate's share of the state has its bias inside the reset gate's reach.
  const direct =
    kind === 'GRU' ? ops.concat([ops.slice(stateBias, [{ stop: 2 * hidden }]), zeros([hidden])]) : stateBias
  return ops.add(product(x, 'input'), ops.add(inputBias, direct))
}

/** The shapes of the results and the products on the way there, for a backend that computes nothing: steps by the thousand take none. */
function rehearsed(x: Tensor, direction: Direction): Result {
  const [batch, count] = x.shape
  const { hidden: size, product, first } = direction
  sharesOf(x, direction)
  product(zeros([batch * count, size]), 'state')
  return { output: zeros([batch, count, size]), ...first }
}

/** The steps in turn; an example that is over keeps its state and gives zeros. */
function composed(x: Tensor, direction: Direction, lengths: readonly number[] | null): Result {
  const [batch, count] = x.shape
  const { hidden: size, reverse, kind, first } = direction
  const step = steps[kind](direction)
  if (count === 0) return { output: zeros([batch, 0, size]), ...first }
  const shares = ops.split(sharesOf(x, direction), count, 1).map((share) => ops.reshape(share, [batch, share.shape[2]]))
  const outputs: Tensor[] = []
  let states = first
  for (let i = 0; i < count; i++) {
    const at = reverse ? count - 1 - i : i
    const next = step(shares[at], states)
    if (lengths === null) {
      states = next
      outputs[at] = next.hidden
      continue
    }
    const running = ops.reshape(flags(lengths.map((length) => at < length)), [batch, 1])
    states = {
      hidden: ops.where(running, next.hidden, states.hidden),
      cell: ops.where(running, next.cell, states.cell),
    }
    outputs[at] = ops.where(running, next.hidden, 0)
  }
  return { output: ops.stack(outputs, 1), ...states }
}

const flags = (list: readonly boolean[]): Tensor => ops.notEqual(list.map(Number), 0)

/** Blocks of `[…, gates · hidden]` in another order. */
function reordered(x: Tensor, order: readonly number[], axis: number): Tensor {
  const parts = ops.split(x, order.length, axis)
  return ops.concat(
    order.map((from) => parts[from]),
    axis,
  )
}

/** Whether the library's kernels compute what the node asks for. */
function isUsual({ kind, activations, clip, peepholes, coupled, resetsLast }: Direction): boolean {
  const named = activations.every(({ name }, i) => name === usual[kind][i])
  if (kind === 'RNN' || !named || clip !== 0) return false
  return kind === 'LSTM' ? peepholes === null && !coupled : resetsLast
}

function fused(x: Tensor, direction: Direction): Result {
  const { kind, reverse, hidden, input, state, inputBias, stateBias, first } = direction
  const [batch, count] = x.shape
  const lstm = kind === 'LSTM'
  // i, o, f, c to i, f, c, o; z, r, h to r, z, h.
  const order = lstm ? [0, 2, 3, 1] : [1, 0, 2]
  const shares = ops.matmul(ops.reshape(x, [batch * count, x.shape[2]]), reordered(input, order, 1))
  const both = lstm
    ? ops.add(inputBias, stateBias)
    : ops.add(inputBias, ops.concat([ops.slice(stateBias, [{ stop: 2 * hidden }]), zeros([hidden])]))
  const sums = reordered(both, order, 0)
  const run = recurrence(
    { kind: lstm ? 'lstm' : 'gru', reverse },
    {
      shares: ops.reshape(shares, [batch, count, shares.shape[1]]),
      weight: reordered(state, order, 1),
      bias: lstm ? sums : ops.concat([sums, ops.slice(stateBias, [{ start: 2 * hidden }])]),
      hidden: first.hidden,
      ...(lstm && { cell: first.cell }),
    },
  )
  return { output: run.output, hidden: run.hidden, cell: run.cell ?? first.cell }
}

/** Rows quantized by their own range, times weights of whole numbers: scales and zero points are inputs 8 to 11. */
function wholeProducts(
  call: Call,
  weights: Pick<Direction, 'input' | 'state'>,
  own: (t: Tensor) => Tensor,
): Direction['product'] {
  const part = (t: Tensor, at: number) => {
    const zero = call.optional(at + 1)
    return {
      matrix: Value.of(t, call.value(at === 8 ? 1 : 2).type),
      scale: own(call.value(at).plain),
      zero: zero === null ? null : Value.of(own(zero.plain), zero.type),
    }
  }
  const parts = { input: part(weights.input, 8), state: part(weights.state, 10) }
  return (rows, by) => {
    const { matrix, scale, zero } = parts[by]
    const whole = quantizedByRange(Value.of(rows))
    const sums = wholeMatmul(call, whole.x, matrix, [Value.of(whole.zero), zero])
    return ops.multiply(sums, ops.multiply(whole.scale, scale))
  }
}

const directions = { forward: [false], reverse: [true], bidirectional: [false, true] } as const

/** `quantized`: weights of whole numbers, `[directions, inputs, columns]`, as ONNX Runtime's DynamicQuantizeLSTM has them. */
function recurrent(kind: Kind, quantized = false): Operator {
  return (call: Call) => {
    const layout = call.int('layout', 0)
    call.require(layout === 0 || layout === 1, () => `layout is ${layout}; it must be 0 or 1.`)
    const inputs = [call.value(0), call.value(1), call.value(2)]
    for (const value of inputs) call.require(value.rank === 3, () => `the input ${value} must have 3 axes.`)
    const turned = (t: Tensor): Tensor => ops.transpose(t, [1, 0, 2])
    const x = layout === 1 ? inputs[0].plain : turned(inputs[0].plain)
    const [w, r] = [inputs[1].plain, inputs[2].plain]
    const way = call.choice('direction', ['forward', 'reverse', 'bidirectional'], 'forward')
    const reversed: readonly boolean[] = directions[way]
    const [batch, count, features] = x.shape
    const hidden = r.shape[quantized ? 1 : 2]
    const columns = gatesOf[kind] * hidden
    const [ofInput, ofState] = [features, hidden].map((rows) => [
      reversed.length,
      ...(quantized ? [rows, columns] : [columns, rows]),
    ])
    call.require(
      w.shape.join() === ofInput.join() && r.shape.join() === ofState.join(),
      () => `the weights ${inputs[1]} and ${inputs[2]} must be [${ofInput.join(', ')}] and [${ofState.join(', ')}].`,
    )
    call.require(
      call.int('hidden_size', hidden) === hidden,
      () => `hidden_size is ${call.int('hidden_size', hidden)}, but the weights have ${hidden}.`,
    )
    const given = (index: number, last: number): Tensor | null => {
      const value = call.optional(index)
      call.require(
        value === null || value.shape.join() === [reversed.length, last].join(),
        () => `input ${index}, ${value}, must be [${reversed.length}, ${last}].`,
      )
      return value?.plain ?? null
    }
    const initial = (index: number): Tensor => {
      const value = call.optional(index)
      if (value === null) return zeros([reversed.length, batch, hidden])
      const t = layout === 1 && value.rank === 3 ? turned(value.plain) : value.plain
      call.require(
        t.shape.join() === [reversed.length, batch, hidden].join(),
        () => `the initial state ${value} must hold ${reversed.length} · ${batch} · ${hidden} numbers.`,
      )
      return t
    }
    const bias = given(3, 2 * columns)
    const peepholes = kind === 'LSTM' ? given(7, 3 * hidden) : null
    const [firstHidden, firstCell] = [initial(5), kind === 'LSTM' ? initial(6) : null]
    const lengths = lengthsOf(call, batch, count)
    const activations = activationsOf(call, usual[kind], reversed.length)
    const results = reversed.map((reverse, d) => {
      const own = (t: Tensor): Tensor => ops.squeeze(ops.slice(t, [{ start: d, stop: d + 1 }]), 0)
      const [inputBias, stateBias] = bias === null ? [zeros([columns]), zeros([columns])] : ops.split(own(bias), 2, 0)
      const start = own(firstHidden)
      const lined = (t: Tensor): Tensor => (quantized ? own(t) : ops.transpose(own(t)))
      const weights = { input: lined(w), state: lined(r) }
      const direction: Direction = {
        ...{ kind, reverse, hidden, ...weights, inputBias, stateBias },
        product: quantized ? wholeProducts(call, weights, own) : (rows, by) => ops.matmul(rows, weights[by]),
        peepholes: peepholes === null ? null : own(peepholes),
        first: { hidden: start, cell: firstCell === null ? start : own(firstCell) },
        activations: activations[d],
        clip: call.float('clip', 0),
        coupled: kind === 'LSTM' && call.flag('input_forget'),
        resetsLast: kind === 'GRU' && call.flag('linear_before_reset'),
      }
      if (x.storage.backend.dry === true) return rehearsed(x, direction)
      const whole = lengths === null && batch > 0 && count > 0 && hidden > 0 && features > 0
      return whole && !quantized && isUsual(direction) ? fused(x, direction) : composed(x, direction, lengths)
    })
    const last = (name: 'hidden' | 'cell'): Value =>
      Value.of(
        ops.stack(
          results.map((result) => result[name]),
          layout === 1 ? 1 : 0,
        ),
        inputs[0].type,
      )
    const y = ops.stack(
      results.map(({ output }) => output),
      2,
    )
    const output = Value.of(layout === 1 ? y : ops.transpose(y, [1, 2, 0, 3]), inputs[0].type)
    return kind === 'LSTM' ? [output, last('hidden'), last('cell')] : [output, last('hidden')]
  }
}

/** Null where every example lasts all steps. */
function lengthsOf(call: Call, batch: number, count: number): readonly number[] | null {
  // Where nothing is computed shapes alone are asked for, which no length changes.
  if (call.optional(4)?.tensor.storage.backend.dry === true) return null
  const lengths = call.numbers(4)
  if (lengths === undefined) return null
  call.require(
    lengths.length === batch && lengths.every((length) => length >= 0 && length <= count),
    () => `sequence_lens is ${lengths.join(', ')}; it must have ${batch} numbers from 0 to ${count}.`,
  )
  return lengths.every((length) => length === count) ? null : lengths
}

export const recurrences: Readonly<Record<string, Operator>> = {
  ...{ RNN: recurrent('RNN'), LSTM: recurrent('LSTM'), GRU: recurrent('GRU') },
}

/** ONNX Runtime's, with weights of whole numbers. */
export const dynamicQuantizeLstm: Operator = recurrent('LSTM', true)
