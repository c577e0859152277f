// The view's state, the picture that is filtered, and what the worker answers.

import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Engine, Refused, restarts, Superseded, WorkerLost } from '../engine/index.ts'
import { samplePicture, samples } from '../pictures/samples.ts'
import type { Pixels } from '../ui/pixels.ts'
import { type FiltersState, kernelsOf, ownPictureName } from './state.ts'
import { type FiltersAnswer, type FiltersQuestion, filtersTask } from './task.ts'

export interface FiltersModel {
  readonly state: Signal<FiltersState>
  readonly picture: ReadonlySignal<Pixels>
  readonly answer: Signal<FiltersAnswer | undefined>
  readonly problem: Signal<string | undefined>
  readonly spectra: Signal<boolean>
  readonly signed: ReadonlySignal<boolean>
  readonly dispose: () => void
}

const channelIndex = { all: undefined, red: 0, green: 1, blue: 2 } as const

/** `brought` is one's own picture, or the camera's. */
export function createFilters(
  engine: Engine,
  first: FiltersState,
  lane: string,
  brought?: Signal<Pixels | undefined>,
): FiltersModel {
  const state = signal(first)
  const picture = computed(() => {
    const { sample } = state.value
    return sample === ownPictureName ? (brought?.value ?? samplePicture(samples[0])) : samplePicture(sample)
  })
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
    const given = { picture: picture.value, kernels, signed: signed.value, boundary, grey, pixel }
    void ask({ ...given, channel: grey ? undefined : channelIndex[channel], spectra: spectra.value })
  })
  return {
    ...{ state, picture, answer, problem, spectra, signed },
    dispose: () => {
      disposed = true
      stop()
    },
  }
}
