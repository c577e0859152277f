// From what was typed to choices and rules.

import { train } from 'convoke'
import { show } from 'convoke/shapes'
import { asUsage, UsageError } from '../errors.ts'
import { type DataText, readDataOptions } from '../options/data-options.ts'
import { readDuration, readNumber } from '../options/numbers.ts'
import { findsRate, readTrainingOptions, type TrainingText, type WorkText } from '../options/training-options.ts'
import type { RunConfig } from '../training/config.ts'
import { builtInNames } from '../training/data/built-in.ts'
import { kitOf } from '../training/kits/index.ts'
import { usualFor } from '../training/kits/kit.ts'
import { type Examples, type Opened, type OpenOptions, openData } from '../training/open-data.ts'

export type ChooseTask = 'classify' | 'text'

export interface ChooseText extends DataText, TrainingText, WorkText {
  readonly data?: string
  readonly out: string
  readonly output?: string
  readonly kernels?: string
  readonly counts?: string
  readonly depths?: string
  readonly windows?: string
  readonly maps?: string
  readonly maxParameters?: string
  readonly maxMacs?: string
  readonly time?: string
  readonly cost: string
  readonly seeds: string
  readonly tokenizer?: string
  readonly json: boolean
}

export interface ChooseRequest {
  readonly task: ChooseTask
  readonly opened: Opened<Examples[ChooseTask]>
  /** As of a run, with the options of the network that all choices share. */
  readonly config: RunConfig
  readonly choices: readonly train.Choice[]
  /** The options of the network that make a choice what it is. */
  readonly optionsOf: (choice: train.Choice) => Readonly<Record<string, unknown>>
  readonly inputShape: readonly number[]
  readonly seeds: readonly number[]
  readonly cost: train.CostName
  readonly budget: train.ChooseBudget
}

/** `3,5,7` */
function readList(name: string, text: string | undefined): number[] | undefined {
  return text?.split(',').map((part) => readNumber(name, part, { least: 1, most: 4096, whole: true })!)
}

/** `3;3,4,5`: sets of windows. */
const readWindows = (text: string | undefined): number[][] | undefined =>
  text?.split(';').map((set) => readList('windows', set)!)

const costs: readonly train.CostName[] = ['parameters', 'macs', 'milliseconds']

function readCost(text: string): train.CostName {
  const found = costs.find((name) => name === text)
  if (found === undefined) throw new UsageError(`--cost is ${show(text)}. Use ${costs.join(', ')}.`)
  return found
}

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as T

/** Options that mean nothing for the task are refused rather than ignored. */
function checkFor(task: ChooseTask, text: ChooseText): void {
  const foreign =
    task === 'classify' ? (['windows', 'maps', 'tokenizer'] as const) : (['kernels', 'counts', 'depths'] as const)
  const given = foreign.find((name) => text[name] !== undefined)
  if (given !== undefined)
    throw new UsageError(`--${given} is for ${task === 'classify' ? 'text' : 'classify'}, not for ${task}.`)
}

export async function readRequest(
  task: ChooseTask,
  text: ChooseText,
  onProgress: OpenOptions['onProgress'],
): Promise<ChooseRequest> {
  checkFor(task, text)
  if (text.data === undefined)
    throw new UsageError(
      `--data is missing: a folder, a file, or what Convoke makes for ${task}: ${builtInNames(task).join(', ')}.`,
    )
  const seeds = readNumber('seeds', text.seeds, { least: 1, most: 100, whole: true })!
  if (findsRate(text))
    throw new UsageError(
      '--learning-rate find is for a single network; all networks compared here share one rate. Give a number, or leave it out.',
    )
  const given = readTrainingOptions(task, text)
  const sweep = {
    ...{ kernels: readList('kernels', text.kernels), counts: readList('counts', text.counts) },
    ...{
      depths: readList('depths', text.depths),
      windows: readWindows(text.windows),
      maps: readList('maps', text.maps),
    },
  }
  const [budget, cost] = [readBudget(text), readCost(text.cost)]
  const options = withoutUndefined(readDataOptions(text))
  const opened = await openData(task, text.data, { ...options, onProgress })
  if (opened.validation === null)
    throw new UsageError(`${text.data}: choices are compared on a validation set. Leave out --validation 0.`)
  const kit = kitOf(task)
  const plan = await kit.plan(opened, { options: {}, tokenizer: text.tokenizer, words: undefined })
  const { training } = await usualFor(kit, opened, plan, given)
  const counts = { train: opened.train.length, validation: opened.validation.length, test: opened.test?.length ?? 0 }
  const config: RunConfig = {
    ...{ format: 1, task, ...plan, classes: opened.classes, training, fineTuning: null },
    data: { source: text.data, kind: opened.kind, options, counts },
  }
  const first = training.seed
  return {
    ...{ task, opened, config, cost, budget, ...asUsage(() => choicesOf(task, config, sweep)) },
    seeds: Array.from({ length: seeds }, (_, i) => first + i),
  }
}

const readBudget = (text: ChooseText): train.ChooseBudget => ({
  parameters: readNumber('max-parameters', text.maxParameters, { least: 1 }),
  macs: readNumber('max-macs', text.maxMacs, { least: 1 }),
  seconds: readDuration('time', text.time),
})

interface Sweep {
  readonly kernels: number[] | undefined
  readonly counts: number[] | undefined
  readonly depths: number[] | undefined
  readonly windows: number[][] | undefined
  readonly maps: number[] | undefined
}

type Chosen = Pick<ChooseRequest, 'choices' | 'optionsOf' | 'inputShape'>

function choicesOf(task: ChooseTask, config: RunConfig, { kernels, counts, depths, windows, maps }: Sweep): Chosen {
  const classes = config.classes.length
  if (task === 'classify') {
    const { height, width, channels } = config.picture!
    const smaller = Math.min(height, width)
    // By default no deeper than leaves something to see for the last stage.
    const usual = [1, 2, 3, 4].filter((depth) => smaller / 2 ** (depth - 1) >= 4).slice(-2)
    return {
      choices: train.cnnChoices({
        classes,
        channels,
        kernels,
        counts: counts ?? [8, 16],
        depths: depths ?? (usual.length > 0 ? usual : [1]),
      }),
      optionsOf: ({ settings: { kernel, count, depth } }) => ({
        ...{ classes, channels, kernel, widths: train.cnnWidths(count as number, depth as number) },
      }),
      inputShape: [1, height, width, channels],
    }
  }
  const { vocabulary, size } = config.model.options as { vocabulary: number; size: number }
  return {
    choices: train.textChoices({ vocabulary, size, classes, windows, maps: maps ?? [16, 64] }),
    optionsOf: ({ settings }) => ({
      ...{ classes, vocabulary, size, maps: settings['maps'] },
      windows: String(settings['windows']).split('+').map(Number),
    }),
    inputShape: [1, config.text!.length],
  }
}
