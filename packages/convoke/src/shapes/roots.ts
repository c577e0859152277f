// Roots of unity to the last bit of float64, so that a float32 table of them is rounded once.

/** What tables of roots are written to. */
interface Numbers {
  [at: number]: number
}

/**
 * Writes e^(−2πi·k/n), for any whole k and n ≥ 1, by the symmetry of the octants: exact at multiples of a quarter turn. The sine and
 * cosine of angles within the first octant lose nothing to the rounding of π.
 */
export function setRoot(k: number, n: number, re: Numbers, reAt: number, im: Numbers, imAt: number): void {
  const turn = ((k % n) + n) % n
  const octant = Math.floor((8 * turn) / n)
  const j = octant % 2 === 0 ? turn - (octant / 8) * n : ((octant + 1) / 8) * n - turn
  const angle = (2 * Math.PI * j) / n
  const half = 8 * j === n
  const c = half ? Math.SQRT1_2 : Math.cos(angle)
  const s = half ? Math.SQRT1_2 : Math.sin(angle)
  // Odd octants are mirrored, so that four of them have sine and cosine the other way round. 0 − s is no −0.
  const swapped = octant === 1 || octant === 2 || octant === 5 || octant === 6
  const x = swapped ? s : c
  const y = swapped ? c : s
  re[reAt] = octant >= 2 && octant < 6 ? 0 - x : x
  im[imAt] = octant < 4 ? 0 - y : y
}

/** [re, im] of e^(−2πi·k/n). */
export function rootOfUnity(k: number, n: number): readonly [re: number, im: number] {
  const root: [number, number] = [0, 0]
  setRoot(k, n, root, 0, root, 1)
  return root
}

/** e^(−2πi·k/n) for k = 0 … n − 1, the same to the bit; where 4 divides n, an eighth of them is computed. */
export function rootsOfUnity(n: number): { readonly re: Float64Array; readonly im: Float64Array } {
  const [re, im] = [new Float64Array(n), new Float64Array(n)]
  const quarter = n / 4
  const computed = Number.isInteger(quarter) ? Math.floor(n / 8) + 1 : n
  for (let k = 0; k < computed; k++) setRoot(k, n, re, k, im, k)
  if (computed === n) return { re, im }
  for (let k = computed; k <= quarter; k++) {
    re[k] = 0 - im[quarter - k]
    im[k] = 0 - re[quarter - k]
  }
  for (let k = quarter + 1; k <= n / 2; k++) {
    re[k] = im[k - quarter]
    im[k] = 0 - re[k - quarter]
  }
  for (let k = n / 2 + 1; k < n; k++) {
    re[k] = 0 - re[k - n / 2]
    im[k] = 0 - im[k - n / 2]
  }
  return { re, im }
}

/** Writes e^(−2πi·k/n) for a whole k from 0 on. */
export type RootWriter = (k: number, re: Numbers, reAt: number, im: Numbers, imAt: number) => void

/**
 * Roots of n as products of two out of tables of about √n: within two units in the last place of float64, which a float32 table does
 * not see, at a tenth of the time that sines take.
 */
export function rootProducts(n: number): RootWriter {
  const bits = Math.ceil(Math.log2(n + 1) / 2)
  const below = 2 ** bits
  const count = Math.ceil(n / below)
  const [fineRe, fineIm] = [new Float64Array(below), new Float64Array(below)]
  const [coarseRe, coarseIm] = [new Float64Array(count), new Float64Array(count)]
  for (let k = 0; k < below; k++) setRoot(k, n, fineRe, k, fineIm, k)
  for (let k = 0; k < count; k++) setRoot(k * below, n, coarseRe, k, coarseIm, k)
  return (k, re, reAt, im, imAt) => {
    const turn = k < n ? k : k % n
    const coarse = Math.floor(turn / below)
    const fine = turn - coarse * below
    const a = coarseRe[coarse]
    const b = coarseIm[coarse]
    const c = fineRe[fine]
    const d = fineIm[fine]
    re[reAt] = a * c - b * d
    im[imAt] = a * d + b * c
  }
}
