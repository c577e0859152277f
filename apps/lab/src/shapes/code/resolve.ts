// A stack with every default put in: what the programs of all languages are written from.

import type { ChainLayer } from 'convoke/shapes'
import { extentOf, type PaddingPair, type PerAxis, resolvePadding } from 'convoke/shapes'
import type { LayerRow } from '../task.ts'

/** What a program is written of: the layers that fit, and the output that is looked at. */
export interface Shown {
  readonly inputShape: readonly number[]
  readonly layers: readonly ChainLayer[]
  readonly rows: readonly LayerRow[]
  readonly layer: number
  readonly position: readonly [row: number, column: number]
  /** 0: the sum of all. */
  readonly channel: number
  readonly seed: number
}

export type Pair = readonly [number, number]

export interface Resolved {
  readonly layer: ChainLayer
  /** Rows and columns of the input; of what was flattened, those it had. */
  readonly size: Pair
  readonly channels: number
  /** Whether the input has lost its spatial axes. */
  readonly flat: boolean
  readonly outputSize: Pair
}

export interface Window {
  readonly kernel: Pair
  readonly stride: Pair
  readonly dilation: Pair
  readonly padding: readonly [PaddingPair, PaddingPair]
}

const pair = (value: PerAxis | undefined, usual: Pair = [1, 1]): Pair =>
  value === undefined ? usual : typeof value === 'number' ? [value, value] : [value[0], value[1]]

export function resolvedLayers({ inputShape, layers, rows }: Shown): Resolved[] {
  return layers.slice(0, rows.length).map((layer, i) => {
    const shape = rows[i - 1]?.outputShape ?? inputShape
    const size = rows[i - 1]?.positions ?? inputShape
    const outputSize = rows[i].positions!
    return {
      ...{ layer, size: [size[0], size[1]], flat: shape.length === 1, channels: shape[shape.length - 1] },
      outputSize: [outputSize[0], outputSize[1]],
    }
  })
}

type WindowLayer = Extract<ChainLayer, { readonly kernel: PerAxis }>

/** Where the windows of a convolution or a pooling lie; sizes that are rounded up are padding at the end. */
export function windowOf({ layer, size, outputSize }: Resolved & { readonly layer: WindowLayer }): Window {
  const kernel = pair(layer.kernel)
  const dilation = pair(layer.dilation)
  const stride = pair(layer.stride, layer.kind === 'pool' ? kernel : [1, 1])
  const question = { op: 'code', inputSize: size, kernel, stride, dilation }
  const [rows, columns] = resolvePadding(layer.padding ?? 'valid', question)
  if (layer.kind !== 'pool' || layer.ceil !== true) return { kernel, stride, dilation, padding: [rows, columns] }
  const reach = ([before, after]: PaddingPair, axis: 0 | 1): PaddingPair => {
    const needed = (outputSize[axis] - 1) * stride[axis] + extentOf(kernel[axis], dilation[axis]) - size[axis] - before
    return [before, Math.max(after, needed)]
  }
  return { kernel, stride, dilation, padding: [reach(rows, 0), reach(columns, 1)] }
}

/** A transposed convolution: its padding takes away from the result. */
export function transposedOf(
  resolved: Resolved & { readonly layer: Extract<ChainLayer, { kind: 'transposed' }> },
): Window & { readonly outputPadding: Pair } {
  const { layer, size, outputSize } = resolved
  const kernel = pair(layer.kernel)
  const dilation = pair(layer.dilation)
  const stride = pair(layer.stride)
  const outputPadding = pair(layer.outputPadding, [0, 0])
  // 'same' and the like are those of the convolution that it is the adjoint of, which reads the result.
  const question = { op: 'code', inputSize: outputSize, kernel, stride, dilation }
  const [rows, columns] = resolvePadding(layer.padding ?? 'valid', question)
  const pads = [rows, columns] as const
  const grown = ([0, 1] as const).map(
    (axis) =>
      outputSize[axis] -
      ((size[axis] - 1) * stride[axis] + extentOf(kernel[axis], dilation[axis]) - pads[axis][0] - pads[axis][1]),
  )
  return {
    kernel,
    stride,
    dilation,
    padding: pads,
    outputPadding: layer.outputPadding === undefined ? [grown[0], grown[1]] : outputPadding,
  }
}

/** How one axis of a layer looks at what comes in, as a tuple of Python. */
export function viewText(resolved: Resolved, axis: 0 | 1): string {
  const { layer, size } = resolved
  const window = (kernel: number, stride: number, dilation: number, before: number): string =>
    `("window", ${kernel}, ${stride}, ${dilation}, ${before}, ${size[axis]})`
  switch (layer.kind) {
    case 'conv':
    case 'depthwise':
    case 'separable':
    case 'pool': {
      const { kernel, stride, dilation, padding } = windowOf({ ...resolved, layer })
      return window(kernel[axis], stride[axis], dilation[axis], padding[axis][0])
    }
    case 'transposed': {
      const { kernel, stride, dilation, padding } = transposedOf({ ...resolved, layer })
      return `("transposed", ${kernel[axis]}, ${stride[axis]}, ${dilation[axis]}, ${padding[axis][0]}, ${size[axis]})`
    }
    case 'upsample': {
      const factor = pair(layer.factor)[axis]
      const [kernel, before] =
        layer.mode === 'nearest' ? [factor, 0] : [2 * factor - (factor % 2), Math.ceil((factor - 1) / 2)]
      return `("transposed", ${kernel}, ${factor}, 1, ${before}, ${size[axis]})`
    }
    case 'global-pool':
    case 'linear':
      return window(size[axis], 0, 1, 0)
    case 'adaptive-pool':
      return `("adaptive", ${pair(layer.size)[axis]}, ${size[axis]})`
    default:
      return window(1, 1, 1, 0)
  }
}

/** Where the looked-at output begins among the values of its layer, channels last, and how many belong to it. */
export function chosenValues({ rows, layer, position, channel }: Shown): {
  readonly from: number
  readonly to: number
} {
  const { positions, channels } = rows[layer]
  const first = (position[0] * positions![1] + position[1]) * channels
  return channel === 0 ? { from: first, to: first + channels } : { from: first + channel - 1, to: first + channel }
}

export { pair }
