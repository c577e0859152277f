// What moves the pixels of an example moves its mask, boxes and points along; where a picture shows nothing, its mask knows nothing.

import { largestOf, smallestOf } from '../shapes/extremes.ts'
import type { Box, Point, Values } from './dataset.ts'
import { ignoredLabel } from './masks/index.ts'
import { pictureShape } from './picture-shape.ts'
import type { Move } from './reversed-warp.ts'
import { type AffineWarp, applyAffine, inverseOf, isExact, type Warp, warpPicture } from './warp.ts'

/** An example with a picture, and perhaps a mask, boxes or points. */
export interface Pictured {
  /** `[height, width, channels]`. */
  readonly image: Values
  /** Gets `ignoredLabel` where the picture has nothing to show: 255 in a mask of bytes, −1 in others. */
  readonly mask?: Values | undefined
  /** Things to find in the picture. Those that mostly leave it are dropped. */
  readonly boxes?: readonly Box[] | undefined
  /** Named places in the picture. Those that leave it are dropped. */
  readonly points?: readonly Point[] | undefined
}

interface Movement {
  /** Where each pixel is read from. */
  readonly warp: Warp | AffineWarp
  /** Where each point goes. */
  readonly move: Move
  readonly height?: number | undefined
  readonly width?: number | undefined
  /** What lies outside the picture; its edge when not given. */
  readonly outside?: 'edge' | number | undefined
}

/** Boxes of which less than this share is still visible are dropped, except for regions to be ignored: any part of a crowd shows some of it. */
export const leastVisible = 0.3

/** The example with all it has moved. */
export function moved<E extends Pictured>(example: E, movement: Movement): E {
  const { warp, move, outside } = movement
  const [rows, columns] = pictureShape('augmentation', example.image)
  const [height, width] = [movement.height ?? rows, movement.width ?? columns]
  const mode = typeof warp !== 'function' && isExact(warp) ? 'nearest' : 'bilinear'
  return {
    ...example,
    image: warpPicture(example.image, warp, { height, width, mode, outside }),
    ...(example.mask === undefined
      ? {}
      : {
          // The edge of a picture is continued with what it shows; a number shows nothing.
          mask: warpPicture(example.mask, typeof outside === 'number' ? within(warp, rows, columns) : warp, {
            height,
            width,
            mode: 'nearest',
            outside: typeof outside === 'number' ? unknownIn(example.mask) : 'edge',
          }),
        }),
    ...(example.boxes === undefined ? {} : { boxes: moveBoxes(example.boxes, move, height, width) }),
    ...(example.points === undefined ? {} : { points: movePoints(example.points, move, height, width) }),
  }
}

/** The warp and the way back of an affine movement. */
export const affine = (warp: AffineWarp): Pick<Movement, 'warp' | 'move'> => {
  const back = inverseOf(warp)
  return { warp, move: (x, y) => applyAffine(back, x, y) }
}

/** The warp, all that is read partly from outside the picture read from outside altogether. */
const within =
  (warp: Warp | AffineWarp, rows: number, columns: number): Warp =>
  (x, y) => {
    const [u, v] = typeof warp === 'function' ? warp(x, y) : applyAffine(warp, x, y)
    const slack = 1e-6
    return u < -slack || v < -slack || u > columns - 1 + slack || v > rows - 1 + slack ? [-1, -1] : [u, v]
  }

/** The label of pixels of which nothing is known, in a mask of these numbers. */
export const unknownIn = ({ data }: Values): number => (data instanceof Uint8Array ? ignoredLabel & 255 : ignoredLabel)

function movePoints(points: readonly Point[], move: Move, height: number, width: number): Point[] {
  return points.flatMap((point) => {
    const [x, y] = move(point.x - 0.5, point.y - 0.5).map((at) => at + 0.5)
    return x >= 0 && y >= 0 && x <= width && y <= height ? [{ ...point, x, y }] : []
  })
}

/** The upright box around the moved outline of each, cut at the picture. */
function moveBoxes(boxes: readonly Box[], move: Move, height: number, width: number): Box[] {
  return boxes.flatMap((box) => {
    const corners = [-0.5, 0, 0.5].flatMap((u) => [-0.5, 0, 0.5].map((v) => [u, v] as const))
    // Warps count from pixel centres, boxes from pixel edges.
    const points = corners
      .map(([u, v]) => move(box.x + u * box.width - 0.5, box.y + v * box.height - 0.5))
      .filter(([x]) => !Number.isNaN(x))
    if (points.length === 0) return []
    const [xs, ys] = [points.map(([x]) => x + 0.5), points.map(([, y]) => y + 0.5)]
    const [left, right] = [smallestOf(xs), largestOf(xs)]
    const [top, bottom] = [smallestOf(ys), largestOf(ys)]
    const [l, r] = [Math.max(0, left), Math.min(width, right)]
    const [t, b] = [Math.max(0, top), Math.min(height, bottom)]
    const share = ((r - l) * (b - t)) / ((right - left) * (bottom - top))
    if (!(r > l && b > t) || (share < leastVisible && !box.ignore)) return []
    return [{ ...box, x: (l + r) / 2, y: (t + b) / 2, width: r - l, height: b - t }]
  })
}
