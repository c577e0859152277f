// The messages of a sum over ranks, one after the other.

import { sumAlgorithm } from '../world/sums.ts'
import type { Wire } from '../world/world.ts'

/**
 * Bytes that a rank sends, and receives, in each round of an all-reduce of so many. A round begins once the one before has come in.
 *
 * | ranks | rounds | bytes sent |
 * | --- | --- | --- |
 * | p, a power of two | 2 log2(p): n/2, n/4, … n/p, and back (Rabenseifner 2004; Thakur et al. 2005) | 2 (p − 1) n / p |
 * | any other p | 2 (p − 1) of n/p (a ring: Patarasuk & Yuan 2009) | 2 (p − 1) n / p |
 * | any p, as bfloat16 | 2, each of p − 1 messages at once | (p − 1) n / p |
 */
export function messagesOf(bytes: number, ranks: number, wire: Wire = 'float32'): number[] {
  if (ranks === 1) return []
  if (wire === 'bfloat16') return [1, 2].map(() => ((ranks - 1) * bytes) / (2 * ranks))
  if (sumAlgorithm(ranks) === 'ring') return new Array<number>(2 * (ranks - 1)).fill(bytes / ranks)
  const halves = Array.from({ length: Math.log2(ranks) }, (_, round) => bytes / 2 ** (round + 1))
  return [...halves, ...[...halves].reverse()]
}
