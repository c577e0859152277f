// Winograd's minimal filtering algorithms F(m, r) by the Cook–Toom construction, in float64.
//
//     y = Aᵀ [(G g) ⊙ (Bᵀ d)]        y_i = Σ_j d_{i+j} g_j,  i < m, j < r, with m + r − 1 products instead of m·r
//
// For distinct points p₀ … p_{n−2} and infinity, n = m + r − 1, M(x) = Π (x − p):
//
//     Aᵀ[i][p] = pⁱ                    Aᵀ[m−1][∞] = 1
//     G[p][j]  = pʲ / Π_{q≠p} (p − q)  G[∞][r−1]  = 1
//     Bᵀ[p]    = coefficients of M(x) / (x − p)    Bᵀ[∞] = coefficients of M(x)
//
// because Σ_p p^{i+j} / M'(p) · M(x)/(x − p) is Lagrange's interpolation of x^{i+j}: x^{i+j} itself below degree n − 1,
// x^{n−1} − M(x) at it. Winograd 1980, "Arithmetic complexity of computations"; Lavin & Gray 2016 (arXiv:1509.09308);
// points after Barabasz et al. 2020 (arXiv:1803.10986): small, symmetric and near ±1.

import { check } from '../../../../shapes/error.ts'

export type Matrix = readonly (readonly number[])[]

/** F(outputs, taps) along one axis. */
export interface CookToom {
  readonly outputs: number
  readonly taps: number
  /** outputs + taps − 1: elements of a window, and products. */
  readonly size: number
  /** The finite points; infinity is the last of the `size`. */
  readonly points: readonly number[]
  /** Aᵀ, outputs × size. */
  readonly output: Matrix
  /** G, size × taps. */
  readonly filter: Matrix
  /** Bᵀ, size × size. */
  readonly input: Matrix
}

/** Coefficients, constant first, of Π (x − root). */
function polynomial(roots: readonly number[]): number[] {
  let product = [1]
  for (const root of roots) product = [0, ...product].map((above, k) => above - root * (product[k] ?? 0))
  return product
}

const filled = (length: number, value: (i: number) => number): number[] => Array.from({ length }, (_, i) => value(i))

/** F(outputs, taps) at the given finite points and infinity. */
export function cookToom(outputs: number, taps: number, points: readonly number[]): CookToom {
  const size = outputs + taps - 1
  check(
    points.length === size - 1 && new Set(points).size === points.length,
    () => `F(${outputs}, ${taps}) at [${points.join(', ')}]: give ${size - 1} distinct points.`,
  )
  const others = (p: number): number[] => points.filter((q) => q !== p)
  const infinity = (length: number): number[] => filled(length, (i) => (i === length - 1 ? 1 : 0))
  const filter = points.map((p) => {
    const scale = others(p).reduce((product, q) => product * (p - q), 1)
    return filled(taps, (j) => p ** j / scale)
  })
  const input = points.map((p) => [...polynomial(others(p)), 0])
  const output = filled(outputs, (i) => i).map((i) => [...points.map((p) => p ** i), i === outputs - 1 ? 1 : 0])
  return Object.freeze({
    ...{ outputs, taps, size, points, output },
    filter: [...filter, infinity(taps)],
    input: [...input, polynomial(points)],
  })
}

/** F(2, 3) at 0, ±1. Its run-time transforms only add and subtract. */
export const f2x3 = cookToom(2, 3, [0, 1, -1])

/**
 * F(4, 3) at 0, ±5/8, ±3/2: under half the error of the usual 0, ±1, ±2. Every entry of its Aᵀ and Bᵀ is exact in
 * float32.
 */
export const f4x3 = cookToom(4, 3, [0, 5 / 8, -5 / 8, 3 / 2, -3 / 2])

/** F(2, 5) at the same points: windows as large as those of F(4, 3), and as exact. */
export const f2x5 = cookToom(2, 5, f4x3.points)

/** Outputs along each side of a tile. */
export type OutputTile = 2 | 4

/** By the taps along each side of the kernel, the tiles there are, largest first. */
const algorithms: ReadonlyMap<number, readonly CookToom[]> = new Map([
  [3, [f4x3, f2x3]],
  [5, [f2x5]],
])

/** The algorithms for square kernels of so many taps a side; none for most. */
export const algorithmsFor = (taps: number): readonly CookToom[] => algorithms.get(taps) ?? []

/** F(tile, taps), which must be one of them. */
export function algorithmOf(tile: OutputTile, taps = 3): CookToom {
  const found = algorithmsFor(taps).find(({ outputs }) => outputs === tile)
  check(found !== undefined, () => `Winograd: there is no F(${tile}, ${taps}). Use F(4, 3), F(2, 3) or F(2, 5).`)
  return found
}
