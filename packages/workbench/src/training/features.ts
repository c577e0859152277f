// What a network on pictures looks for: the filters of its first layer, and what its convolutions make of one picture.

import { data, keep, type nn, Tensor, tensor, withoutGradients } from 'convoke'
import { type Normalization, normalized } from './pictures.ts'

/** Weights `[height, width, channels, count]`. */
export interface Filters {
  readonly name: string
  readonly shape: readonly [height: number, width: number, channels: number, count: number]
  readonly values: ArrayLike<number>
}

/** The first convolution over the picture's channels; null where the network has none. */
export async function firstFilters(model: nn.Module): Promise<Filters | null> {
  const [found] = Object.entries(model.state()).filter(([, value]) => value.rank === 4 && value.shape[0] > 1)
  if (found === undefined) return null
  const [name, filters] = found
  return { name, shape: filters.shape as unknown as Filters['shape'], values: await filters.data() }
}

/** Weights of one filter, `[height, width, channels]`. */
export function filterOf(
  { shape: [height, width, channels, count], values }: Omit<Filters, 'name'>,
  filter: number,
): Float32Array {
  const own = new Float32Array(height * width * channels)
  for (let i = 0; i < own.length; i++) own[i] = values[i * count + filter]
  return own
}

/** What one convolution made of a picture, `[height, width, channels]`. */
export interface FeatureMaps {
  readonly path: string
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly values: ArrayLike<number>
}

/** One channel of maps, `[height, width]`. */
export function mapOf({ shape: [height, width, channels], values }: FeatureMaps, channel: number): Float32Array {
  const own = new Float32Array(height * width)
  for (let p = 0; p < own.length; p++) own[p] = values[p * channels + channel]
  return own
}

/** Of the library's own layers, or of an imported graph. */
const isConvolution = ({ kind }: { readonly kind: string }): boolean => kind.startsWith('Conv2d') || kind === 'Conv'

interface Looked {
  /** Of the network, `[classes]`. */
  readonly output: Float32Array
  readonly maps: readonly FeatureMaps[]
}

/**
 * Runs a network on one picture in evaluation mode, and keeps the maps of convolutions that `shares` of the depth name: 0 is the
 * first, 1 the last. Maps below 3×3 show nothing and are ignored.
 */
export async function lookAt(
  model: nn.Module,
  image: data.Values,
  picture: Normalization,
  shares: readonly number[],
): Promise<Looked> {
  const kept: { readonly path: string; readonly value: Tensor }[] = []
  const stop = model.observe({
    leave: ({ path, module, output }) => {
      if (!isConvolution(module) || !(output instanceof Tensor) || output.rank !== 4) return
      if (output.shape[1] < 3 || output.shape[2] < 3) return
      kept.push({ path, value: keep(output.view(output.shape)) })
    },
  })
  model.eval()
  const unit = data.toUnit(image)
  const maps: FeatureMaps[] = []
  try {
    const result = withoutGradients(() => model(normalized(tensor(unit.data, { shape: [1, ...unit.shape] }), picture)))
    const output = Float32Array.from(await result.data())
    result.dispose()
    const depths = [...new Set(shares.map((share) => Math.round(share * (kept.length - 1))))]
    for (const depth of kept.length === 0 ? [] : depths) {
      const { path, value } = kept[depth]
      maps.push({ path, shape: value.shape.slice(1) as unknown as FeatureMaps['shape'], values: await value.data() })
    }
    return { output, maps }
  } finally {
    stop()
    for (const { value } of kept) value.dispose()
  }
}
