// What is built from several instructions, the same on every target.

import { check } from '../../../shapes/error.ts'
import type { Arithmetic } from './builder-arithmetic.ts'
import type { Vector } from './instruction.ts'
import type { Target } from './target.ts'

export function macros(target: Target, v: Arithmetic) {
  const { lanes } = target
  const all = (pick: (lane: number) => number): number[] => Array.from({ length: lanes }, (_, lane) => pick(lane))

  /** Combines all lanes pairwise, at distances lanes/2 … 1, so the order of rounding is part of the definition. */
  const combine = (step: (a: Vector, b: Vector) => Vector) => (a: Vector) => {
    let result = a
    for (let distance = lanes / 2; distance >= 1; distance /= 2) {
      const other = v.shuffle(
        result,
        result,
        all((lane) => lane ^ distance),
      )
      result = step(result, other)
    }
    return result
  }

  // Positions within blocks of four lanes, the unit that x86 shuffles without crossing.
  const within = (pick: readonly number[]) =>
    all((lane) => (lane & ~3) + (pick[lane & 3] & 3) + (pick[lane & 3] >> 2) * lanes)
  const low = within([0, 4, 1, 5])
  const high = within([2, 6, 3, 7])
  const firstHalves = within([0, 1, 4, 5])
  const secondHalves = within([2, 3, 6, 7])
  const blocks = (parity: number) => all((lane) => 2 * (lane & ~3) + 4 * parity + (lane & 3))

  /** Transposes the 4×4 squares that stand in the blocks of four rows. */
  const transposeSquares = ([a, b, c, d]: readonly Vector[]): Vector[] => {
    const [ab, cd] = [v.shuffle(a, b, low), v.shuffle(c, d, low)]
    const [abHigh, cdHigh] = [v.shuffle(a, b, high), v.shuffle(c, d, high)]
    return [
      v.shuffle(ab, cd, firstHalves),
      v.shuffle(ab, cd, secondHalves),
      v.shuffle(abHigh, cdHigh, firstHalves),
      v.shuffle(abHigh, cdHigh, secondHalves),
    ]
  }

  /** n vectors of n blocks of four lanes, transposed as an n×n matrix of blocks. */
  const transposeBlocks = (rows: readonly Vector[]): Vector[] => {
    if (rows.length === 1) return [...rows]
    const take = (parity: number) =>
      rows.flatMap((row, i) => (i % 2 === 0 ? [v.shuffle(row, rows[i + 1], blocks(parity))] : []))
    const [even, odd] = [transposeBlocks(take(0)), transposeBlocks(take(1))]
    return even.flatMap((row, i) => [row, odd[i]])
  }

  return {
    /** The sum of all lanes, in every lane. */
    sumLanes: combine((a, b) => v.add(a, b)),
    /** The largest of all lanes, in every lane. NaN is not ordered: see `max`. */
    maxLanes: combine((a, b) => v.max(a, b)),
    minLanes: combine((a, b) => v.min(a, b)),
    /** x · 2ⁿ for int32 lanes n in −126 … 127. */
    scaleByPowerOfTwo: (x: Vector, n: Vector): Vector => v.mul(x, v.shl(v.iadd(n, v.constantInt(127)), 23)),
    /** Lanes × lanes elements: element j of result i is element i of row j. */
    transpose: (rows: readonly Vector[]): Vector[] => {
      check(rows.length === lanes, () => `A transpose of ${rows.length} rows: ${target.name} needs ${lanes}.`)
      const squares = Array.from({ length: lanes / 4 }, (_, i) => transposeSquares(rows.slice(4 * i, 4 * i + 4)))
      const columns = [0, 1, 2, 3].map((j) => transposeBlocks(squares.map((square) => square[j])))
      return Array.from({ length: lanes }, (_, i) => columns[i & 3][i >> 2])
    },
  }
}
