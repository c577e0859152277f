// The one description of a pooling that every backend reads. Ceil mode follows PyTorch and ONNX: the size is rounded
// up, but the last window must start inside the input or the padding before it.

import { type PerAxis, perAxis, type SpatialRank } from './conv-spec.ts'
import { check, showShape } from './error.ts'
import { greatestCommonDivisor } from './map-regions.ts'
import { extentOf, type Padding, type PaddingPair, resolvePadding } from './padding.ts'

/** A pooling over `rank` spatial axes of `[batch, ...inputSize, channels]`, fully resolved and frozen. */
export interface PoolSpec {
  /** Number of spatial axes. All lists below have one entry for each. */
  readonly rank: SpatialRank
  /** Examples at a time. */
  readonly batch: number
  /** Channels, each pooled by itself. */
  readonly channels: number
  /** Spatial size of the input, without padding. */
  readonly inputSize: readonly number[]
  /** Spatial size of the output. */
  readonly outputSize: readonly number[]
  /** Size of the window in taps. */
  readonly kernel: readonly number[]
  /** Steps between neighbouring windows. */
  readonly stride: readonly number[]
  /** Elements [before, after] the input, along each axis: never a maximum, zeros for an average that counts them. */
  readonly padding: readonly PaddingPair[]
  /** Distance between neighbouring taps. */
  readonly dilation: readonly number[]
  /** Adaptive windows [floor(o·in/out), ceil((o+1)·in/out)): kernel, stride and dilation then play no part. */
  readonly adaptive: boolean
}

/** Where the windows of a pooling lie. Single numbers are used for every spatial axis. */
export interface PoolGeometry {
  /** Window length; one number for all axes or one per axis. */
  readonly kernel: PerAxis
  /** Defaults to the kernel: windows side by side. */
  readonly stride?: PerAxis | undefined
  /** Elements around the input: 'valid' (none) when not given. See `Padding`. */
  readonly padding?: Padding | undefined
  /** Distance between neighbouring taps, 1 or more: 1 when not given. */
  readonly dilation?: PerAxis | undefined
  /** Rounds the output size up instead of down. */
  readonly ceil?: boolean | undefined
}

/**
 * The number of spatial axes of `[batch, ...spatial, channels]`. Throws `ConvokeError`, beginning with `op`, unless
 * there are 1 to 3, none empty.
 */
export function checkPoolInput(op: string, shape: readonly number[]): SpatialRank {
  const rank = shape.length - 2
  check(
    rank >= 1 && rank <= 3,
    () =>
      `${op}: the input must be [batch, ...spatial, channels] with 1 to 3 spatial axes; it has shape ${showShape(shape)}.`,
  )
  check(
    shape.slice(1, -1).every((size) => size >= 1),
    () => `${op}: the input of shape ${showShape(shape)} is empty. Every spatial axis must be 1 or more.`,
  )
  return rank as SpatialRank
}

/**
 * Number of windows along one axis; 0 where none fits. With `ceil` a last one may reach beyond the padded input, as
 * long as it begins before the input ends.
 */
export function poolOutputSize(
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
  [before, after]: PaddingPair,
  ceil: boolean,
): number {
  const span = input + before + after - extentOf(kernel, dilation)
  if (span < 0 && !ceil) return 0
  const size = (ceil ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1
  return ceil && (size - 1) * stride >= input + before ? size - 1 : size
}

/** Whether every window that starts in the padding has a tap inside the input. */
function reachesInput(
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
  before: number,
  outputs: number,
) {
  for (let o = 0; o < outputs && o * stride < before; o++) {
    const skipped = Math.ceil((before - o * stride) / dilation)
    if (skipped >= kernel || o * stride - before + skipped * dilation >= input) return false
  }
  return true
}

/** The spec of a pooling of an input `[batch, ...spatial, channels]`. Throws `ConvokeError` when the window does not fit. */
export function poolSpec(op: string, shape: readonly number[], options: PoolGeometry): PoolSpec {
  const rank = checkPoolInput(op, shape)
  const inputSize = Object.freeze(shape.slice(1, -1))
  const kernel = perAxis(op, 'kernel', options.kernel, rank)
  const stride = perAxis(op, 'stride', options.stride ?? kernel, rank)
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, rank)
  const padding = resolvePadding(options.padding ?? 'valid', { op, inputSize, kernel, stride, dilation })
  const ceil = options.ceil ?? false
  const outputSize = inputSize.map((size, axis) => {
    const [k, s, d] = [kernel[axis], stride[axis], dilation[axis]]
    padding[axis].forEach((pad) => {
      check(
        pad < extentOf(k, d),
        () =>
          `${op}: padding ${pad} along spatial axis ${axis} would make windows of padding alone (kernel ${k}, dilation ${d}). Use less than ${extentOf(k, d)}.`,
      )
    })
    const output = poolOutputSize(size, k, s, d, padding[axis], ceil)
    check(
      output < 1 || reachesInput(size, k, s, d, padding[axis][0], output),
      () =>
        `${op}: dilation ${d} along spatial axis ${axis} steps over the whole input of ${size}, which leaves a window of padding alone (kernel ${k}, padding ${padding[axis][0]} + ${padding[axis][1]}). Use less dilation or less padding.`,
    )
    check(
      output >= 1,
      () =>
        `${op}: the window spans ${extentOf(k, d)} along spatial axis ${axis}, the padded input has ${size + padding[axis][0] + padding[axis][1]}. Use a smaller kernel, less dilation, or more padding.`,
    )
    return output
  })
  const channels = shape[rank + 1]
  return Object.freeze({
    ...{ rank, batch: shape[0], channels, inputSize, outputSize: Object.freeze(outputSize), kernel, stride },
    ...{ padding: Object.freeze(padding), dilation, adaptive: false },
  })
}

/** The spec of a pooling to a fixed output size, whatever the input's. */
export function adaptivePoolSpec(op: string, shape: readonly number[], outputSize: PerAxis): PoolSpec {
  const rank = checkPoolInput(op, shape)
  const ones = Object.freeze(Array<number>(rank).fill(1))
  return Object.freeze({
    ...{ rank, batch: shape[0], channels: shape[rank + 1], inputSize: Object.freeze(shape.slice(1, -1)) },
    ...{ outputSize: perAxis(op, 'outputSize', outputSize, rank), kernel: ones, stride: ones, dilation: ones },
    ...{ padding: Object.freeze(ones.map(() => Object.freeze([0, 0] as const))), adaptive: true },
  })
}

/** The taps of one window along one axis: `start`, `start + step`, … */
export interface PoolWindow {
  /** Index of the first tap; negative inside the padding. */
  readonly start: number
  /** How many taps there are. */
  readonly taps: number
  /** Inputs between neighbouring taps. */
  readonly step: number
  /** Taps that lie inside the padded input: the divisor of an average that counts padding. */
  readonly counted: number
}

/** The window of output `index` along spatial `axis`. */
export function poolWindow(spec: PoolSpec, axis: number, index: number): PoolWindow {
  const size = spec.inputSize[axis]
  if (spec.adaptive) {
    const outputs = spec.outputSize[axis]
    const start = Math.floor((index * size) / outputs)
    const taps = Math.ceil(((index + 1) * size) / outputs) - start
    return { start, taps, step: 1, counted: taps }
  }
  const [before, after] = spec.padding[axis]
  const start = index * spec.stride[axis] - before
  const step = spec.dilation[axis]
  const taps = spec.kernel[axis]
  const counted = Math.min(taps, Math.ceil((size + after - start) / step))
  return { start, taps, step, counted }
}

/** The taps of a window that lie inside the input: `taps` may be 0. */
export function windowInside(spec: PoolSpec, axis: number, index: number): PoolWindow {
  const { start, taps, step, counted } = poolWindow(spec, axis, index)
  const skipped = start >= 0 ? 0 : Math.ceil(-start / step)
  const end = Math.min(taps, Math.ceil((spec.inputSize[axis] - start) / step))
  return { start: start + skipped * step, taps: Math.max(0, end - skipped), step, counted }
}

/** Outputs `first` … `end − 1` of an axis, whose windows return `turns` times, each time `step` inputs further on. */
export interface PoolRegion {
  /** Index of the first output. */
  readonly first: number
  /** Index after the last output. */
  readonly end: number
  /** How many times the windows return. */
  readonly turns: number
  /** Inputs between one turn and the next. */
  readonly step: number
}

/**
 * One spatial axis in regions of equal windows: outputs that reach into the padding stand alone, and so does an axis of up
 * to `short` outputs. `longest` are the taps of the longest window.
 */
export function poolRegions(
  spec: PoolSpec,
  axis: number,
  short: number,
): {
  /** The axis in order, without gaps. */
  readonly regions: readonly PoolRegion[]
  /** Taps of the longest window. */
  readonly longest: number
} {
  const [size, outputs] = [spec.inputSize[axis], spec.outputSize[axis]]
  const alone = (first: number, end: number): PoolRegion => ({ first, end, turns: 1, step: 0 })
  if (spec.adaptive) {
    const turns = greatestCommonDivisor(size, outputs)
    const regions = [{ first: 0, end: outputs, turns, step: size / turns }]
    return { regions, longest: Math.ceil(size / outputs) + 1 }
  }
  const [kernel, stride] = [spec.kernel[axis], spec.stride[axis]]
  const longest = Math.min(kernel, size)
  const before = spec.padding[axis][0]
  const first = Math.min(outputs, Math.ceil(before / stride))
  const last = Math.floor((size + before - extentOf(kernel, spec.dilation[axis])) / stride)
  const end = Math.min(outputs, last + 1)
  if (outputs <= short || end - first < 2) return { regions: [alone(0, outputs)], longest }
  const regions = [alone(0, first), { first, end, turns: end - first, step: stride }, alone(end, outputs)]
  return { regions: regions.filter((region) => region.end > region.first), longest }
}
