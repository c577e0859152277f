// The view's state, training as it goes on, and what the worker answers.

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Engine, Refused, restarts, Superseded, WorkerLost } from '../engine/index.ts'
import { filterCount, mostSteps, sameSettings, settingsOf, type TextState } from './state.ts'
import { type FilterReading, type TextAnswer, type TextQuestion, textTask, weightsTask } from './task.ts'

export interface TextModel {
  readonly state: Signal<TextState>
  readonly answer: Signal<TextAnswer | undefined>
  /** The last answer for which training stood still, or the first: for what is too long to be made anew at every step. */
  readonly settled: ReadonlySignal<TextAnswer | undefined>
  readonly problem: Signal<string | undefined>
  /** Whether training goes on until somebody pauses it. */
  readonly running: Signal<boolean>
  /** Whether it goes on, for that reason or because the network is not yet where it was asked to be. */
  readonly training: ReadonlySignal<boolean>
  /** The filter that is pointed at. */
  readonly pointed: Signal<number | undefined>
  /** The filter that is shown: the one that is pointed at, or else the chosen one. */
  readonly shown: ReadonlySignal<number>
  readonly filter: ReadonlySignal<FilterReading | undefined>
  readonly set: (change: Partial<TextState>) => void
  readonly start: () => void
  readonly pause: () => void
  readonly step: () => void
  readonly reset: () => void
  /** The weights as they are shown, as a safetensors file. Rejects as `Engine.ask` does. */
  readonly weights: () => Promise<Uint8Array<ArrayBuffer>>
  readonly dispose: () => void
}

/** Milliseconds of training between two pictures of it. */
const between = 60

export function createText(engine: Engine, first: TextState, lane: string): TextModel {
  const state = signal(first)
  const answer = signal<TextAnswer | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const running = signal(false)
  const pointed = signal<number | undefined>(undefined)
  /** Whether training ends with the questions that are under way: where their answers stand, it stays. */
  const pausing = signal(false)
  /** Counts answers that came short of the steps that were asked for. */
  const short = signal(0)
  /** Questions under way. */
  let open = 0
  let disposed = false

  const set = (change: Partial<TextState>): void => {
    const next = { ...state.peek(), ...change }
    state.value = { ...next, filter: Math.min(next.filter, filterCount(next) - 1) }
  }

  const take = (result: TextAnswer): void =>
    batch(() => {
      answer.value = result
      problem.value = undefined
      const asked = sameSettings(result.settings, state.peek())
      if (pausing.peek()) {
        if (open > 0) return
        pausing.value = false
        if (asked) set({ steps: result.step })
        return
      }
      if (!asked) return
      if (!running.peek()) {
        if (result.step < state.peek().steps) short.value++
        return
      }
      if (result.step >= mostSteps) running.value = false
      set({ steps: result.step })
    })

  const ask = async (question: TextQuestion): Promise<void> => {
    open++
    try {
      const result = await engine.ask(lane, textTask, question).finally(() => open--)
      if (!disposed) take(result)
    } catch (error) {
      if (disposed || error instanceof Superseded) return
      pausing.value = false
      if (error instanceof WorkerLost) return
      if (!(error instanceof Refused)) throw error
      batch(() => {
        problem.value = error.message
        running.value = false
      })
    }
  }
  /** Everything that the worker needs to know; the filter that is shown is not part of it. */
  const wanted = computed(() =>
    JSON.stringify([settingsOf(state.value), running.value ? mostSteps : state.value.steps, state.value.sentence]),
  )
  const stop = effect(() => {
    void restarts.value
    void short.value
    void wanted.value
    if (pausing.value) return
    // While it runs, every answer asks for the next.
    if (running.value) void answer.value
    const { steps, sentence } = state.peek()
    const settings = settingsOf(state.peek())
    void ask({ settings, steps: running.peek() ? mostSteps : steps, milliseconds: between, sentence })
  })
  const stepNow = (): number => {
    const result = answer.peek()
    return result !== undefined && sameSettings(result.settings, state.peek()) ? result.step : 0
  }
  const training = computed(
    () =>
      running.value ||
      pausing.value ||
      (problem.value === undefined && answer.value !== undefined && answer.value.step < state.value.steps),
  )
  let last: TextAnswer | undefined
  const settled = computed(() => {
    if (!training.value || last === undefined) last = answer.value
    return last
  })
  const shown = computed(() => pointed.value ?? state.value.filter)
  return {
    ...{ state, answer, settled, problem, running, training, pointed, shown, set },
    filter: computed(() => answer.value?.reading?.filters[shown.value]),
    start: () => {
      running.value = true
    },
    pause: () =>
      batch(() => {
        pausing.value = open > 0
        running.value = false
        if (open === 0) set({ steps: stepNow() })
      }),
    step: () => set({ steps: Math.min(stepNow() + 1, mostSteps) }),
    reset: () =>
      batch(() => {
        pausing.value = false
        running.value = false
        set({ steps: 0 })
      }),
    weights: () =>
      engine.ask(`${lane}-weights`, weightsTask, { settings: settingsOf(state.peek()), steps: state.peek().steps }),
    dispose: () => {
      disposed = true
      stop()
    },
  }
}
