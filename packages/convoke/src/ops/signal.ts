// The two textbook operations on pictures and signals, as in SciPy:
//
//   correlate   y(i, j) = Σ x(i + m, j + n) · k(m, n)     the kernel slides as it is
//   convolve    y(i, j) = Σ x(i − m, j − n) · k(m, n)     the kernel is flipped
//
// Modes follow scipy.signal: 'full' keeps every position where the two overlap, 'same' the centre of it of the input's
// size, 'valid' those where the kernel lies wholly inside. Boundaries follow scipy.ndimage; see `pad`.

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive, type Thunk } from '../autodiff/primitive.ts'
import type { CorrelateSpec } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import type { Boundary } from '../shapes/boundary.ts'
import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import { convShapes, convSpec, perAxis } from '../shapes/conv-spec.ts'
import { check, checkFlag, checkOptions, show, showShape } from '../shapes/error.ts'
import { createKnown, textOf } from '../shapes/known.ts'
import { explicitPadding, extentOf, type PaddingPair } from '../shapes/padding.ts'
import { full, type TensorLike } from '../tensor/create.ts'
import { Tensor } from '../tensor/tensor.ts'
import { checkChoice, floatTensor } from './arguments.ts'
import { runConv } from './conv.ts'
import { flip, slice } from './movement.ts'
import { normalizedScores } from './normalized.ts'
import { pad } from './pad.ts'
import type { ConvolveMethod, ConvolveOptions, CorrelateOptions, KernelLike } from './signal-options.ts'
import { broadcastTo, reshape, sum } from './stretch.ts'

export const convolveKeys = ['mode', 'boundary', 'padding', 'stride', 'dilation', 'method']

/**
 * Slides the kernel over `x` as it is: cross-correlation, what deep learning calls convolution. `x` has the kernel's
 * rank, or a trailing axis of channels more (each channel is filtered by the same kernel), or a leading batch and a
 * trailing channel axis more. Float32 result of the same layout.
 *
 * With `normalized` the kernel is a template, and each result the correlation coefficient of the template with the window
 * under it: 1 where they are equal but for brightness and contrast, −1 where one is the other's negative, 0 where either is
 * flat (zero-mean normalised cross-correlation: Lewis 1995, OpenCV's `TM_CCOEFF_NORMED`). Windows that vary by less than
 * 1/300 of their distance from the mean of the whole input count as flat. `matchTemplate` takes templates in colour.
 *
 * @example
 * const image = tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
 * correlate(image, [[1, 0], [0, 1]]).toArray()  // [[6, 8], [12, 14]]
 *
 * @example
 * argMax(correlate([5, 5, 6, 8, 6, 5], [1, 3, 1], { normalized: true })).item()  // 2: 6, 8, 6 rises and falls alike
 */
export function correlate(x: TensorLike, kernel: KernelLike, options: CorrelateOptions = {}): Tensor {
  checkOptions('correlate', options, [...convolveKeys, 'normalized'])
  const { normalized, ...sliding } = options
  checkFlag('correlate', 'normalized', normalized)
  return normalized ? match(x, kernel, sliding) : slide('correlate', x, kernel, sliding)
}

/**
 * The mathematician's convolution: the kernel is flipped along every axis, then slides. Layouts as `correlate`.
 *
 * @example
 * convolve([3, 4, 5, 6, 5, 4], [1, 2, 3], { mode: 'full' }).toArray()  // [3, 10, 22, 28, 32, 32, 23, 12]
 */
export const convolve = (x: TensorLike, kernel: KernelLike, options: ConvolveOptions = {}): Tensor =>
  slide('convolve', x, kernel, options)

export const isSeparableKernel = (kernel: unknown): kernel is readonly Tensor[] =>
  Array.isArray(kernel) && kernel.length > 0 && kernel.every((part) => part instanceof Tensor)

function slide(
  op: 'correlate' | 'convolve' | 'matchTemplate',
  input: TensorLike,
  kernel: KernelLike,
  options: ConvolveOptions,
): Tensor {
  return scope(() => {
    checkOptions(op, options, convolveKeys)
    const x = floatTensor(op, 'the input', input)
    const parts = isSeparableKernel(kernel) ? kernel.map((part) => floatTensor(op, 'a separable kernel', part)) : null
    const whole = parts === null ? floatTensor(op, 'the kernel', kernel as TensorLike) : null
    for (const part of parts ?? []) {
      check(
        part.rank === 1,
        () => `${op}: a separable kernel is one rank-1 tensor per axis; one has shape ${showShape(part.shape)}.`,
      )
    }
    const sizes = whole === null ? (parts ?? []).map(({ size }) => size) : whole.shape
    const rank = sizes.length
    const prepared = prepare(op, x.shape, sizes, whole === null, options)
    const kernels = parts ?? (whole === null ? [] : [whole])
    const batched = reshape(x, prepared.sliding.input)
    const computed = slideOnce(op, batched, kernels, prepared)
    const y = prepared.thinned ? thinned(computed, prepared.sliding) : computed
    return reshape(y, y.shape.slice(x.rank === rank + 2 ? 0 : 1, x.rank === rank ? -1 : undefined))
  })
}

/** What shapes and options come to. */
interface Prepared {
  readonly sliding: Sliding
  readonly computed: Sliding
  readonly thinned: boolean
  /** Frozen, so that the backend knows it again. */
  readonly spec: CorrelateSpec | null
}

const preparedBefore = /* @__PURE__ */ createKnown<Prepared>()

function prepare(
  op: string,
  shape: Shape,
  sizes: readonly number[],
  factors: boolean,
  options: ConvolveOptions,
): Prepared {
  const { mode, boundary, padding, stride, dilation, method } = options
  const named = [mode, boundary, padding, stride, dilation, method].map(textOf)
  return preparedBefore(`${op}|${shape}|${sizes}|${factors}|${named.join('|')}`, () => {
    const sliding = slidingOf(op, shape, sizes, factors, options)
    const computed = computedOf(sliding)
    const spec = pictureSpec(op, computed)
    // Turned by the backend, which keeps what it makes of a kernel with the kernel.
    const told = spec && Object.freeze(op === 'convolve' ? { ...spec, turned: true } : spec)
    return { sliding, computed, thinned: isThinned(sliding), spec: told }
  })
}

function slideOnce(op: string, x: Tensor, parts: readonly Tensor[], { computed, spec }: Prepared): Tensor {
  const composed = (): Tensor => compose(op, x, op === 'convolve' ? parts.map((part) => flip(part)) : parts, computed)
  return spec === null ? composed() : apply(correlating, { composed, kernel: spec }, [x, ...parts])
}

interface Correlating {
  readonly kernel: CorrelateSpec
  /** The same by convolutions. */
  readonly composed: Thunk
}

const correlating: Primitive<Correlating, 'correlate'> = {
  kernel: kernels.correlate,
  kernelSpec: ({ kernel }) => kernel,
  shape: ({ kernel }) => convShapes(kernel.conv).output,
  dtype: 'float32',
  composition: ({ composed }) => [composed],
}

/**
 * Taps of a kernel from which a result by FFT may be the faster one where a sum has no kernel of its own; and from which
 * one may in what is composed of convolutions, gradients with it.
 */
const manyTaps = 512
const composedTaps = 64

const isLarge = ({ sizes, method }: Sliding, least = manyTaps): boolean =>
  method !== 'direct' && (method === 'fft' || sizeOf(sizes) >= least)

/** Whether every result is computed though not every one is kept: the FFT has no use for a stride. */
const isThinned = ({ sizes, stride, method }: Sliding): boolean =>
  sizeOf(stride) > 1 && method !== 'direct' && (method === 'fft' || sizeOf(sizes) >= manyTaps * sizeOf(stride))

/** What is computed, of which the strides leave some out. */
export const computedOf = (sliding: Sliding): Sliding =>
  isThinned(sliding) ? { ...sliding, stride: sliding.stride.map(() => 1) } : sliding

const thinned = (y: Tensor, { stride }: Sliding): Tensor => slice(y, [null, ...stride.map((step) => ({ step })), null])

/** `correlate` with a template. */
function match(input: TensorLike, kernel: KernelLike, options: ConvolveOptions): Tensor {
  return scope(() => {
    check(
      !isSeparableKernel(kernel),
      () => 'correlate: a template is one tensor of 1 to 3 axes, not one per axis. Multiply them out first.',
    )
    const [x, template] = [
      floatTensor('correlate', 'the input', input),
      floatTensor('correlate', 'the template', kernel),
    ]
    const sliding = slidingOf('correlate', x.shape, template.shape, false, options)
    const first = x.rank === template.rank + 2 ? 1 : 0
    const spatial = template.shape.map((_, axis) => first + axis)
    // Beyond the edges lies what the boundary says, not the mean that everything is taken about.
    const outside = sliding.pads.some(([before, after]) => before + after > 0)
    const pads = x.shape.map((_, axis) => sliding.pads[axis - first] ?? [0, 0])
    const { boundary } = sliding
    const framed = outside ? pad(x, pads, { mode: boundary === 'zero' ? 'constant' : boundary }) : x
    const { stride, dilation } = options
    const own = { stride, dilation }
    const ones = template.shape.map((size) => full([size], 1))
    return normalizedScores(framed, template, {
      spatial,
      averaged: template.shape.map((_, axis) => axis),
      box: (values) => slide('correlate', values, ones, own),
      join: (sums) => sums,
      products: (values, pattern) => slide('correlate', values, pattern, own),
    })
  })
}

/**
 * The score of a template at every place of an input with channels, such as a picture in colour: input
 * `[...spatial, channels]` or `[batch, ...spatial, channels]`, template `[...kernel, channels]` of 1 to 3 spatial axes, result
 * `[...places]` or `[batch, ...places]`, places being spatial − kernel + 1. Scores are those of `correlate` with `normalized`,
 * channels added up, each about a mean of its own: OpenCV's `matchTemplate` with `TM_CCOEFF_NORMED`.
 *
 * @example
 * const row = [[9, 0], [1, 5], [4, 2], [3, 3]]
 * matchTemplate(row, [[2, 10], [8, 4]]).shape  // [3]
 */
export function matchTemplate(input: TensorLike, templateLike: TensorLike): Tensor {
  return scope(() => {
    const [given, template] = [
      floatTensor('matchTemplate', 'the input', input),
      floatTensor('matchTemplate', 'the template', templateLike),
    ]
    const rank = template.rank - 1
    check(
      rank >= 1 && rank <= 3 && (given.rank === template.rank || given.rank === template.rank + 1),
      () =>
        `matchTemplate: a template of shape ${showShape(template.shape)} does not fit an input of shape ${showShape(given.shape)}. Use [...kernel, channels] of 1 to 3 spatial axes, and an input of the same rank, or one more with a batch.`,
    )
    const batched = given.rank === template.rank + 1
    const x = batched ? given : reshape(given, [1, ...given.shape])
    const [sizes, channels] = [template.shape.slice(0, -1), x.shape[x.rank - 1]]
    check(
      channels === template.shape[rank],
      () =>
        `matchTemplate: the template has ${template.shape[rank]} channels, the input ${channels} (shape ${showShape(given.shape)}). Bring both to the same.`,
    )
    const axes = sizes.map((_, axis) => axis)
    const ones = sizes.map((size) => full([size], 1))
    const scores = normalizedScores(x, template, {
      spatial: axes.map((axis) => axis + 1),
      averaged: axes,
      box: (values) => slide('matchTemplate', values, ones, {}),
      join: (sums) => sum(sums, { axes: [-1], keepDims: true }),
      products: (values, pattern) =>
        runConv('matchTemplate', rank, values, reshape(pattern, [...template.shape, 1]), {}),
    })
    return reshape(scores, scores.shape.slice(batched ? 0 : 1, -1))
  })
}

/** What slides over what, by shapes alone. */
export interface Sliding extends SlidePlan {
  /** The input's shape with its batch and channel axes. */
  readonly input: readonly number[]
  readonly sizes: readonly number[]
  /** Whether the kernel is given as one of rank 1 an axis. */
  readonly factors: boolean
  readonly boundary: Boundary
  readonly method: ConvolveMethod
}

export function slidingOf(
  op: string,
  shape: readonly number[],
  sizes: readonly number[],
  factors: boolean,
  options: ConvolveOptions,
): Sliding {
  const rank = sizes.length
  check(
    rank >= 1 && rank <= 3,
    () => `${op}: the kernel has ${rank} axes (shape ${showShape(sizes)}); it must have 1 to 3.`,
  )
  check(
    sizes.every((size) => size >= 1),
    () => `${op}: the kernel of shape ${showShape(sizes)} is empty.`,
  )
  const extra = shape.length - rank
  check(
    extra >= 0 && extra <= 2,
    () =>
      `${op}: an input of shape ${showShape(shape)} does not fit a kernel of ${rank} axes. Use the same rank, one more (channels last), or two more (batch first, channels last).`,
  )
  const boundary = options.boundary ?? 'zero'
  const plan = planSlide(op, sizes, options)
  checkChoice(op, 'the boundary', boundary, ['zero', 'reflect', 'mirror', 'edge', 'wrap'])
  const method = options.method ?? 'auto'
  checkChoice(op, 'the method', method, ['auto', 'direct', 'fft'])
  const input = extra === 0 ? [1, ...shape, 1] : extra === 1 ? [1, ...shape] : shape
  return { ...plan, input, sizes, factors: factors && rank > 1, boundary, method }
}

interface SlidePlan {
  readonly pads: readonly PaddingPair[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
}

function planSlide(op: string, sizes: readonly number[], options: ConvolveOptions): SlidePlan {
  const rank = sizes.length
  const stride = perAxis(op, 'stride', options.stride ?? 1, rank)
  const dilation = perAxis(op, 'dilation', options.dilation ?? 1, rank)
  check(
    options.mode === undefined || options.padding === undefined,
    () =>
      `${op}: mode ${show(options.mode)} and padding ${show(options.padding)} both say how far the kernel reaches out. Give one of them.`,
  )
  if (options.padding !== undefined) return { pads: explicitPadding(op, options.padding, rank), stride, dilation }
  const mode = options.mode ?? 'valid'
  checkChoice(op, 'the mode', mode, ['full', 'same', 'valid'])
  const pads = sizes.map((size, axis): PaddingPair => {
    const reach = extentOf(size, dilation[axis]) - 1
    if (mode === 'valid') return [0, 0]
    if (mode === 'full') return [reach, reach]
    // 'same' starts at index floor((k − 1) / 2) of the full result.
    return [Math.ceil(reach / 2), Math.floor(reach / 2)]
  })
  return { pads, stride, dilation }
}

/** Channels up to which pictures have a kernel of their own, and elements that its tables reach. */
const mostChannels = 64
const mostElements = 2 ** 29

/** What one kernel of the backend does whole; null where padding and convolutions are composed. */
export function pictureSpec(op: string, sliding: Sliding): CorrelateSpec | null {
  const { input, sizes, stride, pads, dilation, boundary, factors, method } = sliding
  const channels = input[input.length - 1]
  const padded = input.slice(1, -1).reduce((size, n, axis) => size * (n + pads[axis][0] + pads[axis][1]), 1)
  const elements = input[0] * padded * channels
  const few = (channels <= mostChannels || isLarge(sliding)) && elements < mostElements
  if (!few || input.some((size) => size === 0) || stride.some((step) => step !== 1)) return null
  // There is no plain sum over three axes, and no product of three kernels.
  if (sizes.length > 2 && (factors || !isLarge(sliding))) return null
  const conv = convSpec(op, input, [...sizes, 1, channels], { padding: pads, dilation, groups: channels })
  return { conv, boundary, factors, ...(method !== 'auto' && { method }) }
}

/** The same as padding and a convolution of each channel, or one for each axis. Zeros need not be written out. */
function compose(op: string, x: Tensor, kernels: readonly Tensor[], sliding: Sliding): Tensor {
  const { pads, boundary } = sliding
  const isFramed = boundary !== 'zero'
  const framed = isFramed ? pad(x, [[0, 0], ...pads, [0, 0]], { mode: boundary }) : x
  const own = isFramed ? { ...sliding, pads: pads.map((): PaddingPair => [0, 0]) } : sliding
  if (!sliding.factors) return filterChannels(op, framed, kernels[0], own)
  const rank = kernels.length
  return kernels.reduce(
    (current, part, axis) => filterChannels(op, current, along(part, axis, rank), onlyAxis(own, axis)),
    framed,
  )
}

/** A rank-1 kernel as one of `rank` axes that is 1 wide along all but `axis`. */
const along = (part: Tensor, axis: number, rank: number): Tensor =>
  reshape(
    part,
    Array.from({ length: rank }, (_, a) => (a === axis ? part.size : 1)),
  )

const onlyAxis = (plan: Sliding, axis: number): Sliding => ({
  ...plan,
  stride: plan.stride.map((step, a) => (a === axis ? step : 1)),
  pads: plan.pads.map((pair, a): PaddingPair => (a === axis ? pair : [0, 0])),
})

/** The same kernel over every channel. */
function filterChannels(op: string, x: Tensor, kernel: Tensor, sliding: Sliding): Tensor {
  const { stride, dilation, pads } = sliding
  const precision = isLarge(sliding, composedTaps) ? 'fast' : 'exact'
  const channels = x.shape[x.rank - 1]
  const filter = broadcastTo(reshape(kernel, [...kernel.shape, 1, 1]), [...kernel.shape, 1, channels])
  return runConv(op, kernel.rank, x, filter, {
    ...{ stride, dilation, padding: pads, groups: Math.max(channels, 1), precision },
  })
}
