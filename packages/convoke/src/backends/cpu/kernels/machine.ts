// The machine as planners that do not measure see it. Costs are in slots: the time in which a core begins one multiply-add of a
// vector. What an algorithm spends stands with it; what a slot, a byte, a call and a share of the peak are stands here.

/** Multiply-adds under way at once on the machines there are: products in a shorter loop wait for each other. */
export const latencySlots = 10

/** Slots of handing out a call, and of beginning a step. */
export const callSlots = 450
export const beginSlots = 4000

/** Where the third cache is taken to end, and bytes that arrive a slot from it and from beyond. */
export const thirdCache = 16 * 1024 * 1024
const bytesFromThird = 9
const bytesFromMemory = 5.5

/** Bytes of so large a whole, read once in order, that arrive a slot from beyond the second cache. */
export const bytesPerSlot = (whole: number): number => (whole > thirdCache ? bytesFromMemory : bytesFromThird)

/** Shares of the FMA peak that kernels with enough to do reach; measured. */
export const reached = {
  direct: 0.92,
  /** The adjoint of convolution for few channels, in columns that are folded. */
  narrow: 0.85,
  winograd: 0.92,
  directGradient: 0.9,
  winogradGradient: 0.88,
  /** One kernel for all channels of a picture, over all taps and in two passes. */
  picture: 0.7,
  twoPasses: 0.4,
} as const
