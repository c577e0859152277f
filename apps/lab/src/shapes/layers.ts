// The kinds of layer that can be put into a stack, and how a stack is changed.

import type { ChainLayer, Padding } from 'convoke/shapes'
import type { ShapesState } from './state.ts'
import type { LayerRow } from './task.ts'

export type Kind =
  | 'conv'
  | 'depthwise'
  | 'separable'
  | 'transposed'
  | 'max-pool'
  | 'average-pool'
  | 'global-pool'
  | 'adaptive-pool'
  | 'upsample'
  | 'activation'
  | 'normalisation'
  | 'flatten'
  | 'linear'
  | 'dropout'

export const activations = [
  ...(['relu', 'relu6', 'leakyrelu', 'elu', 'gelu', 'silu', 'mish'] as const),
  ...(['sigmoid', 'tanh', 'softplus', 'softmax', 'hardswish', 'hardsigmoid'] as const),
] as const
export type ActivationWord = (typeof activations)[number]

export const normalisations = ['bn', 'ln', 'gn', 'in'] as const
export type NormWord = (typeof normalisations)[number]

/** What the library calls the activations that need no more than their name. */
export const activationNames: Readonly<Record<Exclude<ActivationWord, 'softmax'>, string>> = {
  ...{ relu: 'relu', relu6: 'relu6', leakyrelu: 'leakyRelu', elu: 'elu', gelu: 'gelu', silu: 'silu', mish: 'mish' },
  ...{ sigmoid: 'sigmoid', tanh: 'tanh', softplus: 'softplus', hardswish: 'hardSwish', hardsigmoid: 'hardSigmoid' },
}

/** Groups of channels of a `gn` without a number: 32, or the next fewer that divide them. */
export function groupsOf(layer: { readonly groups?: number | undefined }, channels: number): number {
  if (layer.groups !== undefined) return layer.groups
  let groups = Math.min(32, channels)
  while (channels % groups !== 0) groups--
  return groups
}

/** A layer of each kind to begin with. */
const fresh: Readonly<Record<Kind, ChainLayer>> = {
  conv: { kind: 'conv', channels: 32, kernel: 3, padding: 'same' },
  depthwise: { kind: 'depthwise', kernel: 3, padding: 'same' },
  separable: { kind: 'separable', channels: 32, kernel: 3, padding: 'same' },
  transposed: { kind: 'transposed', channels: 16, kernel: 2, stride: 2 },
  'max-pool': { kind: 'pool', pool: 'max', kernel: 2 },
  'average-pool': { kind: 'pool', pool: 'average', kernel: 2 },
  'global-pool': { kind: 'global-pool', pool: 'average' },
  'adaptive-pool': { kind: 'adaptive-pool', pool: 'average', size: 4 },
  upsample: { kind: 'upsample', factor: 2, mode: 'nearest' },
  activation: { kind: 'elementwise', name: 'relu' },
  normalisation: { kind: 'normalisation', name: 'bn' },
  flatten: { kind: 'flatten' },
  linear: { kind: 'linear', features: 10 },
  dropout: { kind: 'elementwise', name: 'dropout' },
}

export const kinds = Object.keys(fresh) as readonly Kind[]
export const freshLayer = (kind: Kind): ChainLayer => fresh[kind]

export function kindOf(layer: ChainLayer): Kind {
  if (layer.kind === 'pool') return layer.pool === 'max' ? 'max-pool' : 'average-pool'
  if (layer.kind === 'elementwise') return layer.name === 'dropout' ? 'dropout' : 'activation'
  return layer.kind
}

/** A layer without the text it was read from: what shows and is written follows from its options. */
export function plain(layer: ChainLayer): ChainLayer {
  const { label: _, ...options } = layer
  return options as ChainLayer
}

const withLayers = (state: ShapesState, layers: readonly ChainLayer[], layer: number): ShapesState => ({
  ...state,
  network: { inputShape: state.network.inputShape, layers },
  layer: Math.min(Math.max(layer, 0), Math.max(layers.length - 1, 0)),
})

/** Puts a layer behind the one that is looked at. */
export function addAfter(state: ShapesState, layer: ChainLayer): ShapesState {
  const { layers } = state.network
  const at = layers.length === 0 ? 0 : state.layer + 1
  return withLayers(state, layers.toSpliced(at, 0, layer), at)
}

export const removeAt = (state: ShapesState, index: number): ShapesState =>
  withLayers(state, state.network.layers.toSpliced(index, 1), index < state.layer ? state.layer - 1 : state.layer)

export function moveBy(state: ShapesState, index: number, by: -1 | 1): ShapesState {
  const { layers } = state.network
  const to = index + by
  if (layers[to] === undefined) return state
  return withLayers(state, layers.with(index, layers[to]).with(to, layers[index]), to)
}

export const changeAt = (state: ShapesState, index: number, layer: ChainLayer): ShapesState =>
  withLayers(state, state.network.layers.with(index, plain(layer)), index)

/** The last layer with outputs to choose among; the first where there is none. */
export const deepest = (rows: readonly Pick<LayerRow, 'positions'>[]): number =>
  Math.max(
    rows.findLastIndex(({ positions }) => (positions ?? []).some((count) => count > 1)),
    0,
  )

export type PaddingName = 'valid' | 'same' | 'same-lower' | 'causal' | 'number'

export const paddingName = (padding: Padding | undefined): PaddingName =>
  padding === undefined || padding === 0 ? 'valid' : typeof padding === 'string' ? padding : 'number'
