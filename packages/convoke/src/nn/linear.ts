// Linear layers and embeddings.

import { add, cast, expandDims, matmul, multiply, notEqual } from '../ops/index.ts'
import { rowsAt } from '../ops/indexing.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { biasSpec, checkCounts, type InitializeOptions, weightSpec } from './conv.ts'
import { type Initializer, normal } from './initializers.ts'
import { defineModule, type Module } from './module.ts'

/** The options of `Linear`. */
export interface LinearOptions {
  /** Length of the last axis of the input. */
  readonly in: number
  /** Length of the last axis of the result. */
  readonly out: number
  /** Whether the layer has a bias, one number for each output. Default true. */
  readonly bias?: boolean | undefined
  /** How weights and bias are drawn. */
  readonly initialize?: InitializeOptions | undefined
}

/**
 * x · weight + bias over the last axis: `[..., in]` → `[..., out]`. Weight `[in, out]`, started as PyTorch does.
 *
 * @example
 * nn.Linear({ in: 4, out: 2 })(zeros([3, 4])).shape  // [3, 2]
 */
export function Linear(options: LinearOptions): Module {
  checkOptions('Linear', options, ['in', 'out', 'bias', 'initialize'])
  const { in: input, out: output, bias, initialize } = options
  checkCounts('Linear', { in: input, out: output })
  const fan = { in: input, out: output }
  return defineModule({
    kind: 'Linear',
    options,
    parameters: {
      weight: { ...weightSpec([input, output], fan, initialize), groups: 1 },
      bias: biasSpec(output, fan, bias, initialize),
    },
    forward:
      ({ tensors }) =>
      (x: Tensor) => {
        check(
          x.rank >= 1 && x.shape[x.rank - 1] === input,
          () =>
            `Linear: the layer reads ${input} values, the input has shape ${showShape(x.shape)}. Use an input [..., ${input}], or Linear({ in: ${x.shape[x.rank - 1]}, … }).`,
        )
        const y = matmul(x, tensors.weight)
        return tensors.bias === undefined ? y : add(y, tensors.bias)
      },
  })
}

/** The options of `Embedding`. */
export interface EmbeddingOptions {
  /** How many different indices there are. */
  readonly count: number
  /** Length of each vector. */
  readonly size: number
  /** Standard normal when not given, as in PyTorch. */
  readonly initialize?: Initializer | undefined
  /** An index whose vector is always zero and never learns, such as that of padding; none when not given. */
  readonly padding?: number | undefined
}

/** Looks up one vector for each int32 index from 0 to `count` − 1: `[...]` → `[..., size]`. */
export function Embedding(options: EmbeddingOptions): Module {
  checkOptions('Embedding', options, ['count', 'size', 'initialize', 'padding'])
  const { count, size, initialize = normal(1), padding } = options
  checkCounts('Embedding', { count, size })
  check(
    padding === undefined || (Number.isInteger(padding) && padding >= 0 && padding < count),
    () => `Embedding: padding is ${show(padding)}; it must be one of the ${count} indices, 0 to ${count - 1}.`,
  )
  return defineModule({
    kind: 'Embedding',
    options,
    parameters: { weight: { shape: [count, size], initialize, fan: { in: size, out: count } } },
    forward:
      ({ tensors }) =>
      (indices: Tensor) => {
        const vectors = rowsAt('Embedding', tensors.weight, indices)
        if (padding === undefined) return vectors
        return multiply(vectors, expandDims(cast(notEqual(indices, padding), 'float32'), -1))
      },
  })
}
