// Filters of rank one: a column times a row, so that a convolution becomes two passes of one dimension.

/** f[i][j] ≈ column[i] · row[j]. */
export interface SeparableFilter {
  readonly column: Float32Array<ArrayBuffer>
  readonly row: Float32Array<ArrayBuffer>
}

/**
 * Rounding a product of two float32 factors to a float32 filter leaves three roundings of each tap; a filter within four of the
 * largest tap is taken to be such a product. The result then differs from the filter's own by no more than the direct
 * sum's own rounding errors can.
 */
const tolerance = 4 * 2 ** -24

/** Rounds of alternating least squares: they converge at once for a matrix this near to rank one. */
const rounds = 3

/** Half of the smallest float32 above 0: taps below it have become 0. */
const smallest = 2 ** -149

/**
 * The factors of a filter `[height][width]`, row-major, when it has rank one to within rounding; else null. Rounding is
 * measured against the largest tap, or against each tap itself: then two passes are as exact as a sum over all taps.
 */
export function separate(
  filter: ArrayLike<number>,
  height: number,
  width: number,
  against: 'largest tap' | 'each tap' = 'largest tap',
): SeparableFilter | null {
  const taps = Float64Array.from(filter)
  const largest = taps.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (!Number.isFinite(largest)) return null
  if (largest === 0) return { column: new Float32Array(height), row: new Float32Array(width) }
  const pivot = taps.findIndex((value) => Math.abs(value) === largest)
  const column = new Float64Array(height)
  const row = taps.slice(pivot - (pivot % width), pivot - (pivot % width) + width)
  const fit = (to: Float64Array, from: Float64Array, tap: (i: number, j: number) => number): void => {
    const norm = from.reduce((sum, value) => sum + value * value, 0)
    for (let i = 0; i < to.length; i++) to[i] = from.reduce((sum, value, j) => sum + value * tap(i, j), 0) / norm
  }
  for (let round = 0; round < rounds; round++) {
    fit(column, row, (i, j) => taps[i * width + j])
    fit(row, column, (j, i) => taps[i * width + j])
  }
  // Both factors of the same size, so that neither leaves the range of float32.
  const size = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const balance = Math.sqrt(size(row) / size(column))
  const factors = {
    column: Float32Array.from(column, (value) => value * balance),
    row: Float32Array.from(row, (value) => value / balance),
  }
  const near = taps.every((value, k) => {
    const product = factors.column[Math.floor(k / width)] * factors.row[k % width]
    return (
      Math.abs(value - product) <=
      (against === 'each tap' ? tolerance * Math.abs(value) + smallest : tolerance * largest)
    )
  })
  return near ? factors : null
}
