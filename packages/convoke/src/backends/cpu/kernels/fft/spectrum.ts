// The filter's spectrum, computed in float64 and laid out as the rows of a tile read it.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { type FftLayout, plane } from './layout.ts'

interface Circle {
  readonly cos: Float64Array
  readonly sin: Float64Array
}

/** cos and sin of 2πk/n for k < n, each from its own angle: no error builds up. */
function circle(n: number): Circle {
  const angle = (k: number): number => (2 * Math.PI * k) / n
  return {
    cos: Float64Array.from({ length: n }, (_, k) => Math.cos(angle(k))),
    sin: Float64Array.from({ length: n }, (_, k) => Math.sin(angle(k))),
  }
}

/**
 * Σ x(j)·e^(2πi·jk/n) for all k < n = 2ᵐ in place, in float64: bits reversed, then passes of radix 2 (Cooley & Tukey 1965).
 * `circle` is that of n.
 */
function transform(re: Float64Array, im: Float64Array, { cos, sin }: Circle): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      const [x, y] = [re[i], im[i]]
      re[i] = re[j]
      im[i] = im[j]
      re[j] = x
      im[j] = y
    }
  }
  for (let half = 1; half < n; half *= 2) {
    const step = n / (2 * half)
    for (let k = 0; k < half; k++) {
      const [c, s] = [cos[k * step], sin[k * step]]
      for (let i = k; i < n; i += 2 * half) {
        const j = i + half
        const x = re[j] * c - im[j] * s
        const y = re[j] * s + im[j] * c
        re[j] = re[i] - x
        im[j] = im[i] - y
        re[i] += x
        im[i] += y
      }
    }
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
  const [length, tall] = [across.length, down.length]
  const half = { re: new Float64Array(height * length), im: new Float64Array(height * length) }
  const column = { re: new Float64Array(tall), im: new Float64Array(tall) }
  const packedRows = spectrumBlocks(layout, target) * lanes
  for (let plane = 0; plane < outputChannels * groupInputs; plane++) {
    const [co, ci] = [Math.floor(plane / groupInputs), plane % groupInputs]
    half.re.fill(0)
    half.im.fill(0)
    for (let tap = 0; tap < height * width; tap++) {
      const at = Math.floor(tap / width) * length + (tap % width)
      half.re[at] = filter[(tap * groupInputs + ci) * outputChannels + co] * scale
    }
    for (let kh = 0; kh < height; kh++) {
      const [from, to] = [kh * length, (kh + 1) * length]
      transform(half.re.subarray(from, to), half.im.subarray(from, to), columns)
    }
    for (let p = 0; p < length; p++) {
      column.re.fill(0)
      column.im.fill(0)
      for (let kh = 0; kh < height; kh++) {
        column.re[kh] = half.re[kh * length + across.order[p]]
        column.im[kh] = half.im[kh * length + across.order[p]]
      }
      transform(column.re, column.im, rows)
      for (let row = 0; row < packedRows; row++) {
        const to = plane * floats + (Math.floor(row / lanes) * length + p) * 2 * lanes + (row % lanes)
        const frequency = down.order[row % tall]
        packed[to] = column.re[frequency]
        packed[to + lanes] = column.im[frequency]
      }
    }
  }
  return packed
}
