// The view's state, the picture that goes in, and what the worker answers.

import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Network } from 'convoke-workbench'
import { type Engine, Refused, restarts, Superseded, type Task, WorkerLost } from '../engine/index.ts'
import { type BroughtFile, mostBytes, readBytes } from '../models/files.ts'
import type { UnreadableFiles } from '../models/task.ts'
import { samplePicture } from '../pictures/samples.ts'
import type { Pixels } from '../ui/pixels.ts'
import { deepest } from './layers.ts'
import { fitted } from './picture.ts'
import type { ShapesState } from './state.ts'
import {
  type DroppedAnswer,
  droppedTask,
  type EffectiveAnswer,
  effectiveTask,
  type LayerRow,
  type ModelProgram,
  modelProgramTask,
  modelWeightsTask,
  type SeenAnswer,
  type ShapesAnswer,
  seenTask,
  shapesTask,
} from './task.ts'

/** A model that was dropped, and what the worker knows it by. */
export type Dropped = Extract<DroppedAnswer, { readonly kind: 'opened' }> & { readonly key: string }

export interface ShapesModel {
  readonly state: Signal<ShapesState>
  /** An own picture; undefined while a drawn one goes in. */
  readonly brought: Signal<Pixels | undefined>
  readonly dropped: Signal<Dropped | undefined>
  /** The picture as the network takes it; undefined where it takes none. */
  readonly input: ReadonlySignal<Pixels | undefined>
  readonly answer: ReadonlySignal<ShapesAnswer | undefined>
  /** The layer that is looked at, as far as there is one that fits. */
  readonly looked: ReadonlySignal<{ readonly layer: number; readonly row: LayerRow } | undefined>
  readonly position: ReadonlySignal<readonly [row: number, column: number] | undefined>
  readonly seen: Signal<SeenAnswer | undefined>
  readonly effective: Signal<EffectiveAnswer | undefined>
  readonly problem: Signal<string | undefined>
  readonly opening: Signal<boolean>
  readonly unreadable: Signal<UnreadableFiles | undefined>
  /** Another stack, looked at in its last layer with outputs to choose among. */
  readonly open: (network: Network) => void
  /** Reads a model from files; what is shown stays where they are none. */
  readonly openFiles: (files: readonly BroughtFile[]) => Promise<void>
  /** What programs say of a model that was dropped, and its weights as safetensors. */
  readonly program: (key: string) => Promise<ModelProgram | undefined>
  readonly weights: (key: string) => Promise<Uint8Array<ArrayBuffer>>
  /** Goes back from a model to the stack. */
  readonly close: () => void
  readonly dispose: () => void
}

/** Kept while the page is open, whatever view is shown: what no address holds. */
const brought = signal<Pixels | undefined>(undefined)
const dropped = signal<Dropped | undefined>(undefined)
/** The files of the model that is open: a new worker has to read them again. */
let openedFiles: readonly BroughtFile[] = []
let keys = 0

/** A place as shares, in a map of so many rows and columns. */
export const positionIn = (place: ShapesState['place'], positions: readonly number[]): readonly [number, number] => {
  const at = (share: number, count: number): number => Math.min(Math.floor(share * count), count - 1)
  return [at(place[0], positions[0]), at(place[1], positions[1])]
}

export function createShapes(engine: Engine, first: ShapesState, lane: string, own = true): ShapesModel {
  const state = signal(first)
  const bring = own ? brought : signal<Pixels | undefined>(undefined)
  const drop = own ? dropped : signal<Dropped | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const stack = signal<{ readonly network: Network; readonly answer: ShapesAnswer } | undefined>(undefined)
  const seen = signal<SeenAnswer | undefined>(undefined)
  const effective = signal<EffectiveAnswer | undefined>(undefined)
  const network = computed(() => state.value.network)
  const inputShape = computed(() => (drop.value === undefined ? network.value.inputShape : drop.value.inputShape))
  const source = computed(() => bring.value ?? samplePicture(state.value.sample))
  const input = computed(() => {
    const shape = inputShape.value
    return shape === undefined ? undefined : fitted(source.value, shape[0], shape[1])
  })
  const answer = computed(() =>
    drop.value !== undefined
      ? drop.value.answer
      : stack.value?.network === network.value
        ? stack.value.answer
        : undefined,
  )
  const looked = computed(() => {
    const rows = answer.value?.rows ?? []
    if (rows.length === 0) return undefined
    const layer = Math.min(state.value.layer, rows.length - 1)
    return { layer, row: rows[layer] }
  })
  const position = computed(() => {
    const positions = looked.value?.row.positions
    return positions === undefined ? undefined : positionIn(state.value.place, positions)
  })
  /** A stack that has come and is yet to be looked at where it has outputs to choose among. */
  let unsettled: Network | undefined
  let disposed = false

  const settle = ({ rows }: ShapesAnswer): void => {
    unsettled = undefined
    state.value = { ...state.peek(), layer: deepest(rows) }
  }
  const open = (wanted: Network): void => {
    const known = stack.peek()
    unsettled = wanted
    state.value = { ...state.peek(), network: wanted, channel: 0 }
    if (known?.network === wanted) settle(known.answer)
  }

  const ask = async <Q, A>(name: string, task: Task<Q, A>, question: Q, take: (answer: A) => void): Promise<void> => {
    try {
      const result = await engine.ask(`${lane}-${name}`, task, question)
      if (disposed) return
      take(result)
      problem.value = undefined
    } catch (error) {
      if (error instanceof Superseded || error instanceof WorkerLost) return
      if (!(error instanceof Refused)) throw error
      problem.value = error.message
    }
  }
  const stops = [
    effect(() => {
      void restarts.value
      const asked = network.value
      void ask('sizes', shapesTask, { network: asked }, (result) => {
        stack.value = { network: asked, answer: result }
        if (unsettled === asked) settle(result)
      })
    }),
    effect(() => {
      void restarts.value
      const key = drop.value?.key
      // What was shown stays until the sizes of another stack are known.
      if (answer.value === undefined) return
      const at = looked.value
      const where = position.value
      const picture = input.value
      if (at === undefined || where === undefined || picture === undefined) {
        seen.value = undefined
        effective.value = undefined
        return
      }
      const { channel, seed } = state.value
      const question = { network: key === undefined ? network.value : undefined, key, layer: at.layer, position: where }
      void ask('seen', seenTask, question, (result) => {
        seen.value = result
      })
      void ask('effective', effectiveTask, { ...question, channel, seed, picture }, (result) => {
        effective.value = result
      })
    }),
  ]
  const opening = signal(false)
  const unreadable = signal<UnreadableFiles | undefined>(undefined)

  const openFiles = async (files: readonly BroughtFile[]): Promise<void> => {
    unreadable.value = undefined
    if (files.reduce((total, { file }) => total + file.size, 0) > mostBytes) {
      unreadable.value = { reason: 'too-large', detail: '' }
      return
    }
    opening.value = true
    const key = `model ${keys++}`
    try {
      const read = await readBytes(files)
      const result = await engine.ask(`${lane}-model`, droppedTask, { key, files: read })
      if (result.kind === 'unreadable') unreadable.value = result
      else {
        openedFiles = files
        seen.value = undefined
        effective.value = undefined
        state.value = { ...state.peek(), layer: deepest(result.answer.rows), channel: 0 }
        drop.value = { ...result, key }
      }
    } catch (error) {
      if (error instanceof Superseded || error instanceof WorkerLost) return
      unreadable.value = { reason: 'not-read', detail: error instanceof Error ? error.message : '' }
    } finally {
      opening.value = false
    }
  }
  const close = (): void => {
    drop.value = undefined
    unreadable.value = undefined
    seen.value = undefined
    effective.value = undefined
    open(state.peek().network)
  }
  stops.push(
    effect(() => {
      // A new worker knows nothing of the model.
      if (restarts.value > 0 && drop.peek() !== undefined) void openFiles(openedFiles)
    }),
  )
  return {
    ...{ state, brought: bring, dropped: drop, input, answer, looked, position, seen, effective, problem },
    program: (key) => engine.ask(`${lane}-program`, modelProgramTask, { key }),
    weights: (key) => engine.ask(`${lane}-weights`, modelWeightsTask, { key }),
    ...{ opening, unreadable, open, openFiles, close },
    dispose: () => {
      disposed = true
      for (const stop of stops) stop()
    },
  }
}
