// Models of TensorFlow.js in ONNX's operators.

import type { OnnxModel } from '../../formats/onnx/model.ts'
import type { TfjsModel } from '../../formats/tfjs/index.ts'
import { ConvokeError } from '../../shapes/error.ts'
import { onnxOfGraph } from './graph-model.ts'

const done = new WeakMap<TfjsModel, OnnxModel>()

/**
 * A model of TensorFlow.js, read by `decodeTfjs` or `readTfjs`, in ONNX's operators. What ONNX has no equal of is in the domain
 * `ai.convoke.tf`. Weights are read when they are asked for. Throws `ConvokeError`, naming the node, for what cannot be taken over.
 */
export function tfjsToOnnx(model: TfjsModel): OnnxModel {
  const known = done.get(model)
  if (known !== undefined) return known
  const producer = `TensorFlow.js ${model.convertedBy || model.generatedBy}`.trim()
  if (model.kind === 'layers') throw new ConvokeError('todo')
  const made = onnxOfGraph({ graph: model.graph, weights: model.weights, producer })
  done.set(model, made)
  return made
}
