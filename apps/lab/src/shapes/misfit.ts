// Why a layer does not fit what comes before it, and the nearest changes with which it does. Each change is tried before it is offered.

import {
  type ChainLayer,
  type ChainStep,
  extentOf,
  largestOf,
  type PerAxis,
  resolvePadding,
  smallestOf,
  walkChain,
} from 'convoke/shapes'
import type { Network } from 'convoke-workbench'

/** Where the library's own reason has no words of the page, they stand as they are. */
export type Reason =
  | { readonly kind: 'flat'; readonly size: number }
  | { readonly kind: 'not-flat'; readonly shape: readonly number[] }
  | { readonly kind: 'window'; readonly axis: number; readonly extent: number; readonly padded: number }
  | { readonly kind: 'groups'; readonly groups: number; readonly input: number; readonly output: number | undefined }
  | { readonly kind: 'output-padding'; readonly most: number }
  | { readonly kind: 'pool-padding'; readonly most: number }
  | { readonly kind: 'other'; readonly message: string }

/** What a change does, for its button. */
export type Remedy =
  | { readonly kind: 'flatten-before' }
  | { readonly kind: 'global-pool-before' }
  | { readonly kind: 'move-before'; readonly name: string }
  | { readonly kind: 'remove-before'; readonly name: string }
  | { readonly kind: 'kernel'; readonly size: number }
  | { readonly kind: 'same-padding' }
  | { readonly kind: 'dilation'; readonly size: number }
  | { readonly kind: 'groups'; readonly count: number }
  | { readonly kind: 'channels'; readonly count: number }
  | { readonly kind: 'output-padding'; readonly size: number }
  | { readonly kind: 'padding'; readonly size: number }
  | { readonly kind: 'remove' }

export interface Fix {
  readonly remedy: Remedy
  readonly layers: readonly ChainLayer[]
}

export interface Misfit {
  readonly index: number
  readonly reason: Reason
  readonly fixes: readonly Fix[]
}

const largest = (value: PerAxis | undefined, usual: number): number =>
  value === undefined ? usual : largestOf([value].flat())
const at = (value: PerAxis | undefined, axis: number, usual: number): number =>
  value === undefined ? usual : typeof value === 'number' ? value : value[axis]

interface Found {
  readonly reason: Reason
  /** The nearest first; those that do not help are left out later. */
  readonly candidates: readonly Fix[]
}

/** The layer that does not fit; undefined where all do. `steps` are those before it. */
export function misfitOf(network: Network, failure: { readonly index: number; readonly message: string }): Misfit {
  const { index } = failure
  const { steps } = walkChain(network.inputShape, network.layers.slice(0, index))
  const found = reasonOf(network, index, steps, failure.message)
  const remove: Fix = { remedy: { kind: 'remove' }, layers: network.layers.toSpliced(index, 1) }
  const different = new Map(found.candidates.map((fix) => [JSON.stringify(fix.remedy), fix]))
  // Where a layer does not fit for two reasons, what takes away the first of them helps as well.
  const [whole, partly] = ['fits', 'other'].map((outcome) =>
    [...different.values()].filter(({ layers }) => outcomeOf(network, layers, failure) === outcome),
  )
  return { index, reason: found.reason, fixes: [...whole, ...partly].slice(0, 3).concat(remove) }
}

/** Whether the layer fits now, or what is said of it is at least something else. */
function outcomeOf(
  { inputShape }: Network,
  layers: readonly ChainLayer[],
  before: { readonly index: number; readonly message: string },
): 'fits' | 'other' | 'same' {
  const { failure } = walkChain(inputShape, layers)
  if (failure === undefined || failure.index > before.index) return 'fits'
  return failure.index === before.index && reasonText(failure.message) !== reasonText(before.message) ? 'other' : 'same'
}

/** Without the layer's own text, which changes with it. */
const reasonText = (message: string): string => message.replace(/^[^:]*: /, '').replace(/\d+/g, '#')

function reasonOf(network: Network, index: number, steps: readonly ChainStep[], message: string): Found {
  const { layers, inputShape } = network
  const layer = layers[index]
  const shape = steps[index - 1]?.outputShape ?? inputShape
  const replace = (remedy: Remedy, next: ChainLayer): Fix => ({ remedy, layers: layers.with(index, next) })
  const insert = (remedy: Remedy, next: ChainLayer): Fix => ({ remedy, layers: layers.toSpliced(index, 0, next) })
  const channels = shape[shape.length - 1]
  if (layer.kind === 'linear')
    return {
      reason: { kind: 'not-flat', shape },
      candidates: [
        insert({ kind: 'flatten-before' }, { kind: 'flatten' }),
        insert({ kind: 'global-pool-before' }, { kind: 'global-pool', pool: 'average' }),
      ],
    }
  if (shape.length === 1) return { reason: { kind: 'flat', size: channels }, candidates: beforeFlat(network, index) }
  if (layer.kind === 'normalisation' && layer.groups !== undefined)
    return {
      reason: { kind: 'groups', groups: layer.groups, input: channels, output: undefined },
      candidates: nearestDivisors(channels, channels, layer.groups).map((count) =>
        replace({ kind: 'groups', count }, { ...layer, groups: count }),
      ),
    }
  const window = windowReason(layer, shape)
  if (window !== undefined) return { reason: window, candidates: windowFixes(layer, shape, replace) }
  if (layer.kind === 'conv' || layer.kind === 'transposed') {
    const { groups = 1 } = layer
    if (channels % groups !== 0 || layer.channels % groups !== 0)
      return {
        reason: { kind: 'groups', groups, input: channels, output: layer.channels },
        candidates: [
          ...nearestDivisors(channels, layer.channels, groups).map((count) =>
            replace({ kind: 'groups', count }, { ...layer, groups: count }),
          ),
          ...(channels % groups === 0
            ? [multipleNear(layer.channels, groups)].map((count) =>
                replace({ kind: 'channels', count }, { ...layer, channels: count }),
              )
            : []),
        ],
      }
  }
  if (layer.kind === 'transposed' && largest(layer.outputPadding, 0) > 0) {
    const most = Math.max(largest(layer.stride, 1), largest(layer.dilation, 1)) - 1
    if (largest(layer.outputPadding, 0) > most)
      return {
        reason: { kind: 'output-padding', most },
        candidates: [most, 0].map((size) =>
          replace({ kind: 'output-padding', size }, { ...layer, outputPadding: size }),
        ),
      }
  }
  if (layer.kind === 'pool' && typeof layer.padding !== 'string' && layer.padding !== undefined) {
    const most = smallestOf([0, 1].map((axis) => extentOf(at(layer.kernel, axis, 1), at(layer.dilation, axis, 1)))) - 1
    return {
      reason: { kind: 'pool-padding', most },
      candidates: [most, Math.floor(most / 2), 0].map((size) =>
        replace({ kind: 'padding', size }, { ...layer, padding: size === 0 ? undefined : size }),
      ),
    }
  }
  if (layer.kind === 'transposed')
    return {
      reason: { kind: 'other', message },
      candidates: [replace({ kind: 'padding', size: 0 }, { ...layer, padding: undefined })],
    }
  return { reason: { kind: 'other', message }, candidates: [] }
}

/** What makes values flat, before a layer that needs positions: the layer goes before it, or it goes. */
function beforeFlat({ layers }: Network, index: number): Fix[] {
  const flat = layers.slice(0, index).findIndex(({ kind }) => kind === 'flatten' || kind === 'global-pool')
  if (flat < 0) return []
  const name = layers[flat].kind
  const moved = layers.toSpliced(index, 1).toSpliced(flat, 0, layers[index])
  return [
    { remedy: { kind: 'move-before', name }, layers: moved },
    { remedy: { kind: 'remove-before', name }, layers: layers.toSpliced(flat, 1) },
  ]
}

type WindowLayer = Extract<ChainLayer, { readonly kernel: PerAxis }>

const isWindow = (layer: ChainLayer): layer is WindowLayer => 'kernel' in layer && layer.kind !== 'transposed'

/** By axis: what the window spans, and what there is of the input with its padding. */
function spansOf(layer: WindowLayer, shape: readonly number[]) {
  const spatial = shape.slice(0, -1)
  const axes = spatial.map((_, axis) => axis)
  const kernel = axes.map((axis) => at(layer.kernel, axis, 1))
  const dilation = axes.map((axis) => at(layer.dilation, axis, 1))
  const stride = axes.map((axis) => at(layer.stride, axis, layer.kind === 'pool' ? kernel[axis] : 1))
  const padding = resolvePadding(layer.padding ?? 'valid', {
    ...{ op: 'window', inputSize: spatial, kernel, stride, dilation },
  })
  return axes.map((axis) => ({
    ...{ kernel: kernel[axis], dilation: dilation[axis], extent: extentOf(kernel[axis], dilation[axis]) },
    padded: spatial[axis] + padding[axis][0] + padding[axis][1],
  }))
}

function windowReason(layer: ChainLayer, shape: readonly number[]): Reason | undefined {
  if (!isWindow(layer)) return undefined
  const spans = spansOf(layer, shape)
  const axis = spans.findIndex(({ extent, padded }) => extent > padded)
  return axis < 0 ? undefined : { kind: 'window', axis, extent: spans[axis].extent, padded: spans[axis].padded }
}

function windowFixes(
  layer: ChainLayer,
  shape: readonly number[],
  replace: (remedy: Remedy, next: ChainLayer) => Fix,
): Fix[] {
  if (!isWindow(layer)) return []
  const spans = spansOf(layer, shape)
  const kernel = smallestOf(spans.map(({ padded, dilation }) => Math.floor((padded - 1) / dilation) + 1))
  const dilation = smallestOf(
    spans.map((span) => (span.kernel === 1 ? span.dilation : Math.floor((span.padded - 1) / (span.kernel - 1)))),
  )
  const dilated = spans.some((span) => span.dilation > 1)
  return [
    ...(layer.kind === 'pool' ? [] : [replace({ kind: 'same-padding' }, { ...layer, padding: 'same' })]),
    ...(dilated && dilation >= 1 ? [replace({ kind: 'dilation', size: dilation }, { ...layer, dilation })] : []),
    ...(kernel >= 1 ? [replace({ kind: 'kernel', size: kernel }, { ...layer, kernel })] : []),
  ]
}

/** The common divisors next to `wanted`, the nearest first. */
function nearestDivisors(a: number, b: number, wanted: number): number[] {
  const common = Array.from({ length: Math.min(a, b) }, (_, i) => i + 1).filter((d) => a % d === 0 && b % d === 0)
  return common.toSorted((x, y) => Math.abs(x - wanted) - Math.abs(y - wanted) || x - y).slice(0, 2)
}

const multipleNear = (count: number, factor: number): number => Math.max(1, Math.round(count / factor)) * factor
