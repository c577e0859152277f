// What a network on pictures looks for: the filters of its first layer, and what its layers make of one picture.

import type { data, nn } from 'convoke'
import { filterOf, firstFilters, lookAt, mapOf } from 'convoke-workbench'
import type { RunConfig } from '../config.ts'
import type { Section, Tile } from './section.ts'

const [mostFilters, mostMaps] = [32, 12]

/** Filters and feature maps, where the network has them. */
export async function featureSections(config: RunConfig, model: nn.Module, image: data.Values): Promise<Section[]> {
  return [...(await filterSection(model)), ...(await mapSection(config, model, image))]
}

/** The first convolution over the picture's channels. */
async function filterSection(model: nn.Module): Promise<Section[]> {
  const filters = await firstFilters(model)
  if (filters === null) return []
  const [height, width, channels, count] = filters.shape
  const shown = Math.min(count, mostFilters)
  const tiles = Array.from(
    { length: shown },
    (_, filter): Tile => ({
      picture: filterPicture(filterOf(filters, filter), height, width, channels),
      caption: '',
    }),
  )
  const note = `${filters.name}: ${count} filters of ${height}×${width} over ${channels === 1 ? 'one channel' : `${channels} channels`}${shown < count ? `, the first ${shown}` : ''}. ${channels === 3 ? 'Colours are weights of red, green and blue.' : 'Orange above zero, blue below.'}`
  return [{ kind: 'tiles', title: 'Filters of the first layer', note, tiles, width: 56 }]
}

function filterPicture(values: Float32Array, height: number, width: number, channels: number): data.Values {
  let largest = 1e-12
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  const picture = new Float32Array(height * width * 3)
  for (let p = 0; p < height * width; p++) {
    if (channels === 3) {
      for (let c = 0; c < 3; c++) picture[3 * p + c] = 0.5 + values[3 * p + c] / largest / 2
    } else {
      let mean = 0
      for (let c = 0; c < channels; c++) mean += values[p * channels + c] / channels
      picture.set(diverging(mean / largest), 3 * p)
    }
  }
  return { shape: [height, width, 3], data: picture }
}

/** White at zero, orange towards 1, blue towards −1. */
function diverging(value: number): [number, number, number] {
  const end = value >= 0 ? [0.85, 0.37, 0.05] : [0.1, 0.41, 0.69]
  const strength = Math.min(1, Math.abs(value))
  return end.map((full) => 1 + (full - 1) * strength) as [number, number, number]
}

/** Results of some convolutions, spread over the depth of the network, for one picture. */
async function mapSection(config: RunConfig, model: nn.Module, image: data.Values): Promise<Section[]> {
  const { maps } = await lookAt(model, image, config.picture!, [0, 0.5, 1])
  if (maps.length === 0) return []
  const tiles = maps.flatMap((layer) =>
    Array.from({ length: Math.min(layer.shape[2], mostMaps) }, (_, c): Tile => {
      const [height, width] = layer.shape
      return {
        picture: grayMap(mapOf(layer, c), height, width),
        caption: c === 0 ? layer.path : '',
        detail: c === 0 ? `${width}×${height}` : '',
      }
    }),
  )
  const note =
    'What a convolution near the input, one in the middle and the last one make of the picture on the left: bright is a strong response.'
  return [
    {
      ...{ kind: 'tiles', title: 'Feature maps', note, width: 84 },
      tiles: [{ picture: image, caption: 'the picture', detail: `${image.shape[1]}×${image.shape[0]}` }, ...tiles],
    },
  ]
}

function grayMap(values: Float32Array, height: number, width: number): data.Values {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  const scale = high > low ? 1 / (high - low) : 0
  return { shape: [height, width, 1], data: values.map((value) => (value - low) * scale) }
}
