// One's own picture, made of marks as the data set's pictures are made: shapes and lines on a dark ground with waves and grain.

import { randomSource } from 'convoke'
import { renderLines, renderShape, shapeNames } from 'convoke/data'
import type { Mark } from '../task.ts'

/** Of the ground: its colour, how strong its waves and its grain are. */
const [ground, wave, grain] = [[0.12, 0.16, 0.22], 0.06, 0.04] as const

/** Of a line's pen, over the picture's side. */
const pen = 0.05

/** How much of each pixel a mark covers. */
function coverOf(mark: Mark, side: number): Float32Array {
  if (mark.kind !== 'line') {
    const { x, y, radius, turn } = mark
    return renderShape(
      { kind: shapeNames.indexOf(mark.kind), x: x * side, y: y * side, radius: radius * side, turn },
      side,
    )
  }
  const line = mark.points.map(([x, y]) => [x * side, y * side] as const)
  // A pen that did not move leaves a dot.
  return renderLines([line.length === 1 ? [line[0], line[0]] : line], pen * side, side)
}

/** `[side, side, 3]` from 0 to 1. */
export function paintingOf(marks: readonly Mark[], side: number): Float32Array {
  const picture = new Float32Array(side * side * 3)
  const random = randomSource(1)
  const covers = marks.map((mark) => coverOf(mark, side))
  for (let p = 0; p < side * side; p++) {
    const waves = wave * Math.sin(0.2 * (p % side) + 0.3 * Math.floor(p / side))
    for (let c = 0; c < 3; c++) {
      let value = ground[c] + waves
      for (const [i, { colour }] of marks.entries()) value += covers[i][p] * (colour[c] - value)
      picture[3 * p + c] = Math.min(1, Math.max(0, value + grain * random.normal()))
    }
  }
  return picture
}
