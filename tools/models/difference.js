/** The largest difference over the largest value; infinite for NaN and for other lengths. */
export function differenceOf(found, expected) {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY
  let [worst, largest] = [0, 0]
  expected.forEach((value, i) => {
    const difference = Math.abs(found[i] - value)
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    largest = Math.max(largest, Math.abs(value))
  })
  return worst / largest
}
