// What each task brings: from data to a network, to what it is trained for, to how well it does and how that is shown.

import type { data, metrics, models, nn, RandomSource, Tensor, train } from 'convoke'
import type { RunConfig, Training } from '../config.ts'
import type { Examples, Opened, TaskName } from '../data/opened.ts'
import type { Section } from '../report/section.ts'
import type { Room } from './room.ts'

export interface ModelRequest {
  /** The task's usual network when not given. */
  readonly name?: string | undefined
  /** Options of the network that the user sets. */
  readonly options: Readonly<Record<string, unknown>>
  /** Of texts: how they are divided. */
  readonly tokenizer?: string | undefined
  /** Words of a text kept. */
  readonly words?: number | undefined
  /** Lets a network grow with the examples and the time; the smallest one fits where it is left out. */
  readonly room?: Room | undefined
}

/** What a task decides about a run once it has seen the data. */
export type Plan = Pick<RunConfig, 'model' | 'picture' | 'text' | 'sequence'>

export interface Evaluation {
  /** Examples measured. */
  readonly count: number
  /** The figure that counts first. */
  readonly headline: string
  readonly figures: Readonly<Record<string, number>>
  /** Figures of each class, by name. */
  readonly classes: readonly { readonly name: string; readonly figures: Readonly<Record<string, number>> }[]
  readonly confusion: metrics.ConfusionMatrix | null
  /** Pictures and tables for the report. */
  readonly sections: () => Promise<readonly Section[]>
}

export interface Examined<R extends object> {
  readonly config: RunConfig
  readonly model: nn.Module
  readonly set: data.Dataset<R>
  /** Ranks that share the measuring; the first one has what the report shows. */
  readonly parallel?: train.EvaluateOptions<R, Tensor>['parallel']
  readonly onBatch?: ((done: number, total: number) => void) | undefined
}

/** Who decides the options of a network. What is in none of these is as the network has it. */
export interface DecidedOptions {
  /** The task, the same for all data. */
  readonly fixed: Readonly<Record<string, unknown>>
  /** The task, by the data. */
  readonly fitted: readonly string[]
  /** The data: they follow from its form, and are not to be chosen. */
  readonly given: readonly string[]
}

export interface Observed {
  readonly training: Partial<Training>
  /** What was chosen, and why. */
  readonly notes: readonly string[]
}

export const nothingObserved: Observed = { training: {}, notes: [] }

/** What is decided before training. R is what batches are made of. Methods, so that tasks of different examples share one table. */
export interface Planner<T extends TaskName = TaskName, R extends object = object> {
  readonly task: T
  readonly models: readonly models.ModelName[]
  /** Who decides the options of one of these networks where the user does not. */
  decided(name: models.ModelName): DecidedOptions
  /** Chooses the network, the size of its inputs, its vocabulary. */
  plan(opened: Opened<Examples[T]>, request: ModelRequest): Promise<Plan>
  /** How to train, where the user does not say. */
  defaults(plan: Plan, examples: number): Training
  /** What a look at the examples adds to that, but for what the user said. */
  observe?(opened: Opened<Examples[T]>, given: Partial<Training>): Promise<Observed>
  /** Examples as the network takes them. */
  ready(config: RunConfig, set: data.Dataset<Examples[T]>): data.Dataset<R>
}

/** A change of the examples of a task, by those that go along with them where there are any. */
export interface KitAugmentation<R extends object> {
  (example: R, random: RandomSource, others?: readonly R[]): R
  readonly others?: number | undefined
}

/** A task whose network is trained by one loss and has figures to measure. */
export interface Kit<T extends TaskName = TaskName, R extends object = object> extends Planner<T, R> {
  learning(config: RunConfig, model: nn.Module): train.Task<R, Tensor>
  augment(config: RunConfig): KitAugmentation<R> | undefined
  /** Measures a network and keeps what the report shows. */
  examine(examined: Examined<R>): Promise<Evaluation>
}

/** The usual settings, on which tasks build. */
export const usualTraining: Training = {
  ...{ epochs: 10, batchSize: 32, learningRate: 3e-3, optimizer: 'adamw', schedule: 'one-cycle', warmUp: 0 },
  ...{ weightDecay: 0.01, smoothing: 0, augment: 'none', seed: 0, patience: 0, clipNorm: 0, average: 0 },
  ...{ accumulate: 1, saveEvery: 200 },
}

/** How to train, where the user does not say: as usual for the task, and as the examples ask for. */
export async function usualFor<T extends TaskName>(
  kit: Planner<T>,
  opened: Opened<Examples[T]>,
  plan: Plan,
  given: Partial<Training>,
): Promise<Observed & { readonly training: Training }> {
  const usual = kit.defaults(plan, opened.train.length)
  const { training, notes } = (await kit.observe?.(opened, given)) ?? nothingObserved
  return { training: { ...usual, ...training, ...given }, notes }
}

/** So many epochs that about `steps` steps are taken, between `least` and `most`. */
export const epochsFor = (examples: number, batchSize: number, steps: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.round(steps / Math.max(1, Math.ceil(examples / batchSize)))))
