// topK in plain TypeScript: see fallbacks.ts for why.

import type { KernelSpecs, TypedArray } from '../../../backend.ts'

/**
 * [x of outer·length] → [values of outer·k, int32 indices of outer·k]. Keeps the k best of each row in order as it goes,
 * finding each place by bisection. NaN is the largest of all, above ∞; of equals the lower index goes first.
 */
export function topK(
  { outer, length, k, largest }: KernelSpecs['topK'],
  [x]: readonly TypedArray[],
  [values, indices]: readonly TypedArray[],
): void {
  const [keys, places] = [new Float64Array(k), new Int32Array(k)]
  for (let row = 0; row < outer; row++) {
    let kept = 0
    for (let i = 0; i < length; i++) {
      const value = x[row * length + i]
      const key = Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.min(value, Number.MAX_VALUE)
      const rank = largest ? -key : key
      if (kept === k && (k === 0 || rank >= keys[k - 1])) continue
      let [low, high] = [0, kept]
      while (low < high) {
        const middle = (low + high) >> 1
        if (keys[middle] <= rank) low = middle + 1
        else high = middle
      }
      if (kept < k) kept++
      keys.copyWithin(low + 1, low, kept - 1)
      places.copyWithin(low + 1, low, kept - 1)
      keys[low] = rank
      places[low] = i
    }
    for (let n = 0; n < k; n++) {
      values[row * k + n] = x[row * length + places[n]]
      indices[row * k + n] = places[n]
    }
  }
}
