// Models of other tools in Node, whatever they are written in.

import { type GraphModule, graphModule, type ImportOptions } from '../graph/module.ts'
import { readOnnx } from './onnx.ts'
import { about } from './parts.ts'
import { readTfjs } from './tfjs.ts'

/**
 * A model from a file, as a module: an ONNX file, or the model.json of TensorFlow.js with its shards beside it. Throws `ConvokeError`
 * if it is not a complete model, or has something that is not supported; the message names the node.
 */
export async function loadModel(path: string, options: ImportOptions = {}): Promise<GraphModule> {
  const model = /\.json$/i.test(path) ? await readTfjs(path) : await readOnnx(path)
  return about(path, () => graphModule(model, options))
}
