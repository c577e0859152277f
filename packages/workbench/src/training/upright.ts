// Whether pictures have an up and a down: photographs of streets and animals have, cells and tissues have not. Seen from what lies above
// and below the middle, beside what lies left and right of it.

import { type data, randomSource } from 'convoke'

export interface Uprightness {
  /**
   * How much more there is of something in the upper half than in the lower one, from 0 (as much) to 1 (all of it): light, a class of the
   * masks, boxes of a class; the most of these, and the same of the left and the right half.
   */
  readonly vertical: number
  readonly horizontal: number
  /** Pictures looked at. */
  readonly asked: number
  /** Whether they can be told from themselves upside down. */
  readonly isUpright: boolean
}

interface Seen {
  readonly image: data.Values
  readonly mask?: data.Values | undefined
  readonly boxes?: readonly data.Box[] | undefined
}

/** Pictures looked at; fewer than the least tell nothing, and count as upright. */
const [most, least] = [300, 8]

/** What differs by less is no sign of an up and a down, beside what chance makes of it. */
const noticeable = 0.04

/** Of some quantity, in each picture: how much of it is in the first half, less what is in the second, as a share of all. */
interface Tilt {
  readonly vertical: number[]
  readonly horizontal: number[]
}

/** Sums of the four quarters: above left, above right, below left, below right. */
type Quarters = [number, number, number, number]

function tiltOf([a, b, c, d]: Quarters): { readonly vertical: number; readonly horizontal: number } | null {
  const all = a + b + c + d
  return all === 0 ? null : { vertical: (a + b - c - d) / all, horizontal: (a + c - b - d) / all }
}

const quarterOf = (x: number, y: number, width: number, height: number): number =>
  (y < height / 2 ? 0 : 2) + (x < width / 2 ? 0 : 1)

/** Light of all channels. */
function lightIn({ shape: [height, width, channels], data: values }: data.Values): Quarters {
  const quarters: Quarters = [0, 0, 0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++)
        quarters[quarterOf(x, y, width, height)] += values[(y * width + x) * channels + c]
    }
  }
  return quarters
}

function classesIn({ shape: [height, width], data: labels }: data.Values, into: Map<string, Quarters>): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const label = labels[y * width + x]
      if (label < 0 || label === 255) continue
      const name = `class ${label}`
      const quarters = into.get(name) ?? ([0, 0, 0, 0] as Quarters)
      quarters[quarterOf(x, y, width, height)]++
      into.set(name, quarters)
    }
  }
}

/** The mean of several tilts, but for what chance makes of it: three times its standard error. */
function sureTilt(tilts: readonly number[]): number {
  const mean = tilts.reduce((sum, tilt) => sum + tilt, 0) / tilts.length
  const variance = tilts.reduce((sum, tilt) => sum + (tilt - mean) ** 2, 0) / Math.max(1, tilts.length - 1)
  return Math.max(0, Math.abs(mean) - 3 * Math.sqrt(variance / tilts.length))
}

export async function uprightness(set: data.Dataset<Seen>): Promise<Uprightness> {
  const random = randomSource(4)
  const tilts = new Map<string, Tilt>()
  const asked = Math.min(most, set.length)
  for (let n = 0; n < asked; n++) {
    const { image, mask, boxes } = await set.get(asked === set.length ? n : random.integer(set.length))
    const [height, width] = image.shape
    const found = new Map<string, Quarters>([['light', lightIn(image)]])
    if (mask !== undefined) classesIn(mask, found)
    for (const box of boxes ?? []) {
      if (box.ignore) continue
      const quarters = found.get(`box ${box.label}`) ?? ([0, 0, 0, 0] as Quarters)
      quarters[quarterOf(box.x, box.y, width, height)]++
      found.set(`box ${box.label}`, quarters)
    }
    for (const [name, quarters] of found) {
      const tilt = tiltOf(quarters)
      if (tilt === null) continue
      const own = tilts.get(name) ?? { vertical: [], horizontal: [] }
      own.vertical.push(tilt.vertical)
      own.horizontal.push(tilt.horizontal)
      tilts.set(name, own)
    }
  }
  let [vertical, horizontal] = [0, 0]
  for (const tilt of tilts.values()) {
    if (tilt.vertical.length < least) continue
    vertical = Math.max(vertical, sureTilt(tilt.vertical))
    horizontal = Math.max(horizontal, sureTilt(tilt.horizontal))
  }
  return { vertical, horizontal, asked, isUpright: asked < least || vertical > horizontal + noticeable }
}
