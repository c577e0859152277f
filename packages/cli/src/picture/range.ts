// From filtered values, which may lie anywhere, to what a picture file holds.
//
//   clip    values below black and above white are cut off
//   abs     the same for absolute values
//   auto    clip, unless results are signed: then 0 becomes middle grey and the largest |value| reaches black or white;
//           magnitudes: the largest becomes white
//   none    nothing is changed; only formats that hold floats can take it

import { ConvokeError } from 'convoke/shapes'
import { fromLight } from './light.ts'
import { largestSample } from './picture.ts'

export type Range = 'auto' | 'clip' | 'abs' | 'none'
export const ranges: readonly Range[] = ['auto', 'clip', 'abs', 'none']

/** What `auto` comes to for one filter. */
export type Mapping = 'clip' | 'abs' | 'none' | 'signed' | 'magnitude'

export function mappingOf(range: Range, kind: { signed: boolean; magnitude: boolean; floats: boolean }): Mapping {
  if (range !== 'auto') return range
  if (kind.floats) return 'none'
  if (kind.magnitude) return 'magnitude'
  return kind.signed ? 'signed' : 'clip'
}

/** Whether the largest |value| of the whole result must be known first. */
export const needsPeak = (mapping: Mapping): boolean => mapping === 'signed' || mapping === 'magnitude'

/** Value → stored sample, a whole number of 0 … 255 or 65535. */
export function toSample(mapping: Mapping, depth: 8 | 16, linear: boolean, peak: number): (value: number) => number {
  const largest = largestSample(depth)
  const white = linear ? 1 : largest
  const clamp = (value: number) => Math.min(Math.max(value, 0), white)
  const store = linear ? (value: number) => Math.round(largest * fromLight(value)) : Math.round
  if (mapping === 'signed') {
    const middle = (largest + 1) / 2
    const half = peak === 0 ? 0 : (largest - middle) / peak
    return (value) => Math.round(middle + half * value)
  }
  if (mapping === 'magnitude') return (value) => (peak === 0 ? 0 : Math.round((largest * value) / peak))
  if (mapping === 'abs') return (value) => store(clamp(Math.abs(value)))
  return (value) => store(clamp(value))
}

/** Value → float, for formats that hold them. */
export function toFloat(mapping: Mapping, depth: 8 | 16, linear: boolean): (value: number) => number {
  const white = linear ? 1 : largestSample(depth)
  if (mapping === 'clip') return (value) => Math.min(Math.max(value, 0), white)
  if (mapping === 'abs') return (value) => Math.min(Math.abs(value), white)
  return (value) => value
}

export interface Extremes {
  readonly least: number
  readonly most: number
}

/** Widens `extremes` by `values`. Throws when one of them is beyond float32. */
export function extremesOf(values: Float32Array, { least, most }: Extremes): Extremes {
  let [low, high] = [least, most]
  for (const value of values) {
    if (!Number.isFinite(value))
      throw new ConvokeError('the results exceed what 32-bit floats hold (3.4e38). Use smaller numbers in the kernel.')
    if (value < low) low = value
    if (value > high) high = value
  }
  return { least: low, most: high }
}

export const noExtremes: Extremes = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
