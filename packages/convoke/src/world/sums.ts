// How sums over ranks travel.

/**
 * Rabenseifner's algorithm (2004) halves what each pair of ranks exchanges from round to round, and doubles it again: 2 log2(p) rounds, in which
 * every rank sends 2 (p − 1) / p of the numbers. A ring (Patarasuk & Yuan 2009) sends as few between any number of ranks, in 2 (p − 1) rounds.
 */
export type SumAlgorithm = 'halving and doubling' | 'ring'

/** The best all-reduce algorithm between so many ranks; halving needs a power of two. */
export const sumAlgorithm = (ranks: number): SumAlgorithm =>
  (ranks & (ranks - 1)) === 0 ? 'halving and doubling' : 'ring'
