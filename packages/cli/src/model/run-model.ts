// The network of a run as a model of ONNX, with what its numbers mean.

import { stat } from 'node:fs/promises'
import { type nn, zeros } from 'convoke'
import { exportOnnx, type OnnxModel } from 'convoke/graph'
import { shippedMetadata } from 'convoke-workbench'
import { loadRun } from '../evaluate/run.ts'
import { openRun, type RunConfig } from '../training/config.ts'
import { onnxOf as onnxOfGraph } from '../training/graph-network.ts'

/** Whether `path` is a run: its folder, or the file of its weights. */
export const isRun = async (path: string): Promise<boolean> =>
  /\.safetensors$/i.test(path) ||
  (await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  ))

export interface RunModel {
  readonly config: RunConfig
  readonly model: nn.Module
}

export async function openRunModel(path: string): Promise<RunModel> {
  const run = await openRun(path)
  return { config: run.config, model: await loadRun(run) }
}

/** What the network takes, in a batch of one. */
export function exampleOf({ task, model, picture, text, sequence }: RunConfig) {
  if (text !== null) {
    return model.name === 'charcnn' ? [1, text.length, text.words.length + 2] : zeros([1, text.length], 'int32')
  }
  if (sequence !== null) return [1, sequence.length, sequence.features]
  if (task === 'generate') {
    const { latent } = model.options
    return [1, typeof latent === 'number' ? latent : 100]
  }
  return [1, picture!.height, picture!.width, picture!.channels]
}

export const inputNames: Readonly<Record<RunConfig['task'], string>> = {
  ...{ classify: 'pixels', segment: 'pixels', detect: 'pixels' },
  ...{ text: 'tokens', sequence: 'series', generate: 'noise' },
}
export const outputNames: Readonly<Record<RunConfig['task'], string>> = {
  ...{ classify: 'logits', segment: 'logits', detect: 'boxes', text: 'logits' },
  ...{ sequence: 'logits', generate: 'pixels' },
}

export function metadataOf(config: RunConfig): Record<string, string> {
  const { text, sequence } = config
  const told = shippedMetadata(config)
  if (text !== null) told['vocabulary'] = JSON.stringify(text.words)
  if (sequence !== null) told['normalization'] = JSON.stringify({ mean: sequence.mean, deviation: sequence.deviation })
  return told
}

/** Pictures that are read pixel by pixel keep their size: it goes up and down in the steps in which networks halve it. */
const sizes = [
  { axis: 1, step: 32 },
  { axis: 2, step: 32 },
] as const

/** For any number of examples at once. What goes in has been normalized; the metadata says how. */
export function onnxOf({ config, model }: RunModel, opset: number | undefined): OnnxModel {
  const { task, sequence } = config
  if (config.model.name === 'graph') {
    // It keeps the operators that it came with.
    const graph = onnxOfGraph(model)
    return { ...graph, metadata: { ...graph.metadata, ...metadataOf(config) } }
  }
  const result = task === 'sequence' && sequence?.target === 'values' ? 'values' : outputNames[task]
  return exportOnnx(model, exampleOf(config), {
    ...{ opset, inputs: [inputNames[task]], outputs: [result], metadata: metadataOf(config) },
    dynamic: task === 'segment' || task === 'detect' ? [0, ...sizes] : [0],
  })
}
