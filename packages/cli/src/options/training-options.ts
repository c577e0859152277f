// How a network is trained, as typed.

import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { Training } from '../training/config.ts'
import { augmentNames, lossNames, optimizerNames, scheduleNames, wireNames } from '../training/config-names.ts'
import type { RunTime } from '../training/session.ts'
import { readDuration, readNumber } from './numbers.ts'
import { readChoice } from './slide-options.ts'

export interface TrainingText {
  readonly epochs?: string
  readonly time?: string
  readonly batchSize?: string
  readonly learningRate?: string
  readonly optimizer?: string
  readonly schedule?: string
  readonly warmUp?: string
  readonly weightDecay?: string
  readonly smoothing?: string
  readonly loss?: string
  readonly augment?: string
  readonly seed?: string
  readonly patience?: string
  readonly clipNorm?: string
  readonly average?: string
  readonly accumulate?: string
  readonly saveEvery?: string
}

/** Options of a training on several ranks. */
export interface RanksText {
  readonly globalBatch?: string
  readonly syncBatchNorm?: boolean
  readonly scaleRate?: string
  readonly wire?: string
}

/** Adds what says how to train; every one has a default that fits the data and the network. */
export const addTrainingOptions = (command: Command): Command =>
  command
    .optionsGroup('Training:')
    .option('-e, --epochs <n>', 'times that all examples are seen')
    .option(
      '-b, --batch-size <n>',
      'examples in a step of one process; one left over in an epoch joins the batch before',
    )
    .option('-l, --learning-rate <rate>', 'highest learning rate')
    .option('--optimizer <name>', optimizerNames.join(', '))
    .option('--schedule <name>', `of the learning rate: ${scheduleNames.join(', ')}`)
    .option('--warm-up <share>', 'share of the steps over which the rate rises, for all but one-cycle')
    .option('--weight-decay <factor>', 'pull of the weights towards zero')
    .option('--smoothing <share>', 'of labels: how unsure the network is to be')
    .option('--loss <name>', `what segment loses by: ${lossNames.join(', ')}`)
    .option('--augment <how>', `change pictures at random: ${augmentNames.join(', ')}`)
    .option('--patience <epochs>', 'stop when so many epochs bring nothing better; 0 never does')
    .option('--clip-norm <length>', 'longest gradient; 0 does not clip')
    .option('--average <decay>', 'keep a moving average of the weights and use it: 0.99')
    .option('--accumulate <n>', 'batches whose gradients, weighted by examples, make a step')
    .option('--save-every <steps>', 'steps between checkpoints within an epoch')
    .option('--seed <n>', 'determines weights, order, splits and augmentation')

export const rateRules = ['linear', 'root'] as const

/** Adds what says how ranks train together that `mpirun -n 4 convoke train …` started. */
export const addRanksOptions = (command: Command): Command =>
  command
    .optionsGroup('On several ranks (mpirun -n 4 convoke train …):')
    .option('--global-batch <n>', 'examples in a step of all ranks together; --batch-size for each when not given')
    .option(
      '--scale-rate <rule>',
      `learning rate for the larger batch: ${rateRules.join(', ')}; as it is when not given`,
    )
    .option('--sync-batch-norm', 'normalise over the examples of all ranks, not each by itself')
    .option('--wire <type>', `gradients while they travel: ${wireNames.join(', ')}`)

/** Adds what says of the network between ranks what is not to be measured. */
export const addNetworkOptions = (command: Command): Command =>
  command
    .option(
      '--bandwidth <rate>',
      'for a plan: what each rank sends in a second, 10Gbit; measured where there are several ranks',
    )
    .option('--latency <time>', 'for a plan: the time of a short message, 20us; measured where there are several ranks')

/** The settings of a training for so many ranks: those of one process, and what was said of the ranks. */
export function forRanks(training: Training, text: RanksText, ranks: number, warmUpGiven: boolean): Training {
  const global = readNumber('global-batch', text.globalBatch, { least: 1, whole: true })
  const rule = text.scaleRate === undefined ? undefined : readChoice('scale-rate', text.scaleRate, rateRules)
  const wire = text.wire === undefined ? undefined : readChoice('wire', text.wire, wireNames)
  const batchSize = global ?? training.batchSize * ranks
  if (batchSize < ranks)
    throw new UsageError(
      `a step of ${batchSize} examples is too small for ${ranks} ranks. Use a larger --global-batch.`,
    )
  const larger = batchSize / training.batchSize
  // Goyal et al. 2017: the rate grows with the batch, and rises to that over the first epochs; by the root for Adam (Krizhevsky 2014).
  const factor = rule === 'linear' ? larger : rule === 'root' ? Math.sqrt(larger) : 1
  const rises = factor > 1 && !warmUpGiven && training.schedule !== 'one-cycle'
  return {
    ...training,
    batchSize,
    learningRate: training.learningRate * factor,
    ...(rises && { warmUp: Math.min(0.5, 5 / training.epochs) }),
    ...(text.syncBatchNorm === true && { syncBatchNorm: true }),
    ...(wire !== undefined && { wire }),
  }
}

/** What the user said; what was left out is left out. Throws `UsageError` for anything that is no such option of the task. */
export function readTrainingOptions(task: string, text: TrainingText): Partial<Training> {
  if (text.loss !== undefined && task !== 'segment')
    throw new UsageError(`--loss is for segment; what ${task} loses by is settled. Leave it out.`)
  const whole = (name: string, value: string | undefined, least = 1) => readNumber(name, value, { least, whole: true })
  const choice = <T extends string>(name: string, value: string | undefined, choices: readonly T[]) =>
    value === undefined ? undefined : readChoice(name, value, choices)
  const given = {
    epochs: whole('epochs', text.epochs),
    batchSize: whole('batch-size', text.batchSize),
    learningRate: readNumber('learning-rate', text.learningRate),
    optimizer: choice('optimizer', text.optimizer, optimizerNames),
    schedule: choice('schedule', text.schedule, scheduleNames),
    warmUp: readNumber('warm-up', text.warmUp, { most: 1 }),
    weightDecay: readNumber('weight-decay', text.weightDecay),
    smoothing: readNumber('smoothing', text.smoothing, { most: 0.9 }),
    loss: choice('loss', text.loss, lossNames),
    augment: choice('augment', text.augment, augmentNames),
    seed: whole('seed', text.seed, 0),
    patience: whole('patience', text.patience, 0),
    clipNorm: readNumber('clip-norm', text.clipNorm),
    average: readNumber('average', text.average, { most: 0.99999 }),
    accumulate: whole('accumulate', text.accumulate),
    saveEvery: whole('save-every', text.saveEvery),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<Training>
}

export interface WorkText {
  readonly threads?: string
  readonly timeLimit?: string
}

/** Adds threads, and begins the group of what says how the command works. */
export const addThreads = (command: Command): Command =>
  command
    .optionsGroup('Options:')
    .option('--threads <n>', 'threads to compute with; as many as there are cores when not given')

/** Sets the threads asked for. */
export async function useThreads({ threads }: WorkText): Promise<void> {
  const count = readNumber('threads', threads, { least: 1, most: 64, whole: true })
  if (count === undefined) return
  const { setThreads } = await import('convoke')
  setThreads(count)
}

/** Settings of a run that fills a time. Its rate falls by the end of that and needs it: a score that pauses ends nothing, unless asked to. */
export function fillingOf({ time: text }: TrainingText): Partial<Training> {
  const time = readDuration('time', text)
  return time === undefined ? {} : { time, patience: 0 }
}

/** Adds what says how long a training is to take. */
export const addTimeOptions = (command: Command): Command =>
  command
    .option(
      '--time <time>',
      'use this much time in all (90s, 8m, 2h): runs as many epochs as fit, and ends the schedule of the learning rate with them',
    )
    .option('--time-limit <time>', 'stop after this much time (90s, 5m, 2h), with fewer epochs if they do not fit')

/** What was said of the time of a run that began at `began`, as `performance.now()` counts. */
export function readTime({ time, timeLimit, epochs }: WorkText & TrainingText, began: number): RunTime | undefined {
  const [all, most] = [readDuration('time', time), readDuration('time-limit', timeLimit)]
  if (all !== undefined && most !== undefined)
    throw new UsageError('--time uses all of its time, --time-limit may end earlier. Give only one of them.')
  if (all !== undefined && epochs !== undefined)
    throw new UsageError(
      '--time runs as many epochs as fit. Leave out --epochs, or use --time-limit, which works together with it.',
    )
  const seconds = all ?? most
  return seconds === undefined ? undefined : { began, seconds, fill: all !== undefined }
}
