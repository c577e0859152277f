// A picture of a design: never the same twice.

import type { RandomSource } from 'convoke'
import { type Design, fabrics } from './designs.ts'

const between = (random: RandomSource, low: number, high: number): number => low + (high - low) * random.uniform()

type Shade = (x: number, y: number) => number

/** Smooth noise of a few waves, about −1 to 1. */
function waves(random: RandomSource, count: number, low: number, high: number): Shade {
  const all = Array.from({ length: count }, () => {
    const [angle, frequency, phase] = [
      2 * Math.PI * random.uniform(),
      between(random, low, high),
      2 * Math.PI * random.uniform(),
    ]
    return [frequency * Math.cos(angle), frequency * Math.sin(angle), phase] as const
  })
  return (x, y) => {
    let sum = 0
    for (const [u, v, phase] of all) sum += Math.sin(u * x + v * y + phase)
    return sum / Math.sqrt(count)
  }
}

function fabricOf(design: Design, random: RandomSource): Shade {
  const fabric = design.fabric === 'any' ? fabrics[random.integer(fabrics.length - 1)] : design.fabric
  const own = design.fabric === 'any'
  const direction = (own ? Math.PI * random.uniform() : design.direction) + 0.08 * random.normal()
  const frequency = Math.PI * (own ? between(random, 1.5, 5.5) : design.waves * between(random, 0.9, 1.1))
  const phase = 2 * Math.PI * random.uniform()
  const [cos, sin] = [frequency * Math.cos(direction), frequency * Math.sin(direction)]
  switch (fabric) {
    case 'stripes':
      return (x, y) => Math.sin(cos * x + sin * y + phase)
    case 'checks':
      return (x, y) => 0.7 * (Math.sin(cos * x + sin * y + phase) + Math.sin(cos * y - sin * x + phase))
    case 'dots':
      return (x, y) => (Math.sin(cos * x + sin * y + phase) * Math.sin(cos * y - sin * x + phase) > 0.3 ? 1 : -0.3)
    case 'cloud':
      return waves(random, 6, 6, 18)
    default:
      return () => 0
  }
}

/** Distance from a point to a tapered stroke: below 0 within it. */
function toStroke(
  x: number,
  y: number,
  fx: number,
  fy: number,
  tx: number,
  ty: number,
  r0: number,
  r1: number,
): number {
  const [dx, dy] = [tx - fx, ty - fy]
  const along = Math.min(1, Math.max(0, ((x - fx) * dx + (y - fy) * dy) / (dx * dx + dy * dy + 1e-9)))
  return Math.hypot(x - fx - along * dx, y - fy - along * dy) - (r0 + (r1 - r0) * along)
}

/** Between the numbers of a list, smoothly. */
function smoothly(values: readonly number[], share: number): number {
  const at = Math.min(1, Math.max(0, share)) * (values.length - 1)
  const i = Math.min(values.length - 2, Math.floor(at))
  const t = at - i
  return values[i] + (values[i + 1] - values[i]) * t * t * (3 - 2 * t)
}

/** The design as one hand drew it once. */
function trembled(design: Design, random: RandomSource, much: number): Design {
  const moved = (value: number): number => value + much * random.normal()
  const place = ([x, y]: readonly [number, number]): [number, number] => [moved(x), moved(y)]
  const radius = ([a, b]: readonly [number, number]): [number, number] => {
    const factor = Math.exp(3 * much * random.normal())
    return [a * factor, b * factor * Math.exp(2 * much * random.normal())]
  }
  const left = design.left.map(moved)
  return {
    ...design,
    ...{
      top: moved(design.top),
      bottom: moved(design.bottom),
      left,
      right: design.symmetric ? left : design.right.map(moved),
    },
    limbs: design.limbs.map(({ from, to, radii }) => ({ from: place(from), to: place(to), radii: radius(radii) })),
    openings: design.openings.map(({ centre, radii }) => ({
      centre: [centre[0], moved(centre[1])],
      radii: radius(radii),
    })),
    lines: design.lines.map(({ from, to, tone }) => ({ from: place(from), to: place(to), tone })),
  }
}

/** How far a point lies outside the silhouette. */
function silhouette({ symmetric, top, bottom, left, right, limbs, openings }: Design, x: number, y: number): number {
  const share = (y - top) / (bottom - top)
  const side = Math.max(-x - smoothly(left, share), x - smoothly(right, share))
  let outside = Math.max(side, top - y, y - bottom)
  for (const { from, to, radii } of limbs) {
    const across = symmetric ? Math.abs(x) : x
    outside = Math.min(outside, toStroke(across, y, from[0], from[1], to[0], to[1], radii[0], radii[1]))
  }
  for (const { centre, radii } of openings) {
    const across = symmetric ? Math.abs(x) - Math.abs(centre[0]) : x - centre[0]
    const from = Math.hypot(across / radii[0], (y - centre[1]) / radii[1])
    outside = Math.max(outside, (1 - from) * Math.min(radii[0], radii[1]))
  }
  return outside
}

/** `size`² values from 0 to 1. */
export function draw(design: Design, size: number, random: RandomSource): Float32Array {
  const own = trembled(design, random, 0.03)
  const turn = 0.09 * random.normal()
  const scale = between(random, 0.82, 1.08)
  const stretch = Math.exp(0.09 * random.normal())
  const [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale]
  const [shiftX, shiftY] = [0.07 * random.normal(), 0.07 * random.normal()]
  const [bendX, bendY] = [waves(random, 2, 1.5, 5), waves(random, 2, 1.5, 5)]
  const bend = between(random, 0, 0.035)
  const fabric = fabricOf(design, random)
  const much = between(random, 0.05, 0.45)
  const light = waves(random, 2, 0.5, 2.5)
  const lit = between(random, 0, 0.25)
  const tone = between(random, 0.25, 1)
  const ground = random.uniform() < 0.85 ? 0 : between(random, 0, 1)
  const noise = random.uniform() < 0.7 ? 0 : between(random, 0, 0.1)
  const soft = (2 / size) * between(random, 0.4, 1.1)
  const thick = between(random, 0.02, 0.07)
  const rim = between(random, -0.4, 0.3)
  const pixels = new Float32Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [px, py] = [(2 * column + 1) / size - 1 - shiftX, (2 * row + 1) / size - 1 - shiftY]
      const x = (cos * px + sin * py) * stretch + bend * bendX(px, py)
      const y = (cos * py - sin * px) / stretch + bend * bendY(px, py)
      const outside = silhouette(own, x, y)
      const cover = Math.min(1, Math.max(0, 0.5 - outside / soft))
      let value = ground
      if (cover > 0) {
        let shade = 1 + much * fabric(x, y) + lit * light(x, y) + (outside > -0.1 ? rim * (1 + outside / 0.1) : 0)
        for (const line of own.lines) {
          const across = own.symmetric ? Math.abs(x) : x
          const from = toStroke(across, y, line.from[0], line.from[1], line.to[0], line.to[1], thick, thick)
          shade += line.tone * Math.min(1, Math.max(0, 0.5 - from / soft))
        }
        value += cover * (tone * Math.max(0, shade) - ground)
      }
      pixels[row * size + column] = Math.min(1, Math.max(0, value + noise * random.normal()))
    }
  }
  return pixels
}
