// The view's state, the picture that is filtered, and what the worker answers.

import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Engine, Refused, restarts, Superseded, type Task, WorkerLost } from '../engine/index.ts'
import { samplePicture, samples } from '../pictures/samples.ts'
import type { Pixels } from '../ui/pixels.ts'
import { type FiltersState, kernelsOf, ownPictureName } from './state.ts'
import { type FiltersAnswer, type FiltersQuestion, filtersTask, type Probe, probeTask } from './task.ts'

export interface FiltersModel {
  readonly state: Signal<FiltersState>
  readonly picture: ReadonlySignal<Pixels>
  readonly answer: Signal<FiltersAnswer | undefined>
  /** How the pixel that is looked at came about. */
  readonly probe: Signal<Probe | undefined>
  readonly problem: Signal<string | undefined>
  readonly spectra: Signal<boolean>
  readonly signed: ReadonlySignal<boolean>
  readonly dispose: () => void
}

/** Pixels that the worker reads where they are; where a page may share no memory, they are copied with each question. */
function shared({ width, height, data }: Pixels): FiltersQuestion['picture'] {
  if (!globalThis.crossOriginIsolated) return { width, height, data }
  const held = new Uint8ClampedArray(new SharedArrayBuffer(data.length))
  held.set(data)
  return { width, height, data: held }
}

const channelIndex = { all: undefined, red: 0, green: 1, blue: 2 } as const

interface FiltersOptions {
  /** One's own picture, or the camera's. */
  readonly brought?: Signal<Pixels | undefined>
  /** Whether it is shown how a pixel comes about. */
  readonly probing?: boolean
}

export function createFilters(
  engine: Engine,
  first: FiltersState,
  lane: string,
  { brought, probing = false }: FiltersOptions = {},
): FiltersModel {
  const state = signal(first)
  const picture = computed(() => {
    const { sample } = state.value
    return sample === ownPictureName ? (brought?.value ?? samplePicture(samples[0])) : samplePicture(sample)
  })
  const answer = signal<FiltersAnswer | undefined>(undefined)
  const probe = signal<Probe | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const spectra = signal(false)
  const signed = computed(() => kernelsOf(state.value).some((kernel) => kernel.signed))
  let disposed = false

  async function ask<Q, A>(name: string, task: Task<Q, A>, question: Q, show: (answer: A) => void): Promise<void> {
    try {
      const result = await engine.ask(name, task, question)
      if (disposed) return
      show(result)
      problem.value = undefined
    } catch (error) {
      if (error instanceof Superseded || error instanceof WorkerLost) return
      if (!(error instanceof Refused)) throw error
      problem.value = error.message
    }
  }
  /** All that decides what the filters give, but for the picture. */
  const rules = computed(() => {
    const { chain, own, boundary, grey, channel } = state.value
    return JSON.stringify([chain, own, boundary, grey, channel])
  })
  const pixel = computed(() => state.value.pixel.join())
  let pictureId = 0
  const identified = computed(() => ({ picture: shared(picture.value), pictureId: ++pictureId }))
  const questionNow = (): FiltersQuestion => {
    void restarts.value
    void rules.value
    const now = state.peek()
    const { boundary, grey, channel } = now
    return {
      ...{ ...identified.value, boundary, grey, channel: grey ? undefined : channelIndex[channel] },
      ...{ kernels: kernelsOf(now).map(({ rows }) => rows), signed: signed.value, spectra: spectra.value },
    }
  }
  const stops = [
    effect(() => {
      void ask(lane, filtersTask, questionNow(), (found) => {
        answer.value = found
      })
    }),
    effect(() => {
      if (!probing) return
      void pixel.value
      const question = { ...questionNow(), pixel: state.peek().pixel }
      void ask(`${lane}-probe`, probeTask, question, (found) => {
        probe.value = found
      })
    }),
  ]
  return {
    ...{ state, picture, answer, probe, problem, spectra, signed },
    dispose: () => {
      disposed = true
      for (const stop of stops) stop()
    },
  }
}
