// Pictures of what was found: boxes with their names.

import type { data, metrics } from 'convoke'
import { writeWhole } from 'convoke/node'
import { colourOf } from 'convoke-workbench'
import type { OverlayOptions } from 'sharp'
import { loadSharp } from '../picture/sharp.ts'
import { drawLabel } from '../sheet/label.ts'
import { percent } from '../terminal/words.ts'
import { inColour } from '../training/report/colours.ts'

/** Writes values as PNG, whole or not at all. */
export async function writePng(path: string, picture: data.Values): Promise<void> {
  const [height, width, channels] = [...picture.shape, 1]
  const raw = { width, height, channels: channels as 1 | 3 }
  const sharp = await loadSharp()
  const image = sharp(picture.data as Uint8Array, { raw }).toColourspace(channels === 1 ? 'b-w' : 'srgb')
  await writeWhole(path, await image.png().toBuffer())
}

/** The picture with a frame and a name for each box. */
export async function withBoxes(
  picture: data.Values,
  boxes: readonly metrics.Detection[],
  classes: readonly string[],
): Promise<data.Values> {
  const { shape, data: bytes } = inColour(picture)
  const [height, width] = shape
  const line = Math.max(1, Math.round(Math.max(height, width) / 320))
  const size = Math.max(10, Math.round(Math.max(height, width) / 40))
  const rects = boxes.map(({ x, y, width: w, height: h, label }) => {
    return `<rect x="${x - w / 2}" y="${y - h / 2}" width="${w}" height="${h}" fill="none" stroke="rgb(${colourOf(label).join(',')})" stroke-width="${line}"/>`
  })
  const frames = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${rects.join('')}</svg>`,
  )
  // On small pictures names would hide everything.
  const named = Math.max(height, width) >= 160 ? boxes : []
  const labels = (await Promise.all(named.map((box) => labelFor(box, classes, size, width, height)))).flat()
  const sharp = await loadSharp()
  const { data: pixels } = await sharp(bytes as Uint8Array, { raw: { width, height, channels: 3 } })
    .composite([{ input: frames, left: 0, top: 0 }, ...labels])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { shape, data: new Uint8Array(pixels) }
}

async function labelFor(
  { x, y, width: w, height: h, label, score }: metrics.Detection,
  classes: readonly string[],
  size: number,
  width: number,
  height: number,
): Promise<OverlayOptions[]> {
  const drawn = await drawLabel(`${classes[label]} ${percent(score, 0)}`.trim(), size, '#ffffff', 'bold')
  if (drawn.width + 4 > width || drawn.height + 2 > height) return []
  const left = Math.round(Math.min(width - drawn.width - 4, Math.max(0, x - w / 2)))
  const above = y - h / 2 - drawn.height - 2
  const top = Math.round(Math.min(height - drawn.height - 2, Math.max(0, above >= 0 ? above : y - h / 2)))
  const [r, g, b] = colourOf(label)
  const ground = {
    create: { width: drawn.width + 4, height: drawn.height + 2, channels: 3 as const, background: { r, g, b } },
  }
  const raw = { width: drawn.width, height: drawn.height, channels: 4 as const }
  return [
    { input: ground, left, top },
    { input: drawn.pixels, raw, left: left + 2, top: top + 1 },
  ]
}
