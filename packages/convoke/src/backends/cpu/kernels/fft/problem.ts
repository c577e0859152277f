// What a convolution by FFT is of, axis by axis: always a correlation of stride 1, y[o] = Σ x[o − before + t]·f[t].

import { type ConvSpec, describeConv } from '../../../../shapes/conv-spec.ts'
import { extentOf } from '../../../../shapes/padding.ts'

export interface FftAxis {
  readonly input: number
  readonly output: number
  /** From the first tap to the last, with what lies between. */
  readonly extent: number
  /** Places before the input that the first window begins. May be negative. */
  readonly before: number
}

export interface FftProblem {
  /** Depth, height, width; those that are not there are of size 1. */
  readonly axes: readonly [FftAxis, FftAxis, FftAxis]
  readonly images: number
  readonly groups: number
  /** Channels of a group. */
  readonly inputs: number
  readonly outputs: number
  readonly name: string
}

const none: FftAxis = Object.freeze({ input: 1, output: 1, extent: 1, before: 0 })

/** Three axes from one to three. */
export const threeAxes = (axes: readonly FftAxis[]): FftProblem['axes'] => {
  const [depth, height, width] = [none, none, ...axes].slice(-3)
  return [depth, height, width]
}

/** The problem of a convolution of stride 1; null for another. */
export function problemOf(spec: ConvSpec): FftProblem | null {
  if (spec.stride.some((step) => step !== 1)) return null
  const axes = spec.inputSize.map(
    (input, axis): FftAxis => ({
      ...{ input, output: spec.outputSize[axis], before: spec.padding[axis][0] },
      extent: extentOf(spec.kernel[axis], spec.dilation[axis]),
    }),
  )
  return {
    ...{ axes: threeAxes(axes), images: spec.batch, groups: spec.groups, name: describeConv(spec) },
    ...{ inputs: spec.inputChannels / spec.groups, outputs: spec.outputChannels / spec.groups },
  }
}

/** Whether there is one axis alone. An axis of one element under a window that begins before it is an axis. */
export const isSignal = ({ axes: [depth, height] }: FftProblem): boolean =>
  [depth, height].every(
    ({ input, output, extent, before }) => input === 1 && output === 1 && extent === 1 && before === 0,
  )

/** Tiles of scratch memory that a unit takes: in blocks, and in lines. */
export const unitTiles = ({ inputs, outputs }: FftProblem): { readonly blocks: number; readonly lines: number } => ({
  blocks: Math.max(inputs, outputs),
  lines: inputs === 1 && outputs === 1 ? 0 : inputs,
})
