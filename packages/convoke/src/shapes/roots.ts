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
  // In units of 1 / 8n of a turn all bounds below are whole numbers.
  const octant = Math.floor((8 * turn) / n)
  const [c, s] =
    octant % 2 === 0 ? firstOctant(turn - (octant / 8) * n, n) : firstOctant(((octant + 1) / 8) * n - turn, n)
  const [x, y] = [
    [c, s],
    [s, c],
    [-s, c],
    [-c, s],
    [-c, -s],
    [-s, -c],
    [s, -c],
    [c, -s],
  ][octant]
  // No −0.
  return [x + 0, 0 - y]
}
