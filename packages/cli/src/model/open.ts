// Models of other tools, as files.

import type { OnnxModel } from 'convoke/graph'
import { readOnnx } from 'convoke/node'
import { check } from 'convoke/shapes'

export const isModelFile = (path: string): boolean => /\.onnx$/i.test(path)

export async function openModel(path: string): Promise<OnnxModel> {
  check(
    isModelFile(path),
    () =>
      `${path}: models are read from .onnx files. PyTorch writes one with torch.onnx.export(model, example, 'model.onnx').`,
  )
  return readOnnx(path)
}
