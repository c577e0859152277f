// Models of other tools, as files.

import { type OnnxModel, tfjsToOnnx } from 'convoke/graph'
import { readOnnx, readTfjs } from 'convoke/node'
import { check } from 'convoke/shapes'
import { isRun, onnxOf, openRunModel } from './run-model.ts'

export const isModelFile = (path: string): boolean => /\.(onnx|json)$/i.test(path)

export async function openModel(path: string): Promise<OnnxModel> {
  if (await isRun(path)) return onnxOf(await openRunModel(path), undefined)
  check(
    isModelFile(path),
    () =>
      `${path}: models are read from .onnx files, from the model.json of TensorFlow.js, and from runs. PyTorch writes one with torch.onnx.export(model, example, 'model.onnx').`,
  )
  return /\.json$/i.test(path) ? tfjsToOnnx(await readTfjs(path)) : readOnnx(path)
}
