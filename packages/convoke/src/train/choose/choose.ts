// Choosing a network by trying: every choice is trained on the same data, for the same steps, with the same optimiser,
// schedule and seeds, and measured on the same validation set. What differs is the network alone.

import type { BatchOptions } from '../../data/batches.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Module } from '../../nn/module.ts'
import { summary } from '../../nn/summary.ts'
import type { Optimizer } from '../../optim/optimizer.ts'
import type { Schedule } from '../../optim/schedules.ts'
import { ConvokeError, check, show } from '../../shapes/error.ts'
import { largestOf, smallestOf } from '../../shapes/extremes.ts'
import type { StopSignal } from '../../shapes/host.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { alone, gatherJson, type ParallelWorld } from '../../world/world.ts'
import { anyStops } from '../agree.ts'
import type { TrainingEvent } from '../options.ts'
import type { Task } from '../task.ts'
import type { Choice } from './choices.ts'
import { accuracyError, type Cost, type CostName, type Measured, meanOf, paretoFront, recommend } from './recommend.ts'
import { handOver, numbersOf, tryOne } from './trial.ts'

/** One training of one choice: plain data, to be kept and handed back as `previous`. */
export interface Trial {
  /** Name of the choice. */
  readonly name: string
  /** The seed it was trained with. */
  readonly seed: number
  /** The measure on the validation set: accuracy, unless `measure` says otherwise. */
  readonly accuracy: number
  /** Mean loss on the validation set. */
  readonly loss: number
  /** Mean loss of the last epoch of training. */
  readonly trainingLoss: number
  /** Seconds that training took. */
  readonly seconds: number
  /** Milliseconds for one example. */
  readonly milliseconds: number
}

/** What choices and trainings may cost. No limit where none is given. */
export interface ChooseBudget {
  /** Choices above these are not trained. */
  readonly parameters?: number | undefined
  /** Most multiply-accumulates of one example. */
  readonly macs?: number | undefined
  /** Seconds for all trainings of this call together. No training is started that is not expected to end in time. */
  readonly seconds?: number | undefined
}

/** What `choose` tells while it runs. */
export type ChooseEvent =
  | {
      /** A training begins. */
      readonly type: 'start'
      /** Name of the choice. */
      readonly name: string
      /** The seed it is trained with. */
      readonly seed: number
      /** Number of this training, counted from 1. */
      readonly trial: number
      /** Trainings planned. */
      readonly trials: number
    }
  | {
      /** Something happens in a training. */
      readonly type: 'training'
      /** Name of the choice. */
      readonly name: string
      /** What `fit` tells. */
      readonly event: TrainingEvent
    }
  | {
      /** A training has ended. */
      readonly type: 'trial'
      /** What came of it. */
      readonly trial: Trial
      /** Trainings done. */
      readonly done: number
      /** Trainings planned. */
      readonly trials: number
      /** Seconds that the rest is expected to take: 0 as long as nothing was measured. */
      readonly secondsLeft: number
    }

/** The options of `choose`. */
export interface ChooseOptions<E extends object, O> {
  /** The networks to compare. Their names must differ. */
  readonly choices: readonly Choice[]
  /** Shape of a single example, batch included: [1, 28, 28, 1]. */
  readonly inputShape: readonly number[]
  /** The dtype of the input: 'float32' when not given, 'int32' for tokens. */
  readonly dtype?: 'float32' | 'int32' | undefined
  /** What a network is trained for: `train.classification(model, 10)`. */
  readonly task: (model: Module) => Task<E, O>
  /** Examples to train on. */
  readonly train: Dataset<E>
  /** Examples to compare on. Keep a test set besides. */
  readonly validation: Dataset<E>
  /** Epochs of each training. */
  readonly epochs: number
  /** Examples in a batch: 32 when not given. */
  readonly batchSize?: number | undefined
  /** Changes each training example, differently in every epoch. */
  readonly augment?: BatchOptions<E>['augment'] | undefined
  /** AdamW at 0.003 when not given. */
  readonly optimizer?: ((parameters: readonly Tensor[]) => Optimizer) | undefined
  /** Makes the schedule for a number of steps: one cycle when not given. */
  readonly schedule?: ((steps: number) => Schedule) | undefined
  /** Each choice is trained once for each; [0] when not given. */
  readonly seeds?: readonly number[] | undefined
  /** What choices and trainings may cost: anything when not given. */
  readonly budget?: ChooseBudget | undefined
  /** The measure compared; 'accuracy' when not given. It must be a share, more being better. */
  readonly measure?: string | undefined
  /** The cost to keep low: 'macs' when not given. */
  readonly cost?: CostName | undefined
  /** Trials of an earlier call with the same rules, which are not made again. */
  readonly previous?: readonly Trial[] | undefined
  /** Receives each trial as soon as it is done, with the trained network, which is freed afterwards. */
  readonly onTrial?: ((trial: Trial, model: Module) => void | Promise<void>) | undefined
  /** Receives what happens. Training waits for it. */
  readonly onEvent?: ((event: ChooseEvent) => void | Promise<void>) | undefined
  /** Ends with the trials made so far. */
  readonly signal?: StopSignal | undefined
  /**
   * Ranks that share the trials, each trained by one of them; all give the same options. `onTrial` is called only on rank 0, which
   * receives the networks that the others trained. So is `onEvent`, except for events of a rank's own trainings. Default: one process.
   */
  readonly parallel?: ParallelWorld | undefined
}

/**
 * 'parameters', 'macs': above the budget; 'time': none was left; 'stopped': by the signal; 'failed': it does not fit the
 * pictures, or its numbers stopped being finite.
 */
export type Skipped = 'parameters' | 'macs' | 'time' | 'stopped' | 'failed'

/** What became of one choice. */
export interface ChoiceResult {
  /** Its name. */
  readonly name: string
  /** What sets it apart. */
  readonly settings: Choice['settings']
  /** What it costs. */
  readonly cost: Cost
  /** Why it was not trained, or not for all seeds. */
  readonly skipped: Skipped | null
  /** What failed, as a sentence. */
  readonly problem: string | null
  /** Its trainings, one for each seed. */
  readonly trials: readonly Trial[]
  /** Mean of the measure over the trials; null without any. */
  readonly accuracy: number | null
  /** Standard error of the accuracy; null without a trial. */
  readonly error: number | null
  /** Seconds of all its trainings. */
  readonly seconds: number
  /** Whether no choice that is as cheap is more accurate. */
  readonly onFront: boolean
}

/** What `choose` returns. */
export interface ChooseResult {
  /** One row for each choice, in their order. */
  readonly rows: readonly ChoiceResult[]
  /** The cost that was to be kept low. */
  readonly cost: CostName
  /** Null when nothing was trained. */
  readonly best: string | null
  /**
   * The cheapest choice that is as good as the best, as far as the validation set can tell. Null when nothing was
   * trained.
   */
  readonly recommended: string | null
  /** The reason, as a sentence. */
  readonly reason: string
}

interface Priced {
  readonly choice: Choice
  readonly parameters: number
  readonly macs: number
  readonly over: 'parameters' | 'macs' | 'failed' | null
}

/**
 * Trains every choice within the budget under the same rules, the cheapest first, and recommends the cheapest that is as
 * good as the best as far as the validation set can tell.
 *
 * @example
 * const digits = data.digits({ count: 60, size: 8 })
 * const [training, validation] = data.splitDataset(digits, [0.5, 0.5])
 * const { rows, recommended } = await train.choose({
 *   choices: train.cnnChoices({ classes: 10, kernels: [1, 3], counts: [4], depths: [1] }),
 *   inputShape: [1, 8, 8, 1],
 *   task: (model) => train.classification(model, 10),
 *   train: training,
 *   validation,
 *   epochs: 1,
 * })
 * rows.map(({ cost }) => cost.macs)  // [296, 2344]
 */
export async function choose<E extends object, O>(options: ChooseOptions<E, O>): Promise<ChooseResult> {
  const { seeds = [0], previous = [], budget = {}, signal, parallel = alone } = options
  const problems = new Map<string, string>()
  const priced = checkChoices(options).map((choice) => price(choice, options, problems))
  const trials = new Map<string, Trial>(previous.map((trial) => [keyOf(trial.name, trial.seed), trial]))
  const within = priced.filter(({ over }) => over === null).sort((a, b) => a.macs - b.macs)
  const planned = seeds.flatMap((seed) => within.map((one) => ({ ...one, seed })))
  const skipped = new Map<string, Skipped>()
  const isFirst = parallel.rank === 0
  let spent = 0
  const waiting = [...planned.entries()].filter(([, { choice, seed }]) => !trials.has(keyOf(choice.name, seed)))
  // Neighbours cost about the same, so ranks that each take one of them are ready at about the same time.
  while (waiting.length > 0) {
    const stops = await anyStops(parallel, signal)
    const round: typeof waiting = []
    while (waiting.length > 0 && round.length < parallel.size) {
      const [at, one] = waiting.shift()!
      const expected = expectedSeconds(one.macs, priced, trials)
      if (stops) skipped.set(one.choice.name, 'stopped')
      else if (budget.seconds !== undefined && spent > 0 && spent + expected > budget.seconds)
        skipped.set(one.choice.name, 'time')
      if (!skipped.has(one.choice.name)) round.push([at, one])
    }
    const mine = round[parallel.rank] as (typeof round)[number] | undefined
    if (isFirst && mine !== undefined) {
      const [at, { choice, seed }] = mine
      await options.onEvent?.({ type: 'start', name: choice.name, seed, trial: at + 1, trials: planned.length })
    }
    const tried = mine === undefined ? null : await tryOne(options, mine[1])
    const outcomes = await gatherJson(parallel, tried?.outcome ?? null)
    spent += largestOf(outcomes.map((outcome) => (outcome !== null && 'trial' in outcome ? outcome.trial.seconds : 0)))
    for (const [rank, [, { choice, seed }]] of round.entries()) {
      const outcome = outcomes[rank]!
      if (!('trial' in outcome)) {
        skipped.set(choice.name, outcome.skipped)
        if (outcome.problem !== undefined) problems.set(choice.name, outcome.problem)
        continue
      }
      const trial = numbersOf(outcome.trial)
      trials.set(keyOf(choice.name, seed), trial)
      await handOver(options, choice, trial, rank, tried?.model ?? null)
      const left = planned.filter((one) => !trials.has(keyOf(one.choice.name, one.seed)))
      const secondsLeft =
        left.reduce((total, one) => total + expectedSeconds(one.macs, priced, trials), 0) / parallel.size
      const done = planned.length - left.length
      if (isFirst) await options.onEvent?.({ type: 'trial', trial, done, trials: planned.length, secondsLeft })
    }
    tried?.model?.dispose()
  }
  return conclude(options, priced, trials, skipped, problems)
}

const keyOf = (name: string, seed: number): string => `${seed} ${name}`

function checkChoices<E extends object, O>({
  choices,
  validation,
  seeds = [0],
}: ChooseOptions<E, O>): readonly Choice[] {
  check(choices.length > 0, () => 'choose: there are no choices. Give at least one, as from cnnChoices({ … }).')
  const names = choices.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  check(twice === undefined, () => `choose: two choices are called ${show(twice)}; names must differ.`)
  check(validation.length > 0, () => 'choose: the validation set is empty. Hold some examples out of training.')
  check(
    seeds.length > 0 && new Set(seeds).size === seeds.length,
    () => `choose: the seeds are ${show(seeds)}; give one or more, all different.`,
  )
  return choices
}

function price<E extends object, O>(
  choice: Choice,
  { inputShape, dtype, budget = {} }: ChooseOptions<E, O>,
  problems: Map<string, string>,
): Priced {
  try {
    const { parameters, macs } = summary(choice.build(), inputShape, { dtype })
    const over = (name: 'parameters' | 'macs', value: number): boolean =>
      value > (budget[name] ?? Number.POSITIVE_INFINITY)
    return {
      ...{ choice, parameters, macs },
      over: over('parameters', parameters) ? 'parameters' : over('macs', macs) ? 'macs' : null,
    }
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    problems.set(choice.name, error.message)
    return { choice, parameters: choice.build().parameterCount(), macs: 0, over: 'failed' }
  }
}

/**
 * Time grows with MACs, besides a part that every network has: a line through what was measured, never below its least.
 * One measurement alone tells the two apart as little as it can: the root of the ratio.
 */
function expectedSeconds(macs: number, priced: readonly Priced[], trials: ReadonlyMap<string, Trial>): number {
  const known = [...trials.values()].flatMap((trial) => {
    const own = priced.find(({ choice }) => choice.name === trial.name)
    return own === undefined ? [] : [{ macs: own.macs, seconds: trial.seconds }]
  })
  if (known.length === 0) return 0
  const [x, y] = [meanOf(known.map((one) => one.macs)), meanOf(known.map((one) => one.seconds))]
  const spread = known.reduce((total, one) => total + (one.macs - x) ** 2, 0)
  if (spread === 0) return y * Math.sqrt(macs / Math.max(1, x))
  const shared = known.reduce((total, one) => total + (one.macs - x) * (one.seconds - y), 0)
  const slope = Math.max(0, shared / spread)
  return Math.max(smallestOf(known.map((one) => one.seconds)), y + slope * (macs - x))
}

function conclude<E extends object, O>(
  { seeds = [0], validation, cost: by = 'macs' }: ChooseOptions<E, O>,
  priced: readonly Priced[],
  trials: ReadonlyMap<string, Trial>,
  skipped: ReadonlyMap<string, Skipped>,
  problems: ReadonlyMap<string, string>,
): ChooseResult {
  const rows = priced.map(({ choice, parameters, macs, over }) => {
    const own = over !== null ? [] : seeds.flatMap((seed) => trials.get(keyOf(choice.name, seed)) ?? [])
    const accuracies = own.map(({ accuracy }) => accuracy)
    const measured = own.length > 0
    return {
      ...{
        name: choice.name,
        settings: choice.settings,
        trials: own,
        skipped: over ?? skipped.get(choice.name) ?? null,
        problem: problems.get(choice.name) ?? null,
      },
      cost: { parameters, macs, milliseconds: measured ? meanOf(own.map(({ milliseconds }) => milliseconds)) : null },
      accuracy: measured ? meanOf(accuracies) : null,
      error: measured ? accuracyError(accuracies, validation.length) : null,
      seconds: own.reduce((total, { seconds }) => total + seconds, 0),
    }
  })
  // Choices that were trained for fewer seeds than others would be compared unfairly.
  const full = rows.filter((row): row is typeof row & Measured => row.trials.length === seeds.length)
  const tried = full.length > 0 ? full : rows.filter((row): row is typeof row & Measured => row.trials.length > 0)
  const compared = tried.filter(({ accuracy }) => !Number.isNaN(accuracy))
  const front = paretoFront(compared, by)
  const found =
    compared.length > 0
      ? recommend(compared, by)
      : {
          ...{ best: null, recommended: null },
          reason:
            tried.length > 0
              ? 'No choice can be recommended: the measure is NaN for all that were trained.'
              : 'No choice was trained: all are above the budget, or it was stopped.',
        }
  return { rows: rows.map((row) => ({ ...row, onFront: front.includes(row.name) })), cost: by, ...found }
}
