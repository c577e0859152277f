// Pictures that the examples write, as PNG.

import type { data } from 'convoke'
import { writeWhole } from 'convoke/node'
import sharp from 'sharp'

/** Writes `[height, width, channels]` from 0 to 1, one channel or three. */
export async function writePicture(path: string, { shape, data: values }: data.Values): Promise<void> {
  const [height, width, channels] = shape
  const bytes = Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))))
  const raw = { width, height, channels: channels as 1 | 3 }
  await writeWhole(path, await sharp(bytes, { raw }).png().toBuffer())
}

/** Pictures of one size side by side, `columns` in a row, with `gap` pixels of white between them. */
export function sheetOf(pictures: readonly data.Values[], columns: number, gap = 2): data.Values {
  const [height, width, channels] = pictures[0].shape
  const rows = Math.ceil(pictures.length / columns)
  const [across, down] = [columns * (width + gap) + gap, rows * (height + gap) + gap]
  const sheet = new Float32Array(down * across * channels).fill(1)
  pictures.forEach(({ data: values }, i) => {
    const [left, top] = [gap + (i % columns) * (width + gap), gap + Math.floor(i / columns) * (height + gap)]
    for (let row = 0; row < height; row++) {
      const line = values.subarray(row * width * channels, (row + 1) * width * channels)
      sheet.set(line, ((top + row) * across + left) * channels)
    }
  })
  return { shape: [down, across, channels], data: sheet }
}

export type Colour = readonly [red: number, green: number, blue: number]

/** A grey picture in colour, each pixel mixed half and half with what `colourOf` says of it; null leaves it grey. */
export function overlayOf(grey: data.Values, colourOf: (pixel: number) => Colour | null): data.Values {
  const [height, width] = grey.shape
  const mixed = new Float32Array(height * width * 3)
  for (let pixel = 0; pixel < height * width; pixel++) {
    const colour = colourOf(pixel)
    for (let c = 0; c < 3; c++) {
      const own = grey.data[pixel]
      mixed[3 * pixel + c] = colour === null ? own : (own + colour[c]) / 2
    }
  }
  return { shape: [height, width, 3], data: mixed }
}
