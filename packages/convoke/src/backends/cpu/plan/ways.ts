// The list of ways to compute a kernel: what each would take, and its plan. The model takes the least; a planner that measures
// tries them; `explain` tells of all.

import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../backend.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Target } from '../program/index.ts'
import type { Planned } from './planned.ts'

/** A way to compute a kernel. The first of a list is the plain one, to which there is always a plan or loops. */
export interface Way {
  readonly algorithm: 'direct' | 'separable' | 'winograd' | 'fft'
  /** Time expected on one thread, in slots: see `kernels/machine.ts`. */
  readonly slots: number
  /** How many times as fast as the plain way it must be expected to be: no model is exact. 1 for the plain way. */
  readonly margin: number
  /** `share` is the expected time over that of the plain way. Null where it turns out to need too much memory. */
  readonly plan: (share: number) => Planned | null
  /** The same in other tiles, for a planner that measures. */
  readonly variants?: () => readonly Planned[]
}

/** Margin where the model has more parts: in training, where the transform of a filter counts, and for gradients of filters. */
export const marginOfMore = 1.15

/** A convolution that may be computed in another basis than sums of products. */
export interface FastQuestion {
  readonly conv: ConvSpec
  readonly epilogue: Epilogue | null
  /** The filter will have changed by the next time: packing it counts. */
  readonly training: boolean
  readonly target: Target
}

/** What a way takes, for people. */
export const timeInWords = (way: string, share: string, training = false): string =>
  `${way} takes ${share} of the time of a direct sum, by its model${training ? ', the transform of the filter included' : ''}`

/** A plan that can run, and why it was chosen. */
export type Candidate = Extract<Planned, { readonly plan: KernelPlan }>

const shareOf = ({ slots }: Way, [plain]: readonly Way[]): number => slots / plain.slots

/** The ways that are expected to be faster than the plain one by their margins, those of the least time first, and then that one. */
export function rankedOf(ways: readonly Way[]): Way[] {
  const [plain, ...others] = ways
  const timeOf = (way: Way): number => way.slots * way.margin
  return [...others.filter((way) => timeOf(way) <= plain.slots).sort((a, b) => timeOf(a) - timeOf(b)), plain]
}

/** What the model takes: the first of the ranked ways that has a plan. */
export function chosenOf(ways: readonly Way[]): Planned {
  const ranked = rankedOf(ways)
  for (;;) {
    const [way] = ranked.splice(0, 1)
    const planned = way.plan(shareOf(way, ways))
    if (planned !== null) return planned
  }
}

/** A way that is expected to take longer than the plain one by more than this is not even tried: no model is that wrong. */
const worthTrying = 1 / 0.6

/** All that might be the fastest, for a planner that measures. */
export function triedOf(ways: readonly Way[]): Planned[] {
  const [plain, ...others] = ways
  const planned = others
    .filter((way) => shareOf(way, ways) <= worthTrying)
    .flatMap((way) => way.plan(shareOf(way, ways)) ?? [])
  return [...planned, ...(plain.variants?.() ?? [])]
}

/** The best way of each algorithm but `taken`, the fastest first, with its time over that of the plain way. */
export function othersOf(ways: readonly Way[], taken: string | undefined): { algorithm: string; time: number }[] {
  // The plain way goes by more exact names: pointwise, depthwise.
  const chosen = ways.find(({ algorithm }) => algorithm === taken) ?? ways[0]
  const best = new Map<string, number>()
  for (const way of ways)
    best.set(way.algorithm, Math.min(shareOf(way, ways), best.get(way.algorithm) ?? Number.POSITIVE_INFINITY))
  return [...best]
    .filter(([algorithm]) => algorithm !== chosen.algorithm)
    .map(([algorithm, time]) => ({ algorithm, time }))
    .sort((a, b) => a.time - b.time)
}
