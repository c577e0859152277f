// Handwritten-like digits, drawn by program: strokes, a hand that shakes, a slant, a pen, elastic distortion in the
// manner of Simard et al. 2003 (there of pixels, here of the strokes), and a scanner's noise.

import { check, show } from '../../shapes/error.ts'
import { deriveSeed, type RandomSource, randomSource } from '../../tensor/random.ts'
import { type ClassifiedPicture, checkIndex, type Dataset } from '../dataset.ts'
import { digitShapes } from './digit-shapes.ts'
import { elasticField, flatten, type Point, renderLines } from './strokes.ts'

/** The options of `digits`. */
export interface DigitOptions {
  /** How many pictures, the ten digits in turn. */
  readonly count: number
  /** 0 when not given. Different seeds give different digits: one for training, another for testing. */
  readonly seed?: number | undefined
  /** Pixels a side; 28 when not given. */
  readonly size?: number | undefined
}

export const digitNames: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/**
 * `count` pictures of single digits, `[size, size, 1]` from 0 (paper) to 1 (ink), each class equally often. Example i
 * depends on the seed and i alone.
 *
 * @example
 * const digits = data.digits({ count: 100, seed: 1 })
 * digits.length  // 100
 */
export function digits(options: DigitOptions): Dataset<ClassifiedPicture> {
  const { count, seed = 0, size = 28 } = options
  check(
    Number.isInteger(count) && count >= 1 && Number.isInteger(size) && size >= 8,
    () => `digits: count ${show(count)} and size ${show(size)} must be whole numbers, the size 8 or more.`,
  )
  const labelOf = (index: number): number => index % 10
  return {
    length: count,
    classes: digitNames,
    labelOf,
    get(index) {
      checkIndex('digits', index, count)
      const random = randomSource(deriveSeed(seed, 'digit', index))
      const data = drawDigit(labelOf(index), size, random)
      return { image: { shape: [size, size, 1], data }, label: labelOf(index) }
    },
  }
}

const between = (random: RandomSource, low: number, high: number): number => low + (high - low) * random.uniform()

/** One digit as `size`² values from 0 to 1. */
export function drawDigit(digit: number, size: number, random: RandomSource): Float32Array {
  const ways = digitShapes[digit]
  const strokes = ways[random.integer(ways.length)]
  const bend = elasticField(random, 0.045)
  const tremble = (point: Point): Point => [point[0] + 0.018 * random.normal(), point[1] + 0.018 * random.normal()]
  const place = placement(size, random)
  const lines = strokes.map(({ smooth, points }) =>
    densify(flatten({ smooth, points: points.map(tremble) })).map((point) => place(bend(point))),
  )
  const picture = renderLines(lines, (size / 28) * between(random, 0.7, 1.7), size)
  const pressure = between(random, 0.75, 1)
  const noise = between(random, 0, 0.06)
  return picture.map((ink) => Math.min(1, Math.max(0, ink * pressure + noise * random.normal())))
}

/** Straight lines bend too, once they have points in between. */
function densify(line: readonly Point[]): Point[] {
  return line.flatMap((point, i) => {
    const next = line[i + 1]
    if (next === undefined) return [point]
    const pieces = Math.max(1, Math.ceil(Math.hypot(next[0] - point[0], next[1] - point[1]) / 0.12))
    return Array.from({ length: pieces }, (_, piece): Point => {
      const t = piece / pieces
      return [point[0] + t * (next[0] - point[0]), point[1] + t * (next[1] - point[1])]
    })
  })
}

/** A random slant, turn, size and place: from the unit square to pixels. */
function placement(size: number, random: RandomSource): (p: Point) => Point {
  const turn = 0.14 * random.normal()
  const slant = 0.16 * random.normal()
  const height = size * between(random, 0.58, 0.76)
  const width = height * between(random, 0.6, 0.95)
  const shift = (): number => size / 2 + size * between(random, -0.07, 0.07)
  const [cx, cy] = [shift(), shift()]
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  return ([x, y]) => {
    const v = (y - 0.5) * height
    const u = (x - 0.5) * width - slant * v
    return [cx + cos * u - sin * v, cy + sin * u + cos * v]
  }
}
