// What `fit` takes and tells.

import type { BatchOptions } from '../data/batches.ts'
import type { Dataset } from '../data/dataset.ts'
import type { AnyModule } from '../nn/module.ts'
import type { WeightAverage } from '../optim/average.ts'
import type { Optimizer } from '../optim/optimizer.ts'
import type { Schedule } from '../optim/schedules.ts'
import { check, show } from '../shapes/error.ts'
import type { StopSignal } from '../shapes/host.ts'
import type { ParallelWorld, Wire } from '../world/world.ts'
import type { EpochRecord, Progress, TrainingState } from './checkpoint.ts'
import type { Task } from './task.ts'

/** 'early': no improvement for too long; 'interrupted': the signal. */
export type StopReason = 'finished' | 'early' | 'interrupted'

/** A step of the optimiser was taken. */
export interface StepEvent {
  /** Which kind of event. */
  readonly type: 'step'
  /** Counted from 1, as are steps and batches. */
  readonly epoch: number
  /** Steps taken so far. */
  readonly step: number
  /** The batch in its epoch. */
  readonly batch: number
  /** Batches of an epoch. */
  readonly batches: number
  /** Examples of the step, over all ranks. */
  readonly examples: number
  /** Loss of the last batch of the step. */
  readonly loss: number
  /** The schedule's factor on the learning rates. */
  readonly factor: number
  /** L2 norm of all gradients, before clipping by norm. */
  readonly gradientNorm: number
}

/** What `fit` tells while it runs. */
export type TrainingEvent =
  | {
      /** Training begins or resumes. */
      readonly type: 'start'
      /** Epochs planned. */
      readonly epochs: number
      /** Batches of an epoch. */
      readonly batches: number
      /** Examples in the last batch of an epoch: fewer than `batchSize`, or one more where one was left over. */
      readonly lastBatch: number
      /** Ranks that train together. */
      readonly ranks: number
      /** Ranks of the run that is resumed, when it was saved. */
      readonly ranksBefore: number
      /** The progress of the run: zero unless it resumes. */
      readonly progress: Progress
    }
  | StepEvent
  | {
      /** An epoch has ended. */
      readonly type: 'epoch'
      /** What was measured. */
      readonly record: EpochRecord
      /** Whether it is the best so far. */
      readonly best: boolean
    }
  | {
      /** The state was saved. */
      readonly type: 'checkpoint'
      /** Steps taken so far. */
      readonly step: number
      /** Whether it is the state after the best epoch so far. */
      readonly best: boolean
    }
  | {
      /** Training has ended. */
      readonly type: 'stop'
      /** Why. */
      readonly reason: StopReason
    }

/** When to stop before all epochs are trained. */
export interface EarlyStopping {
  /** Epochs without improvement after which training stops. */
  readonly patience: number
  /** Smallest change that counts as one; 0 when not given. */
  readonly least?: number | undefined
}

/** The options of `fit`. */
export interface FitOptions<E extends object, O> {
  /** The network to train. It is left in evaluation mode. */
  readonly model: AnyModule
  /** What to learn: forward pass, loss and measures. */
  readonly task: Task<E, O>
  /** Optimiser over the model's parameters. */
  readonly optimizer: Optimizer
  /** Examples to train on, shuffled again in every epoch. */
  readonly train: Dataset<E>
  /** Examples to measure on after each epoch; none when not given. */
  readonly validation?: Dataset<E> | undefined
  /** Times that all examples are gone through. A resumed run counts those it has had. */
  readonly epochs: number
  /**
   * Steps after which training ends before its epochs are over: an epoch is cut short there, and what was seen of it is measured. A
   * function is called after each step, so that a run can be planned while it is running. With several ranks, the answer of rank 0 is used.
   */
  readonly steps?: number | (() => number) | undefined
  /**
   * Examples of a batch, over all ranks: 32 when not given. A single example left over at the end of an epoch joins the batch before it: batch normalisation finds no
   * variance in one example.
   */
  readonly batchSize?: number | undefined
  /** Leaves out what does not fill a batch at the end of each epoch. Default false. */
  readonly dropLast?: boolean | undefined
  /** Determines order, augmentation and dropout; 0 when not given. */
  readonly seed?: number | undefined
  /** Changes each training example, differently in every epoch. */
  readonly augment?: BatchOptions<E>['augment'] | undefined
  /** Factor on the learning rates at each step: 1 throughout when not given. Of several ranks the first one's holds for all. */
  readonly schedule?: Schedule | undefined
  /** Batches whose gradients, weighted by their examples, together make one step; 1 when not given. */
  readonly accumulate?: number | undefined
  /**
   * Default true: forward and backward run from a plan (`compileGradients`) where the loss depends on nothing but its batch and the
   * model, with the same numbers to the bit. A loss that reads numbers, or batches of more than tensors, run op by op. With false
   * everything does: for a loss that changes during an epoch by other means.
   */
  readonly compile?: boolean | undefined
  /** Scales all gradients of a step together so that their L2 norm is at most this: no limit when not given. */
  readonly clipNorm?: number | undefined
  /** Holds every element of a gradient between −clipValue and clipValue, before `clipNorm`: no limit when not given. */
  readonly clipValue?: number | undefined
  /** Moving average of the weights: updated after each step, and used in validation. */
  readonly average?: WeightAverage | undefined
  /** Called after each step, to constrain weights for instance. */
  readonly afterStep?: (() => void) | undefined
  /**
   * What decides which epoch is best: 'loss', or a measure of the validation set; its first one when not given. An epoch
   * where it is NaN is neither the best nor one without improvement.
   */
  readonly monitor?: string | undefined
  /**
   * How far below the best score an epoch may stay and still become the best, as the latest one does: for validation sets so small that
   * such differences are chance (the one-standard-error rule of Breiman et al. 1984). 0 when not given.
   */
  readonly tolerance?: number | undefined
  /** Stops when epochs bring no improvement: never when not given. */
  readonly earlyStopping?: EarlyStopping | undefined
  /** Receives the state after every epoch, every `saveEvery` steps, and when interrupted. */
  readonly save?:
    | ((
        state: TrainingState,
        info: {
          /** Whether it is the state after the best epoch so far. */
          readonly best: boolean
        },
      ) => void | Promise<void>)
    | undefined
  /** Steps from one save to the next within an epoch; none when not given. */
  readonly saveEvery?: number | undefined
  /** Asked after every step: true has the state saved now, of several ranks by the first. For warnings that come before the signal to stop. */
  readonly saveNow?: (() => boolean) | undefined
  /** Goes on from here instead of starting. */
  readonly resume?: TrainingState | undefined
  /** Receives what happens. Training waits for it. */
  readonly onEvent?: ((event: TrainingEvent) => void | Promise<void>) | undefined
  /** Ends training after the step in progress, with a checkpoint. */
  readonly signal?: StopSignal | undefined
  /**
   * Ranks that train together, each on its part of every batch: `world` of `convoke/mpi`. All of them give the same options; weights,
   * and `resume`, are those of rank 0, and `save` and `onEvent` are called there alone. One process when not given.
   */
  readonly parallel?: ParallelWorld | undefined
  /**
   * Has batch normalisation take the statistics of the whole batch, as one process would, at the price of two exchanges a layer and step.
   * Default false: each rank normalises its own part, and the running statistics are the mean of all ranks'.
   */
  readonly syncBatchNorm?: boolean | undefined
  /** What gradients are while they travel: 'bfloat16' halves what is sent. 'float32' when not given. */
  readonly wire?: Wire | undefined
}

/** Throws `ConvokeError` for options that cannot be trained with. */
export function checkFit<E extends object, O>(options: FitOptions<E, O>): void {
  const { model, optimizer, epochs, accumulate = 1, saveEvery = 1, train, resume, seed = 0, batchSize = 32 } = options
  const { steps } = options
  for (const [name, value] of Object.entries({
    ...{ epochs, accumulate, saveEvery },
    ...(typeof steps === 'number' && { steps }),
  })) {
    check(
      Number.isInteger(value) && value >= 1,
      () => `fit: ${name} is ${show(value)}; it must be a whole number of 1 or more.`,
    )
  }
  for (const name of ['clipNorm', 'clipValue'] as const) {
    const limit = options[name]
    check(limit === undefined || limit > 0, () => `fit: ${name} is ${show(limit)}; it must be above 0.`)
  }
  const { tolerance = 0 } = options
  check(tolerance >= 0, () => `fit: tolerance is ${show(tolerance)}; it must be 0 or more.`)
  check(train.length > 0, () => 'fit: the training set is empty. Give it at least one example.')
  check(
    options.dropLast !== true || train.length >= batchSize,
    () =>
      `fit: ${train.length} examples do not fill a batch of ${batchSize}, and dropLast leaves out what does not. Use a smaller batchSize, or no dropLast.`,
  )
  const own = new Set(model.parameters())
  check(
    optimizer.parameters.every((parameter) => own.has(parameter)),
    () =>
      `fit: the ${optimizer.kind} optimiser changes parameters that the model does not train. Freeze and replace layers first, then make the optimiser over model.parameters().`,
  )
  const was = resume?.progress
  check(
    was === undefined || (was.seed === seed && was.batchSize === batchSize),
    () =>
      `fit: the checkpoint was made with seed ${was?.seed} and batch size ${was?.batchSize}, this run has ${seed} and ${batchSize}. Resume with the same, or load only the weights: model.loadState(…).`,
  )
}

/** Steps of the whole run, as they are known by now. */
export const stepsNow = <E extends object, O>({ steps }: Pick<FitOptions<E, O>, 'steps'>): number =>
  typeof steps === 'function' ? steps() : (steps ?? Number.POSITIVE_INFINITY)

/** Names of measures of which less is better. */
const isLoss = (name: string): boolean => name === 'loss' || name.endsWith('error')

/** The number that decides whether an epoch is the best so far, turned so that more is better. */
export function scoreOf(record: EpochRecord, monitor: string | undefined): number {
  const measures = record.validation ?? { loss: record.loss }
  const [first = 'loss'] = Object.keys(measures).filter((name) => name !== 'loss')
  const name = monitor ?? first
  const value = measures[name]
  check(
    value !== undefined,
    () => `fit: there is no measure ${show(name)} to monitor. Known here: ${Object.keys(measures).join(', ')}.`,
  )
  return isLoss(name) ? -value : value
}
