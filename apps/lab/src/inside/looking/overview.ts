// All layers for one picture, some maps of each, small.

import type { Answered } from '../../engine/index.ts'
import { largestIn } from '../../ui/tint.ts'
import type { MapValues, Overview, Shown, Thumbnails } from '../task.ts'
import { chancesOf, look } from './session.ts'
import { channelOf, type LayerValues } from './values.ts'

/** Maps of a layer in the overview, and their longest side. */
export const [mostMaps, longest] = [16, 32]

/** A map no larger than `longest`: the mean of what each of its pixels covers. */
function small({ height, width, values }: MapValues): MapValues {
  const scale = Math.max(1, Math.max(height, width) / longest)
  if (scale === 1) return { height, width, values }
  const [rows, columns] = [Math.max(1, Math.round(height / scale)), Math.max(1, Math.round(width / scale))]
  const result = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [top, left] = [Math.floor((row * height) / rows), Math.floor((column * width) / columns)]
      const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / rows))
      const right = Math.max(left + 1, Math.floor(((column + 1) * width) / columns))
      let sum = 0
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += values[y * width + x]
      result[row * columns + column] = sum / ((bottom - top) * (right - left))
    }
  return { height: rows, width: columns, values: result }
}

function thumbnailsOf(layer: LayerValues): Thumbnails {
  // Single numbers are drawn as one strip.
  const flat = layer.height * layer.width === 1
  const count = Math.min(layer.channels, flat ? 4 * mostMaps : mostMaps)
  const maps = Array.from({ length: count }, (_, c) => small({ ...layer, values: channelOf(layer, c) }))
  const { height, width } = maps[0]
  const values = new Float32Array(count * height * width)
  maps.forEach((map, i) => {
    values.set(map.values, i * height * width)
  })
  return { height, width, values, count, largest: largestIn(layer.data) }
}

export async function overview(shown: Shown): Promise<Answered<Overview>> {
  const start = performance.now()
  const { layers, scores, pixels } = await look(shown)
  const milliseconds = performance.now() - start
  const thumbnails = layers.map(thumbnailsOf)
  const answer: Overview = {
    ...{ pixels: Float32Array.from(pixels), thumbnails, scores, milliseconds },
    chances: scores === undefined ? undefined : chancesOf(scores),
  }
  return { answer, transfer: thumbnails.map(({ values }) => values.buffer) }
}
