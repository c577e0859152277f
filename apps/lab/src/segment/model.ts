// The view's state: what is chosen, what the worker tells of the networks, and what is kept of them. It outlives the view, so that
// training goes on while another is open.

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { createFollower, type Follower } from '../runs/follower.ts'
import { engine } from './engine.ts'
import { firstPainting, markOf, type PaintStroke } from './painting.ts'
import { networksOf, type SegmentSettings, shownPictures, trainingKey } from './settings.ts'
import { store } from './store.ts'
import { controlTask, type Measured, type Opened, openTask, type Snapshot, watchTask } from './task.ts'

/** A network where it stands, to go on with after a reload. */
interface KeptRun {
  readonly checkpoint: Uint8Array
  readonly losses: Float32Array
}

type Kept = readonly (KeptRun | undefined)[]

/** What is known of a network from its first step on. */
export interface Log {
  readonly losses: readonly number[]
  readonly measured: Measured | undefined
}

/** A pixel of a picture that is shown. */
export interface Pixel {
  /** Its place among the pictures that are shown. */
  readonly picture: number
  readonly x: number
  readonly y: number
}

export interface Segmenter extends Omit<Follower<Opened, Snapshot>, 'look'> {
  readonly settings: Signal<SegmentSettings>
  /** Of each network that is trained. */
  readonly logs: Signal<readonly Log[]>
  /** The first held-out picture that is shown. */
  readonly from: Signal<number>
  readonly pixel: Signal<Pixel>
  readonly strokes: Signal<readonly PaintStroke[]>
  /** The block whose maps are looked at, of which network and which picture. */
  readonly block: Signal<string>
  readonly blockOf: Signal<number | 'painted'>
  readonly network: ReadonlySignal<number>
  readonly chooseNetwork: (index: number) => void
  readonly otherPictures: () => void
}

const empty: Log = { losses: [], measured: undefined }

export function createSegmenter(first: SegmentSettings): Segmenter {
  const settings = signal(first)
  const logs = signal<readonly Log[]>([])
  const from = signal(0)
  const pixel = signal<Pixel>({ picture: 0, x: 16, y: 16 })
  const strokes = signal<readonly PaintStroke[]>(firstPainting)
  const block = signal('down1')
  const blockOf = signal<number | 'painted'>(0)
  const chosen = signal(0)
  let kept: Kept = []

  const keysOf = (of: SegmentSettings): string[] => networksOf(of).map((skips) => trainingKey(of, skips))
  const keyOf = (of: SegmentSettings): string => keysOf(of).join('+')

  const watch = (lane: string) => (run: number, since: number) =>
    engine.ask(lane, watchTask, {
      ...{ run, since, from: from.peek(), painting: strokes.peek().map(markOf) },
      ...{ block: block.peek(), blockOf: blockOf.peek() },
      known: logs.peek().map(({ losses, measured }) => ({ losses: losses.length, measured: measured?.step ?? -1 })),
    })

  function show({ networks }: Snapshot): Kept | undefined {
    logs.value = networks.map(({ losses, measured, step }, i): Log => {
      const before = logs.peek()[i] ?? empty
      const known = losses.length === 0 ? before.losses : [...before.losses.slice(0, step - losses.length), ...losses]
      return { losses: known, measured: measured ?? before.measured }
    })
    if (networks.every(({ checkpoint }) => checkpoint === undefined)) return undefined
    kept = networks.map(({ checkpoint }, i) =>
      checkpoint === undefined ? kept[i] : { checkpoint, losses: Float32Array.from(logs.peek()[i].losses) },
    )
    return kept
  }

  const { look, ...follower } = createFollower<SegmentSettings, Opened, Snapshot, Kept>({
    ...{ settings, keyOf, epochsOf: ({ epochs }) => epochs },
    steps: () => logs.peek().map(({ losses }) => losses.length),
    prepare: readPainting,
    claim: ({ settings: of }) => store.claim(keysOf(of)),
    recall: ({ settings: of }) => Promise.all(keysOf(of).map((key) => store.recall<KeptRun>(`run:${key}`))),
    forget: ({ settings: of }) => {
      for (const key of keysOf(of)) void store.forgetRun(key)
    },
    keep: ({ settings: of }, now) => {
      for (const [i, key] of keysOf(of).entries()) if (now[i] !== undefined) void store.keepRun(key, now[i])
    },
    reach: ({ settings: of }, steps) => {
      for (const [i, key] of keysOf(of).entries()) store.reach(key, steps[i] ?? 0)
    },
    reached: ({ settings: of }) => keysOf(of).map(store.reached),
    open: (now, found, reached) =>
      engine.ask('segment-open', openTask, {
        settings: now,
        checkpoints: networksOf(now).map((_, i) => found?.[i]?.checkpoint),
        reached,
      }),
    began: (found, now) => {
      kept = found ?? []
      logs.value = networksOf(now).map((_, i) => ({ ...empty, losses: [...(found?.[i]?.losses ?? [])] }))
    },
    watch: watch('segment-watch'),
    show,
    control: (question) => engine.ask('segment-control', controlTask, question),
  })

  /** One's own picture as it was left, read once. */
  let read: Promise<void> | undefined
  function readPainting(): Promise<void> {
    read ??= store.recall<readonly PaintStroke[]>('painting').then((found) => {
      if (found !== undefined && strokes.peek() === firstPainting) strokes.value = found
    })
    return read
  }
  effect(() => {
    if (strokes.value !== firstPainting) void store.keep('painting', strokes.value)
  })
  // A block that a network of another depth does not have.
  effect(() => {
    const blocks = follower.opened.value?.networks[0].blocks
    if (blocks !== undefined && !blocks.some(({ path }) => path === block.peek())) block.value = 'down1'
  })
  // What else is to be looked at is looked at even while nothing changes.
  effect(() => {
    void [from.value, strokes.value, block.value, blockOf.value]
    look((run) => watch('segment-look')(run, -1))
  })

  return {
    ...{ ...follower, settings, logs, from, pixel, strokes, block, blockOf },
    network: computed(() => Math.min(chosen.value, (follower.opened.value?.networks.length ?? 1) - 1)),
    chooseNetwork: (index) => {
      chosen.value = index
    },
    otherPictures: () => {
      const count = follower.opened.peek()?.counts.test ?? 1
      batch(() => {
        from.value = (from.peek() + shownPictures) % count
      })
    },
  }
}

let segmenter: Segmenter | undefined

/** The run of the page, where one was opened. */
export const knownSegmenter = (): Segmenter | undefined => segmenter

/** The one run of the page. */
export function theSegmenter(first: SegmentSettings): Segmenter {
  segmenter ??= createSegmenter(first)
  return segmenter
}
