// What the view asks of the worker.

import type { train } from 'convoke'
import type { Judged } from 'convoke-workbench'
import { task } from '../engine/protocol.ts'
import type { ControlQuestion, Phase } from '../runs/protocol.ts'
import type { NetworkChoice, TrainSettings } from './settings.ts'

/** Bytes of a picture, `[height, width, channels]`; of drawings 0 is paper and 255 ink. */
export interface BytePictures {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  readonly pictures: readonly Uint8Array[]
}

/** One's own drawings or pictures. */
export interface OwnData extends BytePictures {
  readonly classes: readonly string[]
  /** Of each picture: the index of its class. */
  readonly labels: readonly number[]
}

export interface OpenQuestion {
  readonly settings: TrainSettings
  /** Undefined for the digits that the library draws. */
  readonly own: OwnData | undefined
  /** A run to go on with. */
  readonly checkpoint: Uint8Array | undefined
  /** Steps of it that were seen. */
  readonly reached?: number | undefined
}

/** One layer as it is shown. */
export interface LayerFact {
  readonly kind: string
  readonly detail: string
  readonly shape: readonly number[]
  readonly parameters: number
  readonly macs: number
}

export interface Opened {
  /** Names this run among those the worker had. */
  readonly run: number
  readonly classes: readonly string[]
  readonly form: { readonly height: number; readonly width: number; readonly channels: 1 | 3 }
  readonly counts: { readonly train: number; readonly test: number }
  /** What each channel is moved and divided by. */
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  readonly layers: readonly LayerFact[]
  readonly parameters: number
  /** Of one picture. */
  readonly macs: number
  readonly backend: string
  readonly threads: number
}

/** How well the network did on the pictures that were held out. */
export interface Measured {
  readonly step: number
  readonly figures: Readonly<Record<string, number>>
  readonly confusion: readonly (readonly number[])[]
  readonly judged: readonly Judged[]
}

export interface MapsShown {
  readonly path: string
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly values: Float32Array
}

export interface FiltersShown {
  readonly shape: readonly [height: number, width: number, channels: number, count: number]
  readonly values: Float32Array
}

/** A picture of the held-out part, by index, or a drawing. */
export type Probe = number | Uint8Array

export interface WatchQuestion {
  readonly run: number
  /** The version that is shown already; the answer comes when there is a newer one. */
  readonly since: number
  /** Steps whose loss is known already. */
  readonly known: number
  readonly measuredStep: number
  readonly probe: Probe
}

export interface Snapshot {
  readonly run: number
  readonly version: number
  readonly phase: Phase
  readonly step: number
  readonly epoch: number
  readonly batch: number
  readonly batches: number
  /** Losses of the steps after `known`. */
  readonly losses: Float32Array
  readonly history: readonly train.EpochRecord[]
  /** Undefined where the page has it. */
  readonly measured: Measured | undefined
  readonly filters: FiltersShown | undefined
  readonly maps: readonly MapsShown[]
  /** Of the probe, `[classes]`. */
  readonly chances: Float32Array
  readonly probe: Uint8Array
  readonly label: number | undefined
  readonly stepsPerSecond: number
  /** The run as it stands, from time to time and whenever it pauses. */
  readonly checkpoint: Uint8Array | undefined
  /** Why training stopped by itself. */
  readonly problem: string | undefined
}

export interface PicturesQuestion {
  readonly run: number
  readonly part: 'train' | 'test'
  readonly indices: readonly number[]
}

export interface CompareQuestion {
  readonly run: number
  readonly choice: NetworkChoice
  readonly epochs: number
  /** A state of its training to go on from. */
  readonly checkpoint?: Uint8Array | undefined
}

export interface Compared {
  readonly accuracy: number
  readonly loss: number
  readonly parameters: number
  readonly macs: number
  readonly seconds: number
}

export type CompareAnswer =
  | { readonly kind: 'done'; readonly found: Compared }
  /** The state of its training, once there is one: the same is asked again. */
  | { readonly kind: 'going'; readonly checkpoint: Uint8Array | undefined }
  | { readonly kind: 'stopped' }

/** `pictures`: those that were held out, with their labels. */
export type TakeKind = 'onnx' | 'weights' | 'run' | 'pictures'

export const openTask = task<OpenQuestion, Opened>('open')
export const controlTask = task<ControlQuestion, boolean>('control')
export const watchTask = task<WatchQuestion, Snapshot>('watch')
export const predictTask = task<{ readonly run: number; readonly drawing: Uint8Array }, Float32Array>('predict')
export const picturesTask = task<PicturesQuestion, BytePictures>('pictures')
export const compareTask = task<CompareQuestion, CompareAnswer>('compare')
export const stopTask = task<{ readonly run: number }, boolean>('stop-comparing')
export const takeTask = task<{ readonly run: number; readonly kind: TakeKind }, Uint8Array>('take')
