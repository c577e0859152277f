// The view's state, what the worker answers to it, and what somebody points at.

import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Engine, Refused, restarts, Superseded, WorkerLost } from '../engine/index.ts'
import { type Geometry, geometryOf, isMisfit, type Misfit } from './geometry.ts'
import type { SlideState } from './state.ts'
import { type SlideAnswer, slideTask } from './task.ts'

/** What is pointed at: an output or an input, by its place on the spatial axes and its channel. */
export type Pointed =
  | { readonly output: number; readonly channel: number }
  | { readonly input: number; readonly channel: number }
  | undefined

export interface SlideModel {
  readonly state: Signal<SlideState>
  readonly found: ReadonlySignal<Geometry | Misfit>
  /** Of the state as it is; undefined while it is computed. */
  readonly answer: ReadonlySignal<SlideAnswer | undefined>
  readonly problem: Signal<string | undefined>
  readonly pointed: Signal<Pointed>
  readonly playing: Signal<boolean>
  /** Windows a second, relative to the usual. */
  readonly speed: Signal<number>
  /** Counts the steps that are to be shown moving. */
  readonly moves: Signal<number>
  readonly dispose: () => void
}

/** What the numbers depend on: not where somebody looks. */
const questionOf = ({ place: _, channel: __, ...question }: SlideState) => question

export function createSlide(engine: Engine, first: SlideState, lane: string): SlideModel {
  const state = signal(first)
  const found = computed(() => geometryOf(state.value))
  const question = computed(() => JSON.stringify(questionOf(state.value)))
  const answered = signal<{ readonly key: string; readonly answer: SlideAnswer } | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const answer = computed(() => (answered.value?.key === question.value ? answered.value.answer : undefined))

  const ask = async (key: string): Promise<void> => {
    try {
      const result = await engine.ask(lane, slideTask, JSON.parse(key))
      answered.value = { key, answer: result }
      problem.value = undefined
    } catch (error) {
      if (error instanceof Superseded) return
      problem.value = error instanceof Refused ? error.message : undefined
      if (!(error instanceof Refused || error instanceof WorkerLost)) throw error
    }
  }
  const stop = effect(() => {
    void restarts.value
    if (!isMisfit(found.value)) void ask(question.value)
  })
  return {
    ...{ state, found, answer, problem },
    pointed: signal<Pointed>(undefined),
    playing: signal(false),
    speed: signal(1),
    moves: signal(0),
    dispose: stop,
  }
}

/** Changes the state, and keeps what is watched within what there is. */
export function change(model: SlideModel, next: SlideState): void {
  const geometry = geometryOf(next)
  const places = isMisfit(geometry) ? 1 : geometry.places
  model.pointed.value = undefined
  model.state.value = { ...next, place: Math.min(next.place, places - 1) }
}

/** Watches another window; `moving` shows how its sum comes about. */
export function goTo(model: SlideModel, place: number, moving = false): void {
  const geometry = model.found.peek()
  if (isMisfit(geometry)) return
  const kept = Math.min(Math.max(place, 0), geometry.places - 1)
  if (kept !== model.state.peek().place) model.state.value = { ...model.state.peek(), place: kept }
  if (moving) model.moves.value++
}
