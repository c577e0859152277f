// Models of other tools, as files.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type OnnxModel, tfjsToOnnx } from 'convoke/graph'
import { readOnnx, readTfjs } from 'convoke/node'
import { check } from 'convoke/shapes'
import { loadRun } from '../evaluate/run.ts'
import { openRun } from '../training/config.ts'
import { onnxOf } from '../training/graph-network.ts'

export const isModelFile = (path: string): boolean => /\.(onnx|json)$/i.test(path)

const isRun = (path: string): boolean =>
  existsSync(join(path, 'config.json')) || (/\.safetensors$/i.test(path) && existsSync(path))

/** The model of a run that was fine-tuned from a model. */
async function modelOfRun(path: string): Promise<OnnxModel> {
  const run = await openRun(path)
  check(
    run.config.model.name === 'graph',
    () => `${path}: the run is of the network ${run.config.model.name}, which is not made of a graph.`,
  )
  return onnxOf(await loadRun(run))
}

export async function openModel(path: string): Promise<OnnxModel> {
  if (isRun(path)) return modelOfRun(path)
  check(
    isModelFile(path),
    () =>
      `${path}: models are read from .onnx files and from the model.json of TensorFlow.js. PyTorch writes one with torch.onnx.export(model, example, 'model.onnx').`,
  )
  return /\.json$/i.test(path) ? tfjsToOnnx(await readTfjs(path)) : readOnnx(path)
}
