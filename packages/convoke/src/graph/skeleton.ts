// A model apart from its weights, so that what a run keeps of it is small, and weights lie where weights lie.

import type { OnnxModel, OnnxTensor } from '../formats/onnx/model.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { liftConstants, weightsOf } from './weights.ts'

/** A model apart from its weights. */
export interface Skeleton {
  /** Without the numbers of its weights; constants stay. */
  readonly model: OnnxModel
  /** Shapes of the weights by their names in the file, as the file lays them out. */
  readonly weights: Readonly<Record<string, readonly number[]>>
}

/** A model and, apart, what weights it has. */
export function skeletonOf(model: OnnxModel): Skeleton {
  const graph = liftConstants(model.graph)
  const weights = new Map(weightsOf(graph).map(({ tensor }) => [tensor.name, tensor.shape]))
  return {
    model: { ...model, graph: { ...graph, initializers: graph.initializers.filter(({ name }) => !weights.has(name)) } },
    weights: Object.fromEntries(weights),
  }
}

/** The model again, its weights all 0, to be loaded. */
export function fromSkeleton({ model, weights }: Skeleton): OnnxModel {
  const empty = Object.entries(weights).map(
    ([name, shape]): OnnxTensor => ({
      ...{ name, type: 'float32', shape },
      get values() {
        return new Float32Array(sizeOf(shape))
      },
    }),
  )
  return { ...model, graph: { ...model.graph, initializers: [...model.graph.initializers, ...empty] } }
}
