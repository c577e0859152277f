// Pictures with warm colour where a network looks.

import type { data } from 'convoke'
import { type HeatMap, heatAt } from 'convoke-workbench'
import { inColour } from './colours.ts'

/** Where a network looks most. */
const warm = [255, 96, 0] as const

/** The picture in grey, the warmer, the more a place counts; uint8. */
export function heated(picture: data.Values, heat: HeatMap): data.Values {
  const { shape, data: bytes } = inColour(picture)
  const [height, width] = shape
  const painted = new Uint8Array(bytes.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 3 * (y * width + x)
      const grey = 0.299 * bytes[at] + 0.587 * bytes[at + 1] + 0.114 * bytes[at + 2]
      const strength = 0.75 * heatAt(heat, (x + 0.5) / width, (y + 0.5) / height)
      for (let c = 0; c < 3; c++) painted[at + c] = Math.round(0.85 * grey * (1 - strength) + warm[c] * strength)
    }
  }
  return { shape, data: painted }
}
