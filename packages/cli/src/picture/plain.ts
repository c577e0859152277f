// Small plain JPEG and PNG files, decoded without sharp: setting up a pipeline takes it a millisecond, several times what such a
// picture takes. The result is the same to the bit (mozjpeg is the decoder of both); whatever is not plain is left to sharp.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** A picture of bytes, `[height, width, channels]`. */
export interface PlainPicture {
  readonly shape: readonly [number, number, 1 | 3]
  readonly data: Uint8Array
}

export interface PlainHead {
  readonly format: 'jpeg' | 'png'
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

/** Pixels up to which a picture is small. */
const mostPixels = 128 * 128

/** What the header says of a file that is small and plain; null for any other, and for what is none. */
export function plainHead(bytes: Uint8Array): PlainHead | null {
  const head = jpegHead(bytes) ?? pngHead(bytes)
  return head !== null && head.width * head.height <= mostPixels ? head : null
}

/** The picture; null for a file that is not small and plain, or damaged. */
export async function plainPicture(bytes: Uint8Array): Promise<PlainPicture | null> {
  const head = plainHead(bytes)
  if (head === null) return null
  try {
    const { width, height, channels, format } = head
    const decoded = format === 'jpeg' ? await decodeJpeg(bytes) : await decodePng(bytes)
    if (decoded.width !== width || decoded.height !== height) return null
    return { shape: [height, width, channels], data: firstOf(decoded.data, channels, width * height) }
  } catch {
    return null
  }
}

/** The first channels of each pixel. */
function firstOf(data: ArrayLike<number>, channels: number, pixels: number): Uint8Array {
  const own = data.length / pixels
  if (own === channels) return Uint8Array.from(data)
  const first = new Uint8Array(pixels * channels)
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < channels; c++) first[pixel * channels + c] = data[pixel * own + c]
  }
  return first
}

/** Markers of ITU-T T.81, table B.1. */
const marker = { start: 0xd8, end: 0xd9, scan: 0xda, baseline: 0xc0, progressive: 0xc2, jfif: 0xe0 } as const
/** Tables, restarts and comments: nothing that changes what the numbers mean, as profiles, orientations and other colours do. */
const harmless = new Set([0xc4, 0xdb, 0xdd, 0xfe, marker.jfif])

function jpegHead(bytes: Uint8Array): PlainHead | null {
  const { length } = bytes
  if (length < 4 || bytes[0] !== 0xff || bytes[1] !== marker.start) return null
  if (bytes[length - 2] !== 0xff || bytes[length - 1] !== marker.end) return null
  let head: PlainHead | null = null
  for (let at = 2; at + 10 <= length; ) {
    const kind = bytes[at + 1]
    if (bytes[at] !== 0xff) return null
    if (kind === marker.scan) return head
    if (kind === marker.baseline || kind === marker.progressive) {
      const [precision, components] = [bytes[at + 4], bytes[at + 9]]
      const [height, width] = [at + 5, at + 7].map((place) => (bytes[place] << 8) | bytes[place + 1])
      if (head !== null || precision !== 8 || (components !== 1 && components !== 3) || height * width === 0)
        return null
      head = { format: 'jpeg', width, height, channels: components }
    } else if (!harmless.has(kind)) return null
    const size = (bytes[at + 2] << 8) | bytes[at + 3]
    if (size < 2) return null
    at += 2 + size
  }
  return null
}

const latin1 = new TextDecoder('latin1')
const pngSignature = [137, 80, 78, 71, 13, 10, 26, 10]
const [grey, colour] = [0, 2]
/** Nothing that changes what the numbers mean, as palettes, profiles, gamma and transparency do. */
const plainChunks = new Set(['IHDR', 'IDAT', 'IEND', 'tEXt', 'zTXt', 'iTXt', 'tIME', 'pHYs', 'sRGB'])

function pngHead(bytes: Uint8Array): PlainHead | null {
  if (bytes.length < 57 || !pngSignature.every((byte, i) => bytes[i] === byte)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nameAt = (at: number): string => latin1.decode(bytes.subarray(at + 4, at + 8))
  if (nameAt(8) !== 'IHDR') return null
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  const [depth, type, interlace] = [bytes[24], bytes[25], bytes[28]]
  if (width * height === 0 || depth !== 8 || (type !== grey && type !== colour) || interlace !== 0) return null
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = nameAt(at)
    if (!plainChunks.has(name)) return null
    if (name === 'IEND') return { format: 'png', width, height, channels: type === grey ? 1 : 3 }
  }
  return null
}

interface Decoded {
  readonly width: number
  readonly height: number
  readonly data: ArrayLike<number>
}

type JpegDecoder = (bytes: Uint8Array) => Promise<Decoded>

let jpegDecoder: Promise<JpegDecoder> | undefined

/** In WebAssembly, so that a hostile file can do no harm; one that ends the module gets the next file a new one. */
async function decodeJpeg(bytes: Uint8Array): Promise<Decoded> {
  jpegDecoder ??= loadJpegDecoder()
  try {
    return await (await jpegDecoder)(bytes)
  } catch (error) {
    jpegDecoder = undefined
    throw error
  }
}

async function loadJpegDecoder(): Promise<JpegDecoder> {
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js')
  const code = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')
  const module = await WebAssembly.compile(await readFile(code))
  await init({
    instantiateWasm: (imports: WebAssembly.Imports, ready: (instance: WebAssembly.Instance) => void) => {
      const instance = new WebAssembly.Instance(module, imports)
      ready(instance)
      return instance.exports
    },
    // What it says of a damaged file, sharp says better.
    printErr: () => {},
  } as Parameters<typeof init>[0])
  return (bytes) => decode(new Uint8Array(bytes).buffer)
}

async function decodePng(bytes: Uint8Array): Promise<Decoded> {
  const { decode } = await import('fast-png')
  return decode(bytes, { checkCrc: true })
}
