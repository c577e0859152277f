// Boxes as regions of a picture, and what they share. A box is { x, y, width, height } with (x, y) its centre.

/** A rectangle in a picture. Every length has the same unit: pixels, or shares of the picture's sides. */
export interface Region {
  /** Its left side, counted from the left of the picture. */
  readonly x: number
  /** Its upper side, counted from the top of the picture. */
  readonly y: number
  /** Its width. */
  readonly width: number
  /** Its height. */
  readonly height: number
}

/** Length that two stretches share, each given by its centre. */
const sharedLength = (p: number, pLength: number, q: number, qLength: number): number =>
  Math.max(0, Math.min(p + pLength / 2, q + qLength / 2) - Math.max(p - pLength / 2, q - qLength / 2))

const sharedArea = (a: Region, b: Region): number =>
  sharedLength(a.x, a.width, b.x, b.width) * sharedLength(a.y, a.height, b.y, b.height)

/** Intersection over union of two boxes. */
export function boxIoU(a: Region, b: Region): number {
  const shared = sharedArea(a, b)
  const union = a.width * a.height + b.width * b.height - shared
  return union > 0 ? shared / union : 0
}

/** The share of a box that lies inside a region: COCO's overlap with a crowd. */
export function shareInside(box: Region, region: Region): number {
  const area = box.width * box.height
  return area > 0 ? sharedArea(box, region) / area : 0
}

/** Regions up to which asking each costs less than sorting them. */
const few = 16

/**
 * Finds those of `regions` that share some area with another one: their numbers, ascending, among some that share none. Regions
 * lie sorted by their left edges, each beside the furthest right edge up to it, so that what ends before or begins behind the
 * other one is skipped by bisection.
 */
export function overlapping(regions: readonly Region[]): (other: Region) => Iterable<number> {
  if (regions.length <= few) return () => regions.keys()
  const edges = (edge: (region: Region) => number) => Float64Array.from(regions, edge)
  const [lefts, rights] = [edges(leftOf), edges(rightOf)]
  // What has no place, such as NaN, or no width shares nothing.
  const order = Uint32Array.from(regions.keys()).filter((i) => lefts[i] < rights[i])
  order.sort((a, b) => lefts[a] - lefts[b] || a - b)
  const sorted = Float64Array.from(order, (i) => lefts[i])
  const reached = Float64Array.from(order, (i) => rights[i])
  for (let i = 1; i < reached.length; i++) reached[i] = Math.max(reached[i - 1], reached[i])
  return (other) => {
    const [left, right] = [leftOf(other), rightOf(other)]
    const found: number[] = []
    for (let at = firstBeyond(reached, left); sorted[at] < right; at++) {
      const i = order[at]
      if (rights[i] > left && sharedLength(other.y, other.height, regions[i].y, regions[i].height) > 0) found.push(i)
    }
    return found.sort((a, b) => a - b)
  }
}

const leftOf = ({ x, width }: Region): number => x - width / 2
const rightOf = ({ x, width }: Region): number => x + width / 2

/** The first place in ascending numbers with more than `value`. */
function firstBeyond(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (ascending[middle] > value) to = middle
    else from = middle + 1
  }
  return from
}
