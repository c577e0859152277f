// Roots of unity to the last bit of float64, so that a float32 table of them is rounded once.

/** [cos, sin] of 2π·j/n, where 0 ≤ j ≤ n/8: the sine and cosine of such angles lose nothing to the rounding of π. */
const firstOctant = (j: number, n: number): readonly [number, number] => {
  if (8 * j === n) return [Math.SQRT1_2, Math.SQRT1_2]
  const angle = (2 * Math.PI * j) / n
  return [Math.cos(angle), Math.sin(angle)]
}

/** [re, im] of e^(−2πi·k/n) for any whole k and n ≥ 1, by the symmetry of the octants: exact at multiples of a quarter turn. */
export function rootOfUnity(k: number, n: number): readonly [re: number, im: number] {
  const turn = ((k % n) + n) % n
  const octant = Math.floor((8 * turn) / n)
  const [c, s] =
    octant % 2 === 0 ? firstOctant(turn - (octant / 8) * n, n) : firstOctant(((octant + 1) / 8) * n - turn, n)
  // Odd octants are mirrored, so that four of them have sine and cosine the other way round. 0 − s is no −0.
  switch (octant) {
    case 0:
      return [c, 0 - s]
    case 1:
      return [s, 0 - c]
    case 2:
      return [0 - s, 0 - c]
    case 3:
      return [0 - c, 0 - s]
    case 4:
      return [0 - c, s]
    case 5:
      return [0 - s, c]
    case 6:
      return [s, c]
    default:
      return [c, s]
  }
}
