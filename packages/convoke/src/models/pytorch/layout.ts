// Weights as PyTorch keeps them, channels first, to the layout here, channels last.

import { reshape, transpose } from '../../ops/index.ts'
import type { Shape } from '../../shapes/broadcast.ts'
import type { Tensor } from '../../tensor/tensor.ts'

const isSame = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis])

/** Side of the maps that VGG's first linear layer reads, flattened. */
const flattened = 7

/**
 * The same weights in the shape `wanted`; null where they are of another layer.
 *
 * | there | here |
 * | --- | --- |
 * | convolution `[out, in / groups, height, width]` | `[height, width, in / groups, out]` |
 * | depthwise convolution `[in · multiplier, 1, height, width]` | `[height, width, in, multiplier]` |
 * | linear `[out, in]`, or as 1×1 convolution `[out, in, 1, 1]` | `[in, out]` |
 * | linear over maps of 7×7 `[out, in · 49]` or `[out, in, 7, 7]`, `overMaps` | `[49 · in, out]` |
 * | scale of channels `[channels, 1, 1]` | `[channels]` |
 */
export function channelsLast(weights: Tensor, wanted: Shape, overMaps: boolean): Tensor | null {
  const { shape } = weights
  const found = ((): Tensor | null => {
    if (wanted.length === 1) return isSame(shape.slice(1), [1, 1]) ? reshape(weights, [shape[0]]) : weights
    if (overMaps) {
      const [out, input] = [shape[0], wanted[0] / flattened ** 2]
      if (weights.size !== out * wanted[0]) return null
      const maps = reshape(weights, [out, input, flattened, flattened])
      return reshape(transpose(maps, [2, 3, 1, 0]), [wanted[0], out])
    }
    if (shape.length === 4) {
      const filters = transpose(weights, [2, 3, 1, 0])
      if (wanted.length === 2) return isSame(shape.slice(2), [1, 1]) ? reshape(filters, [shape[1], shape[0]]) : null
      const isDepthwise = shape[1] === 1 && wanted.length === 4 && wanted[2] * wanted[3] === shape[0]
      return isDepthwise && !isSame(filters.shape, wanted)
        ? reshape(filters, [...filters.shape.slice(0, 2), ...wanted.slice(2)])
        : filters
    }
    return shape.length === 2 && wanted.length === 2 ? transpose(weights, [1, 0]) : null
  })()
  return found !== null && isSame(found.shape, wanted) ? found : null
}
