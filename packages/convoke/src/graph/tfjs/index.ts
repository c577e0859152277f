// Models of TensorFlow.js in ONNX's operators.

import type { OnnxModel } from '../../formats/onnx/model.ts'
import type { TfjsModel } from '../../formats/tfjs/index.ts'
import { onnxOfGraph } from './graph-model.ts'
import { onnxOfLayers } from './keras/layers-model.ts'

const done = new WeakMap<TfjsModel, OnnxModel>()
const made = new WeakSet<OnnxModel['graph']['inputs']>()

/** Whether the inputs of a model lie as TensorFlow has them: pictures channels last already. */
export const isFromTensorFlow = ({ graph }: OnnxModel): boolean => made.has(graph.inputs)

/**
 * A model of TensorFlow.js, read by `decodeTfjs` or `readTfjs`, in ONNX's operators. Operators that ONNX does not have are in the domain
 * `ai.convoke.tf`. Weights are read on access. Throws `ConvokeError`, which names the node, for anything that is not supported.
 */
export function tfjsToOnnx(model: TfjsModel): OnnxModel {
  const known = done.get(model)
  if (known !== undefined) return known
  const producer = `TensorFlow.js ${model.convertedBy || model.generatedBy}`.trim()
  const { weights } = model
  const found =
    model.kind === 'graph'
      ? onnxOfGraph({ graph: model.graph, weights, producer })
      : onnxOfLayers({ layers: model.layers, weights, producer })
  made.add(found.graph.inputs)
  done.set(model, found)
  return found
}
