// A run as the page sees it: opened as its settings say, followed while it changes, kept, and taken up again where the worker was
// lost. It outlives the view, so that training goes on while another is open.

import { batch, effect, type Signal, signal } from '@preact/signals'
import { Refused, restarts, Superseded, WorkerLost } from '../engine/index.ts'
import type { ControlQuestion, Wanted } from './protocol.ts'

export type Status = 'opening' | 'ready' | 'lacking'

/** What a run was opened with. */
interface Place<Settings> {
  readonly settings: Settings
  readonly key: string
}

/** What is particular to a view's runs. */
export interface Running<
  Settings,
  Opened extends { readonly run: number },
  Shown extends { readonly version: number },
  Kept,
> {
  readonly settings: Signal<Settings>
  readonly epochsOf: (settings: Settings) => number
  /** Two settings with the same key train alike. It may follow signals. */
  readonly keyOf: (settings: Settings) => string
  /** Reads what has to be there before `open`. */
  readonly prepare?: (settings: Settings) => Promise<void>
  /** Makes this page the one that keeps the run, unless another page of the lab does. */
  readonly claim?: (at: Place<Settings>) => Promise<void>
  readonly recall: (at: Place<Settings>) => Promise<Kept | undefined>
  readonly forget: (at: Place<Settings>) => void
  /** Takes the run up at the steps that were reached. Undefined where something is lacking. */
  readonly open: (settings: Settings, kept: Kept | undefined, reached: readonly number[]) => Promise<Opened> | undefined
  /** Empties what was shown of the run before, or fills it with what was kept. */
  readonly began: (kept: Kept | undefined, settings: Settings) => void
  /** The next change after that version. */
  readonly watch: (run: number, since: number) => Promise<Shown>
  /** Shows it; what is to be kept, where there is anything new. */
  readonly show: (shown: Shown) => Kept | undefined
  readonly keep: (at: Place<Settings>, kept: Kept) => void
  readonly control: (question: ControlQuestion) => Promise<unknown>
  /** Steps of each network, as they are shown. */
  readonly steps: () => readonly number[]
  /** Notes at once which steps were shown, as what is kept is older by a moment. */
  readonly reach: (at: Place<Settings>, steps: readonly number[]) => void
  readonly reached: (at: Place<Settings>) => readonly number[]
}

export interface Follower<Opened, Shown> {
  readonly status: Signal<Status>
  readonly opened: Signal<Opened | undefined>
  readonly seen: Signal<Shown | undefined>
  /** What the library refused, in its words. */
  readonly problem: Signal<string | undefined>
  /** The worker was lost, and the run was taken up again from this step. */
  readonly recovered: Signal<number | undefined>
  readonly want: (wanted: Wanted) => void
  /** Starts the run over from untrained weights. */
  readonly reset: () => void
  /** Keeps the run as it was heard of last. */
  readonly keepNow: () => void
  /** Asks about the run that is open; undefined where there is none or it was left meanwhile. */
  readonly ask: <A>(question: (run: number) => Promise<A>) => Promise<A | undefined>
  /** Shows the answer to a question about the run as it stands. */
  readonly look: (question: (run: number) => Promise<Shown>) => void
}

const isUnknownRun = (error: unknown): boolean => error instanceof Refused && error.message === 'unknown run'

const isQuiet = (error: unknown): boolean =>
  error instanceof Superseded || error instanceof WorkerLost || isUnknownRun(error)

/** Milliseconds after a change of the settings before another run is opened. */
const pause = 250

export function createFollower<
  Settings,
  Opened extends { readonly run: number },
  Shown extends { readonly version: number; readonly problem: string | undefined },
  Kept,
>(running: Running<Settings, Opened, Shown, Kept>): Follower<Opened, Shown> {
  const { settings, keyOf } = running
  const status = signal<Status>('opening')
  const opened = signal<Opened | undefined>(undefined)
  const seen = signal<Shown | undefined>(undefined)
  const problem = signal<string | undefined>(undefined)
  const recovered = signal<number | undefined>(undefined)
  /** Grows with every opening: what belongs to an earlier one is of no use. */
  let opening = 0
  let own: Place<Settings> = { settings: settings.peek(), key: '' }
  let kept: Kept | undefined
  /** Steps that were reached before this opening. */
  let reached: readonly number[] = []

  /** While those are taken again, fewer are shown. */
  const steps = (): readonly number[] => running.steps().map((step, i) => Math.max(step, reached[i] ?? 0))

  function apply(shown: Shown): void {
    const next = batch(() => {
      seen.value = shown
      problem.value = shown.problem
      return running.show(shown)
    })
    running.reach(own, steps())
    if (next === undefined) return
    kept = next
    running.keep(own, next)
  }

  /** Asks for every change of the run, until it is left for another. */
  async function follow(at: number, run: number): Promise<void> {
    while (at === opening) {
      try {
        const shown = await running.watch(run, seen.peek()?.version ?? -1)
        if (at === opening) apply(shown)
      } catch (error) {
        if (at !== opening) return
        // A new worker knows nothing of the run: it is taken up where it was kept last.
        if (isUnknownRun(error)) {
          recovered.value = steps().reduce((most, step) => Math.max(most, step), 0)
          void reopen('shown')
        } else if (error instanceof Refused) problem.value = error.message
        return
      }
    }
  }

  /** From what the browser keeps, from what is shown, or from untrained weights. */
  async function reopen(from: 'kept' | 'shown' | 'untrained'): Promise<void> {
    const at = ++opening
    const before = from === 'shown' ? { kept, reached: steps() } : undefined
    const now = settings.peek()
    if (status.peek() !== 'opening') status.value = 'opening'
    await running.prepare?.(now)
    if (at !== opening) return
    const place = { settings: now, key: keyOf(now) }
    await running.claim?.(place)
    if (at !== opening) return
    const found = from === 'kept' ? await running.recall(place) : before?.kept
    if (at !== opening) return
    own = place
    kept = found
    reached = from === 'kept' ? running.reached(place) : (before?.reached ?? [])
    const answer = running.open(now, found, reached)
    if (answer === undefined) {
      batch(() => {
        status.value = 'lacking'
        opened.value = undefined
        seen.value = undefined
        running.began(undefined, now)
      })
      return
    }
    try {
      const ready = await answer
      if (at !== opening) return
      batch(() => {
        opened.value = ready
        seen.value = undefined
        problem.value = undefined
        status.value = 'ready'
        running.began(found, now)
      })
      void follow(at, ready.run)
    } catch (error) {
      if (at === opening && error instanceof Refused) problem.value = error.message
      else if (!isQuiet(error)) throw error
    }
  }

  const control = (change: Omit<ControlQuestion, 'run'>): void => {
    const run = opened.peek()?.run
    if (run === undefined) return
    running.control({ run, ...change }).catch((error: unknown) => {
      if (!isQuiet(error)) throw error
    })
  }

  // Opens anew when what is trained changes; a run of the same settings that was kept is gone on with.
  let last = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  effect(() => {
    const next = keyOf(settings.value)
    if (next === last) return
    const soon = last === '' ? 0 : pause
    last = next
    recovered.value = undefined
    clearTimeout(timer)
    timer = setTimeout(() => void reopen('kept'), soon)
  })
  effect(() => control({ epochs: running.epochsOf(settings.value) }))
  let restarted = restarts.peek()
  effect(() => {
    if (restarts.value === restarted) return
    restarted = restarts.value
    void reopen('shown')
  })

  return {
    ...{ status, opened, seen, problem, recovered },
    want: (wanted) => control({ wanted, epochs: running.epochsOf(settings.peek()) }),
    reset: () => {
      running.forget(own)
      recovered.value = undefined
      void reopen('untrained')
    },
    keepNow: () => {
      running.reach(own, steps())
      if (kept !== undefined) running.keep(own, kept)
    },
    ask: async (about) => {
      const run = opened.peek()?.run
      if (run === undefined) return undefined
      try {
        return await about(run)
      } catch (error) {
        if (isQuiet(error)) return undefined
        throw error
      }
    },
    look: (question) => {
      const run = opened.peek()?.run
      if (run === undefined) return
      const at = opening
      question(run).then(
        (shown) => {
          if (at === opening) apply(shown)
        },
        (error: unknown) => {
          if (!isQuiet(error)) throw error
        },
      )
    },
  }
}
