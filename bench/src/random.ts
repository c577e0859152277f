// Test data that is the same in every run and every engine.

/** `length` values in [−1, 1), from a 32-bit generator (Marsaglia 2003, "Xorshift RNGs"). */
export function noise(length: number, seed: number): Float32Array {
  // The seed is scattered by a prime so that small seeds do not start alike; xorshift must not start at 0.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  const values = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    values[i] = state / 2 ** 31
  }
  return values
}

/** A normalised Gaussian over a kernel of `height × width`, sigma a sixth of each side. */
export function gaussian(height: number, width: number): Float32Array {
  const line = (size: number) =>
    Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((6 * (i - (size - 1) / 2)) / size) ** 2))
  const values = line(height).flatMap((a) => line(width).map((b) => a * b))
  const total = values.reduce((sum, value) => sum + value, 0)
  return Float32Array.from(values, (value) => value / total)
}
