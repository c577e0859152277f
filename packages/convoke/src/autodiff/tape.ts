// The tape: what was computed from what while gradients are wanted. Tapes nest; an op is recorded on every tape that
// tracks one of its inputs, so the gradient computation of an inner tape can itself be differentiated.

import type { Shape } from '../shapes/broadcast.ts'
import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { placeNow } from '../tensor/witness.ts'
import type { Primitive } from './primitive.ts'

export interface TapeNode {
  readonly primitive: Primitive<unknown>
  readonly spec: unknown
  readonly outputs: readonly number[]
  readonly inputs: readonly number[]
  /** Of the inputs. */
  readonly shapes: readonly Shape[]
  readonly saved: readonly Tensor[]
  /** The layer that it belongs to, where somebody writes that down. */
  readonly place: string | undefined
}

export interface Tape {
  readonly nodes: TapeNode[]
  /** Ids of the tensors that depend on what is differentiated. */
  readonly tracked: Set<number>
}

let tapes: Tape[] = []

/** Whether gradients are wanted of anything. */
export const isRecording = (): boolean => tapes.length > 0

/** Whether an op on these tensors has to be recorded. */
export const isTracked = (inputs: readonly Tensor[]): boolean => tapes.some((tape) => follows(tape, inputs))

const follows = ({ tracked }: Tape, inputs: readonly Tensor[]): boolean => inputs.some(({ id }) => tracked.has(id))

/**
 * Tells the tapes that `outputs` came from `inputs`. What the gradient rule needs stays alive with the tape even if the caller disposes
 * its own handles.
 */
export function record<S>(
  primitive: Primitive<S>,
  spec: S,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): void {
  for (const tape of tapes) {
    if (!follows(tape, inputs)) continue
    const ids = outputs.slice(0, primitive.differentiable).flatMap(({ id, dtype }) => (dtype === 'float32' ? id : []))
    if (ids.length === 0) return
    for (const id of ids) tape.tracked.add(id)
    const saved = primitive.saves?.(inputs, outputs, spec) ?? (primitive.gradient === undefined ? [] : inputs)
    tape.nodes.push({
      primitive,
      spec,
      outputs: ids,
      inputs: inputs.map(({ id }) => id),
      shapes: inputs.map(({ shape }) => shape),
      saved: saved.map((value) => keep(value.alias())),
      place: placeNow(),
    })
  }
}

/** Runs `body` on a new tape that tracks `watched`; the caller ends it with `dropTape`. */
export function onTape<T>(watched: readonly Tensor[], body: () => T): { result: T; tape: Tape } {
  const tape: Tape = { nodes: [], tracked: new Set(watched.map(({ id }) => id)) }
  const outer = tapes
  tapes = [...outer, tape]
  try {
    return { result: body(), tape }
  } catch (error) {
    dropTape(tape)
    throw error
  } finally {
    tapes = outer
  }
}

/** Frees what a tape kept alive. */
export function dropTape(tape: Tape): void {
  for (const { saved } of tape.nodes) for (const value of saved) value.dispose()
  tape.nodes.length = 0
}

/** Runs `body` without recording: for what is a constant to the tape, and for evaluation. */
export function withoutGradients<T>(body: () => T): T {
  const outer = tapes
  tapes = []
  try {
    return body()
  } finally {
    tapes = outer
  }
}
