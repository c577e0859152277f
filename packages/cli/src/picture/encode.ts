// Pictures out: the format by the file's extension, at the picture's depth where the format holds it.

import { extname } from 'node:path'
import { ConvokeError, check } from 'convoke/shapes'
import type { Sharp } from 'sharp'
import { UsageError } from '../errors.ts'
import type { Canvas } from './develop.ts'
import { type FloatFormat, floatFile } from './float-files.ts'
import { jpegCanvas } from './jpeg-canvas.ts'
import { channelsOf, type Picture } from './picture.ts'
import { loadSharp } from './sharp.ts'
import { writeChunks, writeWhole } from './write-whole.ts'

type PictureFormat = 'png' | 'jpeg' | 'webp' | 'avif' | 'tiff' | 'gif'

export interface OutputFormat {
  readonly extension: string
  /** How whole numbers are written; undefined for a format of floats alone. */
  readonly picture: PictureFormat | undefined
  readonly floats: FloatFormat | undefined
  readonly sixteenBits: boolean
  readonly alpha: boolean
}

const format = (
  picture: PictureFormat | undefined,
  floats: FloatFormat | undefined,
  sixteenBits: boolean,
  alpha: boolean,
): Omit<OutputFormat, 'extension'> => ({ picture, floats, sixteenBits, alpha })

const formats: Readonly<Record<string, Omit<OutputFormat, 'extension'>>> = {
  '.png': format('png', undefined, true, true),
  '.jpg': format('jpeg', undefined, false, false),
  '.jpeg': format('jpeg', undefined, false, false),
  '.webp': format('webp', undefined, false, true),
  '.avif': format('avif', undefined, false, true),
  '.gif': format('gif', undefined, false, true),
  '.tif': format('tiff', 'tiff', true, true),
  '.tiff': format('tiff', 'tiff', true, true),
  '.npy': format(undefined, 'npy', true, true),
  '.json': format(undefined, 'json', true, true),
  '.csv': format(undefined, 'csv', true, true),
}

/** The format that `path` names. Throws `UsageError` for an extension that is none. */
export function outputFormat(path: string): OutputFormat {
  const extension = extname(path).toLowerCase()
  const found = formats[extension]
  if (found === undefined) {
    const given = extension === '' ? 'has no extension' : `ends in ${extension}`
    throw new UsageError(
      `the output ${path} ${given}, which names no format. Use one of ${Object.keys(formats).join(' ')}.`,
    )
  }
  return { extension, ...found }
}

export const isOutputExtension = (extension: string): boolean => extension.toLowerCase() in formats

/**
 * Pixels from which a JPEG is written in one pass and in bands, with the Huffman tables of the standard: the same picture in a
 * file a few per cent larger. Tables of its own would need all its coefficients at once: 72 MB and 0.2 s for 12 million pixels.
 */
const largeJpeg = 4e6

/** The format counts rows and columns in 16 bits; an encoder that is given all of them says so. */
const longestSide = 65535

export const isLargeJpeg = (
  { picture: name }: Pick<OutputFormat, 'picture'>,
  { width, height }: Pick<Picture, 'width' | 'height'>,
): boolean => name === 'jpeg' && width * height >= largeJpeg && Math.max(width, height) <= longestSide

const jpegOptions = { quality: 92, chromaSubsampling: '4:4:4' } as const

/** The samples as sharp takes them, without transparency where the format has none. */
async function imageOf(picture: Picture, keepsAlpha: boolean): Promise<Sharp> {
  const sharp = await loadSharp()
  const { width, height, depth, samples, colours, alpha } = picture
  const deep = depth === 16
  const raw = { width, height, channels: channelsOf(picture) as 1 | 2 | 3 | 4 }
  const image = sharp(samples, { raw, limitInputPixels: false })
  const opaque = alpha && !keepsAlpha ? image.flatten({ background: 'white' }) : image
  return opaque.toColourspace(colours === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb')
}

const notesOn = (path: string, { alpha: keepsAlpha }: OutputFormat, { alpha }: Pick<Picture, 'alpha'>): string[] =>
  alpha && !keepsAlpha ? [`${path}: this format has no transparency; the picture was put on white.`] : []

/** Writes whole-number samples. Resolves to notes for the user. */
export async function writePicture(path: string, format: OutputFormat, picture: Picture): Promise<string[]> {
  const { picture: name, alpha } = format
  check(name !== undefined, () => `${path} holds floats, not a picture.`)
  const image = await imageOf(picture, alpha)
  const encoded = {
    png: () => image.png(),
    jpeg: () => image.jpeg({ ...jpegOptions, optimiseCoding: !isLargeJpeg(format, picture) }),
    webp: () => image.webp({ quality: 92 }),
    avif: () => image.avif({ quality: 70 }),
    tiff: () => image.tiff({ compression: 'deflate', predictor: 'horizontal' }),
    gif: () => image.gif(),
  }[name]()
  await writeWhole(path, async (temporary) => {
    try {
      await encoded.toFile(temporary)
    } catch (error) {
      throw encodeProblem(error, path)
    }
  })
  return notesOn(path, format, picture)
}

/** A large JPEG that is encoded while its rows come. `written` resolves to notes for the user. */
export function largeJpegAt(
  path: string,
  format: OutputFormat,
  head: Omit<Picture, 'samples'>,
): { readonly canvas: Canvas; readonly written: () => Promise<string[]> } {
  const canvas = jpegCanvas(head, async (band) => {
    try {
      return await (await imageOf(band, false)).jpeg({ ...jpegOptions, optimiseCoding: false }).toBuffer()
    } catch (error) {
      throw encodeProblem(error, path)
    }
  })
  const written = async () => {
    const pieces = await canvas.finished()
    await writeWhole(path, (temporary) => writeChunks(temporary, pieces))
    return notesOn(path, format, head)
  }
  return { canvas, written }
}

function encodeProblem(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error
  const reason = error.message.replace(/\s*\n\s*/g, '; ')
  if (/no space|ENOSPC/i.test(reason)) return Object.assign(new Error(), { code: 'ENOSPC' })
  if (/too large/i.test(reason))
    return new ConvokeError(`${path}: ${reason}. Write .png or .tif, or make it smaller with --stride.`)
  return new ConvokeError(
    `${path} could not be written (${reason}). Check that the folder may be written to and the disk has room.`,
  )
}

/** Writes floats. */
export async function writeFloats(
  path: string,
  { floats }: OutputFormat,
  picture: Omit<Picture, 'samples'>,
  values: Float32Array,
): Promise<void> {
  check(floats !== undefined, () => `${path} holds whole numbers, not floats.`)
  const { height, width, alpha } = picture
  const chunks = floatFile(floats, { height, width, channels: channelsOf(picture), alpha, values })
  await writeWhole(path, (temporary) => writeChunks(temporary, chunks))
}
