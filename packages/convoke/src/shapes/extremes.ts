// The ends of a list of any length. `Math.max(...list)` passes a list as arguments, which live on the stack: a
// RangeError from about 120,000 of them.

/** The largest, as `Math.max`: NaN where there is one, −∞ of no values. */
export function largestOf(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) most = Math.max(most, value)
  return most
}

/** The smallest, as `Math.min`: NaN where there is one, ∞ of no values. */
export function smallestOf(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY
  for (const value of values) least = Math.min(least, value)
  return least
}
