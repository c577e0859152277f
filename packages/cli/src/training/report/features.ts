// What a network on pictures looks for: the filters of its first layer, and what its layers make of one picture.

import type { data, nn } from 'convoke'
import { attentionMaps, type FeatureMaps, filterOf, firstFilters, type HeatMap, lookAt, mapOf } from 'convoke-workbench'
import type { RunConfig } from '../config.ts'
import { heated } from './heat.ts'
import type { Section, Tile } from './section.ts'

const [mostFilters, mostMaps] = [32, 12]

/** Filters, feature maps and attention, where the network has them. */
export async function featureSections(config: RunConfig, model: nn.Module, image: data.Values): Promise<Section[]> {
  return [
    ...(await filterSection(model)),
    ...(await mapSection(config, model, image)),
    ...(await attentionSection(config, model, image)),
  ]
}

/** Smaller kernels are too few numbers for a picture that says something. */
const leastSide = 5

/** The first convolution over the picture's channels, where its filters are pictures. */
async function filterSection(model: nn.Module): Promise<Section[]> {
  const filters = await firstFilters(model)
  if (filters === null) return []
  const [height, width, channels, count] = filters.shape
  if (Math.min(height, width) < leastSide || ![1, 3].includes(channels)) return []
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

/** Depths shown, from the first convolution to the last. */
const depths = [0, 0.2, 0.4, 0.6, 0.8, 1]

/** Results of some convolutions, spread over the depth of the network, for one picture: a row each. */
async function mapSection(config: RunConfig, model: nn.Module, image: data.Values): Promise<Section[]> {
  const { maps } = await lookAt(model, image, config.picture!, depths)
  if (maps.length === 0) return []
  const rows = maps.map((layer) => {
    const [height, width, channels] = layer.shape
    const shown = strongest(layer, mostMaps)
    const count = shown.length < channels ? `${shown.length} of ${channels}` : String(channels)
    return {
      ...{ name: layer.path, detail: `${count} maps of ${width}×${height}` },
      tiles: shown.map((values) => ({ picture: grayMap(values, height, width), caption: '' })),
    }
  })
  const [height, width] = image.shape
  const first = { name: 'the picture', detail: `${width}×${height}`, tiles: [{ picture: image, caption: '' }] }
  const note =
    'The output of each convolution for one picture, one row per layer: bright is a strong response. If there are many maps, those that vary most over the picture are shown.'
  return [{ kind: 'rows', title: 'Feature maps', note, width: 66, rows: [first, ...rows] }]
}

/** The maps of a layer that change most, in their order. */
function strongest(layer: FeatureMaps, most: number): Float32Array[] {
  const maps = Array.from({ length: layer.shape[2] }, (_, channel) => mapOf(layer, channel))
  const spreads = maps.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  })
  const order = Array.from(maps.keys()).sort((a, b) => spreads[b] - spreads[a])
  const chosen = new Set(order.slice(0, most))
  return maps.filter((_, channel) => chosen.has(channel))
}

/** Attention layers shown. */
const mostLayers = 8

/** Where the layers of a network with attention look in one picture. */
async function attentionSection(config: RunConfig, model: nn.Module, image: data.Values): Promise<Section[]> {
  const maps = await attentionMaps(model, image, config.picture!)
  if (maps.length === 0) return []
  // Those nearest the output, where the decision is made.
  const shown = maps.slice(-mostLayers)
  const tiles = shown.map((map): Tile => ({ picture: heated(image, map), caption: map.path, detail: sizeText(map) }))
  const note =
    'Attention to each place of one picture, averaged over heads and queries, relative to the largest: warm colours are high.'
  return [
    {
      ...{ kind: 'tiles', title: 'Attention', note, width: 128 },
      tiles: [{ picture: image, caption: 'the picture' }, ...tiles],
    },
  ]
}

const sizeText = ({ width, height }: HeatMap): string => `${width}×${height} places`

function grayMap(values: Float32Array, height: number, width: number): data.Values {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
  const scale = high > low ? 1 / (high - low) : 0
  return { shape: [height, width, 1], data: values.map((value) => (value - low) * scale) }
}
