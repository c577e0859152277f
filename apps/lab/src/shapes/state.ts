// What the view shows: a stack of layers, the picture that goes in, and the output that is looked at.

import { largestOf, type Padding, type PerAxis } from 'convoke/shapes'
import { type Network, parseNetwork, writeNetwork } from 'convoke-workbench'
import { type SampleName, samples } from '../pictures/samples.ts'
import { presets } from './presets.ts'

export { type SampleName, samples }

export interface ShapesState {
  /** Pictures in, layers one after the other; always within `bounds`. */
  readonly network: Network
  /** The drawn picture; an own one takes its place while the page is open. */
  readonly sample: SampleName
  /** The layer whose output is looked at. */
  readonly layer: number
  /** Which of its outputs, as shares of its height and width: stays where it is when sizes change. */
  readonly place: readonly [down: number, along: number]
  /** Channel whose gradient is shown; 0 is the sum of all, 1 the first. */
  readonly channel: number
  /** Which random weights the effective field is computed with. */
  readonly seed: number
}

/** What a stack in the page stays within: sizes are worked out in no time, and nothing that is drawn or kept grows without end. */
export const bounds = Object.freeze({
  side: 512,
  inputChannels: 64,
  layers: 64,
  channels: 4096,
  features: 32_768,
  kernel: 31,
  stride: 16,
  dilation: 32,
  padding: 128,
  /** By how much transposed convolutions, upsampling and adaptive pools together may stretch. */
  stretch: 4096,
  seed: 999,
})

const whole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most

const each = (value: PerAxis | undefined, least: number, most: number): boolean =>
  value === undefined || [value].flat().every((one) => whole(one, least, most))

const paddingFits = (padding: Padding | undefined): boolean =>
  padding === undefined || typeof padding === 'string' || each([padding].flat(2) as number[], 0, bounds.padding)

const largest = (value: PerAxis | undefined): number => (value === undefined ? 1 : largestOf([value].flat()))

/** Whether a network is one that the page takes: a picture in, every number within bounds. What does not fit together is no matter of bounds. */
export function withinBounds({ inputShape, layers }: Network): boolean {
  const [height, width, channels] = inputShape
  if (inputShape.length !== 3 || !whole(height, 1, bounds.side) || !whole(width, 1, bounds.side)) return false
  if (!whole(channels, 1, bounds.inputChannels) || layers.length > bounds.layers) return false
  let stretch = 1
  for (const layer of layers) {
    if ('kernel' in layer) {
      const { stride, dilation, padding } = layer
      if (!each(layer.kernel, 1, bounds.kernel) || !each(stride, 1, bounds.stride)) return false
      if (!each(dilation, 1, bounds.dilation) || !paddingFits(padding)) return false
    }
    if ('channels' in layer && !whole(layer.channels, 1, bounds.channels)) return false
    if ('groups' in layer && layer.groups !== undefined && !whole(layer.groups, 1, bounds.channels)) return false
    if (layer.kind === 'depthwise' && !whole(layer.multiplier ?? 1, 1, 64)) return false
    if (layer.kind === 'linear' && !whole(layer.features, 1, bounds.features)) return false
    if (layer.kind === 'transposed') {
      if (!each(layer.outputPadding, 0, bounds.stride)) return false
      stretch *= largest(layer.stride)
    }
    if (layer.kind === 'upsample') {
      if (!each(layer.factor, 1, bounds.stride)) return false
      stretch *= largest(layer.factor)
    }
    if (layer.kind === 'adaptive-pool') {
      if (!each(layer.size, 1, 64)) return false
      stretch *= largest(layer.size)
    }
  }
  return stretch <= bounds.stretch
}

/** The network that a text describes; undefined for a text that is none, or one beyond bounds. */
export function readNetwork(text: string): Network | undefined {
  try {
    const network = parseNetwork(text)
    return withinBounds(network) ? network : undefined
  } catch {
    return undefined
  }
}

export const textOf = (network: Network): string => writeNetwork(network)

export const firstPreset = 'small'

export const firstShapes: ShapesState = Object.freeze({
  network: parseNetwork(presets[firstPreset]),
  sample: 'scene',
  layer: 9,
  place: [0.5, 0.5],
  channel: 0,
  seed: 0,
} satisfies ShapesState)
