/// <reference types="node" />

// Masks through sharp: the numbers that are in the file, whatever its format.

import { type DecodeMask, fromSamples, type StoredMask } from '../data/masks/index.ts'
import { ConvokeError, check } from '../shapes/error.ts'
import { type PngSamples, pngSamples } from './png-samples.ts'
import { reasonOf, type Sharp } from './sharp.ts'
import { lossyCompressions, tiffCompression } from './tiff.ts'

type Samples = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array

interface Raw {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly samples: Samples
  /** Bits of a sample as stored. */
  readonly bits: number
  readonly lossy: boolean
}

/** How sharp gives the samples of each of its types unchanged. */
const types = {
  uchar: { depth: 'uchar', grey: 'b-w', colour: 'srgb', view: Uint8Array },
  ushort: { depth: 'ushort', grey: 'grey16', colour: 'rgb16', view: Uint16Array },
  uint: { depth: 'uint', grey: 'b-w', colour: null, view: Uint32Array },
  char: { depth: 'int', grey: 'b-w', colour: null, view: Int32Array },
  int: { depth: 'int', grey: 'b-w', colour: null, view: Int32Array },
  float: { depth: 'float', grey: 'b-w', colour: null, view: Float32Array },
} as const

const lossyFormats = ['jpeg', 'heif', 'jp2']

/** WebP without loss has a chunk VP8L; of TIFF the compression says it. */
const isLossy = (format: string | undefined, bytes: Uint8Array): boolean =>
  format === 'webp'
    ? !Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).includes('VP8L')
    : format === 'tiff'
      ? lossyCompressions.includes(tiffCompression(bytes) ?? 0)
      : lossyFormats.includes(format ?? '')

async function rawSamples(sharp: Sharp, bytes: Uint8Array): Promise<Raw> {
  const options = { failOn: 'error', ignoreIcc: true } as const
  const { format, space, depth, channels = 1, bitsPerSample } = await sharp(bytes, options).metadata()
  const type = types[depth as keyof typeof types]
  const grey = channels < 3 && (space === 'b-w' || space === 'grey16' || channels === 1)
  check(
    type !== undefined &&
      (grey || type.colour !== null) &&
      (grey || ['srgb', 'rgb16', 'rgb', 'hsv'].includes(space ?? '')),
    () =>
      `its numbers are of a kind (${depth}, ${space}) that are not classes; save it with 8 or 16 bits without sign, grey or in colour`,
  )
  // Grey of 8 bits loses its alpha in a grey space; as colours it is the same number three times.
  const space8 = grey && channels === 2 && depth === 'uchar' ? 'srgb' : grey ? type.grey : type.colour!
  const { data, info } = await sharp(bytes, options)
    .rotate()
    .toColourspace(space8)
    .raw({ depth: type.depth })
    .toBuffer({ resolveWithObject: true })
  const samples = new type.view(new Uint8Array(data).buffer)
  const two = grey && info.channels === 4
  return {
    ...{ height: info.height, width: info.width, channels: two ? 2 : info.channels },
    ...{ samples: two ? samples.filter((_, i) => i % 4 === 0 || i % 4 === 3) : samples, lossy: isLossy(format, bytes) },
    bits: type.view === Uint8Array ? (bitsPerSample ?? 8) : type.view === Uint16Array ? 16 : 32,
  }
}

/** The numbers of a mask that are whole and from 0 on. */
function wholeSamples({ samples }: Raw): ArrayLike<number> {
  if (samples instanceof Uint8Array || samples instanceof Uint16Array || samples instanceof Uint32Array) return samples
  for (const value of samples)
    check(
      Number.isInteger(value) && value >= 0 && value < 2 ** 32,
      () => `it holds the number ${value}; classes are whole numbers from 0 on`,
    )
  return samples
}

/** Decoders scale grey values of 1, 2 and 4 bits to 8. */
const unscaled = (samples: ArrayLike<number>, bits: number): ArrayLike<number> => {
  if (bits >= 8) return samples
  const step = 255 / (2 ** bits - 1)
  return Uint8Array.from(samples, (value) => Math.round(value / step))
}

function opacityOf(
  samples: ArrayLike<number>,
  channels: number,
  pixels: number,
  transparent: readonly number[],
): Uint8Array {
  return Uint8Array.from({ length: pixels }, (_, p) =>
    transparent.every((value, c) => samples[p * channels + c] === value) ? 0 : 255,
  )
}

/**
 * Reads masks as they are stored: grey values of 1 to 32 bits, the indices of PNG palettes, colours and opacity, without
 * gamma and colour profiles, turned as an orientation tag of their own says.
 *
 * ```ts ignore
 * import sharp from 'sharp'
 * const { kind, values } = await maskDecoder(sharp)(await readFile('mask.png'))
 * ```
 */
export function maskDecoder(sharp: Sharp): DecodeMask {
  return async (bytes): Promise<StoredMask> => {
    if (bytes.length === 0) throw new ConvokeError('the file is empty')
    const png = pngSamples(bytes)
    const raw = await rawSamples(sharp, png?.bytes ?? bytes).catch((error: unknown) => {
      throw error instanceof ConvokeError ? error : new ConvokeError(reasonOf(error))
    })
    return storedMask(raw, png)
  }
}

function storedMask(raw: Raw, png: PngSamples | null): StoredMask {
  const { height, width, channels, lossy } = raw
  const bits = png?.bits ?? raw.bits
  const samples = unscaled(wholeSamples(raw), channels === 1 ? bits : 8)
  const mask = fromSamples(height, width, channels, samples, bits, lossy)
  if (png === null) return mask
  if (png.palette !== null) {
    const { palette } = png
    const largest = (samples as Uint8Array).reduce((most, index) => Math.max(most, index), 0)
    check(largest < palette.length, () => `it has the index ${largest}, and a palette of ${palette.length} colours`)
    return { ...mask, kind: 'palette', palette }
  }
  if (png.transparent === null || mask.alpha !== null) return mask
  return { ...mask, alpha: opacityOf(samples, channels, height * width, png.transparent) }
}
