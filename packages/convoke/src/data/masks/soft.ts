// Two classes with soft edges or changed by compression, told from many classes: where that is sure.

import { channelsOf, distanceOf, isColour, type MaskValue } from './stored.ts'
import type { Occurrence } from './survey.ts'

type Values = ReadonlyMap<MaskValue, Occurrence>

const total = (values: Iterable<Occurrence>, of: 'pixels' | 'flat' | 'slope'): number => {
  let sum = 0
  for (const one of values) sum += one[of]
  return sum
}

/** The two values that hold most pixels, at least `gap` apart, the lower first; null where there are none. */
function dominating(values: Values, gap: number): readonly [MaskValue, MaskValue] | null {
  const order = [...values].sort(([, a], [, b]) => b.pixels - a.pixels)
  const [first] = order[0] ?? []
  const second = order.find(([value]) => first !== undefined && distanceOf(first, value) >= gap)?.[0]
  if (first === undefined || second === undefined) return null
  return first < second ? [first, second] : [second, first]
}

/** How far a value lies on the way from `a` to `b`, and how far beside it (in units of a channel). */
function between(value: MaskValue, a: MaskValue, b: MaskValue): { readonly along: number; readonly beside: number } {
  const [v, from, to] = [channelsOf(value), channelsOf(a), channelsOf(b)]
  let [dot, length] = [0, 0]
  for (let c = 0; c < 3; c++) {
    dot += (v[c] - from[c]) * (to[c] - from[c])
    length += (to[c] - from[c]) ** 2
  }
  const along = dot / length
  let beside = 0
  for (let c = 0; c < 3; c++) beside = Math.max(beside, Math.abs(from[c] + along * (to[c] - from[c]) - v[c]))
  return { along, beside }
}

/**
 * The two values whose edges are soft: they hold most pixels, and what lies between forms slopes from one to the other
 * and no areas. null where that is not sure.
 */
export function softPair(values: Values): readonly [MaskValue, MaskValue] | null {
  if (values.size < 6) return null
  const pair = dominating(values, 48)
  if (pair === null) return null
  const [a, b] = pair
  const gap = distanceOf(a, b)
  const all = total(values.values(), 'pixels')
  const rest = [...values].filter(([value]) => value !== a && value !== b)
  let [inside, lower, upper] = [true, 0, 0]
  const far: Occurrence[] = []
  for (const [value, one] of rest) {
    const { along, beside } = between(value, a, b)
    inside &&= beside <= Math.max(2, 0.02 * gap) && along > -0.04 && along < 1.04
    if (along > 0.1 && along < 0.5) lower++
    if (along >= 0.5 && along < 0.9) upper++
    // Wide soft edges end in stretches of nearly the one or the other value.
    if (along > 0.03 && along < 0.97) far.push(one)
  }
  const pixels = total(far, 'pixels')
  const sloping = total(far, 'slope') >= 0.85 * pixels && total(far, 'flat') <= 0.02 * pixels
  const thin =
    total(
      rest.map(([, one]) => one),
      'pixels',
    ) <=
    0.4 * all
  return inside && lower > 0 && upper > 0 && sloping && thin ? pair : null
}

/** The two values that masks changed by compression had before; null where that is not sure. */
export function lossyPair(values: Values): readonly [MaskValue, MaskValue] | null {
  const pair = dominating(values, 96)
  if (pair === null) return null
  const all = total(values.values(), 'pixels')
  const far = [...values].filter(([value]) => distanceOf(value, pair[0]) > 40 && distanceOf(value, pair[1]) > 40)
  const rest = far.map(([, one]) => one)
  const sure = total(rest, 'pixels') <= 0.05 * all && total(rest, 'flat') <= 0.0005 * all
  return sure ? pair : null
}

/** Whether most values look like the soft edges of more than two classes: few pixels each, on slopes. */
export function looksSoft(values: Values): boolean {
  if (values.size < 8) return false
  const all = total(values.values(), 'pixels')
  const thin = [...values.values()].filter(
    ({ pixels, flat, slope }) => pixels < all / (4 * values.size) && flat <= 0.02 * pixels && slope >= 0.5 * pixels,
  )
  return thin.length > values.size / 2
}

/** Values that mark borders between objects. */
export const borderValues: readonly MaskValue[] = [255, 65535]

/**
 * The value that marks borders, as PASCAL VOC's 255 does, beside indices of classes; null where there is none. `others` are
 * the values of the classes, `names` how many classes are listed.
 */
export function borderValue(
  values: Values,
  others: readonly MaskValue[],
  palette: boolean,
  names: number | undefined,
): MaskValue | null {
  const border = borderValues.find((value) => values.has(value))
  const rest = others.filter((value) => value !== border)
  if (border === undefined || rest.length < 2 || rest.some(isColour)) return null
  const largest = rest.reduce((most, value) => Math.max(most, value), 0)
  if (largest >= border || names === rest.length + 1) return null
  const dense = largest < 2 * rest.length
  const listed = names !== undefined && largest < names
  // Indices of palettes count from 0 and are seldom as large as 255; greys lie anywhere.
  return dense || listed || palette || largest <= 40 ? border : null
}
