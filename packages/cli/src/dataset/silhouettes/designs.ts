// What a class of drawn pictures looks like: a silhouette of a body, limbs, openings and lines, and what it is made of.

import { deriveSeed, type RandomSource, randomSource } from 'convoke'

/** A tapered stroke from one place to another, `[x, y]` from −1 to 1, with the radius at either end. */
export interface Limb {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly radii: readonly [number, number]
}

export interface Opening {
  readonly centre: readonly [number, number]
  readonly radii: readonly [number, number]
}

/** A line on the silhouette, darker or brighter than what is around it. */
export interface Line {
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
  readonly tone: number
}

export const fabrics = ['plain', 'stripes', 'checks', 'dots', 'cloud', 'any'] as const

export interface Design {
  readonly symmetric: boolean
  readonly top: number
  readonly bottom: number
  /** Places of the left and the right edge from top to bottom, as distances from the middle. */
  readonly left: readonly number[]
  readonly right: readonly number[]
  readonly limbs: readonly Limb[]
  readonly openings: readonly Opening[]
  readonly lines: readonly Line[]
  readonly fabric: (typeof fabrics)[number]
  /** Of stripes, checks and dots: waves across the picture and their direction. */
  readonly waves: number
  readonly direction: number
}

const between = (random: RandomSource, low: number, high: number): number => low + (high - low) * random.uniform()

const pick = <T>(random: RandomSource, choices: readonly T[]): T => choices[random.integer(choices.length)]

/** Edges of a body: a walk around a usual width. */
function edge(random: RandomSource, width: number, change: number): number[] {
  let at = width * between(random, 0.6, 1.2)
  return Array.from({ length: 6 }, () => {
    const here = at
    at = Math.min(0.95, Math.max(0.06, at + change * random.normal() + 0.3 * (width - at)))
    return here
  })
}

const limb = (random: RandomSource, width: number, top: number, bottom: number): Limb => {
  const start = between(random, top, bottom)
  const angle = between(random, -1.3, 1.5)
  const length = between(random, 0.25, 1.3)
  const x = width * between(random, 0.4, 1)
  return {
    from: [x, start],
    to: [
      Math.min(0.95, x + length * Math.cos(angle)),
      Math.max(-0.95, Math.min(0.95, start + length * Math.sin(angle))),
    ],
    radii: [between(random, 0.06, 0.25), between(random, 0.05, 0.22)],
  }
}

const opening = (random: RandomSource, top: number, bottom: number): Opening => ({
  centre: [
    random.uniform() < 0.7 ? 0 : between(random, -0.5, 0.5),
    pick(random, [top, bottom, between(random, top, bottom)]),
  ],
  radii: [between(random, 0.06, 0.35), between(random, 0.06, 0.8)],
})

function line(random: RandomSource, top: number, bottom: number): Line {
  const tone = (random.uniform() < 0.7 ? -1 : 1) * between(random, 0.25, 0.7)
  const way = random.integer(3)
  const y = between(random, top, bottom)
  if (way === 0) return { from: [0, top], to: [0, between(random, top, bottom)], tone }
  if (way === 1) return { from: [-0.9, y], to: [0.9, y], tone }
  return { from: [between(random, 0, 0.5), top], to: [between(random, 0, 0.7), between(random, top, bottom)], tone }
}

const several = <T>(random: RandomSource, chances: readonly number[], make: () => T): T[] => {
  const value = random.uniform()
  let [count, sum] = [0, 0]
  for (const chance of chances) {
    sum += chance
    if (value > sum) count++
  }
  return Array.from({ length: count }, make)
}

function family(random: RandomSource): Design {
  const symmetric = random.uniform() < 0.7
  const height = between(random, 0.35, 0.95)
  const lift = random.uniform() < 0.5 ? 0 : between(random, -0.5, 0.5) * (1 - height)
  const [top, bottom] = [lift - height, lift + height]
  const width = between(random, 0.15, 0.8)
  const change = between(random, 0.04, 0.25)
  const left = edge(random, width, change)
  return {
    ...{ symmetric, top, bottom, left, right: symmetric ? left : edge(random, width, change) },
    limbs: several(random, [0.25, 0.5, 0.2], () => limb(random, width, top, bottom)),
    openings: several(random, [0.45, 0.4], () => opening(random, top, bottom)),
    lines: several(random, [0.4, 0.3, 0.2], () => line(random, top, bottom)),
    fabric: pick(random, [...fabrics, 'any', 'any', 'plain']),
    waves: between(random, 1.5, 5.5),
    direction: pick(random, [0, 0.5, 0.25, 0.75]) * Math.PI,
  }
}

/** The same with one thing changed. */
function relative(design: Design, random: RandomSource): Design {
  const { top, bottom, symmetric } = design
  const width = (design.left[2] + design.right[2]) / 2
  switch (random.integer(6)) {
    case 0: {
      const left = edge(random, width, 0.2)
      return { ...design, left, right: symmetric ? left : edge(random, width, 0.2) }
    }
    case 1:
      return { ...design, limbs: [limb(random, width, top, bottom), ...design.limbs.slice(1)] }
    case 2:
      return {
        ...design,
        limbs: design.limbs.map(({ from, to, ...rest }) => ({
          ...{ ...rest, from },
          to: [from[0] + 0.45 * (to[0] - from[0]), from[1] + 0.45 * (to[1] - from[1])],
        })),
        openings: [opening(random, top, bottom)],
      }
    case 3:
      return { ...design, openings: design.openings.length > 0 ? [] : [opening(random, top, bottom)] }
    case 4:
      return { ...design, lines: design.lines.length > 0 ? [] : [line(random, top, bottom), line(random, top, bottom)] }
    default:
      return {
        ...design,
        fabric: pick(random, fabrics),
        waves: between(random, 1.5, 5.5),
        bottom: top + between(random, 0.5, 1) * (bottom - top),
      }
  }
}

/** Classes of a family, which differ in one thing or two. */
const relatives = 5

/** The design of an invented class, which its number decides. */
export function designOf(label: number): Design {
  const first = family(randomSource(deriveSeed(0, 'family', Math.floor(label / relatives))))
  const random = randomSource(deriveSeed(0, 'relative', label))
  const changes = Math.min(2, label % relatives)
  return Array.from({ length: changes }).reduce<Design>((design) => relative(design, random), first)
}
