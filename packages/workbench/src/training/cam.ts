// Grad-CAM: Selvaraju et al. 2017, "Grad-CAM: Visual explanations from deep networks via gradient-based localization". The last maps A of
// a network, weighed by how much the score of a class grows with each: L = ReLU(Σₖ αₖ·Aₖ), αₖ the mean of ∂score / ∂Aₖ over the map.

import { add, data, gradients, keep, multiply, nn, sum, Tensor, tensor, withoutGradients, zeros } from 'convoke'
import { type Normalization, normalized } from './pictures.ts'

/** Shares of the largest value, from 0 to 1, row by row. */
export interface HeatMap {
  readonly height: number
  readonly width: number
  readonly values: Float32Array
}

/** Maps with a shorter side show no place. */
const leastSide = 3

interface Place {
  readonly path: string
  readonly shape: readonly number[]
}

const batchOf = (image: data.Values, picture: Normalization): Tensor => {
  const unit = data.toUnit(image)
  return normalized(tensor(unit.data, { shape: [1, ...unit.shape] }), picture)
}

/**
 * The last module below the network whose result is maps, of an imported graph the last convolution, whose channels are known to come last;
 * null where none is.
 */
function lastMaps(model: nn.Module, input: Tensor): Place | null {
  let found: Place | null = null
  const stop = model.observe({
    leave: ({ path, module, output }) => {
      if (path === '' || !(output instanceof Tensor) || output.rank !== 4) return
      // What attention drops out are its weights.
      if (module.kind === 'Dropout' || (model.kind === 'Graph' && module.kind !== 'Conv')) return
      if (Math.min(output.shape[1], output.shape[2]) >= leastSide) found = { path, shape: output.shape }
    },
  })
  try {
    withoutGradients(() => model(input)).dispose()
    return found
  } finally {
    stop()
  }
}

/**
 * Where in a picture a network of classes sees one of them, in evaluation mode. Null for a network whose last maps are too small, that
 * has none or does not let them be replaced, and for a class that nothing in the picture speaks for.
 */
export async function gradCam(
  model: nn.Module,
  image: data.Values,
  picture: Normalization,
  label: number,
): Promise<HeatMap | null> {
  model.eval()
  const input = batchOf(image, picture)
  const place = lastMaps(model, input)
  if (place === null) {
    input.dispose()
    return null
  }
  const added = zeros(place.shape)
  let maps: Tensor | undefined
  // Zeros are added to the maps: the gradient in them is that in the maps.
  const tapped = nn.defineModule({
    kind: 'Tap',
    forward: () => (x: Tensor) => {
      const output = kept(x)
      maps = keep(output.view(output.shape))
      return add(output, added)
    },
  })
  const kept = nn.replaceModule(model, place.path, tapped) as nn.Module
  try {
    const [gradient] = gradients(() => {
      const scores = model(input)
      const chosen = new Float32Array(scores.size)
      chosen[label] = 1
      return sum(multiply(scores, tensor(chosen, { shape: scores.shape })))
    }, [added])
    const grown = await gradient.data()
    gradient.dispose()
    // A network that does not run its parts from where they can be replaced keeps its maps to itself.
    return maps === undefined ? null : weighed(await (maps as Tensor).data(), grown, place.shape)
  } finally {
    nn.replaceModule(model, place.path, kept)
    for (const value of [input, added, maps]) value?.dispose()
  }
}

function weighed(maps: ArrayLike<number>, grown: ArrayLike<number>, shape: readonly number[]): HeatMap | null {
  const [, height, width, channels] = shape
  const weights = new Float64Array(channels)
  for (let i = 0; i < grown.length; i++) weights[i % channels] += grown[i] / (height * width)
  const values = new Float32Array(height * width)
  let largest = 0
  for (let p = 0; p < values.length; p++) {
    let total = 0
    for (let c = 0; c < channels; c++) total += weights[c] * maps[p * channels + c]
    values[p] = Math.max(0, total)
    largest = Math.max(largest, values[p])
  }
  if (!(largest > 0)) return null
  for (let p = 0; p < values.length; p++) values[p] /= largest
  return { height, width, values }
}

/** The value of a heat map at a place of a picture, from 0 to 1 across and down: bilinear between the middles of its cells. */
export function heatAt({ height, width, values }: HeatMap, across: number, down: number): number {
  const x = Math.min(width - 1, Math.max(0, across * width - 0.5))
  const y = Math.min(height - 1, Math.max(0, down * height - 0.5))
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [right, below] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)]
  const mixed = (row: number): number =>
    values[row * width + left] * (1 - (x - left)) + values[row * width + right] * (x - left)
  return mixed(top) * (1 - (y - top)) + mixed(below) * (y - top)
}
