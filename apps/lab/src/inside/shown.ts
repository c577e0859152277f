// What the view's parts read and call.

import type { ReadonlySignal, Signal } from '@preact/signals'
import type { Stroke } from '../drawing/strokes.ts'
import type { BroughtFile } from '../models/files.ts'
import type { UnreadableFiles } from '../models/task.ts'
import type { Pixels } from '../ui/pixels.ts'
import type { InsideState } from './state.ts'
import type {
  AscentAnswer,
  CamAnswer,
  FileKind,
  LayerFact,
  OcclusionAnswer,
  OpenAnswer,
  OpenedNetwork,
  Overview,
  PatchesAnswer,
  PlaceAnswer,
  ProgramFacts,
  Shown,
} from './task.ts'

export type Unfit = Extract<OpenAnswer, { readonly kind: 'unfit' }>

/** The layer that is looked at, its map and the output in it, all within what there is. */
export interface Looked {
  readonly at: number
  readonly layer: LayerFact
  readonly channel: number
  readonly row: number
  readonly column: number
}

export interface InsideModel {
  readonly state: Signal<InsideState>
  readonly own: Signal<Pixels | undefined>
  readonly strokes: Signal<readonly Stroke[]>
  /** The drawing as the network takes it; undefined while nothing is drawn. */
  readonly ink: Signal<Uint8Array | undefined>
  readonly network: Signal<OpenedNetwork | undefined>
  /** Whether the network is one of the visitor's files. */
  readonly brought: ReadonlySignal<boolean>
  readonly opening: Signal<boolean>
  /** Of the training of the network that stands ready. */
  readonly progress: Signal<number>
  readonly unreadable: Signal<UnreadableFiles | undefined>
  readonly unfit: Signal<Unfit | undefined>
  readonly noRun: Signal<boolean>
  readonly problem: Signal<string | undefined>
  readonly shown: ReadonlySignal<Shown | undefined>
  readonly looked: ReadonlySignal<Looked | undefined>
  /** The place that the pointer is over, in the map. */
  readonly pointed: Signal<InsideState['place'] | undefined>
  /** The layer and the map of it that are looked at, as one text. */
  readonly chosen: ReadonlySignal<string | undefined>
  readonly class: ReadonlySignal<number | undefined>
  readonly camLayer: ReadonlySignal<number | undefined>
  readonly overview: Signal<Overview | undefined>
  readonly place: Signal<PlaceAnswer | undefined>
  readonly patches: Signal<PatchesAnswer | undefined>
  readonly ascent: Signal<AscentAnswer | undefined>
  readonly climbing: Signal<boolean>
  readonly cam: Signal<CamAnswer | undefined>
  readonly occlusion: Signal<OcclusionAnswer | undefined>
  readonly covering: Signal<boolean>
  /** Starts and stops gradient ascent, and the covering of the picture. */
  readonly climb: (on: boolean) => void
  readonly cover: (on: boolean) => void
  readonly set: (change: Partial<InsideState>) => void
  readonly openFiles: (files: readonly BroughtFile[]) => Promise<void>
  readonly useNetwork: (name: InsideState['network']) => void
  readonly file: (kind: FileKind) => Promise<Uint8Array<ArrayBuffer>>
  readonly program: () => Promise<ProgramFacts>
  readonly dispose: () => void
}
