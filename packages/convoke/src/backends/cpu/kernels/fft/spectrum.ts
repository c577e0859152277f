// The filter's spectrum, computed in float64 and laid out as the rows of a tile read it.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { type FftLayout, plane } from './layout.ts'

/** cos and sin of 2πk/n for k < n, each from its own angle: no error builds up. */
function circle(n: number): { cos: Float64Array; sin: Float64Array } {
  const angle = (k: number): number => (2 * Math.PI * k) / n
  return {
    cos: Float64Array.from({ length: n }, (_, k) => Math.cos(angle(k))),
    sin: Float64Array.from({ length: n }, (_, k) => Math.sin(angle(k))),
  }
}

/** Blocks of `lanes` rows of the spectrum: one where all rows are transformed alike. */
export const spectrumBlocks = ({ down }: FftLayout, { lanes }: Target): number => Math.ceil(down.length / lanes)

/** Floats of the spectrum of one filter plane. */
export const spectrumFloats = (layout: FftLayout, target: Target): number =>
  spectrumBlocks(layout, target) * layout.across.length * 2 * target.lanes

/**
 * Complex conjugates of the discrete Fourier transform of each plane of the filter `[...kernel, in / groups, out]`, divided by
 * the length of both transforms (so that forward, product, backward is the correlation), rounded once:
 * `[output channel][input channel of the group][block of rows][column][re, im][lanes]`. Keep the result for as long as the filter does
 * not change.
 */
export function packSpectrum(
  spec: ConvSpec,
  layout: FftLayout,
  filter: Float32Array,
  target: Target,
): Float32Array<ArrayBuffer> {
  const { down, across, groupInputs } = layout
  const { outputChannels } = spec
  const [height, width] = plane(spec.kernel, 1)
  const { lanes } = target
  const [rows, columns] = [circle(down.length), circle(across.length)]
  const scale = 1 / (down.length * across.length)
  const floats = spectrumFloats(layout, target)
  const packed = new Float32Array(outputChannels * groupInputs * floats)
  // Each row of the filter along the columns' frequencies.
  const half = [new Float64Array(height * across.length), new Float64Array(height * across.length)]
  for (let plane = 0; plane < outputChannels * groupInputs; plane++) {
    const [co, ci] = [Math.floor(plane / groupInputs), plane % groupInputs]
    for (let kh = 0; kh < height; kh++) {
      for (let p = 0; p < across.length; p++) {
        let [re, im] = [0, 0]
        for (let kw = 0; kw < width; kw++) {
          const value = filter[((kh * width + kw) * groupInputs + ci) * outputChannels + co]
          const at = (kw * across.order[p]) % across.length
          re += value * columns.cos[at]
          im += value * columns.sin[at]
        }
        half[0][kh * across.length + p] = re * scale
        half[1][kh * across.length + p] = im * scale
      }
    }
    for (let row = 0; row < spectrumBlocks(layout, target) * lanes; row++) {
      const frequency = down.order[row % down.length]
      const [block, lane] = [Math.floor(row / lanes), row % lanes]
      for (let p = 0; p < across.length; p++) {
        let [re, im] = [0, 0]
        for (let kh = 0; kh < height; kh++) {
          const at = (kh * frequency) % down.length
          const [a, b] = [half[0][kh * across.length + p], half[1][kh * across.length + p]]
          re += a * rows.cos[at] - b * rows.sin[at]
          im += a * rows.sin[at] + b * rows.cos[at]
        }
        const to = plane * floats + (block * across.length + p) * 2 * lanes + lane
        packed[to] = re
        packed[to + lanes] = im
      }
    }
  }
  return packed
}
