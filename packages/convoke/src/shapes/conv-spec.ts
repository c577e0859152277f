// The one description of a convolution that every backend, the planner and the tools read.
// Output size: floor((input + before + after − dilation·(kernel − 1) − 1) / stride) + 1
// (Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning", relationship 15).

import { ConvokeError, check, show, showShape } from './error.ts'
import { createKnown, textOf } from './known.ts'
import { explicitPadding, extentOf, type Padding, type PaddingPair, resolvePadding } from './padding.ts'

/** How many spatial axes a convolution or pooling has: 1 for signals, 2 for pictures, 3 for volumes. */
export type SpatialRank = 1 | 2 | 3

/**
 * A convolution of `rank` spatial axes, channels last, fully resolved and frozen.
 *
 * Input `[batch, ...inputSize, inputChannels]`, filter `[...kernel, inputChannels / groups, outputChannels]`,
 * output `[batch, ...outputSize, outputChannels]`:
 *
 *     y[b, o, co] = Σ over taps t and ci of  x[b, o·stride − before + t·dilation, ci] · f[t, ci − first(group), co]
 *
 * The adjoint (`convTranspose`) and the filter gradient are described by the same spec, read from the other side.
 * Kernels must honour `outputSize` as given: an adjoint with output padding may leave the last windows unused.
 */
export interface ConvSpec {
  /** Number of spatial axes. All lists below have one entry for each. */
  readonly rank: SpatialRank
  /** Examples at a time. */
  readonly batch: number
  /** Spatial size of the input, without padding. */
  readonly inputSize: readonly number[]
  /** Spatial size of the output. */
  readonly outputSize: readonly number[]
  /** Channels of the input, all groups together. */
  readonly inputChannels: number
  /** Channels of the output, all groups together. */
  readonly outputChannels: number
  /** Size of the kernel in taps. */
  readonly kernel: readonly number[]
  /** Steps between neighbouring windows. */
  readonly stride: readonly number[]
  /** Elements of zeros [before, after] the input, along each axis. */
  readonly padding: readonly PaddingPair[]
  /** Distance between neighbouring taps: 1 where they lie side by side. */
  readonly dilation: readonly number[]
  /** Runs of channels that are convolved apart from each other; divides both numbers of channels. */
  readonly groups: number
}

/** One number for every axis, or one per axis. */
export type PerAxis = number | readonly number[]

/** Where the windows of a convolution lie. Single numbers are used for every spatial axis. */
export interface ConvGeometry {
  /** Steps between neighbouring windows, 1 or more: 1 when not given. */
  readonly stride?: PerAxis | undefined
  /** Zeros around the input: 'valid' (none) when not given. See `Padding`. */
  readonly padding?: Padding | undefined
  /** Distance between neighbouring taps, 1 or more: 1, no gaps, when not given. */
  readonly dilation?: PerAxis | undefined
  /**
   * Runs of channels that are convolved apart from each other: 1 when not given. Must divide the input's and the
   * output's channels.
   */
  readonly groups?: number | undefined
}

/**
 * Where the windows of a transposed convolution lie: stride, padding and dilation are those of the convolution that it
 * is the adjoint of.
 */
export interface ConvTransposeGeometry extends ConvGeometry {
  /** Extra elements at the end of each axis: they tell apart the input sizes that a strided conv maps to one output size. */
  readonly outputPadding?: PerAxis | undefined
  /** The spatial size of the result, instead of `outputPadding`. */
  readonly outputSize?: readonly number[] | undefined
}

/** Expands `value` to one whole number ≥ `least` an axis. */
export function perAxis(op: string, name: string, value: unknown, rank: number, least = 1): readonly number[] {
  const list = typeof value === 'number' ? Array<unknown>(rank).fill(value) : value
  check(Array.isArray(list), () => `${op}: ${name} is ${show(value)}. Use a whole number, or ${rank} of them.`)
  check(
    list.length === rank,
    () =>
      `${op}: ${name} ${show(value)} has ${list.length} entries for ${rank} spatial ${rank === 1 ? 'axis' : 'axes'}. Give one number, or one per axis.`,
  )
  check(
    list.every((entry) => Number.isInteger(entry) && (entry as number) >= least),
    () => `${op}: ${name} is ${show(value)}; it must be a whole number of ${least} or more.`,
  )
  return Object.freeze([...(list as number[])])
}

/** Output size along one axis; ≤ 0 when the kernel does not fit into the padded input. */
export const convOutputSize = (
  input: number,
  kernel: number,
  stride: number,
  dilation: number,
  [before, after]: PaddingPair,
): number => Math.floor((input + before + after - extentOf(kernel, dilation)) / stride) + 1

interface Checked {
  readonly rank: SpatialRank
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly groups: number
}

function checkGeometry(
  op: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  options: ConvGeometry,
): Checked {
  const rank = inputShape.length - 2
  check(
    rank >= 1 && rank <= 3,
    () =>
      `${op}: the input must be [batch, ...spatial, channels] with 1 to 3 spatial axes; it has shape ${showShape(inputShape)}.`,
  )
  check(
    filterShape.length === rank + 2,
    () =>
      `${op}: the filter has rank ${filterShape.length} (shape ${showShape(filterShape)}); an input of shape ${showShape(inputShape)} needs rank ${rank + 2}: [...kernel, in / groups, out].`,
  )
  const kernel = filterShape.slice(0, rank)
  check(
    kernel.every((size) => size >= 1),
    () => `${op}: the kernel is ${kernel.join('×')}; every side must be 1 or more.`,
  )
  const groups = options.groups ?? 1
  check(
    Number.isInteger(groups) && groups >= 1,
    () => `${op}: groups is ${show(groups)}; it must be a whole number of 1 or more.`,
  )
  return {
    rank: rank as SpatialRank,
    kernel: Object.freeze(kernel),
    stride: perAxis(op, 'stride', options.stride ?? 1, rank),
    dilation: perAxis(op, 'dilation', options.dilation ?? 1, rank),
    groups,
  }
}

const freezePairs = (pairs: PaddingPair[]): readonly PaddingPair[] =>
  Object.freeze(pairs.map((pair) => Object.freeze(pair)))

/** The same object for the same question. */
const knownOr = /* @__PURE__ */ createKnown<ConvSpec>()

function questionOf(inputShape: readonly number[], filterShape: readonly number[], options: ConvGeometry): string {
  const { stride, padding, dilation, groups } = options
  return `${inputShape}|${filterShape}|${[stride, padding, dilation, groups].map(textOf).join('|')}`
}

/**
 * The spec of `conv(input, filter, options)`, from shapes `[batch, ...spatial, channels]` and
 * `[...kernel, in / groups, out]`: the same object for the same question. Throws `ConvokeError` when they do not fit
 * together.
 */
export function convSpec(
  op: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  options: ConvGeometry,
): ConvSpec {
  const key = questionOf(inputShape, filterShape, options)
  return knownOr(key, () => makeSpec(op, inputShape, filterShape, options))
}

function makeSpec(
  op: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  options: ConvGeometry,
): ConvSpec {
  const { rank, kernel, stride, dilation, groups } = checkGeometry(op, inputShape, filterShape, options)
  const inputSize = Object.freeze(inputShape.slice(1, -1))
  const inputChannels = inputShape[rank + 1]
  const outputChannels = filterShape[rank + 1]
  checkGroups(op, groups, inputChannels, outputChannels)
  const wanted = filterShape[rank]
  check(wanted * groups === inputChannels, () => {
    const wayOut =
      wanted * groups === inputShape[1]
        ? 'If its channels come first, use toChannelsLast(x)'
        : `Use a filter of shape ${showShape([...kernel, inputChannels / groups, outputChannels])}`
    return `${op}: the filter expects ${wanted} input channels per group, the input has ${inputChannels / groups} (shape ${showShape(inputShape)}, groups ${groups}). ${wayOut}.`
  })
  const padding = freezePairs(resolvePadding(options.padding ?? 'valid', { op, inputSize, kernel, stride, dilation }))
  const outputSize = inputSize.map((size, axis) =>
    convOutputSize(size, kernel[axis], stride[axis], dilation[axis], padding[axis]),
  )
  outputSize.forEach((size, axis) => {
    if (size < 1) throw new ConvokeError(tooLarge(op, axis, inputSize, kernel, dilation, padding))
  })
  const batch = inputShape[0]
  return Object.freeze({
    ...{ rank, batch, inputSize, outputSize: Object.freeze(outputSize), inputChannels, outputChannels },
    ...{ kernel, stride, padding, dilation, groups },
  })
}

function checkGroups(op: string, groups: number, inputChannels: number, outputChannels: number): void {
  check(
    inputChannels % groups === 0 && outputChannels % groups === 0,
    () =>
      `${op}: groups ${groups} must divide both the ${inputChannels} input channels and the ${outputChannels} output channels.`,
  )
}

function tooLarge(
  op: string,
  axis: number,
  inputSize: readonly number[],
  kernel: readonly number[],
  dilation: readonly number[],
  padding: readonly PaddingPair[],
): string {
  const extent = extentOf(kernel[axis], dilation[axis])
  const padded = inputSize[axis] + padding[axis][0] + padding[axis][1]
  const spans = dilation[axis] === 1 ? '' : ` (${kernel[axis]} taps, dilation ${dilation[axis]})`
  return `${op}: the kernel spans ${extent}${spans} along spatial axis ${axis}, the padded input has ${padded} (size ${inputSize[axis]}, padding ${padding[axis][0]} + ${padding[axis][1]}). Use a smaller kernel, less dilation, or more padding.`
}

/**
 * The spec of `convTranspose(input, filter, options)` as the convolution it is the adjoint of: the returned spec's
 * *input* is what the transposed convolution produces, its *output* is what it is given. Filter
 * `[...kernel, out / groups, in]`. Size: (input − 1)·stride − before − after + dilation·(kernel − 1) + 1 + outputPadding.
 * The same object for the same question.
 */
export function convTransposeSpec(
  op: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  options: ConvTransposeGeometry,
): ConvSpec {
  const size = `${textOf(options.outputPadding)}|${textOf(options.outputSize)}`
  const key = `transposed ${questionOf(inputShape, filterShape, options)}|${size}`
  return knownOr(key, () => makeTransposeSpec(op, inputShape, filterShape, options))
}

function makeTransposeSpec(
  op: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  options: ConvTransposeGeometry,
): ConvSpec {
  const { rank, kernel, stride, dilation, groups } = checkGeometry(op, inputShape, filterShape, options)
  const given = Object.freeze(inputShape.slice(1, -1))
  check(
    given.every((size) => size >= 1),
    () => `${op}: the input of shape ${showShape(inputShape)} is empty. Every spatial axis must be 1 or more.`,
  )
  const channels = inputShape[rank + 1]
  check(
    filterShape[rank + 1] === channels,
    () =>
      `${op}: the filter expects ${filterShape[rank + 1]} input channels, the input has ${channels} (shape ${showShape(inputShape)}). Use a filter of shape ${showShape([...kernel, filterShape[rank], channels])} ([...kernel, out / groups, in]).`,
  )
  check(channels % groups === 0, () => `${op}: groups ${groups} must divide the ${channels} input channels.`)
  const produced = filterShape[rank] * groups
  const { padding, size } = transposedSize(op, given, kernel, stride, dilation, options)
  return Object.freeze({
    ...{ rank, batch: inputShape[0], inputSize: Object.freeze(size), outputSize: given },
    ...{ inputChannels: produced, outputChannels: channels, kernel, stride, padding, dilation, groups },
  })
}

function transposedSize(
  op: string,
  given: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
  options: ConvTransposeGeometry,
): { padding: readonly PaddingPair[]; size: number[] } {
  const { outputSize } = options
  const rank = given.length
  check(
    outputSize === undefined || options.outputPadding === undefined,
    () => `${op}: outputSize and outputPadding both say how large the result is. Give one of them.`,
  )
  const wanted = outputSize === undefined ? undefined : perAxis(op, 'outputSize', outputSize, rank)
  const extra = perAxis(op, 'outputPadding', options.outputPadding ?? 0, rank, 0)
  const requested = options.padding ?? 'valid'
  const named = typeof requested === 'string'
  // 'same' and its kin are resolved on the size of the result, as the convolution being reversed would have done.
  const target = wanted ?? given.map((size, axis) => size * stride[axis])
  const padding = named
    ? resolvePadding(requested, { op, inputSize: target, kernel, stride, dilation })
    : explicitPadding(op, requested, rank)
  const smallest = given.map(
    (size, axis) =>
      (size - 1) * stride[axis] + extentOf(kernel[axis], dilation[axis]) - padding[axis][0] - padding[axis][1],
  )
  const isSame = requested === 'same' || requested === 'same-lower'
  const size = smallest.map((least, axis) => {
    if (wanted !== undefined) return wanted[axis]
    // 'same' promises input · stride; where the kernel is shorter than the stride, the gap is output padding.
    return isSame ? target[axis] + extra[axis] : least + extra[axis]
  })
  size.forEach((out, axis) => {
    const limit = Math.max(stride[axis], dilation[axis])
    const over = out - smallest[axis]
    if (over < 0 || over >= limit || out < 1) {
      const range = `${Math.max(smallest[axis], 1)} to ${smallest[axis] + limit - 1}`
      throw new ConvokeError(
        `${op}: a result of ${out} along spatial axis ${axis} cannot come from an input of ${given[axis]} (kernel ${kernel[axis]}, stride ${stride[axis]}, dilation ${dilation[axis]}, padding ${padding[axis].join(' + ')}). Possible: ${range}.`,
      )
    }
  })
  return { padding: freezePairs(padding), size }
}

/** Shapes of the three tensors of a convolution. */
export interface ConvShapes {
  /** `[batch, ...inputSize, inputChannels]` */
  readonly input: readonly number[]
  /** `[...kernel, inputChannels / groups, outputChannels]` */
  readonly filter: readonly number[]
  /** `[batch, ...outputSize, outputChannels]` */
  readonly output: readonly number[]
}

const shapesOfSpecs = new WeakMap<ConvSpec, ConvShapes>()

/** Shapes of the three tensors of a convolution. */
export function convShapes(spec: ConvSpec): ConvShapes {
  const known = shapesOfSpecs.get(spec)
  if (known !== undefined) return known
  const shapes = Object.freeze({
    input: Object.freeze([spec.batch, ...spec.inputSize, spec.inputChannels]),
    filter: Object.freeze([...spec.kernel, spec.inputChannels / spec.groups, spec.outputChannels]),
    output: Object.freeze([spec.batch, ...spec.outputSize, spec.outputChannels]),
  })
  // Specs of a caller's own making might change.
  if ([spec, spec.inputSize, spec.outputSize, spec.kernel].every(Object.isFrozen)) shapesOfSpecs.set(spec, shapes)
  return shapes
}

/** `conv2d 3×3 s2 d1 p[0,1][0,1] g1 3→64 @224×224`: one line that names a convolution, for tables and plans. */
export function describeConv(spec: ConvSpec): string {
  const uniform = (values: readonly number[]) =>
    values.every((v) => v === values[0]) ? `${values[0]}` : values.join('×')
  const pairs = spec.padding.map(([before, after]) => `${before},${after}`)
  const padding = pairs.every((pair) => pair === pairs[0]) ? pairs[0] : pairs.join('/')
  const parts = [`conv${spec.rank}d`, spec.kernel.join('×')]
  if (spec.stride.some((s) => s !== 1)) parts.push(`s${uniform(spec.stride)}`)
  if (spec.dilation.some((d) => d !== 1)) parts.push(`d${uniform(spec.dilation)}`)
  if (padding !== '0,0') parts.push(`p${padding}`)
  if (spec.groups !== 1) parts.push(`g${spec.groups}`)
  parts.push(`${spec.inputChannels}→${spec.outputChannels}`, `@${spec.inputSize.join('×')}`)
  if (spec.batch !== 1) parts.push(`×${spec.batch}`)
  return parts.join(' ')
}
