// What a run's folder holds, as bytes: written by `runFolder` of convoke/node, or packed where there is no file system.

import { encodeSafetensors, type HostTensor } from '../formats/index.ts'
import { plainJson } from '../formats/plain-json.ts'
import { type EpochRecord, encodeTrainingState, type TrainingState } from './checkpoint.ts'

/** A line of metrics.jsonl. */
export const metricsLine = (record: EpochRecord, best: boolean): string => `${plainJson({ ...record, best })}\n`

/** What was asked for, as config.json has it: controls are escapes. */
export const configText = (config: unknown): string => `${plainJson(config, 2)}\n`

/** The weights of a state to be used, averaged where an average is kept. */
export function weightsIn({ tensors }: TrainingState): Record<string, HostTensor> {
  const owner = (prefix: string) =>
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix) && name !== 'average.updates')
      .map(([name, value]) => [name.slice(prefix.length), value] as const)
  const averaged = owner('average.')
  return Object.fromEntries(averaged.length > 0 ? averaged : owner('model.'))
}

/** What `runFiles` writes of a run. */
export interface RunFilesOptions {
  /** Plain data, written as JSON. */
  readonly config: unknown
  /** The run as it stands; its weights are those of best.safetensors too. */
  readonly state: TrainingState
  /** Travels with best.safetensors: what the weights are for. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/**
 * A run's folder as files by their names: config.json, metrics.jsonl, best.safetensors and last.safetensors, as
 * `runFolder` of convoke/node writes them. The weights are those of `state`, whichever epoch was best.
 *
 * @example
 * const model = nn.Linear({ in: 2, out: 2 }).initialize(0)
 * const progress = { version: 1, seed: 0, batchSize: 1, epoch: 0, batch: 0, step: 0, lossTotal: 0, lossCount: 0, history: [], best: null }
 * const tensors = Object.fromEntries(Object.entries(await formats.toHost(model.state())).map(([name, value]) => [`model.${name}`, value]))
 * Object.keys(train.runFiles({ config: {}, state: { tensors, progress } }))  // ["config.json", "metrics.jsonl", "best.safetensors", "last.safetensors"]
 */
export function runFiles({ config, state, metadata }: RunFilesOptions): Record<string, Uint8Array> {
  const { history, best } = state.progress
  const text = new TextEncoder()
  return {
    'config.json': text.encode(configText(config)),
    'metrics.jsonl': text.encode(history.map((record) => metricsLine(record, record.epoch === best?.epoch)).join('')),
    'best.safetensors': encodeSafetensors(weightsIn(state), metadata),
    'last.safetensors': encodeTrainingState(state),
  }
}
