// What fine-tuning starts from: a run, or a model of the hub taken for one.

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { nn } from 'convoke'
import { hubName } from 'convoke/node'
import { ConvokeError } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { loadRun } from '../evaluate/run.ts'
import { isModelFile } from '../model/open.ts'
import { type PreprocessingText, refusePreprocessing } from '../model/preprocessing.ts'
import { type DataText, readDataOptions } from '../options/data-options.ts'
import { openRun, type RunConfig } from '../training/config.ts'

export interface Base {
  /** As it was named. */
  readonly path: string
  readonly config: RunConfig
  /** The network with its weights. */
  readonly source: nn.Module
  /** For the user to read. */
  readonly says?: string | undefined
}

export interface BaseSize {
  readonly height: number
  readonly width: number
}

/** How pictures are made ready for a model from elsewhere, as typed. */
export interface BaseText extends DataText, Omit<PreprocessingText, 'size'> {
  readonly labels?: string
}

function sizeAsked(text: DataText): BaseSize | undefined {
  const { size } = readDataOptions(text)
  if (size === undefined || size === 'own') return undefined
  return typeof size === 'number' ? { height: size, width: size } : size
}

/** A name of the hub, and no path: nothing lies there, nor is its first part a folder. */
const isHubName = (path: string): boolean => {
  const name = hubName(path)
  if (name === null || existsSync(path)) return false
  return path.startsWith('hf') || !existsSync(dirname(path))
}

export async function baseFrom(path: string, text: BaseText): Promise<Base> {
  const size = sizeAsked(text)
  if (isModelFile(path)) {
    const { fromModel } = await import('./model.ts')
    return fromModel(path, text)
  }
  // What --size is for, the hub and runs say themselves.
  refusePreprocessing(
    { ...text, size: undefined },
    'a run and the hub know their classes and how pictures are prepared',
  )
  if (isHubName(path)) {
    const { fromHub } = await import('./hub.ts')
    return fromHub(path, size).catch((error: unknown) => {
      if (!(error instanceof ConvokeError)) throw error
      throw new ConvokeError(`${path}: there is no such file or folder here; of the hub: ${error.message}`)
    })
  }
  if (size !== undefined)
    throw new UsageError('--size is for models of the hub and model files: a run keeps the size of its pictures.')
  const run = await openRun(path)
  if (run.config.task === 'generate')
    throw new UsageError('a generator cannot be fine-tuned. Train one on the new pictures.')
  return { path, config: run.config, source: await loadRun(run) }
}
