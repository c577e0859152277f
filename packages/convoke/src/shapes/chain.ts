// Walks a list of layers over an input shape: output shape, cost and receptive field of each, or the first layer that
// does not fit and why. Shapes are those of one example, `[...spatial, channels]` or, once flat, `[features]`.

import type { ChainLayer, PoolKind, Weighted, Windowed } from './chain-layer.ts'
import { type ConvSpec, convSpec, convTransposeSpec, type PerAxis, perAxis } from './conv-spec.ts'
import {
  addCounts,
  type Counts,
  convCounts,
  convTransposeCounts,
  elementwiseCounts,
  linearCounts,
  noCounts,
  normalisationCounts,
  poolCounts,
  resizeCounts,
} from './counts.ts'
import { ConvokeError, check, showShape } from './error.ts'
import { extentOf, resolvePadding } from './padding.ts'
import { poolSpec } from './pool-spec.ts'
import {
  type AxisView,
  adaptiveView,
  inputsSeen,
  pointView,
  type ReceptiveField,
  receptiveField,
  regionOf,
  transposedView,
  transposedViews,
  wholeView,
  windowViews,
} from './receptive-field.ts'

/** What one layer of a chain does to its input. The counts are those of this layer. */
export interface ChainStep extends Counts {
  /** The layer's own label, or its kind. */
  readonly label: string
  /** `[...spatial, channels]` of one example, or `[features]` once flat. */
  readonly inputShape: readonly number[]
  /** In the same form as `inputShape`. */
  readonly outputShape: readonly number[]
  /** How many positions the output has along each spatial axis, also after `flatten`, when its shape no longer tells; 1 once all are one. */
  readonly positions: readonly number[]
  /** Region of the chain's input that one output of this layer sees: one entry a spatial axis of the chain's input. */
  readonly receptiveField: readonly ReceptiveField[]
}

/** What `walkChain` finds out. Shapes are those of one example, without the batch. */
export interface Chain {
  /** The shape that was given. */
  readonly inputShape: readonly number[]
  /** The shape after the last layer, or after the last that fits. */
  readonly outputShape: readonly number[]
  /** One entry a layer, up to the first that does not fit. */
  readonly steps: readonly ChainStep[]
  /** The counts of all steps together. */
  readonly total: Counts
  /** Input and output of the layer where the two together are largest: what inference must hold at once, in bytes. */
  readonly peakBytes: number
  /** The first layer that does not fit. The steps before it are valid. */
  readonly failure?: {
    /** Index of the layer, from 0. */
    readonly index: number
    /** Its own label, or its kind. */
    readonly label: string
    /** Why it does not fit, and what would. */
    readonly message: string
  }
}

interface Outcome {
  readonly shape: readonly number[]
  readonly counts: Counts
  readonly views: readonly AxisView[]
}

interface Place {
  readonly label: string
  readonly shape: readonly number[]
  /** Positions along each spatial axis, also after `flatten`, when `shape` no longer tells. */
  readonly spatial: readonly number[]
}

/**
 * Walks `layers` from `inputShape` (`[...spatial, channels]`, 1 to 3 spatial axes, or `[features]`), batch of one.
 * Throws only for an input shape that is none; a layer that does not fit is reported in `failure`.
 */
export const walkChain = (inputShape: readonly number[], layers: readonly ChainLayer[]): Chain =>
  walk(inputShape, layers).chain

/** What one output sees along one axis of the input. */
export interface SeenAlong {
  /** From the first to the last position, padding included: negative before the input. `last < first` where it sees nothing. */
  readonly region: {
    /** The first position, 0 being the first of the input. */
    readonly first: number
    /** The last position, inclusive. */
    readonly last: number
  }
  /** Every position of the input that it depends on, ascending: none in padding, none in the gaps of dilation. */
  readonly positions: readonly number[]
}

/**
 * What the output at `position` (one index a spatial axis; 0 once the axes are gone) of the last of `layers` sees of the input, one entry
 * a spatial axis: it depends on the positions of all of them together. Statistics that normalisations take over positions are left out.
 * Throws `ConvokeError` for layers that do not fit.
 *
 * @example
 * const [rows] = chainSees([8, 8, 1], [{ kind: 'conv', channels: 1, kernel: 3, dilation: 2, padding: 2 }], [0, 3])
 * rows.positions  // [0, 2]
 * rows.region  // { first: -2, last: 2 }
 */
export function chainSees(
  inputShape: readonly number[],
  layers: readonly ChainLayer[],
  position: readonly number[],
): readonly SeenAlong[] {
  const { chain, views, sizes } = walk(inputShape, layers)
  const { failure } = chain
  if (failure !== undefined) throw new ConvokeError(failure.message)
  check(
    position.length === views.length && position.every((index) => Number.isInteger(index) && index >= 0),
    () => `chainSees: the position ${showShape(position)} must be ${views.length} indices of 0 or more.`,
  )
  return views.map((along, axis) => ({
    region: regionOf(along, position[axis]),
    positions: inputsSeen(along, sizes[axis], position[axis]),
  }))
}

/** The chain, and by axis how each layer looks at what it reads and how long that is. */
interface Walk {
  readonly chain: Chain
  readonly views: readonly (readonly AxisView[])[]
  readonly sizes: readonly (readonly number[])[]
}

function walk(inputShape: readonly number[], layers: readonly ChainLayer[]): Walk {
  check(
    inputShape.length >= 1 && inputShape.length <= 4 && inputShape.every((size) => Number.isInteger(size) && size >= 1),
    () =>
      `chain: the input shape ${showShape(inputShape)} must be [...spatial, channels] with 1 to 3 spatial axes, or [features], all of 1 or more.`,
  )
  const steps: ChainStep[] = []
  const views: AxisView[][] = inputShape.slice(0, -1).map(() => [])
  const sizes: number[][] = inputShape.slice(0, -1).map(() => [])
  let shape: readonly number[] = Object.freeze([...inputShape])
  let spatial = shape.slice(0, -1)
  let total = noCounts
  let peakBytes = 0
  for (const [index, layer] of layers.entries()) {
    const label = layer.label ?? layer.kind
    let outcome: Outcome
    try {
      outcome = applyLayer(layer, { label: `layer ${index + 1} (${label})`, shape, spatial })
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      const failure = Object.freeze({ index, label, message: error.message })
      return {
        chain: Object.freeze({ inputShape, outputShape: shape, steps, total, peakBytes, failure }),
        views,
        sizes,
      }
    }
    for (const [axis, view] of outcome.views.entries()) {
      views[axis].push(view)
      sizes[axis].push(spatial[axis])
    }
    if (outcome.shape.length > 1) spatial = outcome.shape.slice(0, -1)
    else if (outcome.views.some((view) => view.jump === 0)) spatial = spatial.map(() => 1)
    steps.push(
      Object.freeze({
        ...outcome.counts,
        label,
        inputShape: shape,
        outputShape: Object.freeze([...outcome.shape]),
        positions: Object.freeze([...spatial]),
        receptiveField: views.map((chain) => receptiveField(chain)),
      }),
    )
    total = addCounts(total, outcome.counts)
    peakBytes = Math.max(peakBytes, 4 * (sizeOf(shape) + sizeOf(outcome.shape)))
    shape = steps[steps.length - 1].outputShape
  }
  return { chain: Object.freeze({ inputShape, outputShape: shape, steps, total, peakBytes }), views, sizes }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((total, size) => total * size, 1)

function applyLayer(layer: ChainLayer, place: Place): Outcome {
  const { label, shape, spatial } = place
  const same = (counts: Counts): Outcome => ({ shape, counts, views: spatial.map(() => pointView) })
  switch (layer.kind) {
    case 'elementwise':
      return same(elementwiseCounts(shape))
    case 'normalisation': {
      const { groups } = layer
      const channels = shape[shape.length - 1]
      check(
        groups === undefined || (Number.isInteger(groups) && groups >= 1 && channels % groups === 0),
        () =>
          `${label}: groups ${groups} must divide the ${channels} channels. Possible: ${commonDivisors(channels, channels)}.`,
      )
      return same(normalisationCounts(shape))
    }
    case 'flatten':
      return { shape: [sizeOf(shape)], counts: noCounts, views: spatial.map(() => pointView) }
    case 'linear':
      return linear(layer.features, layer.bias ?? true, place)
    case 'global-pool': {
      const channels = channelsOf(place, 'an input with spatial axes')
      const output = [channels]
      return {
        shape: output,
        counts: poolCounts(layer.pool, sizeOf(spatial), output),
        views: spatial.map((size) => wholeView(size)),
      }
    }
    case 'adaptive-pool':
      return adaptive(layer.pool, layer.size, place)
    case 'upsample':
      return upsample(layer.factor, layer.mode, place)
    case 'pool':
      return pool(layer, place)
    case 'conv':
      return conv(layer, layer.channels, layer.groups ?? 1, place)
    case 'depthwise': {
      const channels = channelsOf(place, 'an input with spatial axes')
      const [multiplier] = perAxis(label, 'the channel multiplier', layer.multiplier ?? 1, 1)
      return conv(layer, channels * multiplier, channels, place)
    }
    case 'separable': {
      const { kernel, stride, padding, dilation, bias } = layer
      const channels = channelsOf(place, 'an input with spatial axes')
      // The bias belongs to the pointwise half: one before it would be absorbed by it.
      const each = conv({ kernel, stride, padding, dilation, bias: false }, channels, channels, place)
      const mixed = conv({ kernel: 1, bias }, layer.channels, 1, { ...place, shape: each.shape })
      const { activationBytes } = mixed.counts
      return { ...each, shape: mixed.shape, counts: { ...addCounts(each.counts, mixed.counts), activationBytes } }
    }
    case 'transposed':
      return transposed(layer, place)
  }
}

/** Channels of an input that still has spatial axes; refuses a flat one. */
function channelsOf({ label, shape }: Place, wayOut: string): number {
  check(
    shape.length > 1,
    () =>
      `${label}: the input is flat, ${showShape(shape)}; this layer needs [...spatial, channels]. Give it ${wayOut}.`,
  )
  return shape[shape.length - 1]
}

function conv(layer: Weighted, channels: number, groups: number, place: Place): Outcome {
  const { label, shape, spatial } = place
  const inputChannels = channelsOf(place, 'an input with spatial axes')
  const kernel = perAxis(label, 'the kernel', layer.kernel, spatial.length)
  const [outputChannels] = perAxis(label, 'the number of kernels', channels, 1)
  const geometry = checkedGeometry(layer, kernel, place)
  check(
    Number.isInteger(groups) && groups >= 1 && inputChannels % groups === 0 && outputChannels % groups === 0,
    () =>
      `${label}: groups ${groups} must divide both the ${inputChannels} input channels and the ${outputChannels} output channels. Possible: ${commonDivisors(inputChannels, outputChannels)}.`,
  )
  const filter = [...kernel, inputChannels / groups, outputChannels]
  const spec = convSpec(label, [1, ...shape], filter, { ...geometry, groups })
  return { shape: outputOf(spec), counts: convCounts(spec, layer.bias ?? true), views: windowViews(spec) }
}

const outputOf = (spec: ConvSpec): number[] => [...spec.outputSize, spec.outputChannels]

function transposed(layer: Extract<ChainLayer, { kind: 'transposed' }>, place: Place): Outcome {
  const { label, shape, spatial } = place
  const { stride, padding, dilation, outputPadding, bias, groups = 1 } = layer
  const inputChannels = channelsOf(place, 'an input with spatial axes')
  const kernel = perAxis(label, 'the kernel', layer.kernel, spatial.length)
  check(
    Number.isInteger(groups) && groups >= 1 && inputChannels % groups === 0 && layer.channels % groups === 0,
    () =>
      `${label}: groups ${groups} must divide both the ${inputChannels} input channels and the ${layer.channels} output channels. Possible: ${commonDivisors(inputChannels, layer.channels)}.`,
  )
  const filter = [...kernel, layer.channels / groups, inputChannels]
  const spec = convTransposeSpec(label, [1, ...shape], filter, { stride, padding, dilation, outputPadding, groups })
  return {
    shape: [...spec.inputSize, spec.inputChannels],
    counts: convTransposeCounts(spec, bias ?? true),
    views: transposedViews(spec),
  }
}

function pool(layer: Extract<ChainLayer, { kind: 'pool' }>, place: Place): Outcome {
  const { label, shape, spatial } = place
  channelsOf(place, 'an input with spatial axes')
  const kernel = perAxis(label, 'the window', layer.kernel, spatial.length)
  const { stride, dilation, padding } = checkedGeometry({ ...layer, stride: layer.stride ?? kernel }, kernel, place)
  const spec = poolSpec(label, [1, ...shape], { kernel, stride, padding, dilation, ceil: layer.ceil })
  const output = [...spec.outputSize, spec.channels]
  return {
    shape: output,
    counts: poolCounts(layer.pool, sizeOf(kernel), output),
    views: windowViews(spec),
  }
}

/** Stride, dilation and padding of a window layer; refuses a window that exceeds the padded input, and says what fits. */
function checkedGeometry(layer: Windowed & { readonly ceil?: boolean }, kernel: readonly number[], place: Place) {
  const { label, spatial } = place
  const stride = perAxis(label, 'stride', layer.stride ?? 1, spatial.length)
  const dilation = perAxis(label, 'dilation', layer.dilation ?? 1, spatial.length)
  const question = { op: label, inputSize: spatial, kernel, stride, dilation }
  const padding = resolvePadding(layer.padding ?? 'valid', question)
  spatial.forEach((input, axis) => {
    const [before, after] = padding[axis]
    const padded = input + before + after
    const extent = extentOf(kernel[axis], dilation[axis])
    // In ceil mode a window may reach beyond the padded input: whether one is left is for the pool's own arithmetic.
    check(extent <= padded || layer.ceil === true, () => {
      const spans = dilation[axis] === 1 ? '' : ` (${kernel[axis]} taps, dilation ${dilation[axis]})`
      const largest = Math.floor((padded - 1) / dilation[axis]) + 1
      const least = Math.ceil((extent - input) / 2)
      return `${label}: the window spans ${extent}${spans} along axis ${axis}, the padded input has ${padded} (size ${input}, padding ${before} + ${after}). What fits there: a kernel of ${largest} or less, or padding of ${least} or more on each side.`
    })
  })
  return { stride, dilation, padding }
}

function adaptive(kind: PoolKind, wanted: PerAxis, place: Place): Outcome {
  const { label, spatial } = place
  const channels = channelsOf(place, 'an input with spatial axes')
  const size = perAxis(label, 'the output size', wanted, spatial.length)
  const output = [...size, channels]
  const window = sizeOf(spatial.map((input, axis) => Math.ceil(input / size[axis])))
  return {
    shape: output,
    counts: poolCounts(kind, window, output),
    views: spatial.map((input, axis) => adaptiveView(input, size[axis])),
  }
}

/** Nearest copies; linear weighs 2 neighbours an axis, as the transposed convolution of 2f − f mod 2 taps does. */
function upsample(by: PerAxis, mode: 'nearest' | 'linear', place: Place): Outcome {
  const { label, spatial } = place
  const channels = channelsOf(place, 'an input with spatial axes')
  const factor = perAxis(label, 'the factor', by, spatial.length)
  const output = [...spatial.map((size, axis) => size * factor[axis]), channels]
  return {
    shape: output,
    counts: resizeCounts(mode === 'nearest' ? 0 : 2 ** spatial.length, output),
    views: factor.map((f) =>
      mode === 'nearest' ? transposedView(f, f, 1, 0) : transposedView(2 * f - (f % 2), f, 1, Math.ceil((f - 1) / 2)),
    ),
  }
}

function linear(features: number, bias: boolean, { label, shape, spatial }: Place): Outcome {
  check(
    shape.length === 1,
    () =>
      `${label}: a linear layer reads a flat vector, the input is ${showShape(shape)}. Put flatten (${sizeOf(shape)} values) or globalpool (${shape[shape.length - 1]}) before it, or use a 1×1 conv for every position.`,
  )
  const [outputs] = perAxis(label, 'the number of outputs', features, 1)
  return {
    shape: [outputs],
    counts: linearCounts(shape[0], outputs, bias),
    views: spatial.map((size) => wholeView(size)),
  }
}

function commonDivisors(a: number, b: number): string {
  const divisors = Array.from({ length: Math.min(a, b) }, (_, index) => index + 1).filter(
    (d) => (a % d) + (b % d) === 0,
  )
  return divisors.length > 12
    ? `${divisors.slice(0, 11).join(', ')}, … ${divisors[divisors.length - 1]}`
    : divisors.join(', ')
}
