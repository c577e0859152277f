// The machine as planners that do not measure see it. Costs are in slots: the time in which a core begins one multiply-add of a
// vector. What an algorithm spends stands with it; what a slot, a byte, a call and a share of the peak are stands here.

import type { Target } from '../program/index.ts'

/** Multiply-adds under way at once on the machines there are: products in a shorter loop wait for each other. */
export const latencySlots = 10

/** Slots of handing out a call, and of beginning a step. */
export const callSlots = 450
export const beginSlots = 4000

/** Slots of an instruction that is no multiply-add: where that is two instructions, a slot is longer. Measured in WebAssembly. */
export const otherSlots = ({ fma }: Target): number => (fma ? 1 : 0.6)

/** Where the third cache is taken to end, and bytes that arrive a slot from it and from beyond. */
export const thirdCache = 16 * 1024 * 1024
const bytesFromThird = 9
const bytesFromMemory = 5.5

/** Bytes of so large a whole, read once in order, that arrive a slot from beyond the second cache. */
export const bytesPerSlot = (whole: number): number => (whole > thirdCache ? bytesFromMemory : bytesFromThird)

/** Of the time that products with padding would take, the share that a sum takes all the same; no longer than the others take. */
const paddedShare = 0.4

/** Time of a sum of which this share of the products meets the input, over that of all products. */
export const insideTime = (share: number): number => Math.min(2 * share, paddedShare + (1 - paddedShare) * share)

// Shares of the FMA peak that kernels with enough to do reach; measured.

export const directShare = 0.92
/** One filter a channel: every product loads. */
export const depthwiseShare = 0.45
/** The adjoint of convolution for few channels, in columns that are folded. */
export const narrowShare = 0.85
export const winogradShare = 0.92
export const directGradientShare = 0.9
/** Of groups side by side in the lanes. */
export const depthwiseGradientShare = 0.6
export const winogradGradientShare = 0.88
/** One kernel for all channels of a picture, over all taps; where a multiply-add is two instructions, which hides what else it does. */
export const pictureShare = 0.7
export const pictureShareWithoutFma = 0.9
/** The same in two passes. */
export const twoPassesShare = 0.4
