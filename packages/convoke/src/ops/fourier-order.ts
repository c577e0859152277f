// The order of frequencies: which one stands where, and the order with frequency 0 in the middle. As in numpy.fft.

import { scope } from '../autodiff/gradients.ts'
import { check, checkFlag, checkOptions, show, showShape, withinMemory } from '../shapes/error.ts'
import { halvedLength } from '../shapes/spectrum.ts'
import { arange, asTensor, fromData, type TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { evaluate } from './elementwise.ts'
import type { Formula } from './formula.ts'
import { complexAxes } from './fourier-axes.ts'
import { rotate } from './rotate.ts'

/** The options of `fftShift` and `ifftShift`. */
export interface FftShiftOptions {
  /** The axes to shift, one or several, negative ones counted from the end; all when not given. The pair of `complex` values does not count. */
  readonly axes?: number | readonly number[] | undefined
  /**
   * Whether the values are complex, with a last axis of two that stays as it is, or real, such as magnitudes. Real when not given.
   * A last axis of two among others is refused where neither this option nor the axes say what it is.
   */
  readonly complex?: boolean | undefined
}

function shifted(op: string, value: TensorLike, options: FftShiftOptions, by: (length: number) => number): Tensor {
  return scope(() => {
    const x = asTensor(op, 'x', value)
    checkOptions(op, options, ['axes', 'complex'])
    checkFlag(op, 'complex', options.complex)
    const complex = options.complex === true
    check(
      options.complex !== undefined || options.axes !== undefined || x.rank < 2 || x.shape[x.rank - 1] !== 2,
      () =>
        `${op}: x has shape ${showShape(x.shape)}: its last axis of 2 may hold complex values, which a shift would tear apart. Say { complex: true } if it does, { complex: false } if not.`,
    )
    check(
      !complex || (x.rank >= 1 && x.shape[x.rank - 1] === 2),
      () =>
        `${op}: x has shape ${showShape(x.shape)}, which holds no complex values: those have a last axis of 2. Leave complex out for real ones.`,
    )
    const shape = complex ? x.shape.slice(0, -1) : x.shape
    const chosen = complexAxes(op, options.axes, shape, shape.length)
    return rotate(
      x,
      x.shape.map((size, axis) => (chosen.includes(axis) && size > 1 ? by(size) : 0)),
    )
  })
}

/**
 * A spectrum with frequency 0 moved from the front of each axis to the middle, at floor(n/2). Any dtype.
 *
 * @example
 * fftShift([0, 1, 2, -2, -1]).toArray()  // [-2, -1, 0, 1, 2]
 */
export const fftShift = (x: TensorLike, options: FftShiftOptions = {}): Tensor =>
  shifted('fftShift', x, options, (length) => Math.ceil(length / 2))

/**
 * The way back from `fftShift`; the two differ along axes of odd length.
 *
 * @example
 * ifftShift([-2, -1, 0, 1, 2]).toArray()  // [0, 1, 2, -2, -1]
 */
export const ifftShift = (x: TensorLike, options: FftShiftOptions = {}): Tensor =>
  shifted('ifftShift', x, options, (length) => Math.floor(length / 2))

function checkFrequencies(op: string, length: number, spacing: number): void {
  check(
    Number.isInteger(length) && length >= 1,
    () => `${op}: the length of the transform is ${show(length)}; it must be a whole number of 1 or more.`,
  )
  check(
    Number.isFinite(spacing) && spacing !== 0,
    () =>
      `${op}: the spacing of samples is ${show(spacing)}; it must be a finite number other than 0, such as 1 / 48000 for seconds at 48 kHz.`,
  )
}

/**
 * The frequency at each place of a transform of `length` values, in cycles per unit of `spacing` (the distance between samples): 0,
 * 1, … and then the negative ones, over length · spacing. `[length]`, float32.
 *
 * @example
 * fftFrequencies(4, 0.5).toArray()  // [0, 0.5, -1, -0.5]
 */
export function fftFrequencies(length: number, spacing = 1): Tensor {
  checkFrequencies('fftFrequencies', length, spacing)
  return frequencies('fftFrequencies', length, Math.ceil(length / 2), length, spacing)
}

/**
 * The frequencies of `rfft` of `length` values: 0 … floor(length/2), over length · spacing. `[floor(length/2) + 1]`, float32.
 *
 * @example
 * rfftFrequencies(4).toArray()  // [0, 0.25, 0.5]
 */
export function rfftFrequencies(length: number, spacing = 1): Tensor {
  checkFrequencies('rfftFrequencies', length, spacing)
  return frequencies('rfftFrequencies', halvedLength(length), halvedLength(length), length, spacing)
}

/** k / (length · spacing) for the first `positive` of `count` places, (k − length) / (length · spacing) for the others. */
function frequencies(op: string, count: number, positive: number, length: number, spacing: number): Tensor {
  const period = length * spacing
  if (isExact(count, period)) {
    return scope(() => evaluate(orderly, [arange(count)], [positive, length, period]))
  }
  const values = withinMemory(
    () => `${op}: ${count} numbers`,
    () => new Float32Array(count),
    count,
  )
  for (let k = 0; k < positive; k++) values[k] = k / period
  for (let k = positive; k < count; k++) values[k] = (k - length) / period
  return fromData(values, [count], 'float32')
}

const orderly: Formula = (o, [k], [positive, length, period]) =>
  o.divide(o.where(o.less(k, positive), k, o.subtract(k, length)), period)

/**
 * Whether float32 gives every quotient of whole numbers below `count` by `period` as float64 does, rounded once more: where both are
 * exact, and no quotient comes near the ends of float32 (Figueroa 1995, "When is double rounding innocuous?").
 */
const isExact = (count: number, period: number): boolean =>
  count <= 2 ** 24 && Math.fround(period) === period && Math.abs(Math.log2(Math.abs(period))) < 100
