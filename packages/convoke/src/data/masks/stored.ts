// Masks as they are stored: the numbers of a file, untouched by gamma, colour profiles or palettes, and how they are written.

import { ConvokeError, check, show } from '../../shapes/error.ts'
import type { Values } from '../dataset.ts'

/** The label of a pixel that counts neither for the loss nor for any measure. */
export const ignoredLabel = -1

/** A mask as its file holds it, before numbers become classes. */
export interface StoredMask {
  /** Rows. */
  readonly height: number
  /** Pixels in a row. */
  readonly width: number
  /** What `values` are: grey values, indices of `palette`, or colours as 0xrrggbb. */
  readonly kind: 'grey' | 'palette' | 'colour'
  /** Bits of a grey value as stored: 1, 2, 4, 8, 16 or 32. Of a colour 8. */
  readonly bits: number
  /** Row by row. */
  readonly values: ArrayLike<number>
  /** Opacity of each pixel; null where the file has none. */
  readonly alpha: ArrayLike<number> | null
  /** Colour (0xrrggbb) and opacity (0 to 255) of each index. */
  readonly palette: readonly PaletteColour[] | null
  /** Whether the compression changes values, as JPEG does. */
  readonly lossy: boolean
}

/** One colour of a palette. */
export interface PaletteColour {
  /** The colour, as 0xrrggbb. */
  readonly colour: number
  /** The opacity, from 0 to 255. */
  readonly alpha: number
}

/** Turns the bytes of a file into the numbers stored in it. Throws `ConvokeError` for what cannot be read exactly. */
export type DecodeMask = (bytes: Uint8Array) => Promise<StoredMask>

/**
 * One value of a mask as a number: a grey value or an index as it is, a colour as 2³² + 0xrrggbb. A grey written as a
 * colour (128:128:128) is the grey value.
 */
export type MaskValue = number

const colours = 2 ** 32

export const isColour = (value: MaskValue): boolean => value >= colours

/** The value of a colour 0xrrggbb. */
export function colourValue(rgb: number): MaskValue {
  const blue = rgb & 255
  return blue === ((rgb >> 8) & 255) && blue === rgb >> 16 ? blue : colours + rgb
}

/** 0xrrggbb of a value that is a colour. */
export const rgbOf = (value: MaskValue): number => value - colours

/** Red, green and blue; a grey value three times. */
export function channelsOf(value: MaskValue): readonly [red: number, green: number, blue: number] {
  if (!isColour(value)) return [value, value, value]
  const rgb = rgbOf(value)
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255]
}

/** The largest difference of a channel. */
export function distanceOf(a: MaskValue, b: MaskValue): number {
  const [left, right] = [channelsOf(a), channelsOf(b)]
  return Math.max(Math.abs(left[0] - right[0]), Math.abs(left[1] - right[1]), Math.abs(left[2] - right[2]))
}

/** `17`, or `#ff8000`. */
export const valueText = (value: MaskValue): string =>
  isColour(value) ? `#${rgbOf(value).toString(16).padStart(6, '0')}` : String(value)

/** Reads `17`, `#ff8000` or `255:128:0`; null for anything else. */
export function parseValue(text: string): MaskValue | null {
  const hex = /^#([0-9a-f]{6})$/i.exec(text)
  if (hex !== null) return colourValue(Number.parseInt(hex[1], 16))
  const parts = /^(\d{1,3}):(\d{1,3}):(\d{1,3})$/.exec(text)?.slice(1).map(Number)
  if (parts !== undefined)
    return parts.some((part) => part > 255) ? null : colourValue((parts[0] << 16) | (parts[1] << 8) | parts[2])
  return /^\d{1,10}$/.test(text) && Number(text) < colours ? Number(text) : null
}

/** A mask from a picture that a decoder of pictures gave: floats from 0 to 1 are taken as 0 to 255. */
export function storedFrom({ shape, data }: Values): StoredMask {
  check(
    shape.length === 2 || shape.length === 3,
    () => `a mask must be [height, width] or [height, width, channels], it has shape ${show(shape)}.`,
  )
  const [height, width, channels = 1] = shape
  const samples = data instanceof Float32Array ? data.map((value) => Math.round(value * 255)) : data
  return fromSamples(height, width, channels, samples, 8, false)
}

/**
 * A mask from interleaved samples: grey, grey with alpha, colour, colour with alpha. Throws `ConvokeError` for colours of 16
 * bits that 8 bits cannot hold.
 */
export function fromSamples(
  height: number,
  width: number,
  channels: number,
  samples: ArrayLike<number>,
  bits: number,
  lossy: boolean,
): StoredMask {
  const pixels = height * width
  const own = channels < 3 ? 1 : 3
  const every = (start: number): Float64Array =>
    Float64Array.from({ length: pixels }, (_, p) => samples[p * channels + start])
  const alpha = channels === own ? null : every(own)
  const shared = { height, width, alpha, palette: null, lossy }
  if (channels === 1) return { ...shared, kind: 'grey', bits, values: samples }
  if (own === 1) return { ...shared, kind: 'grey', bits, values: every(0) }
  if (bits > 8) return wideColours(shared, channels, samples, bits)
  const values = new Int32Array(pixels)
  for (let p = 0, at = 0; p < pixels; p++, at += channels)
    values[p] = (samples[at] << 16) | (samples[at + 1] << 8) | samples[at + 2]
  return { ...shared, kind: 'colour', bits: 8, values }
}

/** Colours of 16 bits: as 8 bits where those hold them, as grey values where all are grey. */
function wideColours(
  shared: Omit<StoredMask, 'kind' | 'bits' | 'values'>,
  channels: number,
  samples: ArrayLike<number>,
  bits: number,
): StoredMask {
  const pixels = shared.height * shared.width
  const values = new Float64Array(pixels)
  let [narrow, grey] = [true, true]
  for (let p = 0, at = 0; p < pixels && (narrow || grey); p++, at += channels) {
    const [red, green, blue] = [samples[at], samples[at + 1], samples[at + 2]]
    narrow &&= red % 257 === 0 && green % 257 === 0 && blue % 257 === 0
    grey &&= red === green && green === blue
  }
  for (let p = 0, at = 0; p < pixels; p++, at += channels)
    values[p] = narrow
      ? ((samples[at] / 257) << 16) | ((samples[at + 1] / 257) << 8) | (samples[at + 2] / 257)
      : samples[at]
  if (narrow) return { ...shared, kind: 'colour', bits: 8, values }
  if (grey) return { ...shared, kind: 'grey', bits, values }
  throw new ConvokeError(
    'the mask has colours of 16 bits that 8 bits cannot hold. Save it in 8 bits, or with one grey value per class',
  )
}

/** The mask in another size: each pixel is one of the old ones. */
export function resizedMask(
  mask: StoredMask,
  size: {
    /** Rows of the result. */
    readonly height: number
    /** Pixels in a row of the result. */
    readonly width: number
  },
): StoredMask {
  const { height, width } = size
  const from = (length: number, wanted: number) => (at: number) => Math.floor(((at + 0.5) * length) / wanted)
  const [row, column] = [from(mask.height, height), from(mask.width, width)]
  const moved = (numbers: ArrayLike<number>): Float64Array =>
    Float64Array.from(
      { length: height * width },
      (_, p) => numbers[row(Math.floor(p / width)) * mask.width + column(p % width)],
    )
  return { ...mask, height, width, values: moved(mask.values), alpha: mask.alpha && moved(mask.alpha) }
}
