// How a training scales: the simulated step for each number of ranks, and what keeps it from being faster.

import { check, show } from '../shapes/error.ts'
import { smallestOf } from '../shapes/extremes.ts'
import { communicationOf, type Network, simulateStep } from './simulate.ts'
import type { StepCall, StepTrace } from './step.ts'

/**
 * What more ranks lose the most time to: nothing to speak of ('computing'), what a step takes however few examples a rank has ('small batch'), the sum that sets out last and has nothing to hide behind, layers that
 * normalise over all ranks, the latency of rounds, bytes, the copying of what arrives, or kernels so long that MPI is asked too rarely.
 */
export type Limit =
  | 'computing'
  | 'small batch'
  | 'last bucket'
  | 'normalisation'
  | 'latency'
  | 'bandwidth'
  | 'copying'
  | 'asking'

/** What a step is expected to take on so many ranks. */
export interface ScaledStep {
  /** How many ranks. */
  readonly ranks: number
  /** Examples in a step of all ranks. */
  readonly examples: number
  /** Seconds of a step. */
  readonly seconds: number
  /** Examples a second of all ranks. */
  readonly rate: number
  /** `rate` divided by that of one rank times `ranks`. */
  readonly efficiency: number
  /** Seconds that the sums take with nothing else to do. */
  readonly communication: number
  /** Share of them that does not lengthen the step; null for one rank. */
  readonly hidden: number | null
  /** What costs the most time. */
  readonly limit: Limit
}

/** Below this share of a step, what is lost is not worth a name. */
const worthNaming = 0.1
const aboutTheMost = 0.9

const withoutSums = (trace: StepTrace, isLeftOut: (call: StepCall, number: number) => boolean): StepTrace => ({
  ...trace,
  calls: trace.calls.map((call, number) => {
    const target = call.kind === 'wait' ? call.start : number
    // Its place is kept, so that others find theirs.
    return isLeftOut(trace.calls[target], target) ? { kind: 'ask', at: call.at } : call
  }),
})

/** The last bucket, which sets out when hardly anything is left to compute, and what sets out after it; all sums where MPI is not asked meanwhile. */
function lastSums({ calls }: StepTrace): (call: StepCall, number: number) => boolean {
  const lastAsk = calls.findLastIndex(({ kind }) => kind === 'ask')
  const bucket = calls.findLastIndex(({ kind }, number) => kind === 'start' && number < lastAsk)
  return ({ kind }, number) => kind === 'start' && number >= bucket
}

function limitOf(trace: StepTrace, one: StepTrace, network: Network, ranks: number, seconds: number): Limit {
  const added = seconds - trace.seconds
  const fixed = trace.seconds - (one.seconds / one.examples) * trace.examples
  if (fixed > Math.max(added, worthNaming * seconds)) return 'small batch'
  if (added <= worthNaming * seconds) return 'computing'
  const step = (without: StepTrace, over: Partial<Network> = {}, unasked = false): number =>
    simulateStep(without, { ...network, ...over }, ranks, { unasked })
  // Each cause is taken away by itself; the first of those that save about the most is the answer.
  const causes: readonly (readonly [Limit, number])[] = [
    ['last bucket', step(withoutSums(trace, lastSums(trace)))],
    ['normalisation', step(withoutSums(trace, ({ kind }) => kind === 'sum'))],
    ['copying', step(trace, { work: 0 })],
    ['asking', step(trace, {}, true)],
    ['bandwidth', step(trace, { bandwidth: Number.POSITIVE_INFINITY })],
    ['latency', step(trace, { latency: 0 })],
  ]
  const most = seconds - smallestOf(causes.map(([, left]) => left))
  return (causes.find(([, left]) => seconds - left >= aboutTheMost * most) as (typeof causes)[number])[0]
}

/** 1, 2, 4, … 1,024. */
export const usualRanks: readonly number[] = Array.from({ length: 11 }, (_, power) => 2 ** power)

/**
 * Steps on so many ranks, by the model of `simulateStep`. `step` is what one rank computes: a recorded step, or one for each number of ranks, where the
 * examples of a rank depend on it. Throws `ConvokeError` for networks and numbers of ranks that cannot be.
 *
 * @example
 * import { planScaling, type StepTrace } from 'convoke/scale'
 * const step: StepTrace = {
 *   examples: 8,
 *   seconds: 0.1,
 *   calls: [
 *     { kind: 'start', at: 0.08, bytes: 8_000_000, wire: 'float32' },
 *     { kind: 'wait', at: 0.09, start: 0 },
 *   ],
 * }
 * const network = { latency: 0.001, bandwidth: 1e9, work: 0 }
 * const rows = planScaling(step, network, [1, 2])
 * rows[1].communication  // 0.01
 * rows[1].hidden  // 0.5
 */
export function planScaling(
  step: StepTrace | ((ranks: number) => StepTrace),
  network: Network,
  ranks: readonly number[] = usualRanks,
): ScaledStep[] {
  for (const name of ['latency', 'bandwidth', 'work'] as const) {
    const value = network[name]
    check(
      value >= 0 && (name !== 'bandwidth' || value > 0) && (name === 'bandwidth' || Number.isFinite(value)),
      () =>
        `planScaling: the network's ${name} is ${show(value)}; latency and work are seconds of 0 or more, bandwidth bytes a second above 0.`,
    )
  }
  const traceOf = typeof step === 'function' ? step : () => step
  const one = traceOf(1)
  return ranks.map((count) => {
    check(
      Number.isSafeInteger(count) && count >= 1,
      () => `planScaling: the number of ranks is ${show(count)}; it must be a whole number of 1 or more.`,
    )
    const trace = traceOf(count)
    const seconds = simulateStep(trace, network, count)
    const communication = communicationOf(trace, network, count)
    const examples = trace.examples * count
    const rate = examples / seconds
    return {
      ...{ ranks: count, examples, seconds, rate, communication },
      efficiency: (trace.examples * one.seconds) / (one.examples * seconds),
      hidden: count === 1 || communication === 0 ? null : Math.max(0, 1 - (seconds - trace.seconds) / communication),
      limit: count === 1 ? 'computing' : limitOf(trace, one, network, count, seconds),
    }
  })
}
