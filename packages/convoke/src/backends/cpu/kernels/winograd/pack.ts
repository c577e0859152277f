// The filter, transformed in float64 and laid out as the products read it.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import type { CookToom } from './cook-toom.ts'
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

/** out[i·columns + j] = Σ_k matrix[i][k] · in[k·columns + j] */
function leftMultiply(matrix: CookToom['filter'], from: Float64Array, columns: number, to: Float64Array): void {
  for (let i = 0; i < matrix.length; i++) {
    const row = matrix[i]
    for (let j = 0; j < columns; j++) {
      let sum = 0
      for (let k = 0; k < row.length; k++) sum += row[k] * from[k * columns + j]
      to[i * columns + j] = sum
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
  filter: ArrayLike<number>,
  target: Target,
  use: FilterUse = 'forward',
): Float32Array<ArrayBuffer> {
  const { algorithm, inputChannels, outputChannels, fullBlocks, restVectors, vectors } = layout
  const { size, taps } = algorithm
  const positions = size * size
  const width = vectors * target.lanes
  const restWidth = restVectors * target.lanes
  const fullBlock = filterBlock(layout, vectors)
  const packed = new Float32Array(fullBlocks * fullBlock + filterBlock(layout, restVectors))
  // All taps of one input channel at once, output channels along the rows: long inner loops over contiguous memory.
  const taken = new Float64Array(taps * taps * outputChannels)
  const half = new Float64Array(size * taps * outputChannels)
  const done = new Float64Array(positions * outputChannels)
  for (let ci = 0; ci < inputChannels; ci++) {
    for (let tap = 0; tap < taps * taps; tap++) {
      for (let co = 0; co < outputChannels; co++) {
        taken[tap * outputChannels + co] =
          use === 'forward'
            ? filter[(tap * inputChannels + ci) * outputChannels + co]
            : filter[((taps * taps - 1 - tap) * outputChannels + co) * inputChannels + ci]
      }
    }
    leftMultiply(algorithm.filter, taken, taps * outputChannels, half)
    for (let i = 0; i < size; i++) {
      const row = half.subarray(i * taps * outputChannels, (i + 1) * taps * outputChannels)
      leftMultiply(
        algorithm.filter,
        row,
        outputChannels,
        done.subarray(i * size * outputChannels, (i + 1) * size * outputChannels),
      )
    }
    for (let position = 0; position < positions; position++) {
      for (let co = 0; co < outputChannels; co++) {
        const block = Math.min(Math.floor(co / width), fullBlocks)
        const blockWidth = block < fullBlocks ? width : restWidth
        const to = block * fullBlock + (position * inputChannels + ci) * blockWidth + (co - block * width)
        packed[to] = done[position * outputChannels + co]
      }
    }
  }
  return packed
}
