// How a network is trained, as typed.

import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { RunTime } from '../training/budget.ts'
import type { Training } from '../training/config.ts'
import { mosaicTasks, settingNames, viewedTasks } from '../training/config-names.ts'
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
  readonly testTime?: string
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

/** Adds over which views of a picture the outputs of a trained network are averaged. */
export const addTestTime = (command: Command, usual = 'as trained'): Command =>
  command.option(
    '--test-time <how>',
    `average the outputs over mirrored views: ${settingNames.testTime.join(', ')} (default: ${usual})`,
  )

/** The views asked for. Throws `UsageError` for anything else, and where the task sees no pictures. */
export function readTestTime(task: string, given: string | undefined): Training['testTime'] {
  if (given === undefined) return undefined
  if (!(viewedTasks as readonly string[]).includes(task))
    throw new UsageError(`--test-time is for ${viewedTasks.join(', ')}; ${task} has no mirrored views. Leave it out.`)
  return readChoice('test-time', given, settingNames.testTime)
}

/** Adds what says how to train; every one has a default that fits the data and the network. */
export const addTrainingOptions = (command: Command): Command =>
  command
    .optionsGroup('Training:')
    .option('-e, --epochs <n>', 'passes over all training examples')
    .option('-b, --batch-size <n>', 'examples in a batch; one left over joins the batch before it')
    .option('-l, --learning-rate <rate>', 'peak learning rate; find measures which one suits')
    .option('--optimizer <name>', settingNames.optimizer.join(', '))
    .option('--schedule <name>', `learning rate schedule: ${settingNames.schedule.join(', ')}`)
    .option('--warm-up <share>', 'share of the steps in which the rate rises (not for one-cycle)')
    .option('--weight-decay <factor>', 'weight decay: how strongly weights are pulled to zero')
    .option('--smoothing <share>', 'label smoothing: share of each label spread over all classes')
    .option('--loss <name>', `loss of segment: ${settingNames.loss.join(', ')}`)
    .option('--augment <how>', `change pictures at random: ${settingNames.augment.join(', ')}`)
    .option('--patience <epochs>', 'stop after this many epochs without improvement (0: never)')
    .option('--clip-norm <length>', 'clip gradients to this norm (0: no clipping)')
    .option('--average <decay>', 'use a moving average of the weights with this decay, e.g. 0.99')
    .option('--accumulate <n>', 'batches whose gradients are averaged for one step')
    .option('--save-every <steps>', 'steps between checkpoints within an epoch')
    .option('--seed <n>', 'seed of weights, order, splits and augmentation')

/** Adds how long new layers learn alone, where a training starts from trained weights. */
export const addFreezeEpochs = (command: Command): Command =>
  command.option(
    '--freeze-epochs <n>',
    'epochs in which only the new last layer is trained, before everything else (default: about 300 steps)',
  )

/** The epochs asked for, which may be a part of one. */
export const readFreezeEpochs = ({ freezeEpochs }: { readonly freezeEpochs?: string }): number | undefined =>
  readNumber('freeze-epochs', freezeEpochs, { most: 1e6 })

export const rateRules = ['linear', 'root'] as const

/** Adds what says how ranks train together that `mpirun -n 4 convoke train …` started. */
export const addRanksOptions = (command: Command): Command =>
  command
    .optionsGroup('On several ranks (mpirun -n 4 convoke train …):')
    .option('--global-batch <n>', 'examples in a step of all ranks together (default: --batch-size for each)')
    .option(
      '--scale-rate <rule>',
      `scale the learning rate with the batch: ${rateRules.join(', ')} (default: unscaled)`,
    )
    .option('--sync-batch-norm', 'batch normalisation over the examples of all ranks')
    .option('--wire <type>', `number format in which gradients are sent: ${settingNames.wire.join(', ')}`)

/** Adds what says of the network between ranks what is not to be measured. */
export const addNetworkOptions = (command: Command): Command =>
  command
    .option(
      '--bandwidth <rate>',
      'for a plan: bandwidth of each rank, e.g. 10Gbit (measured where there are several ranks)',
    )
    .option(
      '--latency <time>',
      'for a plan: time of a short message, e.g. 20us (measured where there are several ranks)',
    )

/** The settings of a training for so many ranks: those of one process, and what was said of the ranks. */
export function forRanks(training: Training, text: RanksText, ranks: number, warmUpGiven: boolean): Training {
  const global = readNumber('global-batch', text.globalBatch, { least: 1, whole: true })
  const rule = text.scaleRate === undefined ? undefined : readChoice('scale-rate', text.scaleRate, rateRules)
  const wire = text.wire === undefined ? undefined : readChoice('wire', text.wire, settingNames.wire)
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

/** Whether the learning rate is to be found by trial. */
export const findsRate = ({ learningRate }: TrainingText): boolean => learningRate === 'find'

/** Throws `UsageError` where a rate cannot be found: for networks that are trained together, by ranks or against each other. */
export function checkFindsRate(task: string, text: TrainingText, ranks: number): void {
  if (!findsRate(text)) return
  const way = 'Give a number: --learning-rate 0.003.'
  if (task === 'generate')
    throw new UsageError(
      `--learning-rate find follows one loss, but generate has two networks, each with its own loss. ${way}`,
    )
  if (ranks > 1) throw new UsageError(`--learning-rate find works with one process only. ${way}`)
}

/** What the user said; what was left out is left out. Throws `UsageError` for anything that is no such option of the task. */
export function readTrainingOptions(task: string, text: TrainingText): Partial<Training> {
  if (text.loss !== undefined && task !== 'segment')
    throw new UsageError(`--loss is for segment; ${task} has one loss only. Leave it out.`)
  if (text.augment === 'mosaic' && !(mosaicTasks as readonly string[]).includes(task))
    throw new UsageError(
      `--augment mosaic combines parts of four pictures, which is not possible for ${task}. It is for ${mosaicTasks.join(' and ')}.`,
    )
  const whole = (name: string, value: string | undefined, least = 1) => readNumber(name, value, { least, whole: true })
  const choice = (name: 'optimizer' | 'schedule' | 'loss' | 'augment') => {
    const value = text[name]
    return value === undefined ? undefined : readChoice(name, value, settingNames[name])
  }
  const given = {
    epochs: whole('epochs', text.epochs),
    batchSize: whole('batch-size', text.batchSize),
    learningRate: findsRate(text) ? undefined : readNumber('learning-rate', text.learningRate),
    optimizer: choice('optimizer'),
    schedule: choice('schedule'),
    warmUp: readNumber('warm-up', text.warmUp, { most: 1 }),
    weightDecay: readNumber('weight-decay', text.weightDecay),
    smoothing: readNumber('smoothing', text.smoothing, { most: 0.9 }),
    loss: choice('loss'),
    augment: choice('augment'),
    testTime: readTestTime(task, text.testTime),
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
  command.optionsGroup('Options:').option('--threads <n>', 'threads to compute with (default: one per core)')

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
      'fill this much time (90s, 8m, 2h): run as many epochs as fit, and fit the learning rate schedule to them',
    )
    .option('--time-limit <time>', 'stop after this much time (90s, 5m, 2h), even if epochs are left')

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
