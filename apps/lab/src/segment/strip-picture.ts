// The pictures that are shown with their masks, as one picture to keep.

import { colourOf } from 'convoke-workbench'
import { pngOfCanvas } from '../ui/pixels.ts'
import { paintMask, wrongColour, wrongIn } from './mask-canvas.tsx'
import type { segmentMessages } from './messages.ts'
import type { Opened, Snapshot } from './task.ts'

/** Of a tile, the room between tiles, the room for a line of text, and the text. */
const [tile, gap, line, font] = [160, 12, 24, '14px system-ui, sans-serif'] as const

type Words = Pick<
  ReturnType<typeof segmentMessages>,
  'input' | 'truth' | 'found' | 'skipName' | 'wrongPixels' | 'classes' | 'wrong'
>

/** PNG; undefined where the browser cannot draw it. */
export async function stripPicture(opened: Opened, seen: Snapshot, words: Words): Promise<Blob | undefined> {
  const { side, networks } = opened
  const columns = 2 + 2 * networks.length
  const canvas = document.createElement('canvas')
  canvas.width = gap + columns * (tile + gap)
  canvas.height = line + gap + seen.pictures.length * (tile + line + gap)
  const context = canvas.getContext('2d')
  if (context === null) return undefined
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.font = font
  context.textBaseline = 'middle'
  context.imageSmoothingEnabled = false
  drawLegend(context, words)
  const small = document.createElement('canvas')
  small.width = side
  small.height = side
  const draw = (image: Uint8ClampedArray<ArrayBuffer>, column: number, row: number, text: string): void => {
    const [x, y] = [gap + column * (tile + gap), line + gap + row * (tile + line + gap)]
    small.getContext('2d')?.putImageData(new ImageData(image, side, side), 0, 0)
    context.drawImage(small, x, y, tile, tile)
    context.fillStyle = '#1d2430'
    context.fillText(text, x, y + tile + line / 2, tile)
  }
  for (const [row, picture] of seen.pictures.entries()) {
    const { pixels, truth } = picture
    draw(paintMask({ side, pixels }), 0, row, words.input)
    draw(paintMask({ side, pixels, mask: truth }), 1, row, words.truth)
    for (const [i, { skips }] of networks.entries()) {
      const mask = seen.networks[i]?.found[row]?.mask
      if (mask === undefined) continue
      draw(paintMask({ side, pixels, mask }), 2 + 2 * i, row, networks.length > 1 ? words.skipName(skips) : words.found)
      draw(paintMask({ side, pixels, mask, truth }), 3 + 2 * i, row, words.wrongPixels(wrongIn(mask, picture)))
    }
  }
  return pngOfCanvas(canvas)
}

function drawLegend(context: CanvasRenderingContext2D, { classes, wrong }: Words): void {
  let x: number = gap
  const entry = (colour: readonly number[], text: string): void => {
    context.fillStyle = `rgb(${colour.join(' ')})`
    context.fillRect(x, line / 2 - 2, 14, 14)
    context.fillStyle = '#1d2430'
    context.fillText(text, x + 20, line / 2 + 5)
    x += 44 + context.measureText(text).width
  }
  for (const [label, name] of classes.entries()) if (label > 0) entry(colourOf(label - 1), name)
  entry(wrongColour, wrong)
}
