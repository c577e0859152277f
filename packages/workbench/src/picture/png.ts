// PNG files of bytes as they are: no canvas, which changes colours behind opacity, and no colour management.
// Definition: W3C Portable Network Graphics, third edition.

import { check, show } from 'convoke/shapes'

/** CRC-32 of a byte alone, by the polynomial of IEEE 802.3. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) * 0xedb88320)
  return value
})

function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const number = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(name), content])
  return joined([number(content.length), body, number(crcOf(body))])
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

export interface BytePicture {
  readonly width: number
  readonly height: number
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3
  /** `[height, width, channels]`. */
  readonly data: Uint8Array | Uint8ClampedArray
}

/** The picture as a PNG file, 8 bits a channel. Throws `ConvokeError` where the bytes are not as many as the sizes say. */
export async function encodePng({ width, height, channels, data }: BytePicture): Promise<Uint8Array<ArrayBuffer>> {
  const row = width * channels
  check(
    data.length === row * height && data.length > 0,
    () => `encodePng: ${data.length} bytes for ${show([height, width, channels])}.`,
  )
  // Every row is preceded by the way it is filtered: 0, as it is.
  const rows = new Uint8Array(height * (row + 1))
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const header = joined([number(width), number(height), Uint8Array.of(8, channels === 1 ? 0 : 2, 0, 0, 0)])
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  const parts = [chunk('IHDR', header), chunk('IDAT', await deflated(rows)), chunk('IEND', new Uint8Array(0))]
  return joined([signature, ...parts])
}
