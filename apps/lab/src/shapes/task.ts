// What the view asks of the worker.

import type { ReceptiveField, SeenAlong } from 'convoke/shapes'
import type { Network } from 'convoke-workbench'
import { task } from '../engine/protocol.ts'
import type { ProgramLines } from '../models/program/nodes.ts'
import type { DroppedFile, UnreadableReason } from '../models/task.ts'
import type { Pixels } from '../ui/pixels.ts'
import type { Misfit } from './misfit.ts'

/** A layer, or a node of a model that was dropped, with what it makes and costs. */
export interface LayerRow {
  /** What it is: the words of `convoke shape`, or an operator with its settings. */
  readonly label: string
  /** Where it stands in a model that was dropped. */
  readonly path?: string
  /** Without the batch. */
  readonly outputShape: readonly number[]
  /** Rows and columns of the output to choose among; 1 × 1 where all of it sees the same, undefined where it is not a picture. */
  readonly positions: readonly number[] | undefined
  readonly channels: number
  readonly parameters: number
  readonly macs: number
  readonly flops: number
  /** Bytes: of a stack's layer its output, of a model's node all values that are alive when it is done. */
  readonly memory: number
  /** One field an axis; null where all of the input is seen. */
  readonly receptiveField: readonly ReceptiveField[] | null
}

export interface Totals {
  readonly parameters: number
  readonly macs: number
  readonly flops: number
  /** Bytes of all that training keeps; undefined where it is not known. */
  readonly kept: number | undefined
  /** Bytes that inference holds at once, weights aside. */
  readonly peak: number
}

export interface ShapesAnswer {
  readonly rows: readonly LayerRow[]
  readonly totals: Totals
  readonly misfit: Misfit | undefined
}

export const shapesTask = task<{ readonly network: Network }, ShapesAnswer>('shapes')

/** An output, by its layer and place; `key` names the model that was dropped, where there is one. */
export interface Looked {
  readonly network: Network | undefined
  readonly key: string | undefined
  readonly layer: number
  readonly position: readonly [row: number, column: number]
}

/** Rows and columns that an output depends on; several where branches of a model see different parts. Null where all of it is seen. */
export interface SeenAnswer {
  readonly parts: readonly (readonly SeenAlong[])[] | null
}

export const seenTask = task<Looked, SeenAnswer>('seen')

export interface EffectiveQuestion extends Looked {
  /** 0: the sum of all channels; otherwise one of them, from 1. */
  readonly channel: number
  readonly seed: number
  /** Height and width of what goes in. */
  readonly picture: Pixels
}

export type EffectiveAnswer =
  | {
      readonly kind: 'done'
      /** Of each input pixel: the magnitudes of its channels' gradients, added up. */
      readonly magnitudes: Float32Array<ArrayBuffer>
      readonly largest: number
      /** How many pixels, the strongest first, hold nine tenths of the whole. */
      readonly strong: number
      /** Pixels with any gradient at all. */
      readonly touched: number
      /** The layer's output at every position: the channel, or the mean of all. */
      readonly map: Float32Array<ArrayBuffer>
      readonly milliseconds: number
      readonly backend: string
    }
  | { readonly kind: 'too-large'; readonly macs: number; readonly bytes: number }
  | { readonly kind: 'none'; readonly message: string }

export const effectiveTask = task<EffectiveQuestion, EffectiveAnswer>('effective')

/** What programs say of a model that was dropped. */
export interface ModelProgram {
  readonly pytorch: ProgramLines
  readonly tensorflow: ProgramLines
  readonly input: string
  /** Whether pictures go in, and come out of the nodes, channels first in the file. */
  readonly inputFirst: boolean
  readonly first: readonly boolean[]
  /** The name of each row's value. */
  readonly values: readonly string[]
}

/** Undefined where the rows do not stand for nodes of the file. */
export const modelProgramTask = task<{ readonly key: string }, ModelProgram | undefined>('model-program')

/** The weights of the model as safetensors. */
export const modelWeightsTask = task<{ readonly key: string }, Uint8Array<ArrayBuffer>>('model-weights')

export type DroppedAnswer =
  | {
      readonly kind: 'opened'
      readonly name: string
      readonly answer: ShapesAnswer
      /** Height, width and channels; undefined where what goes in is not one picture. */
      readonly inputShape: readonly number[] | undefined
      readonly about: {
        readonly producer: string
        readonly shapes: readonly string[]
        readonly unsupported: readonly string[]
        readonly failure: string | undefined
      }
    }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly detail: string }

export const droppedTask = task<{ readonly key: string; readonly files: readonly DroppedFile[] }, DroppedAnswer>(
  'dropped',
)
