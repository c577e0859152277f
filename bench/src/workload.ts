// One thing to compute, with its data: a layer forward, or forward and backward.

import type { ConvSpec } from 'convoke/shapes'
import { exactAdjoint, exactConv, exactFilterGradient, type SampledValue } from './exact.ts'
import { directFlops, type Layer, specOf } from './layers.ts'
import { gaussian, noise } from './random.ts'

/** `train` is the layer's output, the gradient of its input and the gradient of its filter, from a given output gradient. */
export type Mode = 'forward' | 'train'

export interface Workload {
  readonly layer: Layer
  readonly mode: Mode
  readonly spec: ConvSpec
  /** Shape of what the layer is given, `[batch, ...spatial, channels]`. */
  readonly inputShape: readonly number[]
  readonly outputShape: readonly number[]
  readonly filterShape: readonly number[]
  readonly input: Float32Array
  readonly filter: Float32Array
  /** Gradient of the output; empty when `mode` is 'forward'. */
  readonly outputGradient: Float32Array
  /** Direct-convolution FLOPs of the whole workload. */
  readonly flops: number
}

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1)

/** The workload of `layer` at a batch size. Training counts three convolutions: forward and both gradients. */
export function workload(layer: Layer, mode: Mode, batch: number): Workload {
  const spec = specOf(layer, batch)
  const convInput = [batch, ...spec.inputSize, spec.inputChannels]
  const convOutput = [batch, ...spec.outputSize, spec.outputChannels]
  const [inputShape, outputShape] = layer.op === 'conv' ? [convInput, convOutput] : [convOutput, convInput]
  const filterShape = layer.filter
  const filter =
    layer.weights === 'gaussian' ? gaussian(filterShape[0], filterShape[1]) : noise(product(filterShape), 2)
  return {
    ...{ layer, mode, spec, inputShape, outputShape, filterShape, filter },
    input: noise(product(inputShape), 1),
    outputGradient: mode === 'train' ? noise(product(outputShape), 3) : new Float32Array(0),
    flops: directFlops(spec) * (mode === 'train' ? 3 : 1),
  }
}

/** What a contender must return, in this order, each with how one element of it is computed exactly. */
export function expectedOutputs({
  layer,
  mode,
  spec,
  input,
  filter,
  outputGradient,
}: Workload): readonly SampledValue[] {
  const forward: SampledValue =
    layer.op === 'conv'
      ? { name: 'output', at: (index) => exactConv(spec, input, filter, index) }
      : { name: 'output', at: (index) => exactAdjoint(spec, input, filter, index) }
  if (mode === 'forward') return [forward]
  return [
    forward,
    { name: 'input gradient', at: (index) => exactAdjoint(spec, outputGradient, filter, index) },
    { name: 'filter gradient', at: (index) => exactFilterGradient(spec, input, outputGradient, index) },
  ]
}
