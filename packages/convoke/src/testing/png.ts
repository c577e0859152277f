// PNG files to the bit, for tests: any colour type, depth and further chunks. https://www.w3.org/TR/png-3/

import { deflateSync } from 'node:zlib'

export interface PngContent {
  readonly width: number
  readonly height: number
  /** 0 grey, 2 colour, 3 palette, 4 grey with alpha, 6 colour with alpha. */
  readonly type: 0 | 2 | 3 | 4 | 6
  /** Bits of a sample; 8 when not given. */
  readonly depth?: 1 | 2 | 4 | 8 | 16 | undefined
  /** Samples, row by row. */
  readonly values: readonly number[]
  readonly palette?: readonly (readonly [number, number, number])[] | undefined
  /** Chunks before the pixels, by name. */
  readonly chunks?: Readonly<Record<string, readonly number[]>> | undefined
}

function checksum(bytes: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of bytes) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1
  }
  return (rest ^ 0xffffffff) >>> 0
}

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(checksum(body))
  return Buffer.concat([length, body, sum])
}

export function pngFile({ width, height, type, depth = 8, values, palette, chunks = {} }: PngContent): Buffer {
  const samples = width * { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[type]
  const rows = Array.from({ length: height }, (_, y) => {
    const row = Buffer.alloc(1 + Math.ceil((samples * depth) / 8))
    for (let i = 0; i < samples; i++) {
      const value = values[y * samples + i]
      if (depth === 16) row.writeUInt16BE(value, 1 + 2 * i)
      else row[1 + ((i * depth) >> 3)] |= value << (8 - depth - ((i * depth) & 7))
    }
    return row
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, type, 0, 0, 0], 8)
  const parts = [
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', Buffer.from(palette.flat()))]),
    ...Object.entries(chunks).map(([name, content]) => chunk(name, Buffer.from(content))),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat(parts)
}
