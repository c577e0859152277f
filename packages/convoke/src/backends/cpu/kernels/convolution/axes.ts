// One spatial axis of a convolution, and which of its outputs a tap connects with the input.

import type { Axis } from '../../../../shapes/conv-axes.ts'

/** Indices first … end − 1; empty where first ≥ end. */
export interface Range {
  readonly first: number
  readonly end: number
}

/** Where tap `tap` of the window at `output` reads; outside the input it reads padding. */
export const inputOf = ({ stride, before, dilation }: Axis, output: number, tap: number): number =>
  output * stride - before + tap * dilation

/** Outputs for which `tap` reads inside the input. */
export function outputsInside(axis: Axis, tap: number): Range {
  const start = inputOf(axis, 0, tap)
  const first = start >= 0 ? 0 : Math.ceil(-start / axis.stride)
  const end = Math.min(axis.output, Math.ceil((axis.input - start) / axis.stride))
  return { first, end: Math.max(first, end) }
}

/** Taps of an axis that are looked at: of more, evenly spread ones stand for the others. */
const mostTapsSeen = 1024

/** Pairs of an output and a tap that meet the input, for models of time: a sum leaves the others out. */
export function pairsInside(axis: Axis): number {
  const seen = Math.min(axis.kernel, mostTapsSeen)
  let pairs = 0
  for (let i = 0; i < seen; i++) {
    const { first, end } = outputsInside(axis, Math.floor((i * axis.kernel) / seen))
    pairs += end - first
  }
  return (pairs * axis.kernel) / seen
}

/** `large` parts of `size`, then `small` parts of one less. */
export interface EvenParts {
  readonly size: number
  readonly large: number
  readonly small: number
}

/** `count` in the fewest parts of at most `most`, as even as can be. */
export function evenParts(count: number, most: number): EvenParts {
  const parts = Math.max(1, Math.ceil(count / most))
  const size = Math.ceil(count / parts)
  const small = parts * size - count
  return { size, large: parts - small, small }
}

/** first … first + count − 1 */
export interface Part {
  readonly first: number
  readonly count: number
}

export const partsOf = ({ size, large, small }: EvenParts): Part[] =>
  Array.from({ length: large + small }, (_, i) =>
    i < large ? { first: i * size, count: size } : { first: large * size + (i - large) * (size - 1), count: size - 1 },
  )
