// Augmentation: changes that leave the answer true.

import { check, show } from '../shapes/error.ts'
import { largestOf } from '../shapes/extremes.ts'
import type { RandomSource } from '../tensor/random.ts'
import type { Box, Values } from './dataset.ts'
import { elasticField } from './generators/strokes.ts'
import { affine, leastVisible, moved, type Pictured, unknownIn } from './moved.ts'
import { pictureShape } from './picture-shape.ts'
import { mapNumbers, resizePicture, storedLike, whiteOf } from './pictures.ts'
import { reversed } from './reversed-warp.ts'
import { applyAffine, inverseOf, type Warp } from './warp.ts'

export type { Pictured } from './moved.ts'

/** A random change of an example; the same numbers give the same change. */
export interface Augmentation {
  /** Changes the example; `others` has as many other examples as the property `others` says. */
  <E extends Pictured>(example: E, random: RandomSource, others?: readonly E[]): E
  /** How many other examples, drawn at random, it uses. Default: none. */
  readonly others?: number | undefined
}

/**
 * One change after another.
 *
 * @example
 * const augment = data.augmentations(data.randomFlip(), data.randomAffine({ turn: 10, shift: 0.1 }))
 */
export function augmentations(...steps: readonly Augmentation[]): Augmentation {
  const all: Augmentation = (example, random, others) =>
    steps.reduce((changed, step) => step(changed, random, others), example)
  const others = largestOf([0, ...steps.map((step) => step.others ?? 0)])
  return others === 0 ? all : Object.assign(all, { others })
}

/** The example with its picture resized, and mask, boxes and points with it. */
export function resizeExample<E extends Pictured>(example: E, height: number, width: number): E {
  const { image, mask, boxes, points } = example
  const [rows, columns] = pictureShape('resizeExample', image)
  const [sx, sy] = [width / columns, height / rows]
  const moved = boxes?.map((box) => ({
    ...box,
    ...{ x: box.x * sx, y: box.y * sy, width: box.width * sx, height: box.height * sy },
  }))
  return {
    ...example,
    image: resizePicture(image, height, width),
    ...(mask === undefined ? {} : { mask: resizePicture(mask, height, width, 'nearest') }),
    ...(moved === undefined ? {} : { boxes: moved }),
    ...(points === undefined
      ? {}
      : { points: points.map((point) => ({ ...point, x: point.x * sx, y: point.y * sy })) }),
  }
}

/** The options of `randomFlip`. */
export interface FlipOptions {
  /** Chance of a left–right mirror; 0.5 when not given. */
  readonly horizontal?: number | undefined
  /** Chance of an up–down mirror; 0 when not given. */
  readonly vertical?: number | undefined
}

/** Mirrors at random. */
export const randomFlip =
  ({ horizontal = 0.5, vertical = 0 }: FlipOptions = {}): Augmentation =>
  (example, random) => {
    const [acrossDraw, downDraw] = [random.uniform(), random.uniform()]
    const [across, down] = [acrossDraw < horizontal, downDraw < vertical]
    if (!across && !down) return example
    const [height, width] = pictureShape('randomFlip', example.image)
    const alongX = across ? { xx: -1, x0: width - 1 } : { xx: 1, x0: 0 }
    const alongY = down ? { yy: -1, y0: height - 1 } : { yy: 1, y0: 0 }
    return moved(example, affine({ ...alongX, xy: 0, yx: 0, ...alongY }))
  }

/** Turns square pictures by a random multiple of 90°, exactly. */
export const randomQuarterTurn = (): Augmentation => (example, random) => {
  const turns = random.integer(4)
  const [height, width] = pictureShape('randomQuarterTurn', example.image)
  check(
    height === width,
    () => `randomQuarterTurn: the picture is ${width}×${height}; it must be square. Crop it first.`,
  )
  const last = width - 1
  // Where the pixel that comes to (x, y) was: (y, last − x) after a quarter clockwise.
  const [sine, cosine] = [[0, 1, 0, -1][turns], [1, 0, -1, 0][turns]]
  const [x0, y0] = [cosine + sine < 0 ? last : 0, cosine - sine < 0 ? last : 0]
  return turns === 0 ? example : moved(example, affine({ xx: cosine, xy: sine, x0, yx: -sine, yy: cosine, y0 }))
}

/** The options of `randomAffine`. */
export interface AffineOptions {
  /** Largest turn in degrees; 0 when not given. */
  readonly turn?: number | undefined
  /** Range of the scale; [1, 1] when not given. */
  readonly scale?: readonly [number, number] | undefined
  /** Largest shift as a share of the picture's sides; 0 when not given. */
  readonly shift?: number | undefined
  /** Largest shear in degrees; 0 when not given. */
  readonly shear?: number | undefined
  /** What lies outside the picture: its nearest edge pixel ('edge', when not given) or a number. */
  readonly outside?: 'edge' | number | undefined
}

/** Turns, scales, shears and shifts about the middle, each by a random amount. */
export const randomAffine =
  ({ turn = 0, scale = [1, 1], shift = 0, shear = 0, outside }: AffineOptions): Augmentation =>
  (example, random) => {
    const [height, width] = pictureShape('randomAffine', example.image)
    const spread = (): number => 2 * random.uniform() - 1
    const angle = (turn * spread() * Math.PI) / 180
    const size = scale[0] + (scale[1] - scale[0]) * random.uniform()
    const slant = Math.tan((shear * spread() * Math.PI) / 180)
    const [dx, dy] = [shift * width * spread(), shift * height * spread()]
    const [cos, sin] = [size * Math.cos(angle), size * Math.sin(angle)]
    // Rotation times shear: [[cos, cos·slant − sin], [sin, sin·slant + cos]].
    const [a, b, c, d] = [cos, cos * slant - sin, sin, sin * slant + cos]
    const [mx, my] = [(width - 1) / 2, (height - 1) / 2]
    const move = { xx: a, xy: b, x0: mx + dx - a * mx - b * my, yx: c, yy: d, y0: my + dy - c * mx - d * my }
    return moved(example, { warp: inverseOf(move), move: (x, y) => applyAffine(move, x, y), outside })
  }

/** Bends the picture smoothly by about `strength` of its side (Simard et al. 2003). Points follow; boxes are those around their bent outlines. */
export const randomElastic =
  ({
    strength = 0.03,
    cells = 4,
  }: {
    /** How far points move, as a share of the sides: 0.03 when not given. */
    readonly strength?: number | undefined
    /** Cells of the random field along each side: 4 when not given. More make smaller waves. */
    readonly cells?: number | undefined
  } = {}): Augmentation =>
  (example, random) => {
    const [height, width] = pictureShape('randomElastic', example.image)
    const field = elasticField(random, strength, cells)
    const warp: Warp = (x, y) => {
      const [u, v] = field([x / width, y / height])
      return [u * width, v * height]
    }
    return moved(example, { warp, move: reversed(warp) })
  }

/** A random piece of the given size; smaller pictures are continued by their edge. */
export const randomCrop =
  (options: {
    /** Height of the piece in pixels. */
    readonly height: number
    /** Width of the piece in pixels. */
    readonly width: number
    /** Pixels of black that the piece may take in on each side: 0 when not given. */
    readonly padding?: number | undefined
  }): Augmentation =>
  (example, random) => {
    const { height, width, padding = 0 } = options
    check(
      [height, width].every((side) => Number.isInteger(side) && side >= 1),
      () => `randomCrop: ${show(width)}×${show(height)} is not a size; use whole numbers of 1 or more.`,
    )
    const [rows, columns] = pictureShape('randomCrop', example.image)
    const start = (length: number, wanted: number): number => {
      const [low, high] = [-padding, Math.max(-padding, length + padding - wanted)]
      return low + random.integer(high - low + 1)
    }
    const [top, left] = [start(rows, height), start(columns, width)]
    return moved(example, {
      ...affine({ xx: 1, xy: 0, x0: left, yx: 0, yy: 1, y0: top }),
      height,
      width,
      outside: padding > 0 ? 0 : 'edge',
    })
  }

const changed = <E extends Pictured>(example: E, change: (value: number, index: number) => number): E => ({
  ...example,
  image: { shape: example.image.shape, data: storedLike(example.image, mapNumbers(example.image.data, change)) },
})

/** The options of `randomColour`. */
export interface ColourOptions {
  /** Largest amount added to every value, as a share of white; 0.2 when not given. */
  readonly brightness?: number | undefined
  /** Largest change of the contrast about the mean, as a share; 0.2 when not given. */
  readonly contrast?: number | undefined
  /** Largest change of the distance of each channel from grey, as a share; 0 when not given. */
  readonly saturation?: number | undefined
}

/** Brightness, contrast and saturation at random, for pictures from 0 to 1, or of bytes from 0 to 255. */
export const randomColour =
  ({ brightness = 0.2, contrast = 0.2, saturation = 0 }: ColourOptions = {}): Augmentation =>
  (example, random) => {
    const [, , channels] = pictureShape('randomColour', example.image)
    const { data } = example.image
    const white = whiteOf(example.image)
    const draw = (most: number): number => most * (2 * random.uniform() - 1)
    const [light, steep, vivid] = [white * draw(brightness), 1 + draw(contrast), 1 + draw(saturation)]
    let mean = 0
    for (let i = 0; i < data.length; i++) mean += data[i] / data.length
    const next = new Float32Array(data.length)
    for (let first = 0; first < data.length; first += channels) {
      let gray = 0
      for (let c = 0; c < channels; c++) gray += data[first + c] / channels
      for (let c = 0; c < channels; c++) {
        const coloured = gray + vivid * (data[first + c] - gray)
        next[first + c] = Math.min(white, Math.max(0, mean + steep * (coloured - mean) + light))
      }
    }
    return { ...example, image: { shape: example.image.shape, data: storedLike(example.image, next) } }
  }

/** Normal noise of a random deviation up to `deviation`, as a share of white: of 1, or of 255 in a picture of bytes. */
export const randomNoise =
  ({
    deviation,
  }: {
    /** Largest standard deviation, as a share of white. */
    readonly deviation: number
  }): Augmentation =>
  (example, random) => {
    const own = whiteOf(example.image) * deviation * random.uniform()
    return changed(example, (value) => value + own * random.normal())
  }

/**
 * Blanks a square of a random place, of `share` of the shorter side (DeVries & Taylor 2017, cutout). What it covers is
 * ignored in masks; boxes mostly covered, regions to be ignored that are covered whole, and points below it are dropped.
 */
export const randomCutout =
  ({
    share = 0.3,
  }: {
    /** Side of the square as a share of the picture's shorter side: 0.3 when not given. */
    readonly share?: number | undefined
  } = {}): Augmentation =>
  (example, random) => {
    const [height, width] = pictureShape('randomCutout', example.image)
    const half = (share * Math.min(height, width)) / 2
    const [cx, cy] = [width * random.uniform(), height * random.uniform()]
    const covers = (x: number, y: number): boolean => Math.abs(x - cx) < half && Math.abs(y - cy) < half
    // Pixels of which the centre is covered.
    const from = (middle: number): number => Math.max(0, Math.floor(middle - half - 0.5) + 1)
    const to = (middle: number, length: number): number => Math.min(length, Math.ceil(middle + half - 0.5))
    const covered = { left: from(cx), right: to(cx, width), top: from(cy), bottom: to(cy, height) }
    const { image, mask, boxes, points } = example
    const shared = (low: number, high: number, middle: number): number =>
      Math.max(0, Math.min(high, middle + half) - Math.max(low, middle - half))
    const visible = ({ x, y, width: w, height: h }: Box): number =>
      1 - (shared(x - w / 2, x + w / 2, cx) * shared(y - h / 2, y + h / 2, cy)) / (w * h)
    return {
      ...example,
      image: filledWithin(image, covered, 0),
      ...(mask === undefined ? {} : { mask: filledWithin(mask, covered, unknownIn(mask)) }),
      ...(boxes === undefined
        ? {}
        : { boxes: boxes.filter((box) => visible(box) >= (box.ignore ? 1e-9 : leastVisible)) }),
      ...(points === undefined ? {} : { points: points.filter(({ x, y }) => !covers(x, y)) }),
    }
  }

interface Rectangle {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** A picture or mask with one value in all pixels of a rectangle; `right` and `bottom` lie outside of it. */
function filledWithin(values: Values, { left, right, top, bottom }: Rectangle, value: number): Values {
  const [, width, channels] = pictureShape('randomCutout', values)
  const data = values.data.slice()
  for (let row = top; row < bottom && left < right; row++) {
    data.fill(value, (row * width + left) * channels, (row * width + right) * channels)
  }
  return { shape: values.shape, data }
}
