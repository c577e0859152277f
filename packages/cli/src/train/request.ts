// From what was typed to the configuration of a run.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { check, show } from 'convoke/shapes'
import { asUsage, UsageError } from '../errors.ts'
import { type DataText, readDataOptions } from '../options/data-options.ts'
import { readNumber, readSettings } from '../options/numbers.ts'
import {
  fillingOf,
  forRanks,
  type RanksText,
  readFreezeEpochs,
  readTrainingOptions,
  type TrainingText,
  type WorkText,
} from '../options/training-options.ts'
import { checkSameData, ofFirst, type Ranks } from '../ranks/ranks.ts'
import type { NetworkText } from '../scale/network.ts'
import { printNotes } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { absolute, buildModel, dataSource, openRun, type Run, type RunConfig } from '../training/config.ts'
import { checkConfig } from '../training/config-schema.ts'
import { builtInNames } from '../training/data/built-in.ts'
import { maskOptionsOf } from '../training/data/masks.ts'
import { likeForm } from '../training/data/pictures.ts'
import { plannerOf } from '../training/kits/index.ts'
import { usualFor } from '../training/kits/kit.ts'
import { type Examples, type Opened, type OpenOptions, openData, type TaskName } from '../training/open-data.ts'
import { fineTuningFromShipped, requestFrom, startOf, trainingFrom } from './start.ts'

export interface TrainText extends DataText, TrainingText, WorkText, RanksText, NetworkText {
  readonly plan?: boolean
  readonly data?: string
  readonly out?: string
  readonly model?: string
  readonly modelOption: readonly string[]
  readonly tokenizer?: string
  readonly words?: string
  readonly from?: string
  readonly freezeEpochs?: string
  readonly resume: boolean
  readonly json: boolean
  readonly seed?: string
}

export interface Request {
  readonly config: RunConfig
  readonly opened: Opened<Examples[TaskName]>
  readonly out: string
  /** What was chosen for these examples, and why. */
  readonly notes?: readonly string[]
  /** The weights to start from. */
  readonly start?: Run | undefined
}

export const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as T

/** The folder of a new run. Throws `UsageError` where one lies there already. */
export function freshFolder(given: string | undefined, task: string): string {
  const taken = (path: string): boolean => existsSync(join(path, 'config.json'))
  if (given === undefined) {
    const numbered = (n: number): string => join('runs', n === 1 ? task : `${task}-${n}`)
    let n = 1
    while (taken(numbered(n))) n++
    return numbered(n)
  }
  if (taken(given)) {
    throw new UsageError(`${given} holds a run already. Continue it: --resume --out ${given}; or choose another --out.`)
  }
  return given
}

/** Opens the data and decides what the user left open. */
export async function newRun(
  task: TaskName,
  text: TrainText,
  ranks: Ranks,
  onProgress?: OpenOptions['onProgress'],
): Promise<Request> {
  if (text.data === undefined) {
    throw new UsageError(
      `--data is missing: a folder, a file, or what Convoke makes for ${task}: ${builtInNames(task).join(', ')}.`,
    )
  }
  // There is nothing to hold out for: what is drawn has no score.
  const none = task === 'generate' ? { validation: 0, test: 0 } : {}
  const options = { ...withoutUndefined(readDataOptions(text)), ...none }
  const given = { ...fillingOf(text), ...readTrainingOptions(task, text) }
  const request = {
    ...{ name: text.model, options: readSettings('model-option', text.modelOption), tokenizer: text.tokenizer },
    words: readNumber('words', text.words, { least: 1, whole: true }),
    room: { seconds: given.time },
  }
  const start = await startOf(task, text)
  const freezeEpochs = readFreezeEpochs(text)
  if (freezeEpochs !== undefined && start === null)
    throw new UsageError('--freeze-epochs is for a start from trained weights. Add --from shipped, or leave it out.')
  const out = await ofFirst(ranks, () => freshFolder(text.out, task))
  const kit = plannerOf(task)
  const opened = await openData(task, text.data, { ...options, onProgress })
  const plan = await ofFirst(ranks, () => kit.plan(opened, start === null ? request : requestFrom(request, start)))
  const { training: usual, notes } = await ofFirst(ranks, () => usualFor(kit, opened, plan, given))
  const alone = start === null ? usual : { ...usual, ...trainingFrom(usual, opened.train.length), ...given }
  const training = forRanks(alone, text, ranks.size, text.warmUp !== undefined)
  const isBuiltIn = builtInNames(task).includes(text.data)
  const counts = {
    ...{ train: opened.train.length, validation: opened.validation?.length ?? 0, test: opened.test?.length ?? 0 },
  }
  await checkSameData(ranks, text.data, opened)
  const config: RunConfig = {
    ...{
      format: 1,
      task,
      ...plan,
      classes: opened.classes,
      training,
      fineTuning: start === null ? null : fineTuningFromShipped(training, opened.train.length, freezeEpochs),
    },
    data: {
      ...{ source: text.data, kind: opened.kind, counts },
      options: {
        ...options,
        keepTogether: true,
        // So that other tables are read by the names of their columns, in whatever order these stand.
        ...(opened.columns !== undefined && { columns: opened.columns }),
        ...(opened.white !== undefined && { white: opened.white }),
        // So that what is read later is read alike, however little there is to tell the encoding by.
        ...(opened.encoding !== undefined && { usualEncoding: opened.encoding }),
        ...maskOptionsOf(opened),
      },
      path: absolute(text.data, isBuiltIn),
    },
  }
  // What the user set must be options of the network.
  asUsage(() => buildModel(checkConfig('what was asked for', config, 'Change the options.')))
  return { config, opened, out, notes, start: start ?? undefined }
}

/** Options that a run that goes on may be given anew. */
const free = [
  'out',
  'resume',
  'json',
  'threads',
  'time',
  'timeLimit',
  'epochs',
  'data',
  'modelOption',
  'validation',
  'test',
  'strict',
  'encoding',
]

/** The run in a folder, with its data opened as it was. Throws `UsageError` for options that cannot change any more. */
export async function oldRun(
  task: TaskName | undefined,
  text: TrainText,
  isGiven: (name: string) => boolean,
  ranks: Ranks,
  onProgress?: OpenOptions['onProgress'],
): Promise<Request> {
  if (text.out === undefined) throw new UsageError('--resume needs --out: the folder of the run to continue.')
  const changed = Object.keys(text).find((name) => !free.includes(name) && isGiven(name))
  if (changed !== undefined) {
    const flag = changed.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    throw new UsageError(`--${flag} cannot change when a run is continued. Leave it out, or start another run.`)
  }
  const folder = text.out
  const run = await ofFirst(ranks, () => openRun(folder))
  check(run.folder !== null, () => `${text.out} is a file; --resume needs the folder of the run.`)
  const { config } = run
  if (task !== undefined && task !== config.task) {
    throw new UsageError(`the run in ${text.out} is of ${config.task}, not of ${show(task)}. Leave the task out.`)
  }
  check(
    config.fineTuning === null || ranks.rank > 0 || existsSync(join(run.folder, 'last.safetensors')),
    () =>
      `${text.out}: the fine-tuning was stopped before anything was saved. Remove the folder and start it again: convoke ${config.fineTuning?.from === 'shipped' ? 'train classify --from' : 'finetune'} ${config.fineTuning?.from} …`,
  )
  const asked = { ...fillingOf(text), ...readTrainingOptions(config.task, text) }
  const epochs = asked.epochs ?? config.training.epochs
  if (epochs < config.training.epochs)
    printNotes([
      `the run was planned for ${counted(config.training.epochs, 'epoch')} and now ends after ${epochs}; from here on its learning rate follows the shorter run.`,
    ])
  const source = text.data ?? dataSource(run)
  const { picture, classes } = config
  const opened = await openData(config.task, source, {
    // Runs from before equal texts were kept together divide their data as they did.
    ...{ keepTogether: false, ...config.data.options },
    // Once Latin-1 was read without being asked for.
    ...(text.encoding !== undefined && { encoding: text.encoding }),
    ...(classes.length > 0 ? { classes } : {}),
    ...(picture === null ? {} : likeForm(picture)),
    onProgress,
  })
  await checkSameData(ranks, source, opened)
  const counts = [opened.train.length, opened.validation?.length ?? 0, opened.test?.length ?? 0]
  const was = [config.data.counts.train, config.data.counts.validation, config.data.counts.test]
  check(
    counts.join() === was.join(),
    () =>
      `${source}: the data has changed: ${counts.join(' / ')} examples for training, validation and test, where the run started with ${was.join(' / ')}. Put it back as it was, or start another run.`,
  )
  const time = asked.time ?? config.training.time
  return {
    config: { ...config, training: { ...config.training, epochs, ...(time !== undefined && { time }) } },
    ...{ opened, out: text.out },
  }
}
