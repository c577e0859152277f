// What the options of the Fourier transforms mean for a tensor: which axes, how long, how scaled.

import { normalizeAxis, sizeOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { counted } from '../shapes/words.ts'
import { checkChoice } from './arguments.ts'

/** How a pair of transforms shares the division by the number of values n: see `FftOptions`. */
export type FftNorm = 'backward' | 'ortho' | 'forward'

/** The options of the discrete Fourier transforms: `fft`, `ifft`, `rfft` and `irfft`. */
export interface FftOptions {
  /**
   * The axes to transform, one or several; negative ones count from the end. A last axis of real and imaginary parts does not
   * count: −1 is the last axis before it. When not given: as many last axes as there are `sizes`, else the last one.
   */
  readonly axes?: number | readonly number[] | undefined
  /**
   * The length of each of these axes: of the input, cut off or filled with zeros at its end; of `irfft`, of the result. When not
   * given, the input's own; of `irfft`, an even one along the last of the axes: 2 · (frequencies − 1).
   */
  readonly sizes?: number | readonly number[] | undefined
  /**
   * 'backward' when not given: the inverse divides by the number of values n. 'forward': the other direction does. 'ortho': both by
   * √n, which keeps Σ|x|².
   */
  readonly norm?: FftNorm | undefined
}

export const fftKeys = ['axes', 'sizes', 'norm']

export const listOf = (value: number | readonly number[]): readonly number[] =>
  typeof value === 'number' ? [value] : value

/** The axes of a tensor of complex values, in the order given. */
export function complexAxes(op: string, given: FftOptions['axes'], shape: readonly number[], count: number): number[] {
  const rank = shape.length
  check(rank > 0, () => `${op}: one value alone has no axis to transform. Give a tensor of 1 axis or more.`)
  if (given === undefined) {
    check(
      count <= rank,
      () =>
        `${op}: ${count} sizes are given for a tensor of ${counted(rank, 'axis', 'axes')} (shape ${showShape(shape)}). Give one per axis.`,
    )
    return Array.from({ length: count }, (_, i) => rank - count + i)
  }
  const list = Array.isArray(given) ? given : [given]
  check(list.length > 0, () => `${op}: axes is []; name one axis or more, or leave it out for the last one.`)
  // Each checked by itself: the order matters, which a set of axes does not keep.
  const axes = list.map((axis) => normalizeAxis(op, axis, rank))
  check(new Set(axes).size === axes.length, () => `${op}: axes ${show(given)} name an axis twice. Name each once.`)
  return axes
}

export interface FftPlan {
  readonly axes: readonly number[]
  /** The shape of the transform: without the pair, before it is halved. */
  readonly shape: readonly number[]
  readonly scale: number
}

function checkLength(op: string, length: unknown, what: string): asserts length is number {
  check(
    typeof length === 'number' && Number.isInteger(length) && length >= 1,
    () =>
      `${op}: ${what} is ${show(length)}; it must be a whole number of 1 or more. Give sizes to fill the axis with zeros.`,
  )
}

const scaleOf = (norm: FftNorm, inverse: boolean, values: number): number => {
  if (norm === 'ortho') return 1 / Math.sqrt(values)
  return (norm === 'backward') === inverse ? 1 / values : 1
}

/** `shape` is that of the input without its pair; `halved`, that its last transformed axis holds n / 2 + 1 frequencies. */
export function planFft(
  op: string,
  shape: readonly number[],
  options: FftOptions,
  direction: { readonly inverse: boolean; readonly halved?: boolean | undefined },
): FftPlan {
  checkOptions(op, options, fftKeys)
  const norm = options.norm ?? 'backward'
  checkChoice(op, 'norm', norm, ['backward', 'ortho', 'forward'])
  const sizes = options.sizes === undefined ? undefined : listOf(options.sizes)
  const axes = complexAxes(op, options.axes, shape, sizes?.length ?? 1)
  check(
    sizes === undefined || sizes.length === axes.length,
    () =>
      `${op}: sizes is ${show(options.sizes)} for ${axes.length} ${axes.length === 1 ? 'axis' : 'axes'}. Give one size per axis.`,
  )
  const lengths = [...shape]
  axes.forEach((axis, i) => {
    const own = direction.halved === true && i === axes.length - 1 ? 2 * (shape[axis] - 1) : shape[axis]
    const length = sizes === undefined ? own : sizes[i]
    checkLength(op, length, sizes === undefined ? `the length of axis ${axis}` : `size ${i}`)
    lengths[axis] = length
  })
  const values = sizeOf(axes.map((axis) => lengths[axis]))
  return { axes, shape: lengths, scale: scaleOf(norm, direction.inverse, values) }
}
