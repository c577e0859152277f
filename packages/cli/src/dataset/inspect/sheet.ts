// The contact sheet: examples in a grid, with masks laid over and boxes drawn, and the colours of classes explained.

import { data } from 'convoke'
import { colourOf, ignoredColour } from 'convoke-workbench'
import type { Picture } from '../../picture/picture.ts'
import type { LegendEntry } from '../../sheet/legend.ts'
import { drawSheet, type Tile } from '../../sheet/tiles.ts'
import { counted } from '../../terminal/words.ts'
import { inColour, overlay } from '../../training/report/colours.ts'
import type { Shown } from './finding.ts'

const side = 128

/** An example as a square tile: whole, as large as fits, on grey. */
function tileOf({ image, mask, boxes }: Shown, classes: number): Picture {
  const [rows, columns] = image.shape
  const scale = side / Math.max(rows, columns)
  const [height, width] = [Math.max(1, Math.round(rows * scale)), Math.max(1, Math.round(columns * scale))]
  const [top, left] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)]
  const small = data.resizePicture(image, height, width)
  const labels = mask === undefined ? null : data.resizePicture(mask, height, width, 'nearest').data
  const drawn = labels === null ? inColour(small) : overlay(small, labels, classes)
  const samples = new Uint8Array(side * side * 3).fill(232)
  for (let y = 0; y < height; y++) {
    const row = (drawn.data as Uint8Array).subarray(3 * y * width, 3 * (y + 1) * width)
    samples.set(row, 3 * ((top + y) * side + left))
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

/** What the colours of masks and boxes mean; nothing where a tile's name says its class. */
function legendOf(shown: readonly Shown[], classes: readonly string[]): LegendEntry[] {
  if (shown.some(({ boxes }) => boxes !== undefined))
    return classes.map((name, label) => ({ name, colour: colourOf(label) }))
  const masks = shown.flatMap(({ mask }) => (mask === undefined ? [] : [mask]))
  if (masks.length === 0) return []
  const ignores = masks.some((mask) => (mask.data as Int32Array).includes(data.ignoredLabel))
  return [
    ...classes.map((name, label) =>
      label === 0 ? { name: `${name}: no colour`, colour: null } : { name, colour: colourOf(label - 1) },
    ),
    ...(ignores ? [{ name: 'counts nowhere', colour: ignoredColour }] : []),
  ]
}

/** A tile's second line: its file where its name is the class, its size, and how many boxes it has. */
const captionOf = ({ image, file, boxes }: Shown): string =>
  [
    `${image.shape[1]} × ${image.shape[0]}`,
    ...(boxes === undefined ? [] : [counted(boxes.length, 'box', 'boxes')]),
    ...(file === undefined ? [] : [file]),
  ].join(' · ')

/** The sheet as PNG bytes; null where there is nothing to show. */
export async function contactSheet(
  title: string,
  subtitle: string,
  shown: readonly Shown[],
  classes: readonly string[],
): Promise<Buffer | null> {
  if (shown.length === 0) return null
  const tiles = shown.map(
    (example): Tile => ({
      name: example.name,
      caption: captionOf(example),
      picture: tileOf(example, classes.length),
      kernels: [],
    }),
  )
  return drawSheet(title, subtitle, tiles, Math.min(8, shown.length), legendOf(shown, classes))
}
