// Pictures and maps as pixels to be drawn.

import type { Pixels } from '../ui/pixels.ts'
import { blue, orange } from '../ui/svg.ts'
import { largestIn, strengthOf } from '../ui/tint.ts'
import type { MapValues } from './task.ts'

/** Values from 0 to 1 as bytes, for tiles. */
export const bytesOf = (values: ArrayLike<number>): Uint8Array =>
  Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))

interface Picture {
  readonly height: number
  readonly width: number
  readonly channels: number
  /** From 0 to 1, channels last. */
  readonly values: ArrayLike<number>
}

const levelOf = ({ channels, values }: Picture, at: number, channel: number): number =>
  255 * Math.min(1, Math.max(0, values[at * channels + (channels === 3 ? channel : 0)]))

/** Grey, and so dim that what lies over it stands out. */
const dim = (picture: Picture, at: number): number => {
  const grey = 0.2126 * levelOf(picture, at, 0) + 0.7152 * levelOf(picture, at, 1) + 0.0722 * levelOf(picture, at, 2)
  return 24 + 0.34 * grey
}

/** A map over a picture: orange above zero, blue below. Places whose value is not known yet are left as they are. */
export function drawOver(picture: Picture, map: MapValues | undefined, opacity: number): Pixels {
  const { height, width } = picture
  const data = new Uint8ClampedArray(4 * height * width)
  const known = map === undefined ? [] : map.values.filter((value) => !Number.isNaN(value))
  const largest = largestIn(known)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const value =
        map === undefined
          ? 0
          : map.values[Math.floor((y * map.height) / height) * map.width + Math.floor((x * map.width) / width)]
      const strength = Number.isNaN(value) ? 0 : strengthOf(value, largest)
      const share = Math.abs(strength) * opacity
      const ground = dim(picture, at)
      const light = Math.max(0, 2 * Math.abs(strength) - 1) * 0.6
      for (let c = 0; c < 3; c++) {
        const base = (1 - opacity) * levelOf(picture, at, c) + opacity * ground
        const hue = (strength < 0 ? blue : orange)[c]
        data[4 * at + c] = (1 - share) * base + share * (hue + light * (255 - hue))
      }
      data[4 * at + 3] = 255
    }
  return { width, height, data }
}

/** A picture as it is. */
export const drawPicture = (picture: Picture): Pixels => drawOver(picture, undefined, 0)

/** A map by itself on white, as the overview has it: for pictures that are taken home. */
export function drawSigns({ height, width, values }: MapValues, largest = largestIn(values)): Pixels {
  const data = new Uint8ClampedArray(4 * height * width)
  for (let i = 0; i < height * width; i++) {
    const strength = strengthOf(values[i], largest)
    const hue = strength < 0 ? blue : orange
    for (let c = 0; c < 3; c++) data[4 * i + c] = 255 + (hue[c] - 255) * Math.abs(strength)
    data[4 * i + 3] = 255
  }
  return { width, height, data }
}
