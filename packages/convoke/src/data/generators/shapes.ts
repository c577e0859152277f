// Pictures of coloured shapes on a textured ground, with the class of each pixel or the box of each shape. Drawn by
// program from a seed.

import { check, show } from '../../shapes/error.ts'
import { deriveSeed, type RandomSource, randomSource } from '../../tensor/random.ts'
import { type Box, type BoxedPicture, checkIndex, type Dataset, type MaskedPicture } from '../dataset.ts'

/** The options of the pictures of shapes. */
export interface ShapeOptions {
  /** How many pictures. */
  readonly count: number
  /** Determines the pictures: 0 when not given. */
  readonly seed?: number | undefined
  /** Pixels a side; 64 when not given. */
  readonly size?: number | undefined
  /** Shapes in a picture: [least, most]; [1, 4] when not given. */
  readonly shapes?: readonly [least: number, most: number] | undefined
}

/** Kinds of shapes; in masks, 0 is the ground and they count from 1. */
export const shapeNames: readonly string[] = ['disc', 'square', 'triangle']

interface Shape {
  readonly kind: number
  readonly x: number
  readonly y: number
  /** Half the side, or the radius. */
  readonly radius: number
  readonly turn: number
  readonly colour: readonly number[]
}

interface Scene {
  readonly image: Float32Array
  /** Index of the shape in front at each pixel, −1 on the ground. */
  readonly front: Int32Array
  readonly shapes: readonly Shape[]
}

/** Signed distance to a shape's edge in pixels, negative inside. */
function distance({ kind, x, y, radius, turn }: Shape, px: number, py: number): number {
  const [dx, dy] = [px - x, py - y]
  if (kind === 0) return Math.sqrt(dx * dx + dy * dy) - radius
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  const [u, v] = [cos * dx + sin * dy, cos * dy - sin * dx]
  if (kind === 1) return Math.max(Math.abs(u), Math.abs(v)) - radius * 0.85
  // An equilateral triangle: the largest distance to its three sides.
  const side = (angle: number): number => u * Math.cos(angle) + v * Math.sin(angle) - radius / 2
  return Math.max(side(Math.PI / 2), side((7 * Math.PI) / 6), side((11 * Math.PI) / 6))
}

/** How much of a pixel a shape covers: its edges fade over one pixel. */
const coverOf = (distance: number): number => Math.min(1, Math.max(0, 0.5 - distance))

/** A shape to draw. */
export interface RenderedShape {
  /** Index in `shapeNames`. */
  readonly kind: number
  /** Its middle, in pixels. */
  readonly x: number
  /** Pixels from the top edge to its middle. */
  readonly y: number
  /** Radius in pixels. Half the side of a square is 0.85 of it; the corners of a triangle lie on it. */
  readonly radius: number
  /** Radians. */
  readonly turn?: number | undefined
}

/**
 * A shape as `shapesWithMasks` draws it: how much of each pixel it covers, `[size, size]` of 0 to 1.
 *
 * @example
 * data.renderShape({ kind: 1, x: 1, y: 1, radius: 1 / 0.85 }, 3)  // [1, 1, 0, 1, 1, 0, 0, 0, 0]
 */
export function renderShape({ kind, x, y, radius, turn = 0 }: RenderedShape, size: number): Float32Array {
  check(
    Number.isInteger(kind) && kind >= 0 && kind < shapeNames.length,
    () => `renderShape: kind is ${show(kind)}; it must be 0 to ${shapeNames.length - 1}: ${shapeNames.join(', ')}.`,
  )
  const shape: Shape = { kind, x, y, radius, turn, colour: [] }
  return Float32Array.from({ length: size * size }, (_, at) =>
    coverOf(distance(shape, (at % size) + 0.5, Math.floor(at / size) + 0.5)),
  )
}

const between = (random: RandomSource, low: number, high: number): number => low + (high - low) * random.uniform()

/** Shapes that keep at least half of a radius apart, so that each can be seen. */
function placeShapes(size: number, count: number, random: RandomSource): Shape[] {
  const shapes: Shape[] = []
  for (let attempt = 0; shapes.length < count && attempt < 100; attempt++) {
    const radius = size * between(random, 0.1, 0.2)
    const shape: Shape = {
      kind: random.integer(shapeNames.length),
      x: between(random, radius, size - radius),
      y: between(random, radius, size - radius),
      radius,
      turn: between(random, 0, 2 * Math.PI),
      colour: [0, 1, 2].map(() => between(random, 0.35, 1)),
    }
    const free = shapes.every(
      (other) => Math.hypot(other.x - shape.x, other.y - shape.y) > 0.75 * (other.radius + shape.radius),
    )
    if (free) shapes.push(shape)
  }
  return shapes
}

function drawScene(size: number, count: number, random: RandomSource): Scene {
  const shapes = placeShapes(size, count, random)
  const image = new Float32Array(size * size * 3)
  const front = new Int32Array(size * size).fill(-1)
  const ground = [0, 1, 2].map(() => between(random, 0, 0.35))
  const [waveX, waveY, phase] = [between(random, 0.05, 0.5), between(random, 0.05, 0.5), between(random, 0, 6)]
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = y * size + x
      const texture = 0.06 * Math.sin(waveX * x + waveY * y + phase)
      const pixel = ground.map((value) => value + texture)
      shapes.forEach((shape, index) => {
        const d = distance(shape, x + 0.5, y + 0.5)
        const cover = coverOf(d)
        if (d < 0) front[at] = index
        if (cover > 0)
          shape.colour.forEach((value, c) => {
            pixel[c] += cover * (value - pixel[c])
          })
      })
      for (let c = 0; c < 3; c++) image[3 * at + c] = Math.min(1, Math.max(0, pixel[c] + 0.04 * random.normal()))
    }
  }
  return { image, front, shapes }
}

function scenes<E extends object>(
  op: string,
  options: ShapeOptions,
  label: (scene: Scene, size: number) => Omit<E, 'image'>,
  classes: readonly string[],
): Dataset<E> {
  const { count, seed = 0, size = 64, shapes: [least, most] = [1, 4] } = options
  check(
    [count, size, least, most].every((value) => Number.isInteger(value) && value >= 1) && size >= 16 && least <= most,
    () =>
      `${op}: count ${show(count)}, size ${show(size)} and shapes ${show([least, most])} must be whole numbers, the size 16 or more, and the minimum number of shapes must not exceed the maximum.`,
  )
  return {
    length: count,
    classes,
    get(index) {
      checkIndex(op, index, count)
      const random = randomSource(deriveSeed(seed, 'shapes', index))
      const scene = drawScene(size, least + random.integer(most - least + 1), random)
      return { image: { shape: [size, size, 3], data: scene.image }, ...label(scene, size) } as unknown as E
    },
  }
}

/**
 * Pictures `[size, size, 3]` of discs, squares and triangles with the class of each pixel: 0 the ground, then 1 to 3.
 *
 * @example
 * data.shapesWithMasks({ count: 10, size: 32 }).length  // 10
 */
export const shapesWithMasks = (options: ShapeOptions): Dataset<MaskedPicture> =>
  scenes<MaskedPicture>(
    'shapesWithMasks',
    options,
    ({ front, shapes }, size) => ({
      mask: { shape: [size, size], data: front.map((index) => (index < 0 ? 0 : shapes[index].kind + 1)) },
    }),
    ['ground', ...shapeNames],
  )

/** The same pictures with a box around what can be seen of each shape. */
export const shapesWithBoxes = (options: ShapeOptions): Dataset<BoxedPicture> =>
  scenes<BoxedPicture>(
    'shapesWithBoxes',
    options,
    ({ front, shapes }, size) => ({ boxes: shapes.flatMap(({ kind }, index) => visibleBox(front, index, size, kind)) }),
    shapeNames,
  )

function visibleBox(front: Int32Array, index: number, size: number, label: number): Box[] {
  let [left, right, top, bottom] = [size, -1, size, -1]
  for (let at = 0; at < front.length; at++) {
    if (front[at] !== index) continue
    const [x, y] = [at % size, Math.floor(at / size)]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  if (right < left) return []
  const [width, height] = [right - left + 1, bottom - top + 1]
  return [{ x: left + width / 2, y: top + height / 2, width, height, label }]
}
