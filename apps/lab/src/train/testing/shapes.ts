// Shapes as a hand draws them: strokes with a tremble, a slant and a size of their own. For tests.

import type { RandomSource } from 'convoke'
import type { Stroke } from '../../drawing/strokes.ts'

export const shapes = ['circle', 'cross', 'triangle'] as const
export type ShapeName = (typeof shapes)[number]

const circle = Array.from({ length: 17 }, (_, i): [number, number] => [
  Math.cos((i * Math.PI) / 8),
  Math.sin((i * Math.PI) / 8),
])

const outlines: Readonly<Record<ShapeName, readonly (readonly (readonly [number, number])[])[]>> = {
  circle: [circle],
  cross: [
    [
      [-1, -1],
      [0, 0],
      [1, 1],
    ],
    [
      [1, -1],
      [0, 0],
      [-1, 1],
    ],
  ],
  triangle: [
    [
      [0, -1],
      [0.5, 0],
      [1, 1],
      [0, 1],
      [-1, 1],
      [-0.5, 0],
      [0, -1],
    ],
  ],
}

/** The strokes of one drawing, in a square of 0 … 1. */
export function drawn(name: ShapeName, random: RandomSource): Stroke[] {
  const turn = 0.15 * random.normal()
  const [sx, sy] = [0.2 + 0.12 * random.uniform(), 0.2 + 0.12 * random.uniform()]
  const [cx, cy] = [0.4 + 0.2 * random.uniform(), 0.4 + 0.2 * random.uniform()]
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  return outlines[name].map((stroke) =>
    stroke.map(([x, y]) => {
      const [u, v] = [sx * (x + 0.06 * random.normal()), sy * (y + 0.06 * random.normal())]
      return [cx + cos * u - sin * v, cy + sin * u + cos * v] as const
    }),
  )
}
