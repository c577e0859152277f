// What a run remembers of itself: enough to make its network and to prepare its inputs again. It lies in the run's
// config.json, and under the key `convoke` in the metadata of best.safetensors, so that this one file can be shipped.

import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { models, nn } from 'convoke'
import { readSafetensors } from 'convoke/node'
import { ConvokeError, check } from 'convoke/shapes'
import type { Normalization } from 'convoke-workbench'
import { fileProblem } from '../file-problem.ts'
import type { SettingName } from './config-names.ts'
import { checkConfig } from './config-schema.ts'
import type { OpenOptions, PictureForm, SequenceForm, TaskName } from './data/opened.ts'
import { buildGraph } from './graph-network.ts'

/** Size of the pictures, and what each channel is moved and divided by. */
export interface PictureInput extends PictureForm, Normalization {}

export interface SequenceInput extends SequenceForm {
  /** What each feature is moved and divided by, of series that are told one class. */
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

export interface TextInput {
  /** 'english' and 'characters' are Convoke's own; the others divide words as `Intl.Segmenter` does for that language. */
  readonly tokenizer: SettingName<'tokenizer'>
  /** Of the way they are divided; 1 when not given. */
  readonly version?: number | undefined
  readonly words: readonly string[]
  /** Tokens of a text: longer ones are cut, shorter ones padded. */
  readonly length: number
}

export interface Training {
  readonly epochs: number
  /** Examples of a step, over all ranks. */
  readonly batchSize: number
  readonly learningRate: number
  /** The losses of the steps by which it was found, at rising rates; not given where it was not searched for. */
  readonly rateSearch?: { readonly rates: readonly number[]; readonly losses: readonly number[] } | undefined
  readonly optimizer: SettingName<'optimizer'>
  readonly schedule: SettingName<'schedule'>
  /** Share of the steps over which the rate rises (cosine, step, constant). */
  readonly warmUp: number
  readonly weightDecay: number
  readonly smoothing: number
  /** What segment loses by; 'cross-entropy' when not given. */
  readonly loss?: SettingName<'loss'> | undefined
  /** What pixels of each class weigh in the cross-entropy of segment; all the same when not given. */
  readonly classWeights?: readonly number[] | undefined
  readonly augment: SettingName<'augment'>
  /** Views of each picture over which outputs are averaged once the network is trained; the picture alone when not given. */
  readonly testTime?: SettingName<'testTime'> | undefined
  readonly seed: number
  /** Epochs without improvement after which training stops; 0 never stops. */
  readonly patience: number
  /** Longest gradient; 0 does not clip. */
  readonly clipNorm: number
  /** Decay of an average of the weights; 0 keeps none. */
  readonly average: number
  readonly accumulate: number
  /** Steps between checkpoints within an epoch. */
  readonly saveEvery: number
  /** Of several ranks: whether batch normalisation takes the statistics of all of them; it does not when not given. */
  readonly syncBatchNorm?: boolean | undefined
  /** What gradients are while they travel between ranks; 'float32' when not given. */
  readonly wire?: SettingName<'wire'> | undefined
  /** Seconds that the run fills with as many epochs as fit; `epochs` counts for nothing then. */
  readonly time?: number | undefined
}

export interface FineTuning {
  /** The run it started from. */
  readonly from: string
  /** Patterns of the parameters that stay as they were. */
  readonly freeze: readonly string[]
  /** Learning rate of each part of the network over that of the part after it. */
  readonly layerDecay: number
  /** Low-rank adapters, which alone are trained besides what is new. */
  readonly adapters: { readonly rank: number; readonly match: string } | null
  /** Tensors that had no weights to start from: those of a new head. */
  readonly fresh: readonly string[]
  /** Epochs at the beginning in which these alone are trained; none when not given. */
  readonly freezeEpochs?: number | undefined
}

export interface RunConfig {
  readonly format: 1
  readonly task: TaskName
  /** One that `models.build` knows, or 'graph': a network from elsewhere, `GraphOptions`. */
  readonly model: { readonly name: models.ModelName | 'graph'; readonly options: Readonly<Record<string, unknown>> }
  readonly classes: readonly string[]
  readonly picture: PictureInput | null
  readonly text: TextInput | null
  readonly sequence: SequenceInput | null
  readonly data: {
    /** As it was typed. */
    readonly source: string
    readonly kind: string
    readonly options: Omit<OpenOptions, 'onProgress'>
    readonly counts: Readonly<Record<'train' | 'validation' | 'test', number>>
    /** The same as an absolute path, in config.json alone. */
    readonly path?: string | undefined
  }
  readonly training: Training
  readonly fineTuning: FineTuning | null
}

/** A network by its name and options; `seed` decides what a graph's new last layer starts from. */
export const buildNetwork = ({ name, options }: RunConfig['model'], seed: number): nn.Module =>
  name === 'graph'
    ? (buildGraph(options, seed) as unknown as nn.Module)
    : models.build(name, options as models.ModelOptions<models.ModelName>)

/** The network of a run, its weights not yet drawn; what is not to be trained is frozen. */
export function buildModel({
  model,
  fineTuning,
  training,
}: Pick<RunConfig, 'model' | 'fineTuning' | 'training'>): nn.Module {
  const built = buildNetwork(model, training.seed)
  if (fineTuning === null) return built
  const { adapters, freeze, fresh } = fineTuning
  const parameters = Object.keys(built.namedParameters())
  for (const pattern of freeze) built.freeze(pattern)
  if (adapters !== null) nn.addAdapters(built, { ...adapters, seed: training.seed })
  for (const name of fresh) if (parameters.includes(name)) built.unfreeze(name)
  return built
}

export interface Run {
  /** As it was named. */
  readonly path: string
  /** The run's folder; null for a file on its own. */
  readonly folder: string | null
  /** The weights. */
  readonly file: string
  readonly config: RunConfig
}

/** Throws `ConvokeError` for what is not a configuration of a run. */
export function parseConfig(name: string, text: string): RunConfig {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ConvokeError(
      `${name}: the configuration is not JSON (${error instanceof Error ? error.message : error}). Put back what Convoke wrote, or train again.`,
    )
  }
  return checkConfig(name, value)
}

/** Bytes that a configuration has at most: a vocabulary of a million words fits. */
const longestConfig = 2 ** 26

async function readConfig(path: string, file: string): Promise<RunConfig> {
  const found = await stat(file).catch((error: unknown) => {
    throw fileProblem(error, `${path} is not a run: ${file}`)
  })
  check(found.isFile(), () => `${path} is not a run: ${file} is not a file. Name the folder of a run.`)
  check(
    found.size <= longestConfig,
    () => `${file} has ${found.size} bytes; a configuration has ${longestConfig} at most. Name the folder of a run.`,
  )
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileProblem(error, `${path} is not a run: ${file}`)
  })
  return parseConfig(file, text)
}

/** A run by its folder or by the file of its weights. Throws `ConvokeError` where neither is one. */
export async function openRun(path: string): Promise<Run> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileProblem(error, path)
  })
  if (!found.isDirectory()) {
    const { metadata } = await readSafetensors(path)
    check(
      metadata['convoke'] !== undefined,
      () =>
        `${path}: the file holds weights, but not the network they belong to. Give the run's folder, or its best.safetensors.`,
    )
    return { path, folder: null, file: path, config: parseConfig(path, metadata['convoke']) }
  }
  return {
    path,
    folder: path,
    file: join(path, 'best.safetensors'),
    config: await readConfig(path, join(path, 'config.json')),
  }
}

/** Throws `ConvokeError` where a run has no weights to use yet. */
export function checkWeights({ path, folder, file }: Run): void {
  check(
    folder === null || existsSync(file),
    () => `${path}: the run has not finished its first epoch. Continue it: convoke train --resume --out ${path}`,
  )
}

/** Where a run's data lies: what was typed, the same from another folder, or what the run brings along in its own. */
export function dataSource({ config, folder }: Run): string {
  const { source, path = source } = config.data
  const own = folder === null ? path : join(folder, source)
  return !existsSync(path) && existsSync(own) ? own : path
}

/** The absolute path of a source that is one; names stay names. */
export const absolute = (source: string, builtIn: boolean): string | undefined =>
  builtIn || !existsSync(source) ? undefined : resolve(source)
