// How the two passes of a separable convolution lie in memory. Channels are independent and share the filter, so a row of
// `width · channels` floats is one signal whose taps stand `channels` floats apart.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { checkCovered } from '../convolution/covered.ts'

export interface SeparableLayout {
  readonly channels: number
  readonly taps: readonly [number, number]
  /** Register tile of the pass down the columns: rows of output × vectors of columns. */
  readonly rows: number
  readonly vectors: number
  /** Floats of an input row and of an output row. */
  readonly inputFloats: number
  readonly outputFloats: number
  /** A row between the passes: zeros, the input's columns from `lead` on, zeros; `first` is where the first window begins. */
  readonly lead: number
  readonly first: number
  readonly rowFloats: number
}

/** Whether the two passes compute `spec`, given that every channel has the same separable filter. */
export const isSeparableSpec = (spec: ConvSpec): boolean =>
  spec.rank === 2 &&
  spec.groups === spec.inputChannels &&
  spec.outputChannels === spec.inputChannels &&
  spec.stride.every((step) => step === 1) &&
  spec.dilation.every((step) => step === 1) &&
  spec.padding.flat().every((pad) => pad >= 0)

/** The layout for `spec`. Throws `ConvokeError` when the algorithm does not apply. */
export function separableLayout(spec: ConvSpec, { lanes, vectorRegisters }: Target): SeparableLayout {
  checkCovered(isSeparableSpec(spec), 'Separable passes', spec)
  const channels = spec.inputChannels
  const [inputFloats, outputFloats] = [spec.inputSize[1] * channels, spec.outputSize[1] * channels]
  const before = spec.padding[1][0] * channels
  const lead = Math.ceil(before / lanes) * lanes
  const first = lead - before
  // The last window, and the vectors that hold it, end inside the row.
  const needed = first + Math.ceil(outputFloats / lanes) * lanes + (spec.kernel[1] - 1) * channels
  const rowFloats = Math.ceil(Math.max(needed, lead + inputFloats) / lanes) * lanes + 16
  const [rows, vectors] = vectorRegisters >= 32 ? [8, 3] : [4, 2]
  const taps = [spec.kernel[0], spec.kernel[1]] as const
  return Object.freeze({ channels, taps, rows, vectors, inputFloats, outputFloats, lead, first, rowFloats })
}
