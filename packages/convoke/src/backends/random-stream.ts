// Random numbers by counting: Threefry-4×32 with 20 rounds (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy
// as 1, 2, 3"). Each block of four 32-bit words follows from a key and the block's number alone, so any part of a tensor can be
// made by itself, on any thread. What is made of the words is stated as float32 operations rounded one by one, which give the
// same bits everywhere.
//
// Elements of a tensor and words of blocks, 64 elements at a time so that vectors of up to 16 lanes are stored whole:
//
//   element i    word (i >> 4) & 3    of block (i >> 6) · 16 + (i & 15)

export const rounds = 20

/** By how much the two words of a round are rotated, in cycles of eight rounds. */
export const rotations: readonly (readonly [number, number])[] = Object.freeze([
  ...([
    [10, 26],
    [11, 21],
    [13, 27],
    [23, 5],
  ] as const),
  ...([
    [6, 20],
    [17, 11],
    [25, 10],
    [18, 20],
  ] as const),
])

/** Xored with the words of a key into its fifth word, as in Skein. */
export const keyParity = 0x1bd11bda

export const stripe = 64
export const blocksOfStripe = 16

/** The two words of a key that seeds fill; the others are 0. */
export type StreamKey = readonly [low: number, high: number]

/** A whole number of up to 53 bits as a key. */
export const streamKey = (seed: number): StreamKey =>
  Object.freeze([seed | 0, Math.floor(seed / 0x100000000) | 0] as const)

/** Words as numbers. Uniform: the upper 24 bits · 2⁻²⁴. */
export const uniformUnit = 2 ** -24

/**
 * Normal, from two words (Box & Muller 1958): v = (the upper 31 bits + 1) · 2⁻³¹, radius √(−2·log v); two bits of the second word
 * choose a quadrant, 24 more an angle of −π/4 … π/4 in it.
 */
export const normalUnit = 2 ** -31
export const angleUnit = (Math.PI / 2) * 2 ** -24
/** The bits of √½: v = 2ᵏ·m with √½ ≤ m < √2. */
export const sqrtHalfBits = 0x3f3504f3
/** log m = 2s · (1 + s²/3 + s⁴/5 + …), s = (m − 1) / (m + 1). */
export const logSeries: readonly number[] = /* @__PURE__ */ Object.freeze([1 / 9, 1 / 7, 1 / 5, 1 / 3, 1])
/** sin a = a · (1 − a²/6 + …), cos a = 1 − a²/2 + …, the highest power first. */
export const sineSeries: readonly number[] = /* @__PURE__ */ Object.freeze([1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1])
export const cosineSeries: readonly number[] = /* @__PURE__ */ Object.freeze([1 / 40320, -1 / 720, 1 / 24, -1 / 2, 1])
