// The contact sheet: examples in a grid, with masks laid over and boxes drawn.

import { data } from 'convoke'
import type { Picture } from '../../picture/picture.ts'
import { drawSheet, type Tile } from '../../sheet/tiles.ts'
import type { Shown } from './finding.ts'

const side = 128

/** Colours that can be told apart (Okabe & Ito 2008), for classes in order; classes beyond them begin again. */
const colours = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
]

const ignoredColour = [255, 255, 255]

const colourOf = (label: number): readonly number[] => colours[label % colours.length]

/** An example as a square tile: whole, as large as fits, on grey. */
function tileOf({ image, mask, boxes }: Shown): Picture {
  const [rows, columns] = image.shape
  const scale = side / Math.max(rows, columns)
  const [height, width] = [Math.max(1, Math.round(rows * scale)), Math.max(1, Math.round(columns * scale))]
  const [top, left] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)]
  const small = data.toUnit(data.resizePicture(image, height, width))
  const labels = mask === undefined ? null : data.resizePicture(mask, height, width, 'nearest').data
  const channels = small.shape[2]
  const samples = new Uint8Array(side * side * 3).fill(232)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const label = labels?.[y * width + x] ?? 0
      for (let c = 0; c < 3; c++) {
        const value = small.data[(y * width + x) * channels + (channels === 3 ? c : 0)] * 255
        // Class 0 is the ground, and stays as it is; what does not count is pale.
        const over = label <= 0 ? ignoredColour : colourOf(label - 1)
        samples[((top + y) * side + left + x) * 3 + c] = label === 0 ? value : 0.5 * value + 0.5 * over[c]
      }
    }
  }
  for (const box of boxes ?? []) drawBox(samples, box, { scale, top, left })
  return { width: side, height: side, colours: 3, alpha: false, depth: 8, samples }
}

interface Where {
  readonly scale: number
  readonly top: number
  readonly left: number
}

function drawBox(samples: Uint8Array, box: data.Box, { scale, top, left }: Where): void {
  const at = (value: number, start: number): number =>
    Math.min(side - 1, Math.max(0, Math.round(value * scale + start)))
  const [x0, x1] = [at(box.x - box.width / 2, left), at(box.x + box.width / 2, left)]
  const [y0, y1] = [at(box.y - box.height / 2, top), at(box.y + box.height / 2, top)]
  const colour = colourOf(box.label)
  const dot = (x: number, y: number): void =>
    colour.forEach((value, c) => {
      samples[(y * side + x) * 3 + c] = value
    })
  for (let x = x0; x <= x1; x++) for (const y of [y0, y1]) dot(x, y)
  for (let y = y0; y <= y1; y++) for (const x of [x0, x1]) dot(x, y)
}

/** The sheet as PNG bytes; null where there is nothing to show. */
export async function contactSheet(title: string, subtitle: string, shown: readonly Shown[]): Promise<Buffer | null> {
  if (shown.length === 0) return null
  const tiles = shown.map(
    (example): Tile => ({
      name: example.name,
      caption: `${example.image.shape[1]} × ${example.image.shape[0]}`,
      picture: tileOf(example),
      kernels: [],
    }),
  )
  return drawSheet(title, subtitle, tiles, Math.min(8, shown.length))
}
