// From filtered values to what a picture file holds, by the mappings of range.ts.

import { scope } from 'convoke/autodiff'
import { abs, clip, type FromPlanesOptions, fromPlanes, extremes as twoExtremes } from 'convoke/ops'
import { ConvokeError } from 'convoke/shapes'
import type { Tensor, TensorLike } from 'convoke/tensor'
import { fromLight } from './light.ts'
import { largestSample } from './picture.ts'
import type { Mapping } from './range.ts'

/** `[channels, rows, columns]` of values → `[rows, columns, channels]` of what a file holds. */
export type Store = (values: Tensor) => Tensor

/**
 * Values → stored samples, whole numbers of 0 … 255 (uint8) or 65535 (as float32). `unit`: values are multiplied by it first;
 * `peak`: the largest |value| before that.
 */
export function toSamples(mapping: Mapping, depth: 8 | 16, linear: boolean, peak: number, unit = 1): Store {
  const largest = largestSample(depth)
  const stored = { dtype: depth === 8 ? 'uint8' : 'float32', whole: true, most: largest } as const
  const by =
    (options: FromPlanesOptions): Store =>
    (values) =>
      fromPlanes(values, { ...stored, ...options })
  if (mapping === 'signed') {
    const middle = (largest + 1) / 2
    return by({ offset: middle, scale: peak === 0 ? 0 : (largest - middle) / peak })
  }
  if (mapping === 'magnitude') return by({ scale: peak === 0 ? 0 : largest / peak })
  const absolute = mapping === 'abs'
  if (!linear) return by({ absolute, scale: unit })
  return (values) =>
    scope(() => fromPlanes(fromLight(clip(absolute ? abs(values) : values, 0, 1)), { ...stored, scale: largest }))
}

/** Values → floats, for formats that hold them. */
export function toFloats(mapping: Mapping, depth: 8 | 16, linear: boolean): Store {
  const most = mapping === 'none' ? undefined : linear ? 1 : largestSample(depth)
  return (values) => fromPlanes(values, { most, absolute: mapping === 'abs' })
}

export interface Extremes {
  readonly least: number
  readonly most: number
}

/** Widens `extremes` by `values`. Throws when one of them is beyond float32. */
export function extremesOf(values: TensorLike, { least, most }: Extremes): Extremes {
  const [low, high] = scope(() => twoExtremes(values)).dataSync()
  if (!Number.isFinite(low) || !Number.isFinite(high))
    throw new ConvokeError('the results exceed what 32-bit floats hold (3.4e38). Use smaller numbers in the kernel.')
  return { least: Math.min(low, least), most: Math.max(high, most) }
}

export const noExtremes: Extremes = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
