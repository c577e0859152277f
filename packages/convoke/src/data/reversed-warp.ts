// Where a smooth warp brings what lies at a place: a warp says where each pixel is read from, and points go the other way.

import type { Warp } from './warp.ts'

/** Where a point of the picture goes: the reverse of the warp that its pixels are read through. */
export type Move = Warp

/** Steps towards the place that a warp reads a given one from, and how near to it ends the search and how near is found, in pixels. */
const [mostSteps, near, found] = [40, 1e-3, 0.5]

/** The way back through a smooth warp, by Newton's method with slopes taken over half a pixel. Steps that lead away are halved; NaN where no place is found. */
export const reversed =
  (warp: Warp): Move =>
  (x, y) => {
    const miss = (at: number, down: number): readonly [u: number, v: number, size: number] => {
      const [u, v] = warp(at, down)
      return [x - u, y - v, Math.hypot(x - u, y - v)]
    }
    let [px, py] = [x, y]
    let [u, v, size] = miss(px, py)
    let share = 1
    for (let step = 0; step < mostSteps && size > near; step++) {
      const [ru, rv] = warp(px + 0.25, py)
      const [lu, lv] = warp(px - 0.25, py)
      const [du, dv] = warp(px, py + 0.25)
      const [tu, tv] = warp(px, py - 0.25)
      const [a, b, c, d] = [2 * (ru - lu), 2 * (du - tu), 2 * (rv - lv), 2 * (dv - tv)]
      const determinant = a * d - b * c
      // Where the picture is folded, no slope leads on.
      const [sx, sy] =
        Math.abs(determinant) < 0.05 ? [u, v] : [(d * u - b * v) / determinant, (a * v - c * u) / determinant]
      const next = miss(px + share * sx, py + share * sy)
      if (next[2] < size) {
        px += share * sx
        py += share * sy
        ;[u, v, size] = next
        share = Math.min(1, 2 * share)
      } else share /= 2
    }
    return size < found ? [px, py] : [Number.NaN, Number.NaN]
  }
