// The axes of a convolution one by one, and the taps of a window that meet the input.

import type { ConvSpec } from './conv-spec.ts'

/** One spatial axis of a convolution. */
export interface Axis {
  readonly input: number
  readonly output: number
  readonly kernel: number
  readonly stride: number
  readonly before: number
  readonly dilation: number
}

const absent: Axis = { input: 1, output: 1, kernel: 1, stride: 1, before: 0, dilation: 1 }

/** The spec's axes, lifted to three by axes of size 1 in front. */
export function liftAxes(spec: ConvSpec): readonly [Axis, Axis, Axis] {
  const axes = spec.inputSize.map(
    (input, axis): Axis => ({
      input,
      output: spec.outputSize[axis],
      kernel: spec.kernel[axis],
      stride: spec.stride[axis],
      before: spec.padding[axis][0],
      dilation: spec.dilation[axis],
    }),
  )
  return [absent, absent, ...axes].slice(-3) as [Axis, Axis, Axis]
}

/** Taps [first, end) of the window at `output` that fall inside the input. */
export function tapsInside({ input, kernel, stride, before, dilation }: Axis, output: number): [number, number] {
  const start = output * stride - before
  const first = start >= 0 ? 0 : Math.ceil(-start / dilation)
  const end = Math.min(kernel, Math.ceil((input - start) / dilation))
  return end > first ? [first, end] : [0, 0]
}
