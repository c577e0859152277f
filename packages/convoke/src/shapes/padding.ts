// Padding, as users write it, resolved to one [before, after] pair an axis.
//
//   'valid'        no padding
//   'same'         output = ceil(input / stride); an odd extra element goes after  (TensorFlow SAME, ONNX SAME_UPPER)
//   'same-lower'   the same size; an odd extra element goes before                 (ONNX SAME_LOWER)
//   'causal'       dilation · (kernel − 1) before, none after: output t sees only inputs ≤ t · stride
//   2              2 on every side of every axis
//   [1, 2]         1 on both sides of the first axis, 2 of the second
//   [[0, 1], …]    [before, after] for each axis

import { check, show } from './error.ts'

/** Elements of zeros before and after one axis, each 0 or more. */
export type PaddingPair = readonly [before: number, after: number]
/** Padding by name: see `Padding`. */
export type NamedPadding = 'same' | 'same-lower' | 'valid' | 'causal'
/**
 * Zeros around the input of a convolution: 'valid', none; 'same', as many as make the output ceil(input / stride) long,
 * an odd one at the end ('same-lower': at the start); 'causal', all before the input, so that an output sees nothing
 * later; or by number, for all sides, each axis, or each side as [before, after].
 */
export type Padding = NamedPadding | number | readonly number[] | readonly PaddingPair[]

const names: readonly string[] = ['same', 'same-lower', 'valid', 'causal']

/** Elements spanned by a kernel of `kernel` taps that lie `dilation` apart. */
export const extentOf = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1

/** What padding by name depends on. Lists have one entry a spatial axis. */
export interface PaddingQuestion {
  /** The operation that an error names. */
  readonly op: string
  /** Size of the input without padding. */
  readonly inputSize: readonly number[]
  /** Size of the kernel in taps. */
  readonly kernel: readonly number[]
  /** Steps between neighbouring windows. */
  readonly stride: readonly number[]
  /** Distance between neighbouring taps. */
  readonly dilation: readonly number[]
}

/** One [before, after] pair an axis. Throws `ConvokeError` for anything but the forms listed in this file. */
export function resolvePadding(padding: Padding, question: PaddingQuestion): PaddingPair[] {
  const { op, inputSize, kernel, stride, dilation } = question
  if (typeof padding === 'string') {
    check(
      names.includes(padding),
      () =>
        `${op}: padding ${show(padding)} is not known. Use 'same', 'same-lower', 'valid', 'causal', a number or pairs.`,
    )
    return inputSize.map((size, axis) => {
      const extent = extentOf(kernel[axis], dilation[axis])
      if (padding === 'valid') return [0, 0]
      if (padding === 'causal') return [extent - 1, 0]
      const output = Math.ceil(size / stride[axis])
      const total = Math.max((output - 1) * stride[axis] + extent - size, 0)
      const half = Math.floor(total / 2)
      return padding === 'same' ? [half, total - half] : [total - half, half]
    })
  }
  return explicitPadding(op, padding, inputSize.length)
}

/** Pairs from the forms of padding that need no sizes: a number, one number per axis, one pair an axis. */
export function explicitPadding(op: string, padding: unknown, rank: number): PaddingPair[] {
  const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0
  if (typeof padding === 'number') {
    check(isCount(padding), () => `${op}: padding is ${show(padding)}; it must be a whole number of 0 or more.`)
    return Array.from({ length: rank }, () => [padding, padding])
  }
  check(
    Array.isArray(padding),
    () => `${op}: padding is ${show(padding)}. Use a name, a number, or one entry per axis.`,
  )
  check(
    padding.length === rank,
    () =>
      `${op}: padding ${show(padding)} has ${padding.length} entries, the input has ${rank} spatial axes. Give one entry per axis.`,
  )
  return padding.map((entry: unknown) => {
    const pair = typeof entry === 'number' ? [entry, entry] : entry
    check(
      Array.isArray(pair) && pair.length === 2 && pair.every(isCount),
      () => `${op}: padding ${show(padding)} must hold whole numbers of 0 or more, or [before, after] pairs of them.`,
    )
    return [pair[0], pair[1]] as const
  })
}
