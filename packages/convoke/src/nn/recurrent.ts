// Recurrent layers over `[batch, time, features]`. Gates, their order and their two biases are PyTorch's, so that
// weights carry over.

import { add, concat, matmul, multiply, reshape, sigmoid, split, stack, subtract, tanh } from '../ops/index.ts'
import { check, show, showShape } from '../shapes/error.ts'
import { zeros } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkCounts } from './conv.ts'
import { Dropout } from './dropout.ts'
import { uniform } from './initializers.ts'
import { type AnyModule, defineModule, type Module, type TensorSpec } from './module.ts'

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

export interface RecurrentResult {
  /** The last layer's state at each step: `[batch, time, hidden · directions]`. */
  readonly output: Tensor
  /** The state after the last step of each layer and direction: `[layers · directions, batch, hidden]`. */
  readonly hidden: Tensor
}

export interface LSTMResult extends RecurrentResult {
  /** The cells after the last step, shaped as `hidden`. */
  readonly cell: Tensor
}

/** States to begin with, each `[layers · directions, batch, hidden]`; zeros when not given. */
export interface RecurrentStart {
  readonly hidden?: Tensor | undefined
  readonly cell?: Tensor | undefined
}

/** What one step takes and gives: `[batch, hidden]` each. */
interface CellState {
  readonly hidden: Tensor
  readonly cell: Tensor
}

/** One step: the input's share of the gates `[batch, gates · hidden]`, the state's share, the state. */
type Cell = (input: Tensor, recurrent: (hidden: Tensor) => Tensor, state: CellState) => CellState

/** i, f, g, o (Hochreiter & Schmidhuber 1997; with the forget gate of Gers et al. 2000). */
const lstmCell: Cell = (input, recurrent, { hidden, cell }) => {
  const [i, f, g, o] = split(add(input, recurrent(hidden)), 4, -1)
  const next = add(multiply(sigmoid(f), cell), multiply(sigmoid(i), tanh(g)))
  return { hidden: multiply(sigmoid(o), tanh(next)), cell: next }
}

/** r, z, n (Cho et al. 2014); the reset gate acts after the matrix product, as in cuDNN. */
const gruCell: Cell = (input, recurrent, { hidden, cell }) => {
  const [inputR, inputZ, inputN] = split(input, 3, -1)
  const [stateR, stateZ, stateN] = split(recurrent(hidden), 3, -1)
  const reset = sigmoid(add(inputR, stateR))
  const update = sigmoid(add(inputZ, stateZ))
  const candidate = tanh(add(inputN, multiply(reset, stateN)))
  return { hidden: add(candidate, multiply(update, subtract(hidden, candidate))), cell }
}

interface LayerRun {
  readonly output: Tensor
  readonly last: CellState
}

/** One layer in one direction. */
function direction(
  kind: string,
  gates: number,
  cell: Cell,
  input: number,
  hidden: number,
): Module<(x: Tensor, start: CellState, backwards: boolean) => LayerRun> {
  const start = uniform(1 / Math.sqrt(hidden))
  const spec = (...shape: readonly number[]): TensorSpec => ({ shape, initialize: start })
  return defineModule({
    kind,
    options: { in: input, hidden },
    parameters: {
      weightInput: spec(input, gates * hidden),
      weightHidden: spec(hidden, gates * hidden),
      biasInput: spec(gates * hidden),
      biasHidden: spec(gates * hidden),
    },
    forward:
      ({ tensors }) =>
      (x: Tensor, first: CellState, backwards: boolean) => {
        const { weightHidden, biasHidden } = tensors
        const recurrent = (state: Tensor): Tensor => add(matmul(state, weightHidden), biasHidden)
        // The input's share of every step at once: one large product instead of many small ones.
        const shares = add(matmul(x, tensors.weightInput), tensors.biasInput)
        const [batch, time] = x.shape
        const steps = split(shares, time, 1).map((step) => reshape(step, [batch, gates * hidden]))
        if (backwards) steps.reverse()
        const outputs: Tensor[] = []
        let state = first
        for (const step of steps) {
          state = cell(step, recurrent, state)
          outputs.push(state.hidden)
        }
        if (backwards) outputs.reverse()
        return { output: stack(outputs, 1), last: state }
      },
  })
}

function recurrent(kind: 'LSTM' | 'GRU', gates: number, cell: Cell, options: RecurrentOptions) {
  const { in: input, hidden, layers = 1, bidirectional = false, dropout = 0 } = options
  checkCounts(kind, { in: input, hidden, layers })
  const ways = bidirectional ? 2 : 1
  const names = bidirectional ? ['forward', 'backward'] : ['forward']
  const runs = Array.from({ length: layers }, (_, layer) => {
    const features = layer === 0 ? input : hidden * ways
    return names.map((name): [string, ReturnType<typeof direction>] => [
      `${name}${layer}`,
      direction(`${kind} layer`, gates, cell, features, hidden),
    ])
  })
  const between = Dropout({ rate: dropout })
  const children: Record<string, AnyModule> = { ...Object.fromEntries(runs.flat()), dropout: between }
  return { ways, layers, hidden, input, children, runs, between }
}

type Prepared = ReturnType<typeof recurrent>

function runLayers(kind: string, prepared: Prepared, x: Tensor, given: RecurrentStart): LSTMResult {
  const { ways, layers, hidden, input, runs, between } = prepared
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
  const [hiddens, cells] = [states('hidden'), states('cell')]
  const lasts: CellState[] = []
  const output = runs.reduce((features, layer, index) => {
    const source = index === 0 ? features : between(features)
    const sides = layer.map(([, run], way) => {
      const at = index * ways + way
      const { output, last } = run(source, { hidden: hiddens[at], cell: cells[at] }, way === 1)
      lasts.push(last)
      return output
    })
    return sides.length === 1 ? sides[0] : concat(sides, -1)
  }, x)
  const together = (name: keyof CellState): Tensor => stack(lasts.map((last) => last[name]))
  return { output, hidden: together('hidden'), cell: together('cell') }
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997) over `[batch, time, in]`. Parameters of layer n stand under
 * `forward{n}` and `backward{n}`: `weightInput` `[in, 4·hidden]`, `weightHidden` `[hidden, 4·hidden]` and a bias for
 * each; the gates in the order i, f, g, o.
 *
 * @example
 * const { output, hidden } = nn.LSTM({ in: 3, hidden: 5, bidirectional: true })(zeros([2, 7, 3]))
 * output.shape  // [2, 7, 10]
 * hidden.shape  // [2, 2, 5]
 */
export function LSTM(options: RecurrentOptions): Module<(x: Tensor, start?: RecurrentStart) => LSTMResult> {
  const prepared = recurrent('LSTM', 4, lstmCell, options)
  return defineModule({
    kind: 'LSTM',
    options,
    children: prepared.children,
    forward:
      () =>
      (x: Tensor, start: RecurrentStart = {}) =>
        runLayers('LSTM', prepared, x, start),
  })
}

/**
 * Gated recurrent unit (Cho et al. 2014) over `[batch, time, in]`. Parameters as in `LSTM`, with three gates in the
 * order r, z, n.
 */
export function GRU(options: RecurrentOptions): Module<(x: Tensor, start?: RecurrentStart) => RecurrentResult> {
  const prepared = recurrent('GRU', 3, gruCell, options)
  return defineModule({
    kind: 'GRU',
    options,
    children: prepared.children,
    forward:
      () =>
      (x: Tensor, start: RecurrentStart = {}) => {
        const { output, hidden } = runLayers('GRU', prepared, x, start)
        return { output, hidden }
      },
  })
}
