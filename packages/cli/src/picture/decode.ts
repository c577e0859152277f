// Pictures in: whatever sharp reads, upright (EXIF), converted to sRGB (ICC), at 16 bits where the file has them.

import { access, constants, stat } from 'node:fs/promises'
import { refusePipe } from 'convoke/files'
import { ConvokeError, check } from 'convoke/shapes'
import type { Metadata, Sharp } from 'sharp'
import { fileProblem } from '../file-problem.ts'
import { channelsOf, makeSamples, type Picture, type Samples } from './picture.ts'
import { loadSharp } from './sharp.ts'

export interface DecodeOptions {
  /** Refuse pictures of more pixels than this many million. */
  readonly maxMegapixels?: number
}

export interface Decoded {
  readonly picture: Picture
  /** What a user should know about how the file was read. */
  readonly notes: readonly string[]
}

export const defaultMaxMegapixels = 268

/** Refuses what cannot be a picture file before any decoder sees it. */
export async function checkPictureFile(path: string): Promise<void> {
  try {
    const found = await stat(path)
    check(!found.isDirectory(), () => `${path} is a folder. Name a picture in it.`)
    refusePipe(path, found)
    check(found.size > 0, () => `${path} is empty (0 bytes). Get the picture again from where it came from.`)
    await access(path, constants.R_OK)
  } catch (error) {
    throw fileProblem(error, path)
  }
}

/** A picture that is being decoded. */
export interface Opened {
  /** What its header promises. */
  readonly head: Omit<Picture, 'samples'>
  readonly decoded: Promise<Decoded>
}

/**
 * Begins to decode the picture at `path`. Throws `ConvokeError` for a file that is missing, empty, no picture, or too large;
 * `decoded` is refused with one for a file that is damaged or cut short.
 */
export async function openPicture(
  path: string,
  { maxMegapixels = defaultMaxMegapixels }: DecodeOptions = {},
): Promise<Opened> {
  await checkPictureFile(path)
  const sharp = await loadSharp()
  // Read once from top to bottom: libvips then holds a few lines of the picture, not all of it beside ours.
  const open = () => sharp(path, { limitInputPixels: false, sequentialRead: true })
  const metadata = await open()
    .metadata()
    .catch(async (error) => {
      throw await decodeProblem(error, path)
    })
  const { width, height } = metadata
  check(
    width * height <= maxMegapixels * 1e6,
    () =>
      `${path} has ${width} × ${height} pixels (${Math.round((width * height) / 1e6)} million); the limit is ${maxMegapixels} million. Make it smaller first, or raise the limit with --max-megapixels.`,
  )
  const decoded = decode(open(), metadata).then(
    (picture) => ({ picture, notes: notesOn(metadata, path) }),
    async (error) => {
      throw await decodeProblem(error, path)
    },
  )
  // Whoever waits for it hears of a failure; nobody may be waiting yet.
  decoded.catch(() => {})
  return { head: headOf(metadata), decoded }
}

/** The whole picture at `path`; throws as `openPicture` and its `decoded` do. */
export const readPicture = async (path: string, options: DecodeOptions = {}): Promise<Decoded> =>
  (await openPicture(path, options)).decoded

const isGrey = ({ space }: Metadata): boolean => space === 'b-w' || space === 'grey16'

function headOf(metadata: Metadata): Opened['head'] {
  const { width, height } = metadata.autoOrient
  const depth = metadata.depth === 'ushort' ? 16 : 8
  return { width, height, colours: isGrey(metadata) ? 1 : 3, alpha: metadata.hasAlpha === true, depth }
}

async function decode(source: Sharp, metadata: Metadata): Promise<Picture> {
  const deep = metadata.depth === 'ushort'
  const grey = isGrey(metadata)
  const alpha = metadata.hasAlpha === true
  // Grey with alpha travels as colour: libvips' raw output of a grey space has room for one channel only.
  const space = grey && !alpha ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb'
  // sharp brings tagged 16-bit colour to P3 for its own work, and 8-bit colour to sRGB: ask for sRGB in both cases.
  const upright =
    deep && !grey && metadata.icc !== undefined ? source.autoOrient().withIccProfile('srgb') : source.autoOrient()
  const { data, info } = await upright
    .toColourspace(space)
    .raw(deep ? { depth: 'ushort' } : { depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const samples: Samples = deep
    ? new Uint16Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / 2)
    : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  const { width, height } = info
  const decoded: Picture = {
    width,
    height,
    colours: info.channels < 3 ? 1 : 3,
    alpha: info.channels % 2 === 0,
    depth: deep ? 16 : 8,
    samples,
  }
  return Object.freeze(grey && decoded.colours === 3 ? firstColour(decoded) : decoded)
}

/** A grey picture that was decoded as three equal colours. */
function firstColour(picture: Picture): Picture {
  const from = channelsOf(picture)
  const channels = picture.alpha ? 2 : 1
  const pixels = picture.width * picture.height
  const samples = makeSamples(picture.depth, pixels * channels)
  for (let pixel = 0; pixel < pixels; pixel++) {
    samples[pixel * channels] = picture.samples[pixel * from]
    if (picture.alpha) samples[pixel * channels + 1] = picture.samples[pixel * from + 3]
  }
  return { ...picture, colours: 1, alpha: channels === 2, samples }
}

function notesOn(metadata: Metadata, path: string): string[] {
  const notes: string[] = []
  if (metadata.pages !== undefined && metadata.pages > 1)
    notes.push(`${path} has ${metadata.pages} pages or frames; only the first is used.`)
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort')
    notes.push(`${path} holds ${metadata.depth} samples; they are read at 8 bits.`)
  return notes
}

async function decodeProblem(error: unknown, path: string): Promise<unknown> {
  if (error instanceof ConvokeError || !(error instanceof Error)) return error
  // It takes the whole library, for which no picture that can be read should wait.
  const { unreadablePicture } = await import('./unreadable.ts')
  const reason = error.message.replace(/\s*\n\s*/g, '; ').replace(/^Input file (?:has corrupt header: )?/, '')
  return /unsupported image format/.test(error.message)
    ? unreadablePicture(path)
    : new ConvokeError(`${path} is damaged or cut short (${reason}). Get the picture again from where it came from.`)
}
