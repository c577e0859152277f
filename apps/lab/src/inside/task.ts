// What the view asks of the worker.

import { task } from '../engine/protocol.ts'
import type { ProgramLines } from '../models/program/nodes.ts'
import type { DroppedFile, UnreadableReason } from '../models/task.ts'
import type { TrainSettings } from '../train/settings.ts'
import type { OwnData } from '../train/task.ts'
import type { Pixels } from '../ui/pixels.ts'
import type { PixelsGoIn } from './state.ts'

/** A run of the view Train, as the browser keeps it. */
export interface KeptRun {
  readonly settings: TrainSettings
  readonly own: OwnData | undefined
  readonly checkpoint: Uint8Array
  /** Steps that were seen: what is kept is older by a moment. */
  readonly reached: number
}

export type Source =
  | { readonly kind: 'digits' }
  | { readonly kind: 'run'; readonly run: KeptRun }
  | { readonly kind: 'files'; readonly files: readonly DroppedFile[] }

/** One layer: a node of the network whose values there are to see. */
export interface LayerFact {
  /** Where it stands: `conv1`. */
  readonly name: string
  /** In the words of ONNX. */
  readonly operator: string
  /** What tells it from others of its kind: `3×3 s2`. */
  readonly detail: string
  /** Of its output; 1 × 1 where each channel is one number. */
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Layers whose output it reads; −1 is the picture. */
  readonly reads: readonly number[]
  /** Rows and columns of the picture that one output sees; undefined where it sees all of it. */
  readonly field: readonly [height: number, width: number] | undefined
}

export interface OpenedNetwork {
  readonly key: string
  readonly name: string
  readonly layers: readonly LayerFact[]
  /** Of the picture that goes in. */
  readonly form: { readonly height: number; readonly width: number; readonly channels: number }
  /** Names of the outputs, where the network tells one class from another; numbers where it has no names for them. */
  readonly classes: readonly string[] | undefined
  /** How the file says that pixels go in; undefined where it says nothing. */
  readonly told: boolean
  readonly parameters: number
  /** Of one picture. */
  readonly macs: number
  /** Pictures to choose among: how many, and what each of them shows, where that is known. */
  readonly pictures: { readonly count: number; readonly labels: readonly number[] | undefined }
  /** Share of pictures, not learnt from, that the network reads rightly; undefined where there are none. */
  readonly accuracy: number | undefined
  readonly backend: string
}

export type OpenAnswer =
  | { readonly kind: 'opened'; readonly network: OpenedNetwork }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly detail: string }
  /** A model that can be read, and that pictures cannot be followed through. */
  | { readonly kind: 'unfit'; readonly reason: 'no-picture' | 'too-large' | 'does-not-run'; readonly detail: string }

export const openTask = task<{ readonly key: string; readonly source: Source }, OpenAnswer>('open')

/** How far the training of the network that stands ready has come, 0 … 1. */
export const progressTask = task<null, number>('progress')

/** What goes in: a picture of the set, one of one's own, or a drawing of bytes from 0 (paper) to 255 (ink). */
export type PictureIn =
  | { readonly kind: 'set'; readonly index: number }
  | { readonly kind: 'own'; readonly pixels: Pixels }
  | { readonly kind: 'drawn'; readonly ink: Uint8Array }

/** A network and the picture that is in it. */
export interface Shown {
  readonly key: string
  readonly picture: PictureIn
  readonly goIn: PixelsGoIn
}

/** Some maps of a layer, made small for the overview. */
export interface Thumbnails {
  readonly height: number
  readonly width: number
  /** Of those that are drawn, one after the other. */
  readonly values: Float32Array<ArrayBuffer>
  readonly count: number
  /** The largest magnitude of the whole layer. */
  readonly largest: number
}

export interface Overview {
  /** `[height, width, channels]` from 0 to 1, as the picture is shown. */
  readonly pixels: Float32Array<ArrayBuffer>
  readonly thumbnails: readonly Thumbnails[]
  /** Of each class; undefined where the network has none. */
  readonly chances: Float32Array<ArrayBuffer> | undefined
  readonly scores: Float32Array<ArrayBuffer> | undefined
  readonly milliseconds: number
}

export const overviewTask = task<Shown, Overview>('overview')

export interface PlaceQuestion extends Shown {
  readonly layer: number
  readonly channel: number
  readonly row: number
  readonly column: number
}

/** One map, `[height, width]`. */
export interface MapValues {
  readonly height: number
  readonly width: number
  readonly values: Float32Array<ArrayBuffer>
}

/** One input channel under the window. */
export interface WindowOf {
  readonly channel: number
  /** Row by row; null lies in the padding and counts as 0. */
  readonly values: readonly (number | null)[]
  readonly weights: readonly number[]
  readonly products: readonly number[]
  readonly sum: number
  readonly map: MapValues
}

export interface Frame {
  /** Of the input's map; below 0 and beyond its size lies padding. */
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

/** One of several numbers that are added. */
export interface Term {
  /** Where it stands in the layer before. */
  readonly channel: number
  readonly row: number
  readonly column: number
  /** Whether a channel of that layer is one number. */
  readonly single: boolean
  readonly value: number
  readonly weight: number
  readonly product: number
}

/** How one number came about. */
export type Arithmetic =
  | {
      readonly kind: 'convolution'
      readonly frame: Frame
      /** The strongest, by the magnitude of what they add. */
      readonly windows: readonly WindowOf[]
      /** Input channels in all, and what those that are not listed add together. */
      readonly channels: number
      readonly rest: number
      readonly bias: number
      /** Whether inputs are laid out by the kernel: then the frame has those that reach this output. */
      readonly transposed: boolean
    }
  | {
      readonly kind: 'pooling'
      readonly pool: 'max' | 'average'
      readonly frame: Frame
      readonly window: Omit<WindowOf, 'weights' | 'products' | 'sum'>
      /** By how much the sum is divided. */
      readonly divisor: number
      readonly sum: number
    }
  | {
      readonly kind: 'global'
      readonly map: MapValues
      readonly count: number
      readonly sum: number
      readonly pool: 'max' | 'average'
    }
  | { readonly kind: 'activation'; readonly input: number; readonly map: MapValues }
  | {
      readonly kind: 'normalisation'
      readonly input: number
      readonly mean: number
      readonly variance: number
      readonly epsilon: number
      readonly scale: number
      readonly shift: number
      /** (input − mean) / √(variance + epsilon). */
      readonly normalised: number
      /** Undefined where numbers are normalised that no map shows. */
      readonly map: MapValues | undefined
    }
  | {
      readonly kind: 'elementwise'
      readonly sign: '+' | '−' | '×' | '÷'
      readonly operands: readonly { readonly value: number; readonly map: MapValues | undefined }[]
    }
  | {
      readonly kind: 'linear'
      readonly terms: readonly Term[]
      /** Inputs in all, and what those that are not listed add together. */
      readonly inputs: number
      readonly rest: number
      readonly bias: number
      /** Whether the other factors are computed as well, not weights: a product of two matrices. */
      readonly computed: boolean
    }
  | {
      readonly kind: 'softmax'
      readonly input: number
      /** Of all that chances are made of together. */
      readonly largest: number
      /** e to the power of input − largest. */
      readonly exponential: number
      readonly sum: number
    }
  | {
      /** One of several outputs that are laid side by side, and which of its channels this is. */
      readonly kind: 'concatenation'
      /** The layer, −1 for the picture. */
      readonly from: number
      readonly channel: number
      readonly input: number
      readonly map: MapValues
    }
  | { readonly kind: 'other' }

export interface PlaceAnswer extends MapValues {
  readonly value: number
  /** Rows and columns of the picture that this number sees, as a frame; undefined for all of it. */
  readonly sees: Frame | undefined
  readonly arithmetic: Arithmetic
}

export const placeTask = task<PlaceQuestion, PlaceAnswer>('place')

export interface Patch {
  /** Of the set. */
  readonly picture: number
  readonly value: number
  readonly row: number
  readonly column: number
  /** What it sees of the picture, `[height, width, channels]` from 0 to 1; padding is left out. */
  readonly pixels: Float32Array<ArrayBuffer>
  readonly height: number
  readonly width: number
  /** Where it begins in the picture. */
  readonly top: number
  readonly left: number
}

export interface PatchesQuestion {
  readonly key: string
  readonly goIn: PixelsGoIn
  readonly layer: number
  readonly channel: number
}

/** While the pictures are run, how many of them were; then the patches, the strongest first. */
export type PatchesAnswer =
  | { readonly kind: 'running'; readonly done: number; readonly of: number }
  | { readonly kind: 'done'; readonly patches: readonly Patch[]; readonly of: number }

export const patchesTask = task<PatchesQuestion, PatchesAnswer>('patches')

export interface AscentQuestion extends PatchesQuestion {
  readonly seed: number
  /** Steps that the picture should have behind it. */
  readonly steps: number
}

export interface AscentAnswer {
  /** `[height, width, channels]` from 0 to 1. */
  readonly pixels: Float32Array<ArrayBuffer>
  /** The channel's middle output before each step; of an activation, what goes into it. */
  readonly answers: readonly number[]
  readonly step: number
  /** The channel answers alike to whatever is near: there is nowhere to climb. */
  readonly flat: boolean
}

export const ascentTask = task<AscentQuestion, AscentAnswer>('ascent')

export interface CamQuestion extends Shown {
  readonly layer: number
  readonly class: number
}

export interface CamAnswer extends MapValues {
  readonly layer: number
  readonly class: number
  /** As large as the picture. */
  readonly spread: MapValues
  /** Of each channel: the mean of the gradient over its map. */
  readonly weights: Float32Array<ArrayBuffer>
}

export const camTask = task<CamQuestion, CamAnswer>('cam')

export interface OcclusionQuestion extends Shown {
  readonly class: number
  /** Side of the patch that covers, in pixels. */
  readonly patch: number
}

/** The map as far as it has come: by how much the chance of the class falls when the patch lies there; NaN where it was not yet. */
export interface OcclusionAnswer extends MapValues {
  readonly class: number
  readonly done: number
  readonly of: number
  readonly stride: number
}

/** Pixels from one place of the patch to the next: every one of a small picture, fourteen a side of a large one. */
export const occlusionStride = (height: number, width: number): number =>
  Math.min(height, width) <= 32 ? 1 : Math.max(1, Math.round(Math.min(height, width) / 14))

export const occlusionTask = task<OcclusionQuestion, OcclusionAnswer>('occlusion')

export type FileKind = 'network' | 'inside'

/** The network as ONNX; its weights and the picture as safetensors. */
export const fileTask = task<Shown & { readonly file: FileKind }, Uint8Array<ArrayBuffer>>('file')

export interface ProgramFacts {
  /** The nodes as a program's lines can say them; undefined where PyTorch has no word for one of them, which is named. */
  readonly pytorch: ProgramLines
  readonly tensorflow: ProgramLines
  readonly input: string
  /** Names of values: of the scores before softmax, of each layer's output. */
  readonly score: string | undefined
  readonly values: readonly string[]
  /** Whether a value's pictures lie channels first in the file. */
  readonly first: readonly boolean[]
  readonly scale: readonly number[]
  readonly shift: readonly number[]
  readonly inputFirst: boolean
}

export const programTask = task<{ readonly key: string; readonly goIn: PixelsGoIn }, ProgramFacts>('program')
