// Which rows and elements of a block of columns a picture has, and which of them are results.

import type { ArgumentValue, Place } from '../plan.ts'
import type { Blocks } from './blocks.ts'
import type { Blocking } from './choose-blocks.ts'

/** A picture that tiles are cut from, or results are written to. */
export interface Plane {
  readonly depth: number
  readonly height: number
  readonly width: number
  /** Rows in memory from plane to plane, where they are more than its height. */
  readonly rows?: number
  /** Floats from row to row; 0 for one row that stands for all. */
  readonly pitch: number
  readonly at: (floats: number) => Place
}

const rowsOf = ({ rows, height }: Plane): number => rows ?? height

/** Arguments of one tile of a pair, without the name of the tile before them. */
export type Cut = Readonly<Record<string, ArgumentValue>>

/** No pixels at all. */
export const nothing = ({ at, pitch }: Plane): Plane => ({ depth: 0, height: 0, width: 0, pitch, at })

/** Where a tile begins in a picture. */
export type Corner = readonly [number, number, number]

const clamp = (value: number, most: number): number => Math.min(Math.max(0, value), most)

/** [0, count) cut to what overlaps an axis of `size` from `start` on: places before, inside and after. */
const overlap = (start: number, count: number, size: number): readonly [number, number, number] => {
  const before = clamp(-start, count)
  const inside = Math.max(before, clamp(size - start, count)) - before
  return [before, inside, count - before - inside]
}

/** Arguments of `columnsIn` for one tile's block of columns; `rows` of them are taken. */
export function cutIn(layout: Blocks, lanes: number, plane: Plane, corner: Corner, block: number): Cut {
  const { height, split, width, rows: blockRows, depth } = layout
  if (split) return cutSignal(layout, lanes, plane, corner, block)
  const column = corner[2] + block * lanes
  const rowsHigh = depth === 1 ? blockRows : height
  const rowOverlap = plane.pitch === 0 ? ([0, rowsHigh, 0] as const) : overlap(corner[1], rowsHigh, plane.height)
  const planeOverlap = overlap(corner[0], depth, plane.depth)
  const left = clamp(plane.width - column, lanes)
  const columns = column < 0 || column >= width + plane.width ? 0 : left
  const empty = columns === 0 || rowOverlap[1] === 0 || planeOverlap[1] === 0
  const [before, rows, after] = empty ? [rowsHigh, 0, 0] : rowOverlap
  const [planesBefore, planes, planesAfter] = empty ? [depth, 0, 0] : planeOverlap
  const offset = empty ? 0 : ((corner[0] + planesBefore) * rowsOf(plane) + corner[1] + before) * plane.pitch + column
  const whole = columns === lanes
  return {
    at: plane.at(plane.pitch === 0 ? column * Number(!empty) : offset),
    before,
    full: whole ? rows : 0,
    partial: whole ? 0 : rows,
    after,
    columns: whole ? lanes : columns,
    planesBefore,
    planes,
    planesAfter,
    xRowBytes: plane.pitch * 4,
    skip: (rowsOf(plane) - rows) * plane.pitch * 4,
    any: Number(!empty),
  }
}

function cutSignal({ height, width }: Blocks, lanes: number, plane: Plane, corner: Corner, block: number): Cut {
  const start = corner[2] + block * lanes
  const before = clamp(Math.ceil(-start / width), height)
  const end = Math.max(before, clamp(Math.floor((plane.width - lanes - start) / width) + 1, height))
  const rest = end < height ? clamp(plane.width - (start + end * width), lanes) : 0
  const partial = rest > 0 ? 1 : 0
  const inside = end > before || partial > 0
  return {
    at: plane.at(inside ? start + before * width : 0),
    before,
    full: end - before,
    partial: partial,
    after: height - end - partial,
    columns: rest,
    xRowBytes: width * 4,
    any: Number(inside),
  }
}

/** A tile's part of a result: the plane, and the residual to add if there is one. */
export interface Result {
  readonly plane: Plane
  readonly residual: ((floats: number) => Place) | undefined
  /** Of the tile's first result. */
  readonly corner: Corner
}

/** Arguments of `columnsOut` for one tile's block of columns. */
export function cutOut(
  layout: Blocks,
  { valid }: Pick<Blocking, 'valid'>,
  lanes: number,
  { plane, residual, corner }: Result,
  block: number,
): Cut {
  const { split, width, height } = layout
  const own = (offset: number) => ({ result: plane.at(offset), residual: residual?.(offset) ?? 0 })
  const least = Math.min(valid[2], plane.width - corner[2])
  if (split) {
    const start = block * lanes
    const full = clamp(Math.floor((least - lanes - start) / width) + 1, height)
    const rest = full < height ? clamp(least - (start + full * width), lanes) : 0
    const any = full > 0 || rest > 0
    return {
      ...own(any ? corner[2] + start : 0),
      full: full,
      partial: rest > 0 ? 1 : 0,
      columns: rest,
      yRowBytes: width * 4,
    }
  }
  const columns = clamp(least - block * lanes, lanes)
  const rows = columns === 0 ? 0 : clamp(plane.height - corner[1], valid[1])
  const planes = rows === 0 ? 0 : clamp(plane.depth - corner[0], valid[0])
  const any = planes > 0
  const offset = (corner[0] * plane.height + corner[1]) * plane.pitch + corner[2] + block * lanes
  const whole = columns === lanes
  return {
    ...own(any ? offset : 0),
    full: whole && any ? rows : 0,
    partial: whole || !any ? 0 : rows,
    columns: whole ? lanes : columns,
    planes,
    blockSkip: (height - rows) * 2 * lanes * 4,
    yRowBytes: plane.pitch * 4,
    skip: (plane.height - rows) * plane.pitch * 4,
  }
}
