// What normalisations share: centring, scaling, and the checks of their operands.

import { check, show, showShape } from '../shapes/error.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { floatTensor } from './arguments.ts'
import { add, multiply, subtract } from './arithmetic.ts'
import { rsqrt, square } from './elementwise.ts'
import { normalizeGroups } from './normalize-groups.ts'
import { mean, variance } from './reductions.ts'

/** What normalisations share: an affine map of the result, and what keeps the divisor from 0. */
export interface NormOptions {
  /** Multiplies the normalised values; broadcasts, one value a channel as a rule. */
  readonly scale?: TensorLike | undefined
  /** Added after the scale. */
  readonly bias?: TensorLike | undefined
  /** Added to the variance; 1e-5 when not given. */
  readonly epsilon?: number | undefined
}

export const normKeys = ['scale', 'bias', 'epsilon']

export function epsilonOf(op: string, { epsilon = 1e-5 }: NormOptions): number {
  check(
    Number.isFinite(epsilon) && epsilon >= 0,
    () => `${op}: epsilon is ${show(epsilon)}; it must be a number of 0 or more.`,
  )
  return epsilon
}

/** Scale and bias as tensors that stretch to `x`, null where they are not given. */
export const affineOf = (op: string, x: Tensor, { scale, bias }: NormOptions) => ({
  scale: fitting(op, 'scale', scale, x),
  bias: fitting(op, 'bias', bias, x),
})

export function scaleAndShift(op: string, x: Tensor, options: NormOptions): Tensor {
  const { scale, bias } = affineOf(op, x, options)
  const scaled = scale === null ? x : multiply(x, scale)
  return bias === null ? scaled : add(scaled, bias)
}

/** The operand as a tensor that stretches to `x`, never `x` to it. */
function fitting(op: string, name: 'scale' | 'bias', value: TensorLike | undefined, x: Tensor): Tensor | null {
  if (value === undefined) return null
  const part = floatTensor(op, `the ${name}`, value)
  const aligned = x.shape.slice(x.rank - part.rank)
  check(
    part.rank <= x.rank && part.shape.every((size, axis) => size === 1 || size === aligned[axis]),
    () =>
      `${op}: the ${name} has shape ${showShape(part.shape)}, which does not broadcast to the input's ${showShape(x.shape)}. Use the sizes of its last axes, or 1.`,
  )
  return part
}

export const standardize = (x: Tensor, centre: TensorLike, spread: Tensor, epsilon: number): Tensor =>
  multiply(subtract(x, centre), rsqrt(add(spread, epsilon)))

/** x normalised over `axes`, scaled and shifted; without `centred` about 0. */
export function overAxes(
  op: string,
  x: Tensor,
  axes: readonly number[],
  options: NormOptions,
  { centred = true }: { readonly centred?: boolean | undefined } = {},
): Tensor {
  check(
    axes.every((axis) => x.shape[axis] > 0),
    () =>
      `${op}: there is nothing to normalise over in an input of shape ${showShape(x.shape)}. Its axes must be 1 or more.`,
  )
  const epsilon = epsilonOf(op, options)
  const known = normalizeGroups(x, axes, affineOf(op, x, options), { epsilon, centred })
  if (known !== null) return known
  const within = { axes, keepDims: true } as const
  const standard = centred
    ? standardize(x, mean(x, within), variance(x, within), epsilon)
    : multiply(x, rsqrt(add(mean(square(x), within), epsilon)))
  return scaleAndShift(op, standard, options)
}

export function leadingAxes(op: string, x: Tensor): number[] {
  check(x.rank >= 2, () => `${op}: the input of shape ${showShape(x.shape)} must be [batch, ..., channels].`)
  return x.shape.slice(0, -1).map((_, axis) => axis)
}

export function perChannel(op: string, x: Tensor, name: string, value: TensorLike | undefined): void {
  if (value === undefined) return
  const channels = x.shape[x.rank - 1]
  const { shape } = floatTensor(op, `the ${name}`, value)
  check(
    shape.length === 1 && shape[0] === channels,
    () =>
      `${op}: the ${name} has shape ${showShape(shape)}; the input has ${channels} channels. Use shape [${channels}].`,
  )
}
