// Measured choices: which of several plans was the fastest, for each machine and question, kept where the platform keeps
// things. A name that no candidate has is as good as no choice, so what is read back need not be trusted.

import type { ChoiceStore } from '../runtime/platform/platform.ts'

export interface Choices {
  /** The name of the plan chosen for this question; undefined when it was not asked before. */
  readonly get: (question: string) => string | undefined
  readonly set: (question: string, name: string) => void
}

const version = 1
const mostChoices = 4096

function decode(text: string | undefined): Map<string, string> {
  try {
    const found = JSON.parse(text ?? '') as { readonly version?: unknown; readonly choices?: unknown }
    if (found.version !== version || typeof found.choices !== 'object' || found.choices === null) return new Map()
    const entries = Object.entries(found.choices).filter(([, name]) => typeof name === 'string')
    return new Map(entries.slice(-mostChoices) as [string, string][])
  } catch {
    return new Map()
  }
}

/** Choices of one machine: `machine` names all that they depend on besides the question. */
export function createChoices(store: ChoiceStore | undefined, machine: string): Choices {
  let known: Map<string, string> | undefined
  const load = (): Map<string, string> => {
    known ??= decode(store?.read())
    return known
  }
  const keyOf = (question: string): string => `${machine} ${question}`
  return {
    get: (question) => load().get(keyOf(question)),
    set: (question, name) => {
      load().set(keyOf(question), name)
      // Another process may have added some since.
      const all = new Map([...decode(store?.read()), ...load()])
      const kept = [...all].slice(-mostChoices)
      store?.write(JSON.stringify({ version, choices: Object.fromEntries(kept) }, null, 1))
    },
  }
}

/** Rounds in which each plan runs once, and the time after which there are no more, in ms. */
const rounds = { most: 7, least: 2, time: 200 }

/**
 * Which of `runs` is the fastest: each runs once to warm up, then in turn, by the least time of any turn. The one before
 * stays unless a later one is faster by more than the noise.
 */
export function fastestOf(runs: readonly (() => void)[], now: () => number = () => performance.now()): number {
  const least = runs.map(() => Number.POSITIVE_INFINITY)
  const timed = (run: () => void): number => {
    const start = now()
    run()
    return now() - start
  }
  for (const run of runs) run()
  const begun = now()
  for (let round = 0; round < rounds.most; round++) {
    if (round >= rounds.least && now() - begun > rounds.time) break
    runs.forEach((run, i) => {
      least[i] = Math.min(least[i], timed(run))
    })
  }
  const noise = 0.97
  return least.reduce((best, time, i) => (time < noise * least[best] ? i : best), 0)
}
