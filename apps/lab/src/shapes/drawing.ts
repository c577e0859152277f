// The fields as pixels: the picture, with what is not seen in the dark, or with the gradient's magnitude laid over it in orange.

import { largestOf, type SeenAlong, smallestOf } from 'convoke/shapes'
import type { Pixels } from '../ui/pixels.ts'

/** Rows and columns around the picture that are drawn too: a share of the longer side. */
export const marginShare = 0.14

export const marginOf = (width: number, height: number): number => Math.ceil(marginShare * Math.max(width, height))

/** Which pixels are seen: one of `parts` holds their row and their column. Everything, where there are no parts. */
export function seenMask(parts: readonly (readonly SeenAlong[])[] | null, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height)
  if (parts === null) return mask.fill(1)
  for (const [rows, columns] of parts)
    for (const row of rows.positions) for (const column of columns.positions) mask[row * width + column] = 1
  return mask
}

/** First and last row and column of a frame around all that is seen, padding included; undefined where nothing is. */
export function frameOf(
  parts: readonly (readonly SeenAlong[])[] | null,
  width: number,
  height: number,
): { readonly rows: readonly [number, number]; readonly columns: readonly [number, number] } | undefined {
  if (parts === null) return { rows: [0, height - 1], columns: [0, width - 1] }
  const whole = parts.filter((part) => part.every(({ region }) => region.last >= region.first))
  if (whole.length === 0) return undefined
  const reach = (axis: number): readonly [number, number] => [
    smallestOf(whole.map((part) => part[axis].region.first)),
    largestOf(whole.map((part) => part[axis].region.last)),
  ]
  return { rows: reach(0), columns: reach(1) }
}

const grey = (data: Uint8ClampedArray, at: number): number =>
  0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2]

/** Red, green and blue of a pixel that goes in: a network of one channel sees grey. */
const colourOf = (data: Uint8ClampedArray, at: number, coloured: boolean): readonly [number, number, number] => {
  if (coloured) return [data[at], data[at + 1], data[at + 2]]
  const level = grey(data, at)
  return [level, level, level]
}

/** What is left in the dark: grey, and so dim that what lies on it or beside it stands out. */
const dim = (data: Uint8ClampedArray, at: number): number => 24 + 0.34 * grey(data, at)

export function drawExact(picture: Pixels, mask: Uint8Array, coloured: boolean): Pixels {
  const { width, height, data } = picture
  const result = new Uint8ClampedArray(data.length)
  for (let i = 0; i < width * height; i++) {
    const colour = colourOf(data, 4 * i, coloured)
    for (let c = 0; c < 3; c++) result[4 * i + c] = mask[i] === 1 ? colour[c] : dim(data, 4 * i)
    result[4 * i + 3] = 255
  }
  return { width, height, data: result }
}

/** The palette's orange. */
const orange = [217, 95, 14] as const

/** A dark, grey picture; magnitudes show by their root, as the command's pictures show small values. */
export function drawEffective(picture: Pixels, magnitudes: Float32Array, largest: number): Pixels {
  const { width, height, data } = picture
  const result = new Uint8ClampedArray(data.length)
  for (let i = 0; i < width * height; i++) {
    const strength = largest > 0 ? Math.sqrt(magnitudes[i] / largest) : 0
    const ground = dim(data, 4 * i)
    // Halfway up it is the palette's orange, at the top nearly white.
    const light = Math.max(0, 2 * strength - 1)
    const share = Math.min(1, 2 * strength)
    for (let c = 0; c < 3; c++) {
      const hot = orange[c] + light * (255 - orange[c]) * 0.85
      result[4 * i + c] = (1 - share) * ground + share * hot
    }
    result[4 * i + 3] = 255
  }
  return { width, height, data: result }
}

/** Outputs that are drawn one by one; a map of more is one grey pixel, drawn large. */
const mostDrawn = 2 ** 22

/** A layer's output in greys, its least value black and its largest white; middle grey where all are the same. */
export function drawMap(values: ArrayLike<number> | undefined, rows: number, columns: number): Pixels {
  if (rows * columns > mostDrawn) return drawMap(undefined, 1, 1)
  const data = new Uint8ClampedArray(4 * rows * columns).fill(255)
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  if (values?.length === rows * columns)
    for (let i = 0; i < values.length; i++) {
      least = Math.min(least, values[i])
      most = Math.max(most, values[i])
    }
  for (let i = 0; i < rows * columns; i++) {
    const level = most > least ? (255 * (values![i] - least)) / (most - least) : 128
    data[4 * i] = data[4 * i + 1] = data[4 * i + 2] = level
  }
  return { width: columns, height: rows, data }
}
