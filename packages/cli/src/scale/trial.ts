// A training that is tried for some steps: what is measured of it, and what it would be on more ranks.

import { type data, train } from 'convoke'
import type { ParallelWorld } from 'convoke/mpi'
import { planScaling, recordStep, type ScaledStep, type StepTrace, usualRanks } from 'convoke/scale'
import { largestOf } from 'convoke/shapes'
import { gather, type Ranks } from '../ranks/ranks.ts'
import { type GivenNetwork, type KnownNetwork, networkOf } from './network.ts'

/** Steps of a trial, of which the first ones make plans; more where they take together less than `least` seconds. */
const fewSteps = 8
const mostSteps = 60
const least = 1

export interface Trial {
  /** What `train.fit` takes, but for how many examples and steps. */
  readonly options: Omit<train.FitOptions<object, unknown>, 'epochs' | 'batchSize' | 'parallel'>
  /** Examples of a step of so many ranks; fewer than two a rank cannot be. */
  readonly batchOf: (ranks: number) => number
}

export interface MeasuredStep extends StepTrace {
  /** Bytes of the process at most. */
  readonly memory: number
}

export interface PlannedStep extends ScaledStep {
  /** Bytes. */
  readonly memory: number
}

export interface Planned {
  /** Of one rank, with as many examples as it has in the table's first row. */
  readonly step: MeasuredStep
  readonly network: KnownNetwork
  readonly rows: readonly PlannedStep[]
  /** Seconds of a step of the ranks that there are, as it was; null on one. */
  readonly measured: number | null
}

/** A data set over and over, so that there are as many examples as the steps take. */
const repeated = <E extends object>(set: data.Dataset<E>, length: number): data.Dataset<E> => ({
  length,
  get: (index) => set.get(index % set.length),
})

function fit({ options }: Trial, steps: number, batchSize: number, parallel: ParallelWorld, afterStep: () => void) {
  const { accumulate = 1 } = options
  const length = batchSize * accumulate * steps
  const set = repeated(options.train, length)
  return train.fit({ ...options, train: set, validation: undefined, epochs: 1, batchSize, parallel, afterStep })
}

const stepsOf = (seconds: number): number => Math.min(mostSteps, Math.max(fewSteps, Math.ceil(least / seconds)))

/** The step of a rank with so many examples, by the slowest of the ranks. */
async function measureStep(trial: Trial, examples: number, ranks: Ranks): Promise<MeasuredStep> {
  const { accumulate = 1 } = trial.options
  // Two ranks share the batch, of which the other one has always been done.
  const record = (steps: number): Promise<StepTrace> =>
    recordStep(examples * accumulate, (world, stepDone) => fit(trial, steps, 2 * examples, world, stepDone))
  await ranks.barrier()
  const first = await record(fewSteps)
  const steps = largestOf(await gather(ranks, stepsOf(first.seconds)))
  const trace = steps > fewSteps ? await record(steps) : first
  const halves = trace.calls.reduce(
    (sum, call) => (call.kind === 'start' && call.wire === 'bfloat16' ? sum + call.bytes : sum),
    0,
  )
  const all = await gather(ranks, { ...trace, memory: process.resourceUsage().maxRSS * 1024 + halves })
  return all.reduce((slowest, one) => (one.seconds > slowest.seconds ? one : slowest))
}

/** A step of the ranks that there are. */
async function measureTogether(trial: Trial, steps: number, ranks: Ranks): Promise<number> {
  const seconds: number[] = []
  let began = 0
  await fit(trial, steps, trial.batchOf(ranks.size), ranks, () => {
    const now = performance.now()
    if (began > 0) seconds.push((now - began) / 1000)
    began = now
  })
  const settled = seconds.slice(2).sort((a, b) => a - b)
  return settled[settled.length >> 1]
}

/** Measures a training and the network, and plans it for 1 to 1,024 ranks. */
export async function planTrial(trial: Trial, ranks: Ranks, given: GivenNetwork): Promise<Planned> {
  const counts = [...new Set([...usualRanks, ranks.size])].sort((a, b) => a - b)
  const possible = counts.filter((count) => count === 1 || trial.batchOf(count) >= 2 * count)
  const examplesOf = (count: number): number => Math.ceil(trial.batchOf(count) / count)
  const measured = new Map<number, MeasuredStep>()
  // From few to many: the memory of a process is the most that it ever had.
  for (const examples of [...new Set(possible.map(examplesOf))].sort((a, b) => a - b))
    measured.set(examples, await measureStep(trial, examples, ranks))
  const stepOf = (count: number) => measured.get(examplesOf(count)) as MeasuredStep
  const network = await networkOf(ranks, given)
  const rows = planScaling(stepOf, network, possible).map((row) => ({ ...row, memory: stepOf(row.ranks).memory }))
  const together = ranks.size > 1 ? await measureTogether(trial, stepsOf(stepOf(ranks.size).seconds), ranks) : null
  return { step: stepOf(possible[0]), network, rows, measured: together }
}
