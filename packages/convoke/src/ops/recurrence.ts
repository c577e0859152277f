// A recurrent layer over all its steps as one op. Its gradients come from a kernel of their own; gradients of gradients from
// the composition below, which the kernels equal.

import { gradients, scope } from '../autodiff/gradients.ts'
import {
  applyAll,
  isLacking,
  type KernelPrimitive,
  type Primitive,
  partsOf,
  type Thunk,
} from '../autodiff/primitive.ts'
import { isTracked } from '../autodiff/tape.ts'
import { gatesOf, type RecurrenceSpec } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { zeros } from '../tensor/create.ts'
import type { OutputDescription } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { sigmoid } from './activations.ts'
import { add, multiply, subtract } from './arithmetic.ts'
import { tanh } from './elementwise.ts'
import { matmul } from './matmul.ts'
import { concat, expandDims, slice, split, stack } from './movement.ts'
import { reshape, sum } from './stretch.ts'

export interface RecurrenceOperands {
  /** The input's share of the gates, without bias: `[batch, steps, gates · hidden]`, in the order i, f, g, o or r, z, n. */
  readonly shares: Tensor
  /** `[hidden, gates · hidden]` */
  readonly weight: Tensor
  /** `[4 · hidden]`: of each gate; of a GRU, what is added to the product behind the reset gate comes last. */
  readonly bias: Tensor
  /** The states before the first step, `[batch, hidden]`; `cell` of an LSTM alone. */
  readonly hidden: Tensor
  readonly cell?: Tensor
}

export interface RecurrenceRun {
  /** `[batch, steps, hidden]` */
  readonly output: Tensor
  /** After the last step, `[batch, hidden]`. */
  readonly hidden: Tensor
  /** Of an LSTM alone. */
  readonly cell?: Tensor
}

type Direction = Pick<RecurrenceSpec, 'kind' | 'reverse'>

interface State {
  readonly hidden: Tensor
  readonly cell?: Tensor
}

/** i, f, g, o (Hochreiter & Schmidhuber 1997; with the forget gate of Gers et al. 2000). */
function lstmStep(share: Tensor, { weight, bias }: RecurrenceOperands, { hidden, cell }: State): State {
  const [i, f, g, o] = split(add(add(share, matmul(hidden, weight)), bias), 4, -1)
  const next = add(multiply(sigmoid(f), cell as Tensor), multiply(sigmoid(i), tanh(g)))
  return { hidden: multiply(sigmoid(o), tanh(next)), cell: next }
}

/** r, z, n (Cho et al. 2014); the reset gate acts after the matrix product, as in cuDNN. */
function gruStep(share: Tensor, { weight, bias }: RecurrenceOperands, { hidden }: State): State {
  const [shareR, shareZ, shareN] = split(share, 3, -1)
  const [stateR, stateZ, stateN] = split(matmul(hidden, weight), 3, -1)
  const [biasR, biasZ, biasN, inner] = split(bias, 4, -1)
  const reset = sigmoid(add(add(shareR, stateR), biasR))
  const update = sigmoid(add(add(shareZ, stateZ), biasZ))
  const candidate = tanh(add(add(shareN, biasN), multiply(reset, add(stateN, inner))))
  return { hidden: add(candidate, multiply(update, subtract(hidden, candidate))) }
}

/** What the kernels compute, of ops that have gradients of any order. */
export function composedRecurrence({ kind, reverse }: Direction, operands: RecurrenceOperands): RecurrenceRun {
  const { shares } = operands
  const [batch, steps, columns] = shares.shape
  const each = split(shares, steps, 1).map((share) => reshape(share, [batch, columns]))
  if (reverse) each.reverse()
  const outputs: Tensor[] = []
  let state: State = operands
  for (const share of each) {
    state = (kind === 'lstm' ? lstmStep : gruStep)(share, operands, state)
    outputs.push(state.hidden)
  }
  if (reverse) outputs.reverse()
  return { output: stack(outputs, 1), hidden: state.hidden, ...(state.cell && { cell: state.cell }) }
}

const listOf = ({ output, hidden, cell }: RecurrenceRun): Tensor[] =>
  cell === undefined ? [output, hidden] : [output, hidden, cell]

const operandList = ({ shares, weight, bias, hidden, cell }: RecurrenceOperands): Tensor[] =>
  cell === undefined ? [shares, weight, bias, hidden] : [shares, weight, bias, hidden, cell]

function operandsOf([shares, weight, bias, hidden, cell]: readonly Tensor[]): RecurrenceOperands {
  return { shares, weight, bias, hidden, ...(cell && { cell }) }
}

/** All states of an LSTM or a GRU from the input's share of its gates. Shapes are the caller's to check; at least one step. */
export function recurrence(direction: Direction, operands: RecurrenceOperands): RecurrenceRun {
  return scope(() => {
    // Step by step on the tape, too: what training keeps is for the kernel of the gradient.
    if (isLacking(kernels.recurrence)) return composedRecurrence(direction, operands)
    const inputs = operandList(operands)
    const { shares, hidden } = operands
    const [batch, steps] = shares.shape
    const spec: RecurrenceSpec = { ...direction, batch, steps, hidden: hidden.shape[1] }
    const training = isTracked(inputs)
    const results = applyAll(recurring, { ...spec, training }, inputs)
    return runOf(results.slice(0, inputs.length - 2))
  })
}

const runOf = ([output, hidden, cell]: readonly Tensor[]): RecurrenceRun => ({
  ...{ output, hidden },
  ...(cell && { cell }),
})

const recurring: KernelPrimitive<'recurrence'> = {
  outputs: ({ batch, steps, hidden, training }, inputs) => {
    const float = (shape: readonly number[]): OutputDescription => ({ shape, dtype: 'float32' })
    const states = inputs.slice(3).map(({ shape }) => float(shape))
    return [float([batch, steps, hidden]), ...states, ...(training ? [float([batch, steps, 5 * hidden])] : [])]
  },
  kernel: kernels.recurrence,
  // What training keeps is the last.
  differentiable: -1,
  saves: (inputs, outputs) => [...inputs, outputs[0], outputs[outputs.length - 1]],
  gradient: (_, saved, spec, shapes, arriving) => {
    const own = saved.slice(0, shapes.length)
    const [output, kept] = saved.slice(shapes.length)
    const given = arriving.map((gradient, i) => gradient ?? zeros(i === 0 ? output.shape : shapes[3]))
    return isTracked([...given, ...own])
      ? composedGradients(spec, own, given)
      : fusedGradients(spec, own, given, output, kept)
  },
}

function composedGradients(direction: Direction, own: readonly Tensor[], given: readonly Tensor[]): readonly Thunk[] {
  const weighed = (): Tensor => {
    const outputs = listOf(composedRecurrence(direction, operandsOf(own)))
    return outputs.map((output, i) => sum(multiply(output, given[i]))).reduce((total, part) => add(total, part))
  }
  let all: readonly Tensor[] | undefined
  return own.map((_, i) => () => {
    all ??= gradients(weighed, own)
    return all[i]
  })
}

/** The gradients of the states, of what each step adds up, and each row's of the bias. */
const recurringBack: Primitive<RecurrenceSpec> = {
  outputs: ({ kind, batch, steps, hidden }, [, , ...states]) => {
    const shares = { shape: [batch, steps, gatesOf(kind) * hidden], dtype: 'float32' } as const
    const bias = { shape: [batch, 4 * hidden], dtype: 'float32' } as const
    return [shares, ...(kind === 'gru' ? [shares] : []), ...states.slice(0, -1), bias]
  },
  kernel: kernels.recurrenceGradient,
}

function fusedGradients(
  spec: RecurrenceSpec,
  own: readonly Tensor[],
  [ofOutput, ...ofStates]: readonly Tensor[],
  output: Tensor,
  kept: Tensor,
): readonly Thunk[] {
  const { kind, batch, steps, hidden } = spec
  const [, weight, , start] = own
  const columns = gatesOf(kind) * hidden
  const direction = { kind, batch, steps, hidden, reverse: spec.reverse }
  const parts = partsOf(recurringBack, direction, [ofOutput, weight, ...ofStates, kept])
  const rows = (x: Tensor, width: number): Tensor => reshape(x, [batch * steps, width])
  const toProducts = (): Tensor => rows(parts[kind === 'gru' ? 1 : 0](), columns)
  const toWeight = (): Tensor => {
    const before = slice(output, [null, spec.reverse ? { start: 1 } : { stop: steps - 1 }])
    const first = expandDims(start, 1)
    const all = concat(spec.reverse ? [before, first] : [first, before], 1)
    return matmul(rows(all, hidden), toProducts(), { transposeA: true })
  }
  const toBias = (): Tensor => sum(parts[parts.length - 1](), { axes: 0 })
  return [parts[0], toWeight, toBias, ...parts.slice(kind === 'gru' ? 2 : 1, -1)]
}
