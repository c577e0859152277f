// Masks as PNG files of one number a pixel, grey or with a palette (W3C Portable Network Graphics, third edition).

import { crc32, deflateSync } from 'node:zlib'

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

export interface BytePlane {
  readonly height: number
  readonly width: number
  /** Bytes a pixel: 1 for a number, 3 for a colour. */
  readonly channels: 1 | 3
  readonly bytes: Uint8Array
  /** The colour 0xrrggbb of each number. */
  readonly palette?: readonly number[] | undefined
}

/** The bytes of a PNG file. */
export function bytePng({ height, width, channels, bytes, palette }: BytePlane): Uint8Array {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width)
  head.writeUInt32BE(height, 4)
  head[8] = 8
  head[9] = palette !== undefined ? 3 : channels === 3 ? 2 : 0
  const row = width * channels
  const rows = Buffer.alloc(height * (row + 1))
  for (let y = 0; y < height; y++) rows.set(bytes.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const colours = palette?.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255])
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    ...(colours === undefined ? [] : [chunk('PLTE', Uint8Array.from(colours))]),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ])
}

/** The colour 0xrrggbb that PASCAL VOC has for a number: its bits, spread over the three channels (VOCdevkit, VOClabelcolormap.m). */
export function vocColour(number: number): number {
  let [red, green, blue] = [0, 0, 0]
  for (let bit = 0; bit < 8; bit++) {
    const three = number >> (3 * bit)
    red |= (three & 1) << (7 - bit)
    green |= ((three >> 1) & 1) << (7 - bit)
    blue |= ((three >> 2) & 1) << (7 - bit)
  }
  return (red << 16) | (green << 8) | blue
}
