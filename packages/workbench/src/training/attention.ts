// What a network with attention attends to: of each place of a picture, how much of the attention it gets.

import { data, keep, type nn, Tensor, tensor, withoutGradients } from 'convoke'
import type { HeatMap } from './cam.ts'
import { type Normalization, normalized } from './pictures.ts'

/** The places of a picture in one layer. */
export interface AttentionMap extends HeatMap {
  readonly path: string
}

/**
 * One map for each attention layer on the tokens of a picture, and one for the pooling that weighs tokens: the attention that each place
 * gets, in the mean over heads and queries, over the largest. None for networks without attention, or whose tokens are no places of the picture.
 */
export async function attentionMaps(
  model: nn.Module,
  image: data.Values,
  picture: Normalization,
): Promise<AttentionMap[]> {
  const { kept, grid } = observed(model, image, picture)
  try {
    const maps: AttentionMap[] = []
    for (const { path, value } of kept) {
      const numbers = await value.data()
      const keys = value.shape.at(-1)!
      // Scores that a pooling gives to tokens, or attention weights.
      const places = keys === 1 ? softmaxOf(Array.from(numbers)) : columnSums(numbers, keys)
      const [height, width] = grid
      if (places.length === height * width) maps.push({ path, height, width, values: overLargest(places) })
    }
    return maps
  } finally {
    for (const { value } of kept) value.dispose()
  }
}

interface Kept {
  readonly path: string
  readonly value: Tensor
}

/** Attention weights, `[1, heads, queries, keys]`, and scores of a pooling, `[1, tokens, 1]`; sides of the last maps, whose places the tokens are. */
function observed(model: nn.Module, image: data.Values, picture: Normalization) {
  const kept: Kept[] = []
  let grid: readonly number[] = []
  const keepIt = (path: string, output: Tensor): void => {
    kept.push({ path, value: keep(output.view(output.shape)) })
  }
  const stop = model.observe({
    leave: ({ path, module, output }) => {
      if (!(output instanceof Tensor)) return
      // The weights of attention go through its dropout.
      if (module.kind === 'Dropout' && output.rank === 4) keepIt(path.replace(/\.dropout$/, ''), output)
      else if (output.rank === 4) grid = output.shape.slice(1, 3)
      else if (output.rank === 3 && output.shape[2] === 1 && path.endsWith('.weigh')) keepIt(path, output)
    },
  })
  model.eval()
  try {
    const unit = data.toUnit(image)
    const input = normalized(tensor(unit.data, { shape: [1, ...unit.shape] }), picture)
    withoutGradients(() => model(input)).dispose()
    input.dispose()
    return { kept, grid }
  } finally {
    stop()
  }
}

function softmaxOf(scores: readonly number[]): Float64Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY)
  return Float64Array.from(scores, (score) => Math.exp(score - largest))
}

/** What each key gets of all heads and queries. */
function columnSums(weights: ArrayLike<number>, keys: number): Float64Array {
  const sums = new Float64Array(keys)
  for (let i = 0; i < weights.length; i++) sums[i % keys] += weights[i]
  return sums
}

function overLargest(values: Float64Array): Float32Array {
  const largest = values.reduce((most, value) => Math.max(most, value), 0)
  return Float32Array.from(values, (value) => (largest > 0 ? value / largest : 0))
}
