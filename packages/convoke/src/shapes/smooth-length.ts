// Lengths that Fourier transforms are fast for.

/** The least length of at least `length` that is 2ᵃ·3ᵇ·5ᶜ·7ᵈ. */
export function smoothLength(length: number): number {
  let best = 2 ** Math.ceil(Math.log2(Math.max(1, length)))
  for (let sevens = 1; sevens < best; sevens *= 7) {
    for (let fives = sevens; fives < best; fives *= 5) {
      for (let threes = fives; threes < best; threes *= 3) {
        const twos = 2 ** Math.max(0, Math.ceil(Math.log2(length / threes)))
        const product = threes * twos
        if (product >= length && product < best) best = product
      }
    }
  }
  return best
}
