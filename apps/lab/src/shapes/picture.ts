// A picture as a network takes it: its middle, in the height and width that go in.

import type { Pixels } from '../ui/pixels.ts'

/** Mean of what each pixel covers where it shrinks, the nearest pixel where it grows; cropped to the shape, around the middle. */
export function fitted({ width, height, data }: Pixels, rows: number, columns: number): Pixels {
  const scale = Math.min(height / rows, width / columns)
  const [top, left] = [(height - rows * scale) / 2, (width - columns * scale) / 2]
  const result = new Uint8ClampedArray(4 * rows * columns)
  const spans = (count: number, start: number, size: number): (readonly [number, number])[] =>
    Array.from({ length: count }, (_, i) => {
      const from = Math.min(Math.max(Math.floor(start + i * scale), 0), size - 1)
      return [from, Math.min(Math.max(Math.round(start + (i + 1) * scale), from + 1), size)]
    })
  const across = spans(columns, left, width)
  for (const [row, [y0, y1]] of spans(rows, top, height).entries())
    for (const [column, [x0, x1]] of across.entries()) {
      const sums = [0, 0, 0]
      for (let y = y0; y < y1; y++)
        for (let x = x0; x < x1; x++) for (let c = 0; c < 3; c++) sums[c] += data[4 * (y * width + x) + c]
      const at = 4 * (row * columns + column)
      for (let c = 0; c < 3; c++) result[at + c] = sums[c] / ((y1 - y0) * (x1 - x0))
      result[at + 3] = 255
    }
  return { width: columns, height: rows, data: result }
}
