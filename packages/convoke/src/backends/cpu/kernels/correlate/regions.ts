// How an output is cut into rectangles: one whose windows lie inside the input, which is read where it stands, and up to
// four around it, whose windows reach outside and which are read from a copy of the input's rim with the boundary written out.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type Axis, liftAxes } from '../../../../shapes/conv-axes.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { extentOf } from '../../../../shapes/padding.ts'

/** Rows and columns [first, end) of the output. */
export interface Rectangle {
  readonly rows: readonly [number, number]
  readonly columns: readonly [number, number]
}

/** A picture's two axes, in pixels. */
export interface PictureAxes {
  readonly height: Axis
  readonly width: Axis
  readonly channels: number
  readonly images: number
}

export function pictureAxes(conv: ConvSpec): PictureAxes {
  const [, height, width] = liftAxes(conv)
  return { height, width, channels: conv.inputChannels, images: conv.batch }
}

/** Input elements from the first to the last that a window looks at. */
export const reachOf = ({ kernel, dilation }: Axis): number => extentOf(kernel, dilation)

/** Outputs whose windows lie inside: [first, end), none where first ≥ end. */
export const insideOf = (axis: Axis): readonly [number, number] => [
  Math.min(axis.before, axis.output),
  Math.min(axis.output, axis.input - reachOf(axis) + 1 + axis.before),
]

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Floats of a cache line: rectangles begin at whole lines of the output's row. */
const line = 16

export interface Regions {
  /** Undefined where nothing, or too little, lies inside. */
  readonly inside: Rectangle | undefined
  readonly rim: readonly Rectangle[]
}

/** `least` floats a row are worth a rectangle of their own. */
export function regionsOf({ height, width, channels }: PictureAxes, least: number): Regions {
  const whole: Rectangle = { rows: [0, height.output], columns: [0, width.output] }
  const [top, bottom] = insideOf(height)
  const [first, right] = insideOf(width)
  const unit = line / gcd(line, channels)
  const left = Math.ceil(first / unit) * unit
  if (bottom <= top || (right - left) * channels < least) return { inside: undefined, rim: [whole] }
  const rows = [top, bottom] as const
  const rim: Rectangle[] = [
    { rows: [0, top], columns: whole.columns },
    { rows: [bottom, height.output], columns: whole.columns },
    { rows, columns: [0, left] },
    { rows, columns: [right, width.output] },
  ]
  return { inside: { rows, columns: [left, right] }, rim: rim.filter((part) => area(part) > 0) }
}

export const area = ({ rows, columns }: Rectangle): number => sizeOf([rows[1] - rows[0], columns[1] - columns[0]])

/** The sides of the source that the windows of a rectangle look at. */
export const sourceSides = (
  { height, width }: PictureAxes,
  { rows, columns }: Rectangle,
): readonly [number, number] => [rows[1] - rows[0] + reachOf(height) - 1, columns[1] - columns[0] + reachOf(width) - 1]
