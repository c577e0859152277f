// Receptive fields: which inputs an output can see, through one layer or a chain of them, on one axis at a time.
// For windows (convolution, pooling) the closed form of Araujo, Norris & Sim 2019, "Computing receptive fields of
// convolutional neural networks" (Distill), holds; transposed layers see a pattern that repeats every `period` outputs.
//
//   layer                  output o sees the inputs                                 jump        period
//   window (conv, pool)    o·stride − before + t·dilation,  t = 0 … kernel − 1       stride      1
//   transposed             i with i·stride = o + before − t·dilation for some t     1 / stride  stride
//   adaptive pool          ⌊o·input / output⌋ … ⌈(o + 1)·input / output⌉ − 1        input/output  output / gcd
//   whole (global, linear) all of them                                              0           1

import { check } from './error.ts'
import { extentOf, type PaddingPair } from './padding.ts'

/** The inputs that one output of one axis reads: `first, first + step, … last`; nothing when `last < first`. */
export interface Seen {
  /** The first input read; negative in the padding. */
  readonly first: number
  /** The last input read, inclusive. */
  readonly last: number
  /** Inputs between neighbouring reads. */
  readonly step: number
}

/** How one layer looks at its input along one axis. Positions outside the input are padding. */
export interface AxisView {
  /** Input positions moved per output. */
  readonly jump: number
  /** After this many outputs the pattern of `sees` repeats. */
  readonly period: number
  /** The inputs that the output at this index reads. */
  sees(output: number): Seen
}

/** Looks through the window of a convolution or pooling; `before` is the padding before the input. */
export const windowView = (kernel: number, stride: number, dilation: number, before: number): AxisView =>
  Object.freeze({
    jump: stride,
    period: 1,
    sees: (output: number) => {
      const first = output * stride - before
      return { first, last: first + extentOf(kernel, dilation) - 1, step: dilation }
    },
  })

/** Looks as a transposed convolution does; `before` is the padding of the convolution that it is the adjoint of. */
export const transposedView = (kernel: number, stride: number, dilation: number, before: number): AxisView =>
  Object.freeze({
    jump: 1 / stride,
    period: stride,
    sees: (output: number) => {
      const seen = Array.from({ length: kernel }, (_, tap) => output + before - tap * dilation)
        .filter((position) => position % stride === 0)
        .map((position) => position / stride + 0) // + 0: no negative zero
      const last = seen[0]
      if (last === undefined) return { first: 0, last: -1, step: 1 }
      return { first: seen[seen.length - 1], last, step: seen.length > 1 ? last - seen[1] : 1 }
    },
  })

/** Looks as adaptive pooling from `input` to `output` positions does. */
export const adaptiveView = (input: number, output: number): AxisView =>
  Object.freeze({
    jump: input / output,
    period: output / greatestCommonDivisor(input, output),
    sees: (index: number) => ({
      first: Math.floor((index * input) / output),
      last: Math.ceil(((index + 1) * input) / output) - 1,
      step: 1,
    }),
  })

/** Looks at all `input` positions at once, as global pooling does. */
export const wholeView = (input: number): AxisView =>
  Object.freeze({ jump: 0, period: 1, sees: () => ({ first: 0, last: input - 1, step: 1 }) })

/** A layer that looks at each position by itself: activations, normalisation at inference, 1×1 convolution. */
export const pointView: AxisView = windowView(1, 1, 1, 0)

/** The part of a `ConvSpec` or `PoolSpec` that says where windows lie. */
export interface WindowGeometry {
  /** Size of the window in taps. */
  readonly kernel: readonly number[]
  /** Steps between neighbouring windows. */
  readonly stride: readonly number[]
  /** Distance between neighbouring taps. */
  readonly dilation: readonly number[]
  /** Elements [before, after] the input. */
  readonly padding: readonly PaddingPair[]
}

/** One view an axis of a convolution or a pooling. */
export const windowViews = ({ kernel, stride, dilation, padding }: WindowGeometry): readonly AxisView[] =>
  kernel.map((size, axis) => windowView(size, stride[axis], dilation[axis], padding[axis][0]))

/** One view an axis of a transposed convolution, from the spec of the convolution it is the adjoint of. */
export const transposedViews = ({ kernel, stride, dilation, padding }: WindowGeometry): readonly AxisView[] =>
  kernel.map((size, axis) => transposedView(size, stride[axis], dilation[axis], padding[axis][0]))

/** The exact region of the first layer's input that an output can see, along one axis. */
export interface ReceptiveField {
  /** Length of the region, from the first to the last input seen; the longest where it differs between outputs. */
  readonly size: number
  /** Input positions between the regions of neighbouring outputs. Below 1 after upsampling, 0 when all see the same. */
  readonly jump: number
  /** First input position that output 0 sees. Negative when that lies in the padding. */
  readonly start: number
}

/**
 * The receptive field of a chain of layers along one axis, the first layer first. Padding counts as input that is seen.
 * Exact for every chain of windows; where a dilated window follows a transposed layer with gaps, the smallest region
 * without gaps that is known to hold all that is seen.
 */
export function receptiveField(chain: readonly AxisView[]): ReceptiveField {
  const jump = chain.reduce((product, view) => product * view.jump, 1)
  const period = chain.reduce((product, view) => product * view.period, 1)
  let size = 0
  let start: number | undefined
  for (let output = 0; output < period; output++) {
    const region = regionOf(chain, output)
    if (region.last < region.first) continue
    size = Math.max(size, region.last - region.first + 1)
    start ??= region.first
  }
  return Object.freeze({ size, jump, start: start ?? 0 })
}

/**
 * The first and last input that `output` can see through the chain, padding included; `last < first` when it sees none
 * (a transposed layer whose stride exceeds its kernel).
 */
export function regionOf(
  chain: readonly AxisView[],
  output: number,
): {
  /** The first input seen; negative in the padding. */
  first: number
  /** The last input seen, inclusive. */
  last: number
} {
  let region = { first: output, last: output }
  for (let index = chain.length - 1; index >= 0 && region.last >= region.first; index--) {
    region = widen(chain[index], region)
  }
  return region
}

function widen(view: AxisView, { first, last }: { first: number; last: number }): { first: number; last: number } {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  const consider = (output: number) => {
    const seen = view.sees(output)
    if (seen.last < seen.first) return
    low = Math.min(low, seen.first)
    high = Math.max(high, seen.last)
  }
  // The pattern repeats, shifted, every `period` outputs: one period from either end holds both extremes.
  const span = Math.min(view.period, last - first + 1)
  for (let offset = 0; offset < span; offset++) {
    consider(first + offset)
    consider(last - offset)
  }
  return high < low ? { first: 0, last: -1 } : { first: low, last: high }
}

/**
 * Every input position that output `output` depends on, in ascending order: gaps left by dilation are absent, and so is
 * what lies in padding, at the input or between layers. `sizes[l]` is the length that layer `l` reads.
 */
export function inputsSeen(chain: readonly AxisView[], sizes: readonly number[], output: number): readonly number[] {
  check(
    chain.length === sizes.length,
    () => `inputsSeen: ${chain.length} layers need as many input sizes, not ${sizes.length}. Give one per layer.`,
  )
  let positions: readonly number[] = [output]
  for (let index = chain.length - 1; index >= 0; index--) {
    const next = new Set<number>()
    for (const position of positions) {
      const { first, last, step } = chain[index].sees(position)
      for (let input = first; input <= last; input += step) if (input >= 0 && input < sizes[index]) next.add(input)
    }
    positions = [...next]
  }
  return [...positions].sort((a, b) => a - b)
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))
