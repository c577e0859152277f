// Values of a network as they are shown: height, width and channels, channels last.

import type { ChannelOrder } from '../../models/orders.ts'

/** What a layer puts out for one picture. */
export interface LayerValues {
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Channels last. */
  readonly data: Float32Array<ArrayBuffer>
}

/** Sizes of a value without its batch; undefined where it is nothing to be drawn. */
export function sizesOf(
  shape: readonly number[],
  order: ChannelOrder,
): { readonly height: number; readonly width: number; readonly channels: number } | undefined {
  if (shape[0] !== 1 || shape.some((size) => size < 1)) return undefined
  if (shape.length === 2) return { height: 1, width: 1, channels: shape[1] }
  if (shape.length === 3) return { height: 1, width: shape[1], channels: shape[2] }
  if (shape.length !== 4) return undefined
  const [, a, b, c] = shape
  return order === 'first' ? { height: b, width: c, channels: a } : { height: a, width: b, channels: c }
}

/** A value of one picture, its channels brought to the end. */
export function channelsLast(
  values: ArrayLike<number>,
  shape: readonly number[],
  order: ChannelOrder,
): LayerValues | undefined {
  const sizes = sizesOf(shape, order)
  if (sizes === undefined) return undefined
  const { height, width, channels } = sizes
  // As it is: no copy of what is large.
  if (!(shape.length === 4 && order === 'first') && values instanceof Float32Array)
    return { ...sizes, data: values as Float32Array<ArrayBuffer> }
  const data = new Float32Array(values.length)
  const plane = height * width
  if (shape.length === 4 && order === 'first')
    for (let c = 0; c < channels; c++) for (let p = 0; p < plane; p++) data[p * channels + c] = values[c * plane + p]
  else data.set(values)
  return { ...sizes, data }
}

/** The other way: as the network takes it. */
export function asInFile(
  data: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
  order: ChannelOrder,
): Float32Array {
  const values = new Float32Array(data.length)
  const plane = height * width
  if (order === 'first')
    for (let c = 0; c < channels; c++) for (let p = 0; p < plane; p++) values[c * plane + p] = data[p * channels + c]
  else values.set(data)
  return values
}

/** One channel, `[height, width]`. */
export function channelOf({ height, width, channels, data }: LayerValues, channel: number): Float32Array<ArrayBuffer> {
  const map = new Float32Array(height * width)
  for (let p = 0; p < map.length; p++) map[p] = data[p * channels + channel]
  return map
}
