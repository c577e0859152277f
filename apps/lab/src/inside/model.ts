// The view's state, the network that is open, and what the worker answers.

import { batch, computed, effect, signal } from '@preact/signals'
import type { Stroke } from '../drawing/strokes.ts'
import { type Engine, Refused, restarts, Superseded, type Task, WorkerLost } from '../engine/index.ts'
import { type BroughtFile, mostBytes, readBytes } from '../models/files.ts'
import type { UnreadableFiles } from '../models/task.ts'
import type { Pixels } from '../ui/pixels.ts'
import type { InsideModel, Looked, Unfit } from './shown.ts'
import { type InsideState, mostSteps, patchSide, positionIn } from './state.ts'
import {
  type AscentAnswer,
  ascentTask,
  type CamAnswer,
  camTask,
  fileTask,
  type LayerFact,
  type OcclusionAnswer,
  type OpenedNetwork,
  type Overview,
  occlusionStride,
  occlusionTask,
  openTask,
  overviewTask,
  type PatchesAnswer,
  type PictureIn,
  type PlaceAnswer,
  patchesTask,
  placeTask,
  programTask,
  progressTask,
  type Shown,
  type Source,
} from './task.ts'

export type { InsideModel, Looked }

/** MACs up to which the page begins by itself with what runs a network many times. */
const mostUnasked = 1.5e9

/** Kept while the page is open, whatever view is shown: what no address holds. */
const kept = {
  own: signal<Pixels | undefined>(undefined),
  strokes: signal<readonly Stroke[]>([]),
  ink: signal<Uint8Array | undefined>(undefined),
  files: signal<readonly BroughtFile[] | undefined>(undefined),
}
let keys = 0

/** The network that a question is about. */
const keyOf = (question: unknown): unknown => (question as { readonly key?: unknown } | null)?.key

/** The last layer that has a map of more than one position. */
export const lastWithMap = (layers: readonly LayerFact[]): number | undefined => {
  const at = layers.findLastIndex(({ height, width }) => height * width > 1)
  return at < 0 ? undefined : at
}

export function createInside(engine: Engine, first: InsideState, lane: string): InsideModel {
  const state = signal(first)
  const network = signal<OpenedNetwork | undefined>(undefined)
  const [opening, climbing, covering, noRun] = [signal(false), signal(false), signal(false), signal(false)]
  const progress = signal(0)
  const unreadable = signal<UnreadableFiles | undefined>(undefined)
  const unfit = signal<Unfit | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const overview = signal<Overview | undefined>(undefined)
  const place = signal<PlaceAnswer | undefined>(undefined)
  const patches = signal<PatchesAnswer | undefined>(undefined)
  const ascent = signal<AscentAnswer | undefined>(undefined)
  const cam = signal<CamAnswer | undefined>(undefined)
  const occlusion = signal<OcclusionAnswer | undefined>(undefined)
  let disposed = false

  const set = (change: Partial<InsideState>): void => {
    state.value = { ...state.peek(), ...change }
  }

  /** The answer; undefined where nobody waits for it any more. */
  const ask = async <Q, A>(name: string, task: Task<Q, A>, question: Q): Promise<A | undefined> => {
    try {
      const answer = await engine.ask(`${lane}-${name}`, task, question)
      if (disposed) return undefined
      return answer
    } catch (error) {
      if (disposed || error instanceof Superseded || error instanceof WorkerLost) return undefined
      if (!(error instanceof Refused)) throw error
      if (error.message !== 'The network is no longer open.') problem.value = error.message
      // A new worker knows nothing of the network; of one that was left for another nothing more is asked.
      else if (!opening.peek() && keyOf(question) === network.peek()?.key) void open()
      return undefined
    }
  }

  const picture = computed((): PictureIn | undefined => {
    const form = network.value?.form
    if (form === undefined) return undefined
    const [ink, pixels] = [kept.ink.value, kept.own.value]
    if (ink !== undefined && ink.length === form.height * form.width) return { kind: 'drawn', ink }
    if (pixels !== undefined) return { kind: 'own', pixels }
    return { kind: 'set', index: state.value.picture % (network.value?.pictures.count ?? 1) }
  })
  /** The same object as long as it says the same. */
  let lastShown: Shown | undefined
  const shown = computed(() => {
    const [key, own] = [network.value?.key, picture.value]
    if (key === undefined || own === undefined) return undefined
    const next = { key, picture: own, goIn: state.value.goIn }
    const same =
      lastShown !== undefined &&
      lastShown.key === next.key &&
      lastShown.goIn === next.goIn &&
      (lastShown.picture === own ||
        (lastShown.picture.kind === 'set' && own.kind === 'set' && lastShown.picture.index === own.index) ||
        (lastShown.picture.kind === 'drawn' && own.kind === 'drawn' && lastShown.picture.ink === own.ink) ||
        (lastShown.picture.kind === 'own' && own.kind === 'own' && lastShown.picture.pixels === own.pixels))
    if (!same) lastShown = next
    return lastShown
  })
  const pointed = signal<InsideState['place'] | undefined>(undefined)
  const looked = computed((): Looked | undefined => {
    const layers = network.value?.layers
    if (layers === undefined) return undefined
    const at = Math.min(state.value.layer, layers.length - 1)
    const layer = layers[at]
    const [row, column] = positionIn(pointed.value ?? state.value.place, layer.height, layer.width)
    return { at, layer, channel: Math.min(state.value.channel, layer.channels - 1), row, column }
  })
  const likeliest = computed(() => {
    const chances = overview.value?.chances
    return chances === undefined ? undefined : chances.reduce((best, value, i) => (value > chances[best] ? i : best), 0)
  })
  const chosenClass = computed(() => {
    const count = network.value?.classes?.length
    if (count === undefined) return undefined
    const own = state.value.class
    return own !== undefined && own < count ? own : likeliest.value
  })
  const camLayer = computed(() => {
    const layers = network.value?.layers ?? []
    const own = state.value.camLayer
    return own !== undefined && own < layers.length && layers[own].height * layers[own].width > 1
      ? own
      : lastWithMap(layers)
  })

  const forget = (): void => {
    for (const one of [overview, place, patches, ascent, cam, occlusion]) one.value = undefined
  }

  const clear = (): void => {
    noRun.value = false
    unfit.value = undefined
    unreadable.value = undefined
  }

  async function sourceNow(): Promise<Source | undefined> {
    const files = kept.files.peek()
    if (files !== undefined) return { kind: 'files', files: await readBytes(files) }
    if (state.peek().network === 'digits') return { kind: 'digits' }
    const { lastRun } = await import('./kept-run.ts')
    const run = await lastRun()
    return run === undefined ? undefined : { kind: 'run', run }
  }

  let opens = 0
  async function open(): Promise<void> {
    const own = ++opens
    batch(() => {
      opening.value = true
      problem.value = undefined
    })
    const key = `network ${keys++}`
    try {
      const source = await sourceNow()
      if (own !== opens || disposed) return
      if (source === undefined) {
        noRun.value = true
        set({ network: 'digits' })
        return
      }
      const answered = ask('open', openTask, { key, source })
      if (source.kind === 'digits') void follow(own)
      const answer = await answered
      if (own !== opens || answer === undefined) return
      if (answer.kind !== 'opened') {
        if (answer.kind === 'unfit') unfit.value = answer
        else unreadable.value = answer
        kept.files.value = undefined
        return
      }
      batch(() => {
        forget()
        network.value = answer.network
      })
    } catch (error) {
      if (own !== opens) return
      unreadable.value = { reason: 'not-read', detail: error instanceof Error ? error.message : '' }
      kept.files.value = undefined
    } finally {
      if (own === opens) opening.value = false
    }
  }

  async function follow(own: number): Promise<void> {
    while (own === opens && opening.peek() && !disposed) {
      const done = await ask('progress', progressTask, null)
      if (done !== undefined) progress.value = done
      await new Promise((resolve) => setTimeout(resolve, 120))
    }
  }

  const runsOf = (times: number): number => (network.peek()?.macs ?? 0) * times

  async function findPatches(question: Shown, layer: number, channel: number): Promise<void> {
    const same = (): boolean =>
      shown.peek()?.key === question.key && looked.peek()?.at === layer && looked.peek()?.channel === channel
    const asked = { key: question.key, goIn: question.goIn, layer, channel }
    for (;;) {
      const answer = await ask('patches', patchesTask, asked)
      if (answer === undefined || !same()) return
      patches.value = answer
      if (answer.kind === 'done') return
    }
  }

  async function climb(): Promise<void> {
    const own = ++climbs
    for (;;) {
      const [question, at] = [shown.peek(), looked.peek()]
      if (question === undefined || at === undefined) return
      const { key, goIn } = question
      const asked = { key, goIn, layer: at.at, channel: at.channel, seed: state.peek().seed, steps: mostSteps }
      const answer = await ask('ascent', ascentTask, asked)
      if (own !== climbs || answer === undefined) return
      ascent.value = answer
      if (answer.step >= mostSteps || answer.flat) climbing.value = false
      if (!climbing.peek()) return
    }
  }
  let climbs = 0

  async function cover(): Promise<void> {
    const own = ++covers
    for (;;) {
      const [question, wanted, form] = [shown.peek(), chosenClass.peek(), network.peek()?.form]
      if (question === undefined || wanted === undefined || form === undefined) return
      const patch = patchSide(state.peek().patch, form.height, form.width)
      const answer = await ask('occlusion', occlusionTask, { ...question, class: wanted, patch })
      if (own !== covers || answer === undefined) return
      occlusion.value = answer
      if (answer.done >= answer.of) covering.value = false
      if (!covering.peek()) return
    }
  }
  let covers = 0

  const placeName = computed(() => {
    const at = looked.value
    return at === undefined ? undefined : [at.at, at.channel, at.row, at.column].join()
  })
  const mapName = computed(() =>
    looked.value === undefined ? undefined : `${looked.value.at},${looked.value.channel}`,
  )
  let openedFor = ''
  let filesBefore: readonly BroughtFile[] | undefined
  let restarted = restarts.peek()
  function openSoon(): void {
    const files = kept.files.peek()
    const name = files === undefined ? state.peek().network : 'files'
    if (name === openedFor && files === filesBefore && restarts.peek() === restarted) return
    openedFor = name
    filesBefore = files
    restarted = restarts.peek()
    void open()
  }
  const stops = [
    effect(() => {
      void restarts.value
      void state.value.network
      void kept.files.value
      void openSoon()
    }),
    effect(() => {
      const question = shown.value
      if (question === undefined) return
      void ask('overview', overviewTask, question).then((answer) => {
        if (answer !== undefined && shown.peek() === question) overview.value = answer
      })
    }),
    effect(() => {
      const question = shown.value
      void placeName.value
      const at = looked.peek()
      if (question === undefined || at === undefined) return
      const asked = { ...question, layer: at.at, channel: at.channel, row: at.row, column: at.column }
      void ask('place', placeTask, asked).then((answer) => {
        if (answer !== undefined) place.value = answer
      })
    }),
    effect(() => {
      void mapName.value
      void state.value.goIn
      const [question, at] = [shown.value, looked.peek()]
      if (question === undefined || at === undefined) return
      void findPatches(question, at.at, at.channel)
    }),
    effect(() => {
      void mapName.value
      void state.value.goIn
      void state.value.seed
      if (network.value === undefined) return
      batch(() => {
        ascent.value = undefined
        climbing.value = runsOf(3 * mostSteps) < mostUnasked
      })
      climbs++
      if (climbing.peek()) void climb()
    }),
    effect(() => {
      const [question, wanted, layer] = [shown.value, chosenClass.value, camLayer.value]
      if (question === undefined || wanted === undefined || layer === undefined) return
      void ask('cam', camTask, { ...question, layer, class: wanted }).then((answer) => {
        if (answer !== undefined) cam.value = answer
      })
    }),
    effect(() => {
      const [question, wanted] = [shown.value, chosenClass.value]
      void state.value.patch
      if (question === undefined || wanted === undefined) return
      const form = network.peek()!.form
      const stride = occlusionStride(form.height, form.width)
      batch(() => {
        occlusion.value = undefined
        covering.value = runsOf((form.height * form.width) / stride ** 2) < mostUnasked
      })
      covers++
      if (covering.peek()) void cover()
    }),
  ]
  return {
    ...{ state, network, opening, progress, unreadable, unfit, noRun, problem, shown, looked, camLayer, pointed },
    chosen: mapName,
    ...{ own: kept.own, strokes: kept.strokes, ink: kept.ink, class: chosenClass },
    ...{ overview, place, patches, ascent, cam, occlusion, climbing, covering, set },
    climb: (on) => {
      climbing.value = on
      if (on) void climb()
    },
    cover: (on) => {
      covering.value = on
      if (on) void cover()
    },
    brought: computed(() => kept.files.value !== undefined),
    openFiles: async (files) => {
      clear()
      if (files.reduce((total, { file }) => total + file.size, 0) > mostBytes)
        unreadable.value = { reason: 'too-large', detail: '' }
      else
        batch(() => {
          set({ layer: 0, channel: 0, class: undefined, camLayer: undefined, goIn: 'told' })
          kept.files.value = files
        })
    },
    useNetwork: (name) =>
      batch(() => {
        clear()
        kept.files.value = undefined
        set({ network: name, layer: 0, channel: 0, class: undefined, camLayer: undefined, goIn: 'told' })
      }),
    file: (kind) => engine.ask(`${lane}-file`, fileTask, { ...shown.peek()!, file: kind }),
    program: () => engine.ask(`${lane}-program`, programTask, { ...shown.peek()! }),
    dispose: () => {
      disposed = true
      for (const stop of stops) stop()
    },
  }
}
