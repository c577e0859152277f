// What one step makes of its gates, a vector of hidden units at a time, and the way back. See `RecurrenceSpec` for the
// definition; the gradients through time are Werbos's (1990).

import type { RecurrenceSpec } from '../../../backend.ts'
import type { Builder, Vector } from '../../program/index.ts'
import { sigmoid } from '../math/activation.ts'
import { tanh } from '../math/hyperbolic.ts'

/** Values kept of each step for the gradient, in units of `hidden`. */
export const keptOfStep = 5

/** Vectors of the hidden units that are being computed, by what they belong to; rows of gates by their number. */
export interface Forward {
  readonly share: (gate: number) => Vector
  readonly product: (gate: number) => Vector
  readonly bias: (gate: number) => Vector
  readonly hidden: () => Vector
  readonly cell: () => Vector
  readonly keep: (index: number, value: Vector) => void
  readonly setHidden: (value: Vector) => void
  readonly setCell: (value: Vector) => void
}

/** Functions of gates side by side, as many as registers hold at a time: a function holds five or so. */
function inGroups<T>(b: Builder, pieces: readonly (() => T)[]): T[] {
  const most = Math.floor((3 * b.target.vectorRegisters) / 16)
  return pieces.length <= most
    ? b.together(pieces)
    : [...b.together(pieces.slice(0, most)), ...inGroups(b, pieces.slice(most))]
}

function lstmForward(b: Builder, at: Forward): void {
  const gate = (index: number): Vector => {
    const share = at.share(index)
    return b.add(b.add(share, at.bias(index), share), at.product(index), share)
  }
  const part = (index: number, activation: (b: Builder, x: Vector) => Vector): Vector => {
    const value = activation(b, gate(index))
    at.keep(index, value)
    return value
  }
  const [input, fresh, forget] = inGroups(b, [() => part(0, sigmoid), () => part(2, tanh), () => part(1, sigmoid)])
  const cell = at.cell()
  at.keep(4, cell)
  const next = b.fma(b.mul(input, fresh), forget, cell)
  at.setCell(next)
  const [bent, output] = b.together([() => tanh(b, next), () => part(3, sigmoid)])
  at.setHidden(b.mul(bent, output))
}

function gruForward(b: Builder, at: Forward): void {
  const gate = (index: number): Vector => {
    const share = at.share(index)
    const value = sigmoid(b, b.add(b.add(share, at.bias(index), share), at.product(index), share))
    at.keep(index, value)
    return value
  }
  const [reset, update] = b.together([() => gate(0), () => gate(1)])
  const inner = b.add(at.product(2), at.bias(3))
  at.keep(3, inner)
  const sum = b.add(at.share(2), at.bias(2))
  const candidate = tanh(b, b.fma(sum, reset, inner))
  at.keep(2, candidate)
  const hidden = at.hidden()
  at.keep(4, hidden)
  const difference = b.sub(hidden, candidate)
  at.setHidden(b.fma(candidate, update, difference))
}

export interface Backward {
  /** The gradient of the state after the step, all that arrives. */
  readonly arriving: () => Vector
  readonly cellGradient: () => Vector
  readonly kept: (index: number) => Vector
  /** The gradient of a gate before its activation, and of its product where that is another. */
  readonly pass: (gate: number, value: Vector, inProduct?: Vector) => void
  readonly setCellGradient: (value: Vector) => void
  /** What of the gradient goes straight to the state before. */
  readonly setDirect: (value: Vector) => void
}

/** g·y·(1 − y) */
const throughSigmoid = (b: Builder, g: Vector, y: Vector): Vector => b.mul(b.mul(g, y), b.sub(b.constant(1), y))
/** g·(1 − y²) */
const throughTanh = (b: Builder, g: Vector, y: Vector): Vector => b.mul(g, b.fnma(b.constant(1), y, y))

function lstmBackward(b: Builder, at: Backward): void {
  const [input, forget, fresh, before] = [at.kept(0), at.kept(1), at.kept(2), at.kept(4)]
  const cell = b.fma(b.mul(input, fresh), forget, before)
  const bent = tanh(b, cell)
  const [arriving, output] = [at.arriving(), at.kept(3)]
  at.pass(3, throughSigmoid(b, b.mul(arriving, bent), output))
  const toCell = b.add(throughTanh(b, b.mul(arriving, output), bent), at.cellGradient())
  at.pass(0, throughSigmoid(b, b.mul(toCell, fresh), input))
  at.pass(1, throughSigmoid(b, b.mul(toCell, before), forget))
  at.pass(2, throughTanh(b, b.mul(toCell, input), fresh))
  at.setCellGradient(b.mul(toCell, forget))
}

function gruBackward(b: Builder, at: Backward): void {
  const [update, candidate, arriving] = [at.kept(1), at.kept(2), at.arriving()]
  const difference = b.sub(at.kept(4), candidate)
  at.pass(1, throughSigmoid(b, b.mul(arriving, difference), update))
  at.setDirect(b.mul(arriving, update))
  const toCandidate = throughTanh(b, b.mul(arriving, b.sub(b.constant(1), update)), candidate)
  const reset = at.kept(0)
  at.pass(2, toCandidate, b.mul(toCandidate, reset))
  at.pass(0, throughSigmoid(b, b.mul(toCandidate, at.kept(3)), reset))
}

interface Cell {
  readonly forward: (b: Builder, at: Forward) => void
  readonly backward: (b: Builder, at: Backward) => void
}

export const cells: Readonly<Record<RecurrenceSpec['kind'], Cell>> = {
  lstm: { forward: lstmForward, backward: lstmBackward },
  gru: { forward: gruForward, backward: gruBackward },
}
