// Tints of numbers by sign and size.

/** Beside the largest: −1 … 1. As in the command's pictures, small values show by their root. */
export const strengthOf = (value: number, largest: number): number =>
  largest === 0 || !Number.isFinite(value) ? 0 : Math.sign(value) * Math.sqrt(Math.min(1, Math.abs(value) / largest))

export const largestIn = (values: ArrayLike<number>): number => {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]))
  return largest
}
