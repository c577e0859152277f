// A contact sheet: pictures in a grid, each with its name and a drawing of its kernel.

import { largestOf } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'
import type { OverlayOptions } from 'sharp'
import type { Picture } from '../picture/picture.ts'
import { loadSharp } from '../picture/sharp.ts'
import { drawLabel } from './label.ts'
import { drawLegend, type LegendEntry } from './legend.ts'

export interface Tile {
  readonly name: string
  readonly caption: string
  readonly picture: Picture
  readonly kernels: readonly Matrix[]
}

const ink = '#1d2430'
const quiet = '#5d6878'
const paper = { r: 250, g: 249, b: 246 }
const [gap, band, heading] = [18, 44, 64]
const swatch = 36
/** A sheet of few tiles still has room for its words. */
const narrowest = 480

/** Draws the sheet as PNG bytes: all tiles have the size of the first one. `legend` explains colours in them. */
export async function drawSheet(
  title: string,
  subtitle: string,
  tiles: readonly Tile[],
  columns: number,
  legend: readonly LegendEntry[] = [],
): Promise<Buffer> {
  const sharp = await loadSharp()
  const { width, height } = tiles[0].picture
  const rows = Math.ceil(tiles.length / columns)
  const sheetWidth = Math.max(narrowest, gap + columns * (width + gap))
  const explained = await drawLegend(legend, { left: gap, top: heading + 4, width: sheetWidth - 2 * gap })
  const header = heading + explained.height
  const sheetHeight = header + rows * (height + band + gap) + gap
  const pieces: OverlayOptions[] = [
    await text(title, 24, ink, gap, 14, 'bold', sheetWidth - 2 * gap),
    await text(subtitle, 13, quiet, gap, 44, 'regular', sheetWidth - 2 * gap),
    ...explained.pieces,
  ]
  for (const [index, tile] of tiles.entries()) {
    const left = gap + (index % columns) * (width + gap)
    const top = header + gap + Math.floor(index / columns) * (height + band + gap)
    pieces.push({ ...rawPicture(tile.picture), left, top })
    const room = width - tile.kernels.length * (swatch + 4)
    pieces.push(await text(tile.name, 15, ink, left, top + height + 7, 'bold', room))
    pieces.push(await text(tile.caption, 11, quiet, left, top + height + 27, 'regular', room))
    for (const [nth, kernel] of tile.kernels.entries()) {
      const at = left + width - (tile.kernels.length - nth) * (swatch + 4) + 4
      pieces.push({
        input: drawKernel(kernel),
        raw: { width: swatch, height: swatch, channels: 3 },
        left: at,
        top: top + height + 5,
      })
    }
  }
  const canvas = { width: sheetWidth, height: sheetHeight, channels: 3, background: paper } as const
  return sharp({ create: canvas, limitInputPixels: false }).composite(pieces).png().toBuffer()
}

async function text(
  content: string,
  size: number,
  colour: string,
  left: number,
  top: number,
  face: 'regular' | 'bold',
  room: number,
): Promise<OverlayOptions> {
  let shown = content
  let label = await drawLabel(shown, size, colour, face)
  while (label.width > room && shown.length > 2) {
    const keep = Math.min(shown.length - 2, Math.floor((shown.length * room) / label.width))
    shown = `${shown.slice(0, Math.max(keep, 1)).trimEnd()}…`
    label = await drawLabel(shown, size, colour, face)
  }
  const { width, height, pixels } = label
  return { input: pixels, raw: { width, height, channels: 4 }, left, top }
}

function rawPicture({ width, height, colours, alpha, samples }: Picture) {
  const channels = (colours + (alpha ? 1 : 0)) as 1 | 2 | 3 | 4
  return {
    input: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength),
    raw: { width, height, channels },
  }
}

/** The kernel as a square of colour: orange above zero, blue below, the largest |number| strongest. */
function drawKernel(kernel: Matrix): Buffer {
  const largest = largestOf(kernel.flat().map(Math.abs)) || 1
  const side = Math.max(kernel.length, kernel[0].length)
  const [top, left] = [(side - kernel.length) / 2, (side - kernel[0].length) / 2]
  const pixels = Buffer.alloc(swatch * swatch * 3, 228)
  for (let y = 0; y < swatch; y++) {
    for (let x = 0; x < swatch; x++) {
      const value = kernel[Math.floor((y * side) / swatch - top)]?.[Math.floor((x * side) / swatch - left)]
      if (value === undefined) continue
      const strength = Math.sqrt(Math.abs(value) / largest)
      const target = value >= 0 ? [217, 95, 14] : [26, 104, 176]
      for (const [c, full] of target.entries()) {
        pixels[(y * swatch + x) * 3 + c] = Math.round(255 + (full - 255) * strength)
      }
    }
  }
  return pixels
}
