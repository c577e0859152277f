/// <reference types="node" />

// A PNG without what would change its numbers: a palette becomes grey values that are its indices; gamma, profiles and
// transparency are taken out. The chunks: https://www.w3.org/TR/png-3/#5Chunk-layout

import type { PaletteColour } from '../data/masks/index.ts'

export interface PngSamples {
  /** The same file, of which a decoder gives the stored numbers. */
  readonly bytes: Uint8Array
  /** Bits of a number as stored. */
  readonly bits: number
  readonly palette: readonly PaletteColour[] | null
  /** The one grey or colour (red, green, blue) that is transparent. */
  readonly transparent: readonly number[] | null
}

const signature = [137, 80, 78, 71, 13, 10, 26, 10]

export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte)

/** CRC-32 (ISO 3309), as chunks end in. */
function checksum(bytes: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of bytes) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1
  }
  return (rest ^ 0xffffffff) >>> 0
}

/** null for what is no PNG or has broken chunks, of which a decoder can say more. */
export function pngSamples(bytes: Uint8Array): PngSamples | null {
  if (!isPng(bytes)) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Uint8Array[] = [bytes.subarray(0, 8)]
  let [bits, type] = [8, 0]
  let colours: Uint8Array | null = null
  let transparency: Uint8Array | null = null
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at)
    const name = String.fromCharCode(bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7])
    const end = at + 12 + length
    const content = bytes.subarray(at + 8, at + 8 + length)
    if (name === 'IHDR' && length === 13) {
      ;[bits, type] = [content[8], content[9]]
      parts.push(type === 3 ? withType(Uint8Array.from(bytes.subarray(at, end)), 0) : bytes.subarray(at, end))
    } else if (name === 'PLTE') colours = content
    else if (name === 'tRNS') transparency = content
    // What says the orientation stays, and with it a file that is cut short: the decoder says so.
    else if (name === 'IDAT' || name === 'IEND' || name === 'eXIf') parts.push(bytes.subarray(at, end))
    at = end
  }
  const palette = type === 3 ? paletteOf(colours ?? new Uint8Array(0), transparency) : null
  const transparent = type === 3 || transparency === null ? null : numbers16(transparency)
  return { bytes: Buffer.concat(parts), bits, palette, transparent }
}

/** The chunk IHDR with another colour type. */
function withType(header: Uint8Array, type: number): Uint8Array {
  header[17] = type
  new DataView(header.buffer).setUint32(21, checksum(header.subarray(4, 21)))
  return header
}

const paletteOf = (colours: Uint8Array, transparency: Uint8Array | null): PaletteColour[] =>
  Array.from({ length: Math.floor(colours.length / 3) }, (_, i) => ({
    colour: (colours[3 * i] << 16) | (colours[3 * i + 1] << 8) | colours[3 * i + 2],
    alpha: transparency?.[i] ?? 255,
  }))

const numbers16 = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length >> 1 }, (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1])
