/// <reference types="node" />

// A training run as a folder:
//
//   config.json              what was asked for
//   metrics.jsonl            one line an epoch
//   events.out.tfevents.*    the same for TensorBoard, with the loss of every step
//   last.safetensors         the whole state, to go on from
//   best.safetensors         the weights of the best epoch, averaged where an average is kept
//   .lock                    while a process writes to it: which one

import { access } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { explain } from '../files/explain.ts'
import { append, readBytes, writeWhole } from '../files/files.ts'
import { lockFolder } from '../files/lock.ts'
import { makeFolder, removeRemains } from '../files/replace.ts'
import { toHost } from '../formats/host.ts'
import {
  decodeSafetensors,
  encodeSafetensors,
  encodeScalars,
  eventFileStart,
  fromHost,
  type SafetensorsFile,
} from '../formats/index.ts'
import type { AnyModule, LoadOptions, LoadReport } from '../nn/module.ts'
import { ConvokeError } from '../shapes/error.ts'
import { decodeTrainingState, encodeTrainingState, type TrainingState } from '../train/checkpoint.ts'
import type { FitOptions, TrainingEvent } from '../train/options.ts'
import { configText, metricsLine, weightsIn } from '../train/run-files.ts'
import { forgetAfter, metricsIn } from './run-log.ts'

/** A folder that a training writes to. */
export interface RunFolder {
  /** Path of the folder. */
  readonly path: string
  /** Pass both on to `train.fit`. */
  readonly save: NonNullable<FitOptions<object, unknown>['save']>
  /** Appends losses and measures to the logs. */
  readonly onEvent: (event: TrainingEvent) => Promise<void>
  /**
   * The state to resume from; null where there is none. What the logs tell beyond it is forgotten, as it will happen
   * again, and so is a line that a crash cut short. Throws `ConvokeError` for a state that is damaged.
   */
  resume(): Promise<TrainingState | null>
  /** Lets another process write to the folder; the end of the process does so as well. */
  close(): void
}

/** The options of `runFolder`. */
export interface RunFolderOptions {
  /** Travels in the metadata of best.safetensors: what the weights are for. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/**
 * Opens or makes a run's folder, for this process alone until `close` or the end of the process. `config` must be plain
 * data; it is written as JSON, in which controls are escapes. Throws `ConvokeError` where the folder cannot be made, or another process writes to it.
 */
export async function runFolder(path: string, config?: unknown, options: RunFolderOptions = {}): Promise<RunFolder> {
  try {
    await makeFolder(path)
  } catch (error) {
    throw new ConvokeError(`${path}: the folder cannot be made: ${explain(error)}. Choose another place.`)
  }
  const lock = await lockFolder(path)
  // What a run left that was killed while it wrote.
  await removeRemains(path)
  if (config !== undefined) {
    await writeWhole(join(path, 'config.json'), new TextEncoder().encode(configText(config)))
  }
  const started = Date.now() / 1000
  const events = join(path, `events.out.tfevents.${Math.floor(started)}.${hostname()}.${process.pid}`)
  let begun = false
  const curves = async (step: number, values: Readonly<Record<string, number>>): Promise<void> => {
    if (!begun) await append(events, eventFileStart(started))
    begun = true
    await append(events, encodeScalars({ time: Date.now() / 1000, step, values }))
  }
  const last = join(path, 'last.safetensors')
  const measured = metricsIn(path)
  return {
    path,
    async save(state, { best }) {
      lock.beat()
      // The best first: should the second fail, resuming repeats the epoch and writes it again.
      if (best) await writeWhole(join(path, 'best.safetensors'), encodeSafetensors(weightsIn(state), options.metadata))
      await writeWhole(last, encodeTrainingState(state))
    },
    async onEvent(event) {
      lock.beat()
      if (event.type === 'step') {
        await curves(event.step, {
          ...{ 'train/loss': event.loss, 'train/gradient norm': event.gradientNorm },
          'train/learning rate factor': event.factor,
        })
      } else if (event.type === 'epoch') {
        const { validation, loss, step } = event.record
        await append(measured, metricsLine(event.record, event.best))
        const own = Object.entries(validation ?? {}).map(([name, value]) => [`validation/${name}`, value] as const)
        await curves(step, { 'epoch/loss': loss, ...Object.fromEntries(own) })
      }
    },
    async resume() {
      const there = await access(last).then(
        () => true,
        () => false,
      )
      const state = there ? await named(last, decodeTrainingState) : null
      await forgetAfter(path, state?.progress ?? { epoch: 0, step: 0 })
      return state
    },
    close: () => lock.release(),
  }
}

/** What is read from the bytes of a file; refusals name it. */
async function named<T>(path: string, read: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await readBytes(path)
  try {
    return read(bytes)
  } catch (error) {
    throw error instanceof ConvokeError ? new ConvokeError(`${path}: ${error.message}`) : error
  }
}

/** The tensors and the texts of a safetensors file. Throws `ConvokeError` that names it for what is none. */
export const readSafetensors = (path: string): Promise<SafetensorsFile> => named(path, decodeSafetensors)

/** Writes a model's parameters and buffers as safetensors, whole or not at all. */
export async function saveWeights(
  model: AnyModule,
  path: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeWhole(path, encodeSafetensors(await toHost(model.state()), metadata))
}

/** Loads weights into a model. Throws `ConvokeError`, with the model unchanged, for a file of another architecture. */
export async function loadWeights(model: AnyModule, path: string, options: LoadOptions = {}): Promise<LoadReport> {
  const tensors = fromHost((await readSafetensors(path)).tensors)
  try {
    return model.loadState(tensors, options)
  } catch (error) {
    throw error instanceof ConvokeError ? new ConvokeError(`${path}: ${error.message}`) : error
  } finally {
    for (const value of Object.values(tensors)) value.dispose()
  }
}
