// Convolution in two passes, where the filter is a column times a row.

import type { ConvSpec } from '../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../backend.ts'
import { isSeparableSpec, planSeparable, separableSlots } from '../kernels/separable/index.ts'
import type { Target } from '../program/index.ts'
import type { Way } from './ways.ts'

/** Taps from which two passes beat every other way, and sides up to which they beat the FFT; measured. */
const fewestTaps = 49
const mostSide = (channels: number): number => (channels === 1 ? 25 : 31)

/** Whether two passes are the fastest way, should the filter turn out to be a column times a row. */
export const suitsSeparable = (conv: ConvSpec, epilogue: Epilogue | null): boolean =>
  isSeparableSpec(conv) &&
  conv.kernel[0] * conv.kernel[1] >= fewestTaps &&
  conv.kernel.every((side) => side > 1 && side <= mostSide(conv.inputChannels)) &&
  !(epilogue?.bias && conv.inputChannels > 1)

/** For a filter that was looked at: it is a column times a row, the same for every channel. */
export const separableWay = (conv: ConvSpec, epilogue: Epilogue | null, target: Target): Way => ({
  ...{ algorithm: 'separable', slots: separableSlots(conv, target), margin: 1 },
  plan: () => ({
    algorithm: 'separable',
    plan: planSeparable({ conv, epilogue }, target),
    reason: 'the filter is a column times a row: two passes of one dimension',
  }),
})
