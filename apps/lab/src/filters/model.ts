// The view's state, the picture that is filtered, and what the worker answers.

import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Engine, Refused, restarts, Superseded, WorkerLost } from '../engine/index.ts'
import { samplePicture } from './samples.ts'
import { type FiltersState, kernelsOf } from './state.ts'
import { type FiltersAnswer, type FiltersQuestion, filtersTask, type Pixels } from './task.ts'

export interface FiltersModel {
  readonly state: Signal<FiltersState>
  /** An own picture or the camera's; undefined while a drawn one is filtered. */
  readonly brought: Signal<Pixels | undefined>
  readonly picture: ReadonlySignal<Pixels>
  readonly answer: Signal<FiltersAnswer | undefined>
  readonly problem: Signal<string | undefined>
  readonly spectra: Signal<boolean>
  readonly signed: ReadonlySignal<boolean>
  readonly dispose: () => void
}

const channelIndex = { all: undefined, red: 0, green: 1, blue: 2 } as const

export function createFilters(engine: Engine, first: FiltersState, lane: string): FiltersModel {
  const state = signal(first)
  const brought = signal<Pixels | undefined>(undefined)
  const picture = computed(() => brought.value ?? samplePicture(state.value.sample))
  const answer = signal<FiltersAnswer | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const spectra = signal(false)
  const signed = computed(() => kernelsOf(state.value).some((kernel) => kernel.signed))
  let disposed = false

  const ask = async (question: FiltersQuestion): Promise<void> => {
    try {
      const result = await engine.ask(lane, filtersTask, question)
      if (disposed) return
      answer.value = result
      problem.value = undefined
    } catch (error) {
      if (error instanceof Superseded || error instanceof WorkerLost) return
      if (!(error instanceof Refused)) throw error
      problem.value = error.message
    }
  }
  const stop = effect(() => {
    void restarts.value
    const { boundary, grey, channel, pixel } = state.value
    const kernels = kernelsOf(state.value).map(({ rows }) => rows)
    // Sent each time: it is copied in less than a millisecond, and no worker is ever without it.
    const own = { picture: picture.value, kernels, signed: signed.value, boundary, grey, pixel }
    void ask({ ...own, channel: grey ? undefined : channelIndex[channel], spectra: spectra.value })
  })
  return {
    ...{ state, brought, picture, answer, problem, spectra, signed },
    dispose: () => {
      disposed = true
      stop()
    },
  }
}
