// What the view asks of the worker.

import type { data, train } from 'convoke'
import { task } from '../engine/protocol.ts'
import type { ControlQuestion, Phase } from '../runs/protocol.ts'
import type { SegmentSettings } from './settings.ts'

export interface OpenQuestion {
  readonly settings: SegmentSettings
  /** A state to go on from, of each network. */
  readonly checkpoints: readonly (Uint8Array | undefined)[]
  /** Steps of each that were seen. */
  readonly reached?: readonly number[]
}

/** A part of the U: two convolutions of a level on the way down or up, the lowest, or the last layer. */
export interface Block {
  /** 'down1', 'bottom', 'merge1', 'head': as the library calls it. */
  readonly path: string
  readonly shape: readonly [height: number, width: number, channels: number]
}

export interface NetworkFacts {
  readonly skips: boolean
  /** In the order in which they are computed. */
  readonly blocks: readonly Block[]
  readonly parameters: number
  /** Of one picture. */
  readonly macs: number
}

export interface Opened {
  /** Names this run among those the worker had. */
  readonly run: number
  readonly classes: readonly string[]
  readonly side: number
  readonly counts: { readonly train: number; readonly test: number }
  /** What each channel is moved and divided by. */
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  readonly networks: readonly NetworkFacts[]
  readonly backend: string
  readonly threads: number
}

/** How well a network did on the pictures that were held out. */
export interface Measured {
  readonly step: number
  /** `iou`, `dice`: means over the classes. `accuracy`, `edges`: the share of right pixels, of all and of those at an edge. `loss`. */
  readonly figures: Readonly<Record<string, number>>
  readonly classes: readonly { readonly iou: number; readonly dice: number }[]
}

/** What a network finds in one picture. */
export interface Found {
  /** `[side, side, classes]` */
  readonly chances: Float32Array
  /** `[side, side]`: the class with the highest. */
  readonly mask: Uint8Array
}

/** What one block makes of a picture, `[height, width, channels]`. */
export interface MapsShown {
  readonly path: string
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly values: Float32Array
}

/** Shapes and lines as they are painted, in a square of 0 … 1, y downwards. */
export type Mark =
  | { readonly kind: 'line'; readonly colour: Colour; readonly points: readonly Point[] }
  | {
      readonly kind: ShapeKind
      readonly colour: Colour
      readonly x: number
      readonly y: number
      readonly radius: number
      readonly turn: number
    }

export type ShapeKind = 'disc' | 'square' | 'triangle'
export type Point = readonly [x: number, y: number]
/** From 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number]

/** A held-out picture, by its place. */
export interface ShownPicture {
  readonly index: number
  /** `[side, side, 3]` */
  readonly pixels: Uint8Array
  /** `[side, side]` */
  readonly truth: Uint8Array
}

export interface NetworkSeen {
  readonly phase: Phase
  readonly step: number
  readonly epoch: number
  readonly batch: number
  /** Losses of the steps after those known. */
  readonly losses: Float32Array
  readonly history: readonly train.EpochRecord[]
  /** Undefined where the page has it. */
  readonly measured: Measured | undefined
  /** Of each picture that is shown. */
  readonly found: readonly Found[]
  /** Of the painted picture, where there is one. */
  readonly painted: Found | undefined
  /** Of the block that is looked at. */
  readonly maps: MapsShown | undefined
  /** The state, from time to time and whenever it pauses. */
  readonly checkpoint: Uint8Array | undefined
  readonly stepsPerSecond: number
}

export interface WatchQuestion {
  readonly run: number
  /** The version that is shown already; the answer comes when there is a newer one. */
  readonly since: number
  /** Of each network: steps whose loss is known already, and the step that was measured last. */
  readonly known: readonly { readonly losses: number; readonly measured: number }[]
  /** The first held-out picture that is shown. */
  readonly from: number
  /** Marks of one's own picture, in the order in which they were painted. */
  readonly painting: readonly Mark[]
  /** A block whose maps are looked at, and of which picture: one that is shown, or the painted one. */
  readonly block: string | undefined
  readonly blockOf: number | 'painted'
}

export interface Snapshot {
  readonly run: number
  readonly version: number
  readonly batches: number
  readonly networks: readonly NetworkSeen[]
  readonly pictures: readonly ShownPicture[]
  /** One's own picture as the network takes it, `[side, side, 3]`. */
  readonly painting: Uint8Array | undefined
  /** Why training stopped by itself. */
  readonly problem: string | undefined
}

export type TakeKind = 'onnx' | 'weights' | 'run' | 'pictures'

export interface TakeQuestion {
  readonly run: number
  readonly kind: TakeKind
  /** Of the networks that are trained. */
  readonly network: number
  readonly from: number
}

/** What the command calls a picture whose pixels have classes. */
export type Example = data.MaskedPicture

export const openTask = task<OpenQuestion, Opened>('open')
export const controlTask = task<ControlQuestion, boolean>('control')
export const watchTask = task<WatchQuestion, Snapshot>('watch')
export const takeTask = task<TakeQuestion, Uint8Array>('take')
