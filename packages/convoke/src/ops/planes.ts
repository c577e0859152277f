// The ends of filtering a picture: interleaved samples to one plane of floats a channel, and back.

import { scope } from '../autodiff/gradients.ts'
import { apply, type KernelPrimitive, type Primitive } from '../autodiff/primitive.ts'
import type { DType, KernelSpecs } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { ConvokeError, check, checkFlag, checkOptions, show, showShape } from '../shapes/error.ts'
import { asTensor, type TensorLike, tensor } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { clip } from './activations.ts'
import { checkChoice, floatTensor } from './arguments.ts'
import { add, less, multiply, subtract, where } from './arithmetic.ts'
import { cast } from './cast.ts'
import { abs, floor, isNotANumber } from './elementwise.ts'
import { stack, transpose } from './movement.ts'
import { max, min } from './reductions.ts'
import { sameNumbers } from './stretch.ts'

const mostChannels = 4

const checkChannels = (op: string, channels: number, shape: readonly number[]): void =>
  check(
    shape.length >= 2 && channels >= 1 && channels <= mostChannels,
    () =>
      `${op}: a tensor of shape ${showShape(shape)} is not a picture with 1 to ${mostChannels} channels. Use transpose(…) for others.`,
  )

/**
 * Pixels `[height, width, channels]` of 1 to 4 channels as one float32 plane a channel, `[channels, height, width]`: what a
 * filter of one channel takes as a batch. uint8 is read as it is, everything else as float32. There may be any
 * number of axes instead of height and width.
 *
 * @example
 * toPlanes(tensor([[[1, 2, 3], [4, 5, 6]]])).toArray()  // [[[1, 4]], [[2, 5]], [[3, 6]]]
 */
export const toPlanes = (pixels: TensorLike): Tensor =>
  scope(() => {
    const given = asTensor('toPlanes', 'the pixels', pixels)
    const x = given.dtype === 'uint8' ? given : floatTensor('toPlanes', 'the pixels', given)
    const channels = x.shape[x.rank - 1]
    checkChannels('toPlanes', channels, x.shape)
    return apply(separating, { channels }, [x])
  })

const axesUpTo = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis)

const separating: KernelPrimitive<'toPlanes'> = {
  shape: ({ channels }, [{ shape }]) => [channels, ...shape.slice(0, -1)],
  dtype: 'float32',
  made: sameNumbers,
  kernel: kernels.toPlanes,
  composition: (_, [x]) => [() => cast(transpose(x, [x.rank - 1, ...axesUpTo(x.rank - 1)]), 'float32')],
  adjoint: (g) => fromPlanes(g),
}

/** The options of `fromPlanes`. */
export interface FromPlanesOptions {
  /** What the pixels are: 'float32' when not given. */
  readonly dtype?: 'float32' | 'uint8' | undefined
  /** Takes the absolute value first. Default false. */
  readonly absolute?: boolean | undefined
  /** Each value v is stored as scale · v + offset: 1 and 0 when not given. */
  readonly scale?: number | undefined
  /** Added after the scale: 0 when not given. */
  readonly offset?: number | undefined
  /** Limits what is stored to 0 … most, and makes NaN 0. When not given, 255 for uint8 and no limit for float32. */
  readonly most?: number | undefined
  /** Rounds to whole numbers, halves up; uint8 always does. */
  readonly whole?: boolean | undefined
}

const keys = ['dtype', 'absolute', 'scale', 'offset', 'most', 'whole']

function checkNumber(name: string, value: unknown): asserts value is number {
  check(
    typeof value === 'number' && Number.isFinite(value),
    () => `fromPlanes: ${name} is ${show(value)}; it must be a finite number.`,
  )
}

/**
 * Planes `[channels, height, width]` of 1 to 4 channels as pixels `[height, width, channels]`: the way back from `toPlanes`,
 * scaled, limited and rounded in one pass. Differentiable where it only scales.
 *
 * @example
 * fromPlanes(tensor([[[0.25, 300]], [[-7, 2.5]]]), { dtype: 'uint8' }).toArray()  // [[[0, 0], [255, 3]]]
 */
export const fromPlanes = (planes: TensorLike, options: FromPlanesOptions = {}): Tensor =>
  scope(() => {
    const x = floatTensor('fromPlanes', 'the planes', planes)
    checkOptions('fromPlanes', options, keys)
    const { dtype = 'float32', absolute = false, scale = 1, offset = 0 } = options
    checkChoice('fromPlanes', 'the dtype', dtype, ['float32', 'uint8'])
    checkFlag('fromPlanes', 'absolute', options.absolute)
    checkFlag('fromPlanes', 'whole', options.whole)
    const bytes = dtype === 'uint8'
    const most = options.most ?? (bytes ? 255 : null)
    checkNumber('the scale', scale)
    checkNumber('the offset', offset)
    if (most !== null) {
      checkNumber('most', most)
      check(
        most >= 0 && (!bytes || most <= 255),
        () => `fromPlanes: most is ${most}; it must be 0 or more${bytes ? ', and 255 or less for uint8' : ''}.`,
      )
    }
    const channels = x.shape[0]
    checkChannels('fromPlanes', channels, x.shape)
    const kernel = { channels, absolute, scale, offset, most, whole: bytes || options.whole === true }
    return apply(interleaving, { dtype, kernel }, [x])
  })

interface Interleaving {
  readonly dtype: DType
  readonly kernel: KernelSpecs['fromPlanes']
}

const interleaving: Primitive<Interleaving, 'fromPlanes'> = {
  kernel: kernels.fromPlanes,
  kernelSpec: ({ kernel }) => kernel,
  composition: ({ dtype, kernel: { absolute, scale, offset, most, whole } }, [x]) => [
    () => {
      const pixels = transpose(x, [...axesUpTo(x.rank).slice(1), 0])
      const scaled = add(multiply(absolute ? abs(pixels) : pixels, scale), offset)
      const limited = most === null ? scaled : where(isNotANumber(scaled), 0, clip(scaled, 0, most))
      if (!whole) return limited
      const low = floor(limited)
      return cast(where(less(subtract(limited, low), 0.5), low, add(low, 1)), dtype)
    },
  ],
  outputs: ({ dtype, kernel }, [{ shape }]) => [{ shape: [...shape.slice(1), kernel.channels], dtype }],
  adjoint: (g, { kernel: { absolute, most, whole, scale } }) => {
    if (absolute || most !== null || whole)
      throw new ConvokeError(
        'fromPlanes: there is no gradient through absolute, most or whole. Use abs and clip before.',
      )
    return scale === 1 ? toPlanes(g) : multiply(toPlanes(g), scale)
  },
}

/**
 * The least and the greatest element of `x` in one reading, `[2]`: NaN both where one is NaN, ∞ and −∞ where there is none.
 * Has no gradient: `min` and `max` have.
 *
 * @example
 * extremes([3, -1, 2]).toArray()  // [-1, 3]
 */
export const extremes = (value: TensorLike): Tensor =>
  scope(() => {
    const x = floatTensor('extremes', 'x', value)
    return apply(spanning, {}, [x])
  })

const spanning: KernelPrimitive<'extremes'> = {
  shape: () => [2],
  dtype: 'float32',
  kernel: kernels.extremes,
  composition: (_, [x]) => [
    () => (x.size === 0 ? tensor([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) : stack([min(x), max(x)])),
  ],
  adjoint: () => {
    throw new ConvokeError('extremes: there is no gradient. Use min and max.')
  },
}
