// Numbers for the kernels' tests.

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Reproducible numbers in −1 … 1: a 32-bit linear congruential generator (Numerical Recipes). */
export function randomFloats(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** The largest absolute difference; infinite when either holds a NaN. */
export const largestError = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, value, i) => {
    const error = Math.abs(value - b[i])
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error)
  }, 0)
