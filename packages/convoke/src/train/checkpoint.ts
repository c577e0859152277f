// All that a training run needs to go on as if it had never stopped, as one safetensors file.

import { decodeSafetensors, encodeSafetensors, fromHost, type HostTensor, toHost } from '../formats/index.ts'
import { check } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { parseProgress } from './checkpoint-check.ts'

/** One epoch of a run. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number
  /** Optimiser steps taken by its end. */
  readonly step: number
  /** Mean training loss. */
  readonly loss: number
  /** What was measured on the validation set. */
  readonly validation: Readonly<Record<string, number>> | null
  /** Seconds of training and validation. */
  readonly seconds: number
  /** The part of the seconds in which steps waited for their batches, because loading and stacking took longer than training. */
  readonly waiting?: number | undefined
  /** The schedule's factor on the learning rates at the last step. */
  readonly factor?: number | undefined
}

/** The progress of a run: plain data that JSON can represent. */
export interface Progress {
  /** Version of this format. */
  readonly version: 1
  /** The seed that determines the rest of the run. */
  readonly seed: number
  /** Examples in a batch; a resumed run must use the same. */
  readonly batchSize: number
  /** Ranks that trained together; left out for one. */
  readonly ranks?: number | undefined
  /** Epochs finished. */
  readonly epoch: number
  /** Batches of the present epoch finished. */
  readonly batch: number
  /** Optimiser steps taken. */
  readonly step: number
  /** Sum over the present epoch of batch losses times batch sizes, and of the sizes. */
  readonly lossTotal: number
  /** The sum of those batch sizes. */
  readonly lossCount: number
  /** One entry for each finished epoch. */
  readonly history: readonly EpochRecord[]
  /** The epoch with the highest score so far; the score of a loss is its negative. */
  readonly best: {
    /** The epoch, counted from 1. */
    readonly epoch: number
    /** Its score: more is better. */
    readonly score: number
  } | null
}

/** A run at the end of a step: `model.…`, `optimizer.…` and, with an average of weights, `average.…`. */
export interface TrainingState {
  /** Weights and the optimiser's memory, by name. */
  readonly tensors: Readonly<Record<string, HostTensor>>
  /** The progress of the run. */
  readonly progress: Progress
}

type Parts = Readonly<Record<string, Readonly<Record<string, Tensor>>>>

/** Reads the tensors of several owners into one list, each under its owner's name. */
export async function gatherState(parts: Parts, progress: Progress): Promise<TrainingState> {
  const named = Object.entries(parts).flatMap(([owner, tensors]) =>
    Object.entries(tensors).map(([name, value]) => [`${owner}.${name}`, value] as const),
  )
  return { tensors: await toHost(Object.fromEntries(named)), progress }
}

/** The tensors that one owner put into a state. */
export function partOfState(state: TrainingState, owner: string): Record<string, Tensor> {
  const prefix = `${owner}.`
  const own = Object.entries(state.tensors).filter(([name]) => name.startsWith(prefix))
  return fromHost(Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value])))
}

/** JSON has no NaN and no infinities: they are written as words. */
const writeNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

/** The bytes of a safetensors file that holds the state; `decodeTrainingState` reads it. */
export const encodeTrainingState = ({ tensors, progress }: TrainingState): Uint8Array =>
  encodeSafetensors(tensors, { convoke_training: JSON.stringify(progress, writeNumber) })

/** Throws `ConvokeError` for a file that holds weights alone, or is damaged. */
export function decodeTrainingState(bytes: Uint8Array): TrainingState {
  const { tensors, metadata } = decodeSafetensors(bytes)
  check(
    metadata['convoke_training'] !== undefined,
    () =>
      'checkpoint: the file holds weights and no training state. Load it with model.loadState(…), or resume from a checkpoint.',
  )
  const progress = parseProgress(metadata['convoke_training'])
  return { tensors, progress }
}
