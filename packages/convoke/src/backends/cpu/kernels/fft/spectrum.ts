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
  const length = across.length
  // Each row of the filter along the columns' frequencies, then each frequency of the columns' transform.
  const half = { re: new Float64Array(height * length), im: new Float64Array(height * length) }
  const sums = { re: new Float64Array(length), im: new Float64Array(length) }
  for (let plane = 0; plane < outputChannels * groupInputs; plane++) {
    const [co, ci] = [Math.floor(plane / groupInputs), plane % groupInputs]
    half.re.fill(0)
    half.im.fill(0)
    for (let tap = 0; tap < height * width; tap++) {
      const value = filter[(tap * groupInputs + ci) * outputChannels + co] * scale
      const [row, kw] = [Math.floor(tap / width) * length, tap % width]
      for (let p = 0; p < length; p++) {
        // Lengths are powers of two.
        const at = (kw * across.order[p]) & (length - 1)
        half.re[row + p] += value * columns.cos[at]
        half.im[row + p] += value * columns.sin[at]
      }
    }
    for (let row = 0; row < spectrumBlocks(layout, target) * lanes; row++) {
      const frequency = down.order[row % down.length]
      sums.re.fill(0)
      sums.im.fill(0)
      for (let kh = 0; kh < height; kh++) {
        const at = (kh * frequency) & (down.length - 1)
        const [c, s] = [rows.cos[at], rows.sin[at]]
        for (let p = 0; p < length; p++) {
          const [re, im] = [half.re[kh * length + p], half.im[kh * length + p]]
          sums.re[p] += re * c - im * s
          sums.im[p] += re * s + im * c
        }
      }
      const to = plane * floats + Math.floor(row / lanes) * length * 2 * lanes + (row % lanes)
      for (let p = 0; p < length; p++) {
        packed[to + p * 2 * lanes] = sums.re[p]
        packed[to + p * 2 * lanes + lanes] = sums.im[p]
      }
    }
  }
  return packed
}
