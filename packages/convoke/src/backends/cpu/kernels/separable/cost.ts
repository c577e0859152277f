// What two passes take, in slots of one thread.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../../../shapes/conv-spec.ts'
import type { Target } from '../../program/index.ts'
import { twoPassesShare } from '../machine.ts'

/** Slots of a column of taps, then a row, for each output. */
export const separableSlots = (conv: ConvSpec, { lanes }: Target): number =>
  (sizeOf(convShapes(conv).output) * conv.kernel.reduce((sum, side) => sum + side, 0)) / lanes / twoPassesShare
