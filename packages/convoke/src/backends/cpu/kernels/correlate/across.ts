// One row with a kernel of one dimension. Taps `distance` floats apart: those whose distance is a whole number of vectors read
// the same vectors for neighbouring outputs, so they are taken together, and what is loaded once serves several of them.
//
//     tap t = phase + period · m        period · distance = stride vectors
//     output vector v and tap t read vector v + stride · m, moved on by phase · distance floats

import { largestOf } from '../../../../shapes/extremes.ts'
import { indices } from '../../../../shapes/indices.ts'
import type { Builder, Pointer, Target, Vector } from '../../program/index.ts'
import { evenParts, partsOf } from '../convolution/axes.ts'

/** Taps taken together whose weights are kept in registers. */
const mostTogether = 4

/** Neighbouring phases with the same taps, `first` phase, and of those m = `from` … `from + taps − 1`. */
export interface Group {
  readonly first: number
  readonly phases: number
  readonly from: number
  readonly taps: number
}

export interface AcrossShape {
  readonly period: number
  /** Vectors from a tap to the next of its phase. */
  readonly stride: number
  /** Floats between neighbouring taps. */
  readonly distance: number
  readonly groups: readonly Group[]
  /** Vectors of outputs that are summed together. */
  readonly vectors: number
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** `floats` outputs of a row, `taps` taps `distance` floats apart. */
export function acrossShape(taps: number, distance: number, floats: number, target: Target): AcrossShape {
  const common = gcd(distance, target.lanes)
  const period = target.lanes / common
  const rounds = Math.floor(taps / period)
  const more = taps % period
  const groupsOf = (first: number, phases: number, count: number): Group[] =>
    phases === 0 || count === 0
      ? []
      : partsOf(evenParts(count, mostTogether)).map((part) => ({ first, phases, from: part.first, taps: part.count }))
  const groups = [...groupsOf(0, more, rounds + 1), ...groupsOf(more, period - more, rounds)]
  const together = largestOf(groups.map((group) => group.taps))
  const most = Math.min(12, target.vectorRegisters - together - (target.fma ? 1 : 2))
  const vectors = Math.max(1, Math.min(most, Math.floor(floats / target.lanes)))
  return { period, stride: distance / common, distance, groups, vectors }
}

/** The tap that each weight in the order of the program belongs to. */
export const tapOrder = ({ groups, period }: AcrossShape): number[] =>
  groups.flatMap(({ first, phases, from, taps }) =>
    Array.from({ length: phases * taps }, (_, i) => first + Math.floor(i / taps) + period * (from + (i % taps))),
  )

/** The sums of `vectors` vectors of outputs, whose first window begins at `x`. */
export function emitAcrossSums(b: Builder, shape: AcrossShape, x: Pointer, weights: Pointer): Vector[] {
  const { period, stride, distance, groups, vectors } = shape
  const sums = indices(vectors).map(() => b.zero())
  for (const { first, phases, from, taps } of groups) {
    const row = b.offset(x, 4 * (first + period * from) * distance)
    b.loop(phases, () => {
      const kept = indices(taps).map((m) => b.broadcast(weights, 4 * m))
      const used = indices(vectors + stride * (taps - 1)).map((u) =>
        indices(taps).filter((m) => u - stride * m >= 0 && u - stride * m < vectors),
      )
      used.forEach((list, u) => {
        if (list.length === 0) return
        const value = b.load(row, u * b.bytes)
        for (const m of list) b.fma(sums[u - stride * m], value, kept[m])
      })
      b.advance(weights, 4 * taps)
      b.advance(row, 4 * distance)
    })
  }
  return sums
}
