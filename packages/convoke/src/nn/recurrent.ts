// Recurrent layers over `[batch, time, features]`. Gates, their order and their two biases are PyTorch's, so that
// weights carry over.

import { gatesOf } from '../backends/backend.ts'
import { add, concat, matmul, reshape, slice, split, stack } from '../ops/index.ts'
import { type RecurrenceRun, recurrence } from '../ops/recurrence.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { zeros } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCounts } from './conv.ts'
import { Dropout } from './dropout.ts'
import { uniform } from './initializers.ts'
import { type AnyModule, defineModule, type Module, type TensorSpec } from './module.ts'

/** The options of `LSTM` and `GRU`. */
export interface RecurrentOptions {
  /** Features of each step of the input. */
  readonly in: number
  /** Features of the state. */
  readonly hidden: number
  /** Layers on top of each other; 1 when not given. */
  readonly layers?: number | undefined
  /** A second run from the end to the start, its features beside those of the first. Default false. */
  readonly bidirectional?: boolean | undefined
  /** Dropout between layers; 0 when not given. */
  readonly dropout?: number | undefined
}

/** What recurrent layers return. */
export interface RecurrentResult {
  /** The last layer's state at each step: `[batch, time, hidden · directions]`. */
  readonly output: Tensor
  /** The state after the last step of each layer and direction: `[layers · directions, batch, hidden]`. */
  readonly hidden: Tensor
}

/** What an LSTM returns. */
export interface LSTMResult extends RecurrentResult {
  /** The cells after the last step, shaped as `hidden`. */
  readonly cell: Tensor
}

/** States to begin with, each `[layers · directions, batch, hidden]`; zeros when not given. */
export interface RecurrentStart {
  /** The state of each layer and direction. */
  readonly hidden?: Tensor | undefined
  /** The cells of an LSTM. */
  readonly cell?: Tensor | undefined
}

type Kind = 'LSTM' | 'GRU'

const opKind = { LSTM: 'lstm', GRU: 'gru' } as const

interface DirectionStart {
  readonly hidden: Tensor
  readonly cell: Tensor | undefined
}

/** The biases of input and state as the op takes them: added up where they meet; behind the reset gate they do not. */
function biasOf(kind: Kind, input: Tensor, state: Tensor, hidden: number): Tensor {
  const both = add(input, state)
  if (kind === 'LSTM') return both
  const candidate = [{ start: 2 * hidden }]
  return concat([slice(both, [{ stop: 2 * hidden }]), slice(input, candidate), slice(state, candidate)])
}

/** One layer in one direction. */
function direction(
  kind: Kind,
  input: number,
  hidden: number,
): Module<(x: Tensor, start: DirectionStart, backwards: boolean) => RecurrenceRun> {
  const columns = gatesOf(opKind[kind]) * hidden
  const start = uniform(1 / Math.sqrt(hidden))
  const spec = (...shape: readonly number[]): TensorSpec => ({ shape, initialize: start })
  return defineModule({
    kind: `${kind} layer`,
    options: { in: input, hidden },
    parameters: {
      weightInput: spec(input, columns),
      weightHidden: spec(hidden, columns),
      biasInput: spec(columns),
      biasHidden: spec(columns),
    },
    forward:
      ({ tensors }) =>
      (x: Tensor, first: DirectionStart, reverse: boolean) => {
        const [batch, time] = x.shape
        // The input's share of every step at once: one large product instead of many small ones.
        const shares = matmul(reshape(x, [batch * time, input]), tensors.weightInput)
        return recurrence(
          { kind: opKind[kind], reverse },
          {
            shares: reshape(shares, [batch, time, columns]),
            weight: tensors.weightHidden,
            bias: biasOf(kind, tensors.biasInput, tensors.biasHidden, hidden),
            hidden: first.hidden,
            ...(first.cell && { cell: first.cell }),
          },
        )
      },
  })
}

function recurrent(kind: Kind, options: RecurrentOptions) {
  checkOptions(kind, options, ['in', 'hidden', 'layers', 'bidirectional', 'dropout'])
  const { in: input, hidden, layers = 1, bidirectional = false, dropout = 0 } = options
  checkCounts(kind, { in: input, hidden, layers })
  const ways = bidirectional ? 2 : 1
  const names = bidirectional ? ['forward', 'backward'] : ['forward']
  const runs = Array.from({ length: layers }, (_, layer) => {
    const features = layer === 0 ? input : hidden * ways
    return names.map((name): [string, ReturnType<typeof direction>] => [
      `${name}${layer}`,
      direction(kind, features, hidden),
    ])
  })
  const between = Dropout({ rate: dropout })
  const children: Record<string, AnyModule> = { ...Object.fromEntries(runs.flat()), dropout: between }
  return { kind, ways, layers, hidden, input, children, runs, between }
}

type Prepared = ReturnType<typeof recurrent>

function runLayers(prepared: Prepared, x: Tensor, given: RecurrentStart): RecurrenceRun {
  const { kind, ways, layers, hidden, input, runs, between } = prepared
  check(
    x.rank === 3 && x.shape[2] === input && x.shape[1] >= 1,
    () => `${kind}: the input has shape ${showShape(x.shape)}; it must be [batch, time, ${input}].`,
  )
  const batch = x.shape[0]
  const whole = [layers * ways, batch, hidden]
  const states = (name: 'hidden' | 'cell'): Tensor[] => {
    const value = given[name] ?? zeros(whole)
    check(
      value.shape.join() === whole.join(),
      () => `${kind}: the ${name} state has shape ${show(value.shape)}; it must be ${showShape(whole)}.`,
    )
    return split(value, layers * ways, 0).map((state) => reshape(state, [batch, hidden]))
  }
  const hiddens = states('hidden')
  const cells = kind === 'LSTM' ? states('cell') : []
  const lasts: RecurrenceRun[] = []
  const output = runs.reduce((features, layer, index) => {
    const source = index === 0 ? features : between(features)
    const sides = layer.map(([, run], way) => {
      const at = index * ways + way
      const result = run(source, { hidden: hiddens[at], cell: cells[at] }, way === 1)
      lasts.push(result)
      return result.output
    })
    return sides.length === 1 ? sides[0] : concat(sides, -1)
  }, x)
  const last = { output, hidden: stack(lasts.map((run) => run.hidden)) }
  return kind === 'LSTM' ? { ...last, cell: stack(lasts.flatMap(({ cell }) => cell ?? [])) } : last
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997) over `[batch, time, in]`. Parameters of layer n are under
 * `forward{n}` and `backward{n}`: `weightInput` `[in, 4·hidden]`, `weightHidden` `[hidden, 4·hidden]` and a bias for
 * each; the gates in the order i, f, g, o.
 *
 * @example
 * const { output, hidden } = nn.LSTM({ in: 3, hidden: 5, bidirectional: true })(zeros([2, 7, 3]))
 * output.shape  // [2, 7, 10]
 * hidden.shape  // [2, 2, 5]
 */
export function LSTM(options: RecurrentOptions): Module<(x: Tensor, start?: RecurrentStart) => LSTMResult> {
  const prepared = recurrent('LSTM', options)
  return defineModule({
    kind: 'LSTM',
    options,
    children: prepared.children,
    forward:
      () =>
      (x: Tensor, start: RecurrentStart = {}) =>
        runLayers(prepared, x, start) as LSTMResult,
  })
}

/**
 * Gated recurrent unit (Cho et al. 2014) over `[batch, time, in]`. Parameters as in `LSTM`, with three gates in the
 * order r, z, n.
 */
export function GRU(options: RecurrentOptions): Module<(x: Tensor, start?: RecurrentStart) => RecurrentResult> {
  const prepared = recurrent('GRU', options)
  return defineModule({
    kind: 'GRU',
    options,
    children: prepared.children,
    forward:
      () =>
      (x: Tensor, start: RecurrentStart = {}) =>
        runLayers(prepared, x, start),
  })
}
