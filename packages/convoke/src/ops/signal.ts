// The two textbook operations on pictures and signals, as in SciPy:
//
//   correlate   y(i, j) = Σ x(i + m, j + n) · k(m, n)     the kernel slides as it is
//   convolve    y(i, j) = Σ x(i − m, j − n) · k(m, n)     the kernel is flipped
//
// Modes follow scipy.signal: 'full' keeps every position where the two overlap, 'same' the centre of it of the input's
// size, 'valid' those where the kernel lies wholly inside. Boundaries follow scipy.ndimage; see `pad`.

import { scope } from '../autodiff/gradients.ts'
import { isTracked } from '../autodiff/tape.ts'
import type { Boundary } from '../shapes/boundary.ts'
import { convShapes, convSpec, type PerAxis, perAxis } from '../shapes/conv-spec.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { explicitPadding, extentOf, type PaddingPair } from '../shapes/padding.ts'
import type { TensorLike } from '../tensor/create.ts'
import { runOne } from '../tensor/run.ts'
import { Tensor } from '../tensor/tensor.ts'
import { checkChoice, floatTensor } from './arguments.ts'
import { broadcastTo } from './broadcast.ts'
import { runConv } from './conv.ts'
import { flip, reshape } from './movement.ts'
import { pad } from './pad.ts'

export type ConvolveMode = 'full' | 'same' | 'valid'
export type { Boundary } from '../shapes/boundary.ts'

export interface ConvolveOptions {
  /** 'valid' when not given. */
  readonly mode?: ConvolveMode | undefined
  /** What lies outside the input: 'zero' when not given. */
  readonly boundary?: Boundary | undefined
  /** Explicit padding in place of a mode: a number, one an axis, or [before, after] pairs. */
  readonly padding?: PerAxis | readonly PaddingPair[] | undefined
  /** Every how many positions a result is kept. */
  readonly stride?: PerAxis | undefined
  /** Distance between the kernel's taps. */
  readonly dilation?: PerAxis | undefined
}

/** A kernel of 1 to 3 axes, or one rank-1 tensor an axis whose outer product is the kernel (a separable kernel). */
export type KernelLike = TensorLike | readonly Tensor[]

const keys = ['mode', 'boundary', 'padding', 'stride', 'dilation']

/**
 * Slides the kernel over `x` as it is: cross-correlation, what deep learning calls convolution. `x` has the kernel's
 * rank, or a trailing axis of channels more (each channel is filtered by the same kernel), or a leading batch and a
 * trailing channel axis more. Float32 result of the same layout.
 *
 * @example
 * const image = tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
 * correlate(image, [[1, 0], [0, 1]]).toArray()  // [[6, 8], [12, 14]]
 */
export const correlate = (x: TensorLike, kernel: KernelLike, options: ConvolveOptions = {}): Tensor =>
  slide('correlate', x, kernel, options)

/**
 * The mathematician's convolution: the kernel is flipped along every axis, then slides. Layouts as `correlate`.
 *
 * @example
 * convolve([3, 4, 5, 6, 5, 4], [1, 2, 3], { mode: 'full' }).toArray()  // [3, 10, 22, 28, 32, 32, 23, 12]
 */
export const convolve = (x: TensorLike, kernel: KernelLike, options: ConvolveOptions = {}): Tensor =>
  slide('convolve', x, kernel, options)

const isSeparable = (kernel: unknown): kernel is readonly Tensor[] =>
  Array.isArray(kernel) && kernel.length > 0 && kernel.every((part) => part instanceof Tensor)

function slide(op: 'correlate' | 'convolve', input: TensorLike, kernel: KernelLike, options: ConvolveOptions): Tensor {
  return scope(() => {
    checkOptions(op, options, keys)
    const x = floatTensor(op, 'the input', input)
    const parts = isSeparable(kernel) ? kernel.map((part) => floatTensor(op, 'a separable kernel', part)) : null
    const whole = parts === null ? floatTensor(op, 'the kernel', kernel as TensorLike) : null
    for (const part of parts ?? []) {
      check(
        part.rank === 1,
        () => `${op}: a separable kernel is one rank-1 tensor an axis; one has shape ${showShape(part.shape)}.`,
      )
    }
    const sizes = whole === null ? (parts ?? []).map(({ size }) => size) : whole.shape
    const rank = sizes.length
    check(
      rank >= 1 && rank <= 3,
      () => `${op}: the kernel has ${rank} axes (shape ${showShape(sizes)}); it must have 1 to 3.`,
    )
    check(
      sizes.every((size) => size >= 1),
      () => `${op}: the kernel of shape ${showShape(sizes)} is empty.`,
    )
    const extra = x.rank - rank
    check(
      extra >= 0 && extra <= 2,
      () =>
        `${op}: an input of shape ${showShape(x.shape)} does not go with a kernel of ${rank} axes. Use the same rank, one more (channels last), or two more (batch first, channels last).`,
    )
    const plan = planSlide(op, sizes, options)
    const batched = reshape(x, extra === 0 ? [1, ...x.shape, 1] : extra === 1 ? [1, ...x.shape] : x.shape)
    const boundary = options.boundary ?? 'zero'
    checkChoice(op, 'the boundary', boundary, ['zero', 'reflect', 'mirror', 'edge', 'wrap'])
    const kernels = (parts ?? (whole === null ? [] : [whole])).map((part) => (op === 'convolve' ? flip(part) : part))
    const y = isPicture(batched, kernels, plan)
      ? correlatePicture(op, batched, kernels, sizes, plan, boundary)
      : compose(op, batched, kernels, plan, boundary, whole === null)
    return reshape(y, extra === 0 ? y.shape.slice(1, -1) : extra === 1 ? y.shape.slice(1) : y.shape)
  })
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

/** Channels that fill few vectors, and bytes of a tensor, up to which pictures have a kernel of their own. */
const mostChannels = 64
const mostElements = 2 ** 29

/** Whether one kernel of the backend does all of it. Gradients are those of the composition. */
const isPicture = (x: Tensor, kernels: readonly Tensor[], { stride, pads }: SlidePlan): boolean => {
  const padded = x.shape.slice(1, -1).reduce((size, n, axis) => size * (n + pads[axis][0] + pads[axis][1]), 1)
  const channels = x.shape[x.rank - 1]
  return (
    stride.length <= 2 &&
    stride.every((step) => step === 1) &&
    x.size > 0 &&
    channels <= mostChannels &&
    x.shape[0] * padded * channels < mostElements &&
    !isTracked([x, ...kernels])
  )
}

function correlatePicture(
  op: string,
  x: Tensor,
  kernels: readonly Tensor[],
  sizes: readonly number[],
  { pads, dilation }: SlidePlan,
  boundary: Boundary,
): Tensor {
  const channels = x.shape[x.rank - 1]
  const filter = [...sizes, 1, channels]
  const conv = convSpec(op, x.shape, filter, { padding: pads, dilation, groups: channels })
  const spec = { conv, boundary, factors: kernels.length > 1 }
  return runOne('correlate', spec, [x, ...kernels], convShapes(conv).output)
}

/** The same as padding and a convolution of each channel, or one for each axis. */
function compose(
  op: string,
  x: Tensor,
  kernels: readonly Tensor[],
  plan: SlidePlan,
  boundary: Boundary,
  factors: boolean,
): Tensor {
  const framed = pad(x, [[0, 0], ...plan.pads, [0, 0]], { mode: boundary === 'zero' ? 'constant' : boundary })
  if (!factors) return filterChannels(op, framed, kernels[0], plan)
  const rank = kernels.length
  return kernels.reduce(
    (current, part, axis) => filterChannels(op, current, along(part, axis, rank), onlyAxis(plan, axis)),
    framed,
  )
}

/** A rank-1 kernel as one of `rank` axes that is 1 wide along all but `axis`. */
const along = (part: Tensor, axis: number, rank: number): Tensor =>
  reshape(
    part,
    Array.from({ length: rank }, (_, a) => (a === axis ? part.size : 1)),
  )

const onlyAxis = (plan: SlidePlan, axis: number): SlidePlan => ({
  ...plan,
  stride: plan.stride.map((step, a) => (a === axis ? step : 1)),
})

/** The same kernel over every channel. */
function filterChannels(op: string, x: Tensor, kernel: Tensor, { stride, dilation }: SlidePlan): Tensor {
  const channels = x.shape[x.rank - 1]
  const filter = broadcastTo(reshape(kernel, [...kernel.shape, 1, 1]), [...kernel.shape, 1, channels])
  return runConv(op, kernel.rank, x, filter, { stride, dilation, groups: Math.max(channels, 1), precision: 'exact' })
}
