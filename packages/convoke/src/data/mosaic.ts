// Four pictures in one.

import { check, show } from '../shapes/error.ts'
import type { RandomSource } from '../tensor/random.ts'
import type { Augmentation } from './augment.ts'
import type { Box, Point, Values } from './dataset.ts'
import { affine, moved, type Pictured } from './moved.ts'
import { pictureShape } from './picture-shape.ts'

/** The options of `randomMosaic`. */
export interface MosaicOptions {
  /** Share of the examples that become mosaics: 0.5 when not given. */
  readonly share?: number | undefined
}

/** Where the four meet, as a share of the sides: from the first to the second. */
const [nearest, furthest] = [0.3, 0.7]

/**
 * Puts parts of four pictures together (Bochkovskiy et al. 2020, YOLOv4): things appear smaller, cut, and in other company. The picture
 * keeps its size; the four meet at a random place, and each is scaled by a random amount that fills its quarter. Masks,
 * boxes and points come along. For pictures with boxes or masks: the class of a whole picture would be that of one of the four.
 *
 * @example
 * const augment = data.augmentations(data.randomMosaic(), data.randomFlip())
 * augment.others  // 3
 */
export function randomMosaic({ share = 0.5 }: MosaicOptions = {}): Augmentation {
  check(share >= 0 && share <= 1, () => `randomMosaic: share is ${show(share)}; it must be a number from 0 to 1.`)
  const mosaic: Augmentation = (example, random, others = []) => {
    const [drawn, x, y] = [random.uniform(), random.uniform(), random.uniform()]
    if (drawn >= share) return example
    check(
      others.length >= 3,
      () =>
        `randomMosaic: it needs three other examples, but got ${others.length}. Use it with data.batches or train.fit.`,
    )
    const [height, width] = pictureShape('randomMosaic', example.image)
    const at = (place: number, side: number): number => Math.round(side * (nearest + (furthest - nearest) * place))
    const [left, top] = [at(x, width), at(y, height)]
    const quarters = [
      { x: 0, y: 0, width: left, height: top },
      { x: left, y: 0, width: width - left, height: top },
      { x: 0, y: top, width: left, height: height - top },
      { x: left, y: top, width: width - left, height: height - top },
    ]
    const parts = quarters.map((quarter, i) => partOf(i === 0 ? example : others[i - 1], quarter, random))
    return { ...example, ...joined(example, parts, quarters) }
  }
  return Object.assign(mosaic, { others: 3 })
}

interface Quarter {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The part of an example that lies at the corner where the four meet, scaled so that it fills the quarter. */
function partOf<E extends Pictured>(example: E, quarter: Quarter, random: RandomSource): E {
  const [height, width] = pictureShape('randomMosaic', example.image)
  const least = Math.max(quarter.width / width, quarter.height / height)
  const scale = least + (Math.max(least, 1) - least) * random.uniform()
  // Pixel centres lie half a pixel from the edges, of the part as of the picture.
  const half = 0.5 / scale - 0.5
  const along = (isFirst: boolean, length: number, own: number): number => half + (isFirst ? own - length / scale : 0)
  return moved(example, {
    ...affine({
      ...{ xx: 1 / scale, xy: 0, x0: along(quarter.x === 0, quarter.width, width) },
      ...{ yx: 0, yy: 1 / scale, y0: along(quarter.y === 0, quarter.height, height) },
    }),
    ...{ height: quarter.height, width: quarter.width },
  })
}

function joined(
  { image, mask, boxes, points }: Pictured,
  parts: readonly Pictured[],
  quarters: readonly Quarter[],
): Pictured {
  const shifted = <T extends Box | Point>(things: readonly T[], { x, y }: Quarter): T[] =>
    things.map((thing) => ({ ...thing, x: thing.x + x, y: thing.y + y }))
  return {
    image: pasted(
      image,
      parts.map((part) => part.image),
      quarters,
    ),
    ...(mask && {
      mask: pasted(
        mask,
        parts.map((part) => part.mask!),
        quarters,
      ),
    }),
    ...(boxes && { boxes: parts.flatMap((part, i) => shifted(part.boxes!, quarters[i])) }),
    ...(points && { points: parts.flatMap((part, i) => shifted(part.points!, quarters[i])) }),
  }
}

/** Values like `like`, made of the parts. */
function pasted(like: Values, parts: readonly Values[], quarters: readonly Quarter[]): Values {
  const [, width, channels = 1] = like.shape
  const data = like.data.slice()
  parts.forEach((part, i) => {
    const { x, y, ...quarter } = quarters[i]
    const row = quarter.width * channels
    for (let at = 0; at < quarter.height; at++)
      data.set(part.data.subarray(at * row, (at + 1) * row), ((y + at) * width + x) * channels)
  })
  return { shape: like.shape, data }
}
