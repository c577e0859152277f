// Pictures as plain values: sizes and colours.

import { check, show } from '../shapes/error.ts'
import type { Values } from './dataset.ts'
import { pictureShape, withSize } from './picture-shape.ts'
import { warpPicture } from './warp.ts'

/**
 * A picture of another size. Shrunk pictures average the pixels that fall together (box filter), enlarged ones are
 * bilinear; 'nearest' for masks.
 */
export function resizePicture(
  picture: Values,
  height: number,
  width: number,
  mode: 'nearest' | 'bilinear' = 'bilinear',
): Values {
  const [rows, columns, channels] = pictureShape('resizePicture', picture)
  check(
    [height, width].every((size) => Number.isInteger(size) && size >= 1),
    () => `resizePicture: ${show(width)}×${show(height)} is not a size; use whole numbers of 1 or more.`,
  )
  if (rows === height && columns === width) return picture
  const [sx, sy] = [columns / width, rows / height]
  if (mode === 'bilinear' && (sx > 1 || sy > 1)) return shrink(picture, height, width, channels)
  const places = { xx: sx, xy: 0, x0: 0.5 * sx - 0.5, yx: 0, yy: sy, y0: 0.5 * sy - 0.5 }
  return warpPicture(picture, places, { height, width, mode })
}

/** Each axis in turn: an output pixel is the mean of the stretch of input it covers, at least one pixel long. */
function shrink(picture: Values, height: number, width: number, channels: number): Values {
  const [rows, columns] = picture.shape
  const across = averageAxis(picture.data, rows, columns, channels, width)
  const down = averageAxis(across, 1, rows, width * channels, height)
  const shape = withSize(picture, height, width)
  if (picture.data instanceof Float32Array) return { shape, data: down }
  const data = new (picture.data.constructor as Uint8ArrayConstructor)(down.length)
  for (let i = 0; i < data.length; i++) data[i] = Math.round(down[i])
  return { shape, data }
}

function averageAxis(
  source: ArrayLike<number>,
  outer: number,
  length: number,
  inner: number,
  count: number,
): Float32Array {
  const result = new Float32Array(outer * count * inner)
  const scale = length / count
  const reach = Math.max(1, scale) / 2
  const stretches = Array.from({ length: count }, (_, o) => {
    const centre = (o + 0.5) * scale
    return { from: Math.max(0, centre - reach), to: Math.min(length, centre + reach) }
  })
  for (let n = 0; n < outer; n++) {
    for (let o = 0; o < count; o++) {
      const { from, to } = stretches[o]
      const into = (n * count + o) * inner
      for (let i = Math.floor(from); i < to; i++) {
        const weight = (Math.min(to, i + 1) - Math.max(from, i)) / (to - from)
        const read = (n * length + i) * inner
        for (let c = 0; c < inner; c++) result[into + c] += weight * source[read + c]
      }
    }
  }
  return result
}

/** float32 numbers made of others one by one; several times as fast as `Float32Array.from`. */
export function mapNumbers(numbers: Values['data'], change: (value: number, index: number) => number): Float32Array {
  const changed = new Float32Array(numbers.length)
  for (let i = 0; i < numbers.length; i++) changed[i] = change(numbers[i], i)
  return changed
}

/** White in a picture: 255 in one of bytes, 1 in others. */
export const whiteOf = ({ data }: Values): number => (data instanceof Uint8Array ? 255 : 1)

/** Numbers made of those of a picture, stored as they were: bytes rounded, and held between 0 and 255. */
export const storedLike = ({ data }: Values, numbers: Float32Array): Values['data'] =>
  data instanceof Uint8Array ? Uint8Array.from(new Uint8ClampedArray(numbers)) : numbers

/** uint8 to float32 from 0 to 1; float32 as it is. */
export const toUnit = (picture: Values): Values =>
  picture.data instanceof Float32Array
    ? picture
    : { shape: picture.shape, data: mapNumbers(picture.data, (value) => value / 255) }

/** (x − mean) / deviation for each channel. */
export function standardizePicture(picture: Values, mean: readonly number[], deviation: readonly number[]): Values {
  const [, , channels] = pictureShape('standardizePicture', picture)
  check(
    mean.length === channels && deviation.length === channels && deviation.every((value) => value > 0),
    () =>
      `standardizePicture: mean ${show(mean)} and deviation ${show(deviation)} must have one number for each of ${channels} channels, deviations above 0.`,
  )
  const data = mapNumbers(picture.data, (value, i) => (value - mean[i % channels]) / deviation[i % channels])
  return { shape: picture.shape, data }
}

/** One channel from three or four: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601). Bytes stay bytes. */
export function grayPicture(picture: Values): Values {
  const [height, width, channels] = pictureShape('grayPicture', picture)
  if (channels === 1) return picture
  check(
    channels >= 3,
    () => `grayPicture: the picture has ${channels} channels; it must have 1, or red, green and blue.`,
  )
  const { data } = picture
  const gray = Float32Array.from({ length: height * width }, (_, p) => {
    const at = p * channels
    return 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]
  })
  return { shape: [height, width, 1], data: storedLike(picture, gray) }
}
