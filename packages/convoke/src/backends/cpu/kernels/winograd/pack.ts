// The filter, transformed in float64 and laid out as the products read it.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import type { Matrix } from './cook-toom.ts'
import { filterBlock, type WinogradLayout } from './layout.ts'

/** Which taps and channels of the filter at hand a convolution uses. */
export type FilterUse = 'forward' | 'adjoint'

/**
 * The convolution that computes the adjoint of `spec` in its input: from the gradient at the output, with the filter flipped
 * and its channels swapped (`packFilter` with 'adjoint'). Stride 1, any padding; a negative one crops.
 */
export function adjointSpec(spec: ConvSpec): ConvSpec {
  return Object.freeze({
    ...spec,
    inputSize: spec.outputSize,
    outputSize: spec.inputSize,
    inputChannels: spec.outputChannels,
    outputChannels: spec.inputChannels,
    padding: spec.padding.map(([before], axis) => {
      const flipped = (spec.kernel[axis] - 1) * spec.dilation[axis] - before
      return Object.freeze([flipped, spec.inputSize[axis] - spec.outputSize[axis] + before] as const)
    }),
  })
}

/** out[i·columns + j] = Σ_k G[i][k] · in[k·columns + j] for the three taps of G. */
function transformTaps(
  matrix: Matrix,
  from: Float64Array,
  start: number,
  columns: number,
  to: Float64Array,
  at: number,
): void {
  for (let i = 0; i < matrix.length; i++) {
    const [a, b, c] = matrix[i]
    const row = at + i * columns
    for (let j = 0; j < columns; j++) {
      const k = start + j
      to[row + j] = a * from[k] + b * from[k + columns] + c * from[k + 2 * columns]
    }
  }
}

/**
 * G g Gᵀ for every pair of channels, rounded once to float32, in the layout of `layout.ts`. `filter` is
 * `[3, 3, in, out]` of the forward convolution; for 'adjoint' (with the layout of `adjointSpec`) it is read flipped and
 * with its channels swapped. Keep the result for as long as the filter does not change.
 */
export function packFilter(
  layout: WinogradLayout,
  filter: Float32Array,
  target: Target,
  use: FilterUse = 'forward',
): Float32Array<ArrayBuffer> {
  const { algorithm, inputChannels, outputChannels: outputs, fullBlocks, restVectors, vectors } = layout
  const { size, taps, filter: matrix } = algorithm
  const fullBlock = filterBlock(layout, vectors)
  const packed = new Float32Array(fullBlocks * fullBlock + filterBlock(layout, restVectors))
  // All taps of one input channel at once, output channels along the rows: long inner loops over contiguous memory.
  const taken = new Float64Array(taps * taps * outputs)
  const half = new Float64Array(size * taps * outputs)
  const done = new Float64Array(size * size * outputs)
  for (let ci = 0; ci < inputChannels; ci++) {
    for (let tap = 0; tap < taps * taps; tap++) {
      const from =
        use === 'forward'
          ? (tap * inputChannels + ci) * outputs
          : (taps * taps - 1 - tap) * outputs * inputChannels + ci
      const stride = use === 'forward' ? 1 : inputChannels
      for (let co = 0; co < outputs; co++) taken[tap * outputs + co] = filter[from + co * stride]
    }
    transformTaps(matrix, taken, 0, taps * outputs, half, 0)
    for (let i = 0; i < size; i++) {
      transformTaps(matrix, half, i * taps * outputs, outputs, done, i * size * outputs)
    }
    for (let first = 0, block = 0; first < outputs; first += vectors * target.lanes, block++) {
      const width = (block < fullBlocks ? vectors : restVectors) * target.lanes
      const count = Math.min(width, outputs - first)
      for (let position = 0; position < size * size; position++) {
        const to = block * fullBlock + (position * inputChannels + ci) * width
        const from = position * outputs + first
        for (let co = 0; co < count; co++) packed[to + co] = done[from + co]
      }
    }
  }
  return packed
}
