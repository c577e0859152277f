// Takes turns: in every round each contender runs once for a short while, so that a machine that slows down or speeds up
// does so for all of them.

import { largestOf } from 'convoke/shapes'
import type { Prepared } from './contender.ts'
import { median, quantile } from './statistics.ts'

export interface Budget {
  readonly rounds: number
  /** How long one turn lasts, in ms; a contender whose single run takes longer has it for that long. */
  readonly turn: number
  /** How long a contender may take in all, in ms. Slow ones get fewer rounds; one whose first run
   * takes longer is not asked to run again. */
  readonly total: number
  /** Idle time before each turn, in ms: threads of the one before, still spinning for work, go to sleep. */
  readonly settle: number
  /** The shortest time the clock measures well, in ms. Shorter runs are timed several at a time. */
  readonly resolution: number
}

/** Time of one run in ms: the median over rounds of each round's median, its quartiles, and how many rounds. */
export interface Timing {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly rounds: number
}

const now = (): number => performance.now()

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function timeRuns(prepared: Prepared, count: number): Promise<number> {
  const start = now()
  for (let i = 0; i < count; i++) {
    const pending = prepared.run()
    if (pending !== undefined) await pending
  }
  return now() - start
}

/** Turns that one run may take before it counts as slow. */
const slowFrom = 10

interface Lane {
  readonly prepared: Prepared
  /** Runs timed as one sample. */
  readonly batch: number
  readonly rounds: number
  /** So slow that its caches are cold anyway: no untimed run before each turn. */
  readonly slow: boolean
  readonly medians: number[]
}

/** Warms one contender up and finds out how long it takes. */
async function openLane(prepared: Prepared, budget: Budget): Promise<Lane> {
  await prepared.enter?.()
  const first = await timeRuns(prepared, 1)
  if (first > budget.total) return { prepared, batch: 1, rounds: 0, slow: true, medians: [first] }
  // The first run compiles and packs; later ones tell the time. Three more, unless one alone spends the turn.
  const later: number[] = []
  for (let i = 0; i < 3 && first < slowFrom * budget.turn; i++) later.push(await timeRuns(prepared, 1))
  const time = Math.max(later.length === 0 ? first : median(later), 1e-4)
  const single = prepared.refresh !== undefined
  const batch = single ? 1 : Math.max(1, Math.ceil(budget.resolution / time))
  const slow = time > slowFrom * budget.turn
  const turn = Math.max(budget.turn, time * batch) + (slow ? 0 : time)
  const rounds = Math.max(1, Math.min(budget.rounds, Math.floor(budget.total / turn)))
  return { prepared, batch, rounds, slow, medians: [] }
}

async function takeTurn({ prepared, batch, slow, medians }: Lane, budget: Budget): Promise<void> {
  await pause(budget.settle)
  await prepared.enter?.()
  if (!slow) await timeRuns(prepared, 1)
  const samples: number[] = []
  const end = now() + budget.turn
  do {
    prepared.refresh?.()
    samples.push((await timeRuns(prepared, batch)) / batch)
  } while (now() < end)
  medians.push(median(samples))
}

/** Round by round the order is turned and reversed, so that nobody always follows the same neighbour. */
export function turnOrder(count: number, round: number): number[] {
  const rotated = Array.from({ length: count }, (_, i) => (i + round) % count)
  return round % 2 === 0 ? rotated : rotated.reverse()
}

/** Times every contender in turn. `between` runs before each round, untimed: the place to measure the machine itself. */
export async function measureInTurn(
  contenders: readonly Prepared[],
  budget: Budget,
  between: (round: number) => Promise<void> = async () => {},
): Promise<Timing[]> {
  const lanes: Lane[] = []
  for (const prepared of contenders) lanes.push(await openLane(prepared, budget))
  for (let round = 0; round < Math.max(largestOf(lanes.map(({ rounds }) => rounds)), 0); round++) {
    await between(round)
    for (const index of turnOrder(lanes.length, round)) {
      if (round < lanes[index].rounds) await takeTurn(lanes[index], budget)
    }
  }
  return lanes.map(({ medians }) => ({
    median: median(medians),
    low: quantile(medians, 0.25),
    high: quantile(medians, 0.75),
    rounds: medians.length,
  }))
}
