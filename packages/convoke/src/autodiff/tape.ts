// The tape: what was computed from what while gradients are wanted. Tapes nest; an op is recorded on every tape that
// tracks one of its inputs, so the gradient computation of an inner tape can itself be differentiated.

import { keep } from '../tensor/scope.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { placeNow } from '../tensor/witness.ts'

/**
 * Given the gradient of the output and the saved tensors, the gradient of each input as a thunk, so that one nobody
 * asks for is never computed; null where there is none (an integer input).
 */
export type GradientRule = (gradient: Tensor, saved: readonly Tensor[]) => readonly ((() => Tensor) | null)[]

/** The same for several outputs at once; null stands for an output that nothing depended on. At least one is given. */
export type JointGradientRule = (
  gradients: readonly (Tensor | null)[],
  saved: readonly Tensor[],
) => readonly ((() => Tensor) | null)[]

export interface TapeNode {
  readonly op: string
  readonly outputs: readonly number[]
  readonly inputs: readonly number[]
  readonly saved: readonly Tensor[]
  readonly rule: JointGradientRule
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
export const isTracked = (inputs: readonly Tensor[]): boolean =>
  tapes.some(({ tracked }) => inputs.some(({ id }) => tracked.has(id)))

/**
 * Tells the tapes that `output` came from `inputs`, and how its gradient flows back. `saved` are the tensors the rule
 * needs; they stay alive with the tape even if the caller disposes its own handles. Returns `output`.
 */
export function record(
  op: string,
  output: Tensor,
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  rule: GradientRule,
): Tensor {
  if (tapes.length === 0) return output
  return recordJointly(op, [output], inputs, saved, ([gradient], kept) => rule(gradient as Tensor, kept))[0]
}

/** `record` for an op with several outputs, whose gradients are best carried back together. Returns `outputs`. */
export function recordJointly<T extends readonly Tensor[]>(
  op: string,
  outputs: T,
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  rule: JointGradientRule,
): T {
  const differentiable = outputs.filter(({ dtype }) => dtype === 'float32')
  for (const tape of tapes) {
    if (differentiable.length === 0 || !inputs.some(({ id }) => tape.tracked.has(id))) continue
    for (const { id } of differentiable) tape.tracked.add(id)
    tape.nodes.push({
      op,
      outputs: outputs.map(({ id }) => id),
      inputs: inputs.map(({ id }) => id),
      saved: saved.map((value) => keep(value.alias())),
      rule,
      place: placeNow(),
    })
  }
  return outputs
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

/** Runs `body` without recording: for ops that bring a gradient rule of their own, and for evaluation. */
export function withoutGradients<T>(body: () => T): T {
  const outer = tapes
  tapes = []
  try {
    return body()
  } finally {
    tapes = outer
  }
}
