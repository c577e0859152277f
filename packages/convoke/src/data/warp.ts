// Moving every pixel of a picture elsewhere.

import type { Values } from './dataset.ts'
import { pictureShape, withSize } from './picture-shape.ts'

/** Where output pixel (x, y) is read from, in pixels, pixel centres at whole numbers. */
export type Warp = (x: number, y: number) => readonly [x: number, y: number]

/** An affine warp: output pixel (x, y) is read from (xx·x + xy·y + x0, yx·x + yy·y + y0). */
export interface AffineWarp {
  /** Of x in where x is read from. */
  readonly xx: number
  /** Of y in where x is read from. */
  readonly xy: number
  /** Where x is read from at (0, 0). */
  readonly x0: number
  /** Of x in where y is read from. */
  readonly yx: number
  /** Of y in where y is read from. */
  readonly yy: number
  /** Where y is read from at (0, 0). */
  readonly y0: number
}

/** The options of `warpPicture`. */
export interface WarpOptions {
  /** Height of the result in pixels; that of the picture when not given. */
  readonly height?: number | undefined
  /** Width of the result in pixels; that of the picture when not given. */
  readonly width?: number | undefined
  /** 'nearest' for masks, 'bilinear' for pictures. */
  readonly mode: 'nearest' | 'bilinear'
  /** What lies outside: the nearest edge pixel, or a number. */
  readonly outside?: 'edge' | number | undefined
}

/** Where an affine warp reads one pixel. */
export const applyAffine = ({ xx, xy, x0, yx, yy, y0 }: AffineWarp, x: number, y: number): [x: number, y: number] => [
  xx * x + xy * y + x0,
  yx * x + yy * y + y0,
]

/** Whether it reads whole pixels only: mirrors, quarter turns, pieces. */
export const isExact = (warp: AffineWarp): boolean => Object.values(warp).every(Number.isInteger)

/** The warp that leads back. */
export function inverseOf({ xx, xy, x0, yx, yy, y0 }: AffineWarp): AffineWarp {
  const determinant = xx * yy - xy * yx
  const [ixx, ixy, iyx, iyy] = [yy / determinant, -xy / determinant, -yx / determinant, xx / determinant]
  return { xx: ixx, xy: ixy, x0: -(ixx * x0 + ixy * y0), yx: iyx, yy: iyy, y0: -(iyx * x0 + iyy * y0) }
}

/** A picture read through a warp. */
export function warpPicture(picture: Values, warp: Warp | AffineWarp, options: WarpOptions): Values {
  const [height, width, channels] = pictureShape('warpPicture', picture)
  const { mode, outside = 'edge' } = options
  const [rows, columns] = [options.height ?? height, options.width ?? width]
  const Kind = picture.data.constructor as new (length: number) => Values['data']
  const data = new Kind(rows * columns * channels)
  const source = { values: picture.data, height, width, channels, blank: outside === 'edge' ? null : outside }
  const [xs, ys] = [new Float64Array(columns), new Float64Array(columns)]
  for (let row = 0; row < rows; row++) {
    if (typeof warp === 'function') {
      for (let column = 0; column < columns; column++) {
        ;[xs[column], ys[column]] = warp(column, row)
      }
    } else affineRow(warp, row, xs, ys)
    const fill = mode === 'nearest' ? nearestRow : bilinearRow
    fill(source, xs, ys, data, row * columns * channels)
  }
  return { shape: withSize(picture, rows, columns), data }
}

function affineRow({ xx, xy, x0, yx, yy, y0 }: AffineWarp, row: number, xs: Float64Array, ys: Float64Array): void {
  const [fromX, fromY] = [xy * row + x0, yy * row + y0]
  for (let column = 0; column < xs.length; column++) {
    xs[column] = xx * column + fromX
    ys[column] = yx * column + fromY
  }
}

interface Source {
  readonly values: Values['data']
  readonly height: number
  readonly width: number
  readonly channels: number
  /** What lies outside; null for the nearest edge pixel. */
  readonly blank: number | null
}

/** Where the pixel (x, y) begins in the source; −1 outside, where a number was given for it. */
function placeOf({ height, width, channels, blank }: Source, x: number, y: number): number {
  if (x >= 0 && y >= 0 && x < width && y < height) return (y * width + x) * channels
  if (blank !== null) return -1
  return (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * channels
}

function nearestRow(source: Source, xs: Float64Array, ys: Float64Array, target: Values['data'], first: number): void {
  const { values, height, width, channels } = source
  const blank = source.blank ?? 0
  let at = first
  for (let column = 0; column < xs.length; column++) {
    const x = Math.round(xs[column])
    const y = Math.round(ys[column])
    const isInside = x >= 0 && y >= 0 && x < width && y < height
    const place = isInside ? (y * width + x) * channels : placeOf(source, x, y)
    for (let c = 0; c < channels; c++) target[at++] = place < 0 ? blank : values[place + c]
  }
}

function bilinearRow(source: Source, xs: Float64Array, ys: Float64Array, target: Values['data'], first: number): void {
  const { values, height, width, channels } = source
  const rounds = !(values instanceof Float32Array)
  let at = first
  for (let column = 0; column < xs.length; column++) {
    const x = xs[column]
    const y = ys[column]
    if (!(x >= 0 && y >= 0 && x < width - 1 && y < height - 1)) {
      bilinearAtEdge(source, x, y, target, at)
      at += channels
      continue
    }
    const left = x | 0
    const top = y | 0
    const a = x - left
    const b = y - top
    let above = (top * width + left) * channels
    let below = above + width * channels
    for (let c = 0; c < channels; c++, above++, below++) {
      const upper = (1 - a) * values[above] + a * values[above + channels]
      const lower = (1 - a) * values[below] + a * values[below + channels]
      const value = (1 - b) * upper + b * lower
      target[at++] = rounds ? Math.round(value) : value
    }
  }
}

/** One pixel, of which some neighbours may lie outside. */
function bilinearAtEdge(source: Source, x: number, y: number, target: Values['data'], at: number): void {
  const { values, channels } = source
  const blank = source.blank ?? 0
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [a, b] = [x - left, y - top]
  const [upperLeft, upperRight] = [placeOf(source, left, top), placeOf(source, left + 1, top)]
  const [lowerLeft, lowerRight] = [placeOf(source, left, top + 1), placeOf(source, left + 1, top + 1)]
  const read = (place: number, c: number): number => (place < 0 ? blank : values[place + c])
  for (let c = 0; c < channels; c++) {
    const upper = (1 - a) * read(upperLeft, c) + a * read(upperRight, c)
    const lower = (1 - a) * read(lowerLeft, c) + a * read(lowerRight, c)
    const value = (1 - b) * upper + b * lower
    target[at + c] = values instanceof Float32Array ? value : Math.round(value)
  }
}
