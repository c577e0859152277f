// The outputs of a linear map along an axis whose taps return: a few at the edges have rows of weights of their own, the
// many between them share a few.

/** Outputs `first` … `end − 1`: rows of weights from `row` on, gone through `turns` times, each time `step` inputs further on. */
export interface MapRegion {
  /** Index of the first output. */
  readonly first: number
  /** Index after the last output. */
  readonly end: number
  /** Index of the row of weights that the first output uses. */
  readonly row: number
  /** How many times the rows are gone through. */
  readonly turns: number
  /** Inputs between one turn and the next. */
  readonly step: number
}

/** Rows that a region has. */
export const rowsOf = ({ first, end, turns }: MapRegion): number => (end - first) / turns

/** Every output with a row of its own. */
export const oneRegion = (count: number): readonly MapRegion[] => [{ first: 0, end: count, row: 0, turns: 1, step: 0 }]

/** The row of weights of an output, and what to add to its indices. */
export function rowOf(region: MapRegion, output: number): { readonly row: number; readonly shift: number } {
  const rows = rowsOf(region)
  const inside = output - region.first
  return { row: region.row + (inside % rows), shift: Math.floor(inside / rows) * region.step }
}

/** Axes up to here are written out. */
const short = 512

/**
 * Regions of `count` outputs whose taps return `step` inputs further on after `period` outputs, except where `first` (the
 * first input read, rising) is below 0 or `last` (the last) beyond `input`.
 */
export function mapRegions(
  count: number,
  input: number,
  { period, step }: { readonly period: number; readonly step: number },
  first: (output: number) => number,
  last: (output: number) => number,
): readonly MapRegion[] {
  if (count <= short) return oneRegion(count)
  let [start, end] = [0, count]
  while (start < count && first(start) < 0) start++
  while (end > start && last(end - 1) >= input) end--
  const turns = Math.floor((end - start) / period)
  if (turns < 2) return oneRegion(count)
  const regular = start + turns * period
  return [
    { first: 0, end: start, row: 0, turns: 1, step: 0 },
    { first: start, end: regular, row: start, turns, step },
    { first: regular, end: count, row: start + period, turns: 1, step: 0 },
  ].filter((region) => region.end > region.first)
}

export const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))
