// Drawing with a round pen: curves through points, bent by a smooth random field, rendered by distance.

import type { RandomSource } from '../../tensor/random.ts'

/** A place on the paper. */
export type Point = readonly [x: number, y: number]

/** Points joined by straight lines, or by a smooth curve that passes through all of them. */
export interface Stroke {
  readonly smooth: boolean
  readonly points: readonly Point[]
}

const stepsPerSpan = 6

/** The stroke as a polyline. Smooth ones are Catmull–Rom splines (Catmull & Rom 1974). */
export function flatten({ smooth, points }: Stroke): Point[] {
  if (!smooth || points.length < 3) return [...points]
  const at = (i: number): Point => points[Math.min(points.length - 1, Math.max(0, i))]
  const line: Point[] = []
  for (let i = 0; i < points.length - 1; i++) {
    for (let s = 0; s < stepsPerSpan; s++) {
      const t = s / stepsPerSpan
      const along = (axis: 0 | 1): number => {
        const [p0, p1, p2, p3] = [at(i - 1)[axis], at(i)[axis], at(i + 1)[axis], at(i + 2)[axis]]
        return (
          0.5 *
          (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t ** 2 + (3 * p1 - p0 - 3 * p2 + p3) * t ** 3)
        )
      }
      line.push([along(0), along(1)])
    }
  }
  line.push(points[points.length - 1])
  return line
}

/** A smooth random displacement of the unit square: normal at the nodes of a grid, blended by a cosine in between. */
export function elasticField(random: RandomSource, strength: number, cells = 3): (p: Point) => Point {
  const nodes = cells + 1
  const shifts = Float64Array.from({ length: 2 * nodes * nodes }, () => strength * random.normal())
  const ease = (t: number): number => (1 - Math.cos(Math.PI * t)) / 2
  return ([x, y]) => {
    const [u, v] = [clamp(x) * cells, clamp(y) * cells]
    const [i, j] = [Math.min(cells - 1, Math.floor(u)), Math.min(cells - 1, Math.floor(v))]
    const [a, b] = [ease(u - i), ease(v - j)]
    const node = (row: number, column: number, axis: number): number => shifts[2 * (row * nodes + column) + axis]
    const shift = (axis: number): number =>
      (1 - b) * ((1 - a) * node(j, i, axis) + a * node(j, i + 1, axis)) +
      b * ((1 - a) * node(j + 1, i, axis) + a * node(j + 1, i + 1, axis))
    return [x + shift(0), y + shift(1)]
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

/**
 * Draws polylines, in pixels, with a round pen of `radius` pixels into a picture `[size, size]` of 0 (paper) to 1 (ink); edges
 * fade over one pixel.
 *
 * @example
 * data.renderLines([[[0, 1.5], [3, 1.5]]], 0.5, 3)  // [0, 0, 0, 1, 1, 1, 0, 0, 0]
 */
export function renderLines(lines: readonly (readonly Point[])[], radius: number, size: number): Float32Array {
  const picture = new Float32Array(size * size)
  const reach = radius + 1
  for (const line of lines) {
    for (let i = 0; i + 1 < line.length; i++) {
      const [[ax, ay], [bx, by]] = [line[i], line[i + 1]]
      const [dx, dy] = [bx - ax, by - ay]
      const squared = dx * dx + dy * dy
      const [left, right] = bounds(ax, bx, reach, size)
      const [top, bottom] = bounds(ay, by, reach, size)
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const [px, py] = [x + 0.5 - ax, y + 0.5 - ay]
          const t = squared === 0 ? 0 : clamp((px * dx + py * dy) / squared)
          const [ox, oy] = [px - t * dx, py - t * dy]
          const ink = clamp(radius + 0.5 - Math.sqrt(ox * ox + oy * oy))
          const at = y * size + x
          if (ink > picture[at]) picture[at] = ink
        }
      }
    }
  }
  return picture
}

const bounds = (a: number, b: number, reach: number, size: number): [number, number] => [
  Math.max(0, Math.floor(Math.min(a, b) - reach)),
  Math.min(size - 1, Math.ceil(Math.max(a, b) + reach)),
]
