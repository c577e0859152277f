// Rows of a tensor walked with the lanes along the row: four vectors abreast, then single ones, then the rest under a tail.

import type { Builder, Pointer, Tail, Vector } from '../../program/index.ts'

/** Vectors side by side. */
const abreast = 4
/** Turns after which inner totals are added to outer ones, so that rounding errors grow with the root of their number. */
const turns = 32

/** What is done with the vector `displacement` bytes behind every pointer; the tail covers what there is of it. */
type Visit = (at: readonly Pointer[], displacement: number, tail?: Tail) => void

/** The trip counts of a row of so many elements. */
export function walkArguments(lanes: number, elements: number): Record<string, number> {
  const vectors = Math.floor(elements / lanes)
  const quads = Math.floor(vectors / abreast)
  return {
    ...{ quads, blocks: Math.floor(quads / turns), quadsLeft: quads % turns },
    ...{ singles: vectors % abreast, rest: elements % lanes },
  }
}

const advance = (b: Builder, at: readonly Pointer[], bytes: number): void => {
  for (const pointer of at) b.advance(pointer, bytes)
}

/** What four abreast leave over. */
function overEnd(b: Builder, at: readonly Pointer[], visit: Visit): void {
  b.loop(b.integer('singles'), () => {
    visit(at, 0)
    advance(b, at, b.bytes)
  })
  const rest = b.integer('rest')
  b.when(rest, 'gt', 0, () => visit(at, 0, b.tail(rest)))
}

/** A row at fresh pointers, which `from` makes. */
export function overRow(b: Builder, from: () => readonly Pointer[], visit: Visit): void {
  const at = from()
  b.loop(b.integer('quads'), () => {
    for (let i = 0; i < abreast; i++) visit(at, i * b.bytes)
    advance(b, at, abreast * b.bytes)
  })
  overEnd(b, at, visit)
}

export interface Totals {
  /** How many. */
  readonly count: number
  /** How many of each grow at the same time: 1, 2 or 4. */
  readonly chains: number
  readonly start: () => Vector
  /** Adds one total to another; sums when not given. */
  readonly join?: (into: Vector, total: Vector) => void
  readonly add: (totals: readonly Vector[], at: readonly Pointer[], displacement: number, tail?: Tail) => void
}

/** Totals over a row, a vector of lanes each. */
export function totalRow(
  b: Builder,
  from: () => readonly Pointer[],
  { count, chains, start, join = (into, total) => void b.add(into, total, into), add }: Totals,
): Vector[] {
  const at = from()
  const fresh = (): Vector[] => Array.from({ length: count }, start)
  const totals = fresh()
  const inner = (trips: Parameters<Builder['loop']>[0]) => {
    const chained = Array.from({ length: chains }, fresh)
    b.loop(trips, () => {
      for (let i = 0; i < abreast; i++) add(chained[i % chains], at, i * b.bytes)
      advance(b, at, abreast * b.bytes)
    })
    for (const list of chained) {
      list.forEach((total, k) => {
        join(totals[k], total)
      })
    }
  }
  b.loop(b.integer('blocks'), () => inner(turns))
  inner(b.integer('quadsLeft'))
  overEnd(b, at, (pointers, displacement, tail) => add(totals, pointers, displacement, tail))
  return totals
}

/** Sums over a row, in every lane. */
export const sumRow = (
  b: Builder,
  from: () => readonly Pointer[],
  counts: Pick<Totals, 'count' | 'chains'>,
  add: Totals['add'],
): Vector[] => totalRow(b, from, { ...counts, start: b.zero, add }).map((total) => b.sumLanes(total))

/** x where the tail covers it, else 0. */
export const covered = (b: Builder, x: Vector, tail: Tail | undefined): Vector =>
  tail === undefined ? x : b.select(b.tailMask(tail), x, b.zero())
