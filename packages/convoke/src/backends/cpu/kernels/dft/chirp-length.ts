/** The shortest length from 2n − 1 on that the passes like: what lines of n with a large prime in it are convolved in. */
export function chirpLength(n: number): number {
  const lengths = [1, 3, 5].map((odd) => odd * 2 ** Math.max(8, Math.ceil(Math.log2((2 * n - 1) / odd))))
  return lengths.reduce((a, b) => Math.min(a, b))
}
