// Drawings by hand as pictures for a network: brought to the middle and to one size, as the digits of MNIST are.

import { renderLines } from 'convoke/data'

/** Where a pen went, in a square of 0 … 1, y downwards. */
export type Stroke = readonly (readonly [x: number, y: number])[]

/** Of the picture's side: the longer side of what is drawn, and the radius of the pen. */
const [reach, pen] = [0.66, 1.15 / 28]

/** The least that is taken for the size of a drawing: a dot stays one. */
const least = 0.25

/** Middle and length of what the values span. */
function spanOf(values: readonly number[]): { readonly middle: number; readonly length: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  return { middle: (low + high) / 2, length: high - low }
}

/** `[side, side]` bytes from 0 (paper) to 255 (ink); all paper where nothing was drawn. */
export function drawingOf(strokes: readonly Stroke[], side: number): Uint8Array {
  const points = strokes.flat()
  if (points.length === 0) return new Uint8Array(side * side)
  const [across, down] = [spanOf(points.map(([x]) => x)), spanOf(points.map(([, y]) => y))]
  const scale = (reach * side) / Math.max(across.length, down.length, least)
  const lines = strokes.map((stroke) => {
    const line = stroke.map(
      ([x, y]) => [side / 2 + scale * (x - across.middle), side / 2 + scale * (y - down.middle)] as const,
    )
    // A pen that did not move leaves a dot.
    return line.length === 1 ? [line[0], line[0]] : line
  })
  return Uint8Array.from(renderLines(lines, pen * side, side), (ink) => Math.round(255 * ink))
}
