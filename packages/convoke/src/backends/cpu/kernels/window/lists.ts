// Which inputs every output along some axes reads, without anything kept for each position of a long axis: an axis is a
// few irregular outputs at its edges, and between them lists of taps that return, each time further on in the input.

import { largestOf, smallestOf } from '../../../../shapes/extremes.ts'

/** Lists of taps, one behind the other: list i has the taps `starts[i]` … `starts[i + 1] − 1`. */
export interface TapLists {
  readonly count: number
  readonly starts: Int32Array
  /** Of each tap, its place in the input and its weight. */
  readonly indices: Int32Array
  readonly weights: Float64Array
  /** What a mean divides by, for each list. */
  readonly divisors: Float64Array
}

/** Outputs that follow each other: the lists, `repeats` times over. */
export interface ListRun {
  readonly lists: TapLists
  readonly repeats: number
  /** Where the input begins for the first turn, and how much further on each turn reads. */
  readonly at: number
  readonly step: number
  /** The same for the index that a tap is known by: within its image, where `at` counts all images. */
  readonly index: number
  readonly indexStep: number
  /** The same for the number of the output within its image. */
  readonly own: number
  readonly ownStep: number
}

/** Outputs of a run. */
export const outputsOf = ({ lists, repeats }: ListRun): number => lists.count * repeats

export const countOf = (runs: readonly ListRun[]): number => runs.reduce((sum, run) => sum + outputsOf(run), 0)

/** Taps of all outputs. */
export const tapsOf = (runs: readonly ListRun[]): number =>
  runs.reduce((sum, { lists, repeats }) => sum + lists.indices.length * repeats, 0)

/** Room for lists of these lengths. */
export function emptyLists(lengths: Int32Array): TapLists {
  const count = lengths.length
  const starts = new Int32Array(count + 1)
  for (let i = 0; i < count; i++) starts[i + 1] = starts[i] + lengths[i]
  const taps = starts[count]
  return {
    ...{ count, starts, indices: new Int32Array(taps), weights: new Float64Array(taps).fill(1) },
    divisors: new Float64Array(count).fill(1),
  }
}

/** A run along one axis that begins with output `own`. */
export const axisRun = (lists: TapLists, own: number, repeats = 1, step = 0): ListRun => ({
  ...{ lists, repeats, at: 0, step, index: 0, indexStep: step, own, ownStep: lists.count },
})

function singleList(): TapLists {
  return emptyLists(Int32Array.of(1))
}

/** The axis with one output of one tap, for axes that are not there. */
export const singleRun = (): ListRun => axisRun(singleList(), 0)

type VisitTap = (output: number, index: number, weight: number) => void

/** Every tap of the outputs `first` … `end − 1`, its weight divided by the list's divisor. */
export function forEachTap(runs: readonly ListRun[], first: number, end: number, visit: VisitTap): void {
  let start = 0
  for (const run of runs) {
    const { lists, step, at } = run
    const count = outputsOf(run)
    for (let o = Math.max(first, start); o < Math.min(end, start + count); o++) {
      const list = (o - start) % lists.count
      const shift = at + step * Math.floor((o - start) / lists.count)
      for (let t = lists.starts[list]; t < lists.starts[list + 1]; t++) {
        visit(o, lists.indices[t] + shift, lists.weights[t] / lists.divisors[list])
      }
    }
    start += count
  }
}

/** All outputs in one run that is gone through once. */
export function expanded(runs: readonly ListRun[]): ListRun {
  if (runs.length === 1 && runs[0].repeats === 1 && runs[0].at === 0) return runs[0]
  const lengths = new Int32Array(countOf(runs))
  const divisors = new Float64Array(lengths.length)
  let at = 0
  for (const { lists, repeats } of runs) {
    for (let turn = 0; turn < repeats; turn++) {
      for (let i = 0; i < lists.count; i++, at++) {
        lengths[at] = lists.starts[i + 1] - lists.starts[i]
        divisors[at] = lists.divisors[i]
      }
    }
  }
  const lists = emptyLists(lengths)
  lists.divisors.set(divisors)
  let tap = 0
  for (const { lists: part, repeats, at: begin, step } of runs) {
    for (let turn = 0; turn < repeats; turn++) {
      for (let t = 0; t < part.indices.length; t++, tap++) {
        lists.indices[tap] = part.indices[t] + begin + turn * step
        lists.weights[tap] = part.weights[t]
      }
    }
  }
  return axisRun(lists, 0)
}

/** Lists over two axes as lists over both: places along the first count `stride` each. */
function productOfLists(outer: TapLists, inner: TapLists, stride: number): TapLists {
  const lengthOf = ({ starts }: TapLists, i: number): number => starts[i + 1] - starts[i]
  const lengths = new Int32Array(outer.count * inner.count)
  for (let i = 0; i < lengths.length; i++) {
    lengths[i] = lengthOf(outer, Math.floor(i / inner.count)) * lengthOf(inner, i % inner.count)
  }
  const lists = emptyLists(lengths)
  let tap = 0
  for (let i = 0; i < lengths.length; i++) {
    const [a, b] = [Math.floor(i / inner.count), i % inner.count]
    lists.divisors[i] = outer.divisors[a] * inner.divisors[b]
    for (let s = outer.starts[a]; s < outer.starts[a + 1]; s++) {
      for (let t = inner.starts[b]; t < inner.starts[b + 1]; t++, tap++) {
        lists.indices[tap] = outer.indices[s] * stride + inner.indices[t]
        lists.weights[tap] = outer.weights[s] * inner.weights[t]
      }
    }
  }
  return lists
}

/** Words that lists take in a table, at most: six for a list and a tap where it has none, two for a tap. */
export const wordsOf = (lists: number, taps: number): number => 8 * lists + 2 * taps

/** Runs that there may be: each is a call or more. */
const mostRuns = 4096

/**
 * Outputs over two axes, the second one's side by side; `width` are its inputs. One of the two is written out: the one
 * that takes less room. null where that is more than `most` words.
 */
export function productOfRuns(
  outer: readonly ListRun[],
  inner: readonly ListRun[],
  width: number,
  most: number,
): readonly ListRun[] | null {
  const distinct = (runs: readonly ListRun[]) => [
    runs.reduce((sum, { lists }) => sum + lists.count, 0),
    runs.reduce((sum, { lists }) => sum + lists.indices.length, 0),
  ]
  const [outerLists, outerTaps] = distinct(outer)
  const [innerLists, innerTaps] = distinct(inner)
  const columns = countOf(inner)
  const innerWritten = wordsOf(outerLists * columns, outerTaps * tapsOf(inner))
  const outerWritten = wordsOf(countOf(outer) * innerLists, tapsOf(outer) * innerTaps)
  const tooMany = countOf(outer) * inner.length > mostRuns
  if (innerWritten <= most && (tooMany || innerWritten <= outerWritten)) {
    const all = expanded(inner).lists
    return outer.map(({ lists, repeats, at, step, own }) => ({
      ...{ lists: productOfLists(lists, all, width), repeats, at: at * width, step: step * width },
      ...{ index: at * width, indexStep: step * width, own: own * columns, ownStep: lists.count * columns },
    }))
  }
  if (outerWritten > most || tooMany) return null
  const all = expanded(outer).lists
  return Array.from({ length: all.count }, (_, o) => {
    const one = listOf(all, o)
    return inner.map((run) => ({
      ...run,
      ...{ lists: productOfLists(one, run.lists, width), own: o * columns + run.own },
    }))
  }).flat()
}

function listOf({ starts, indices, weights, divisors }: TapLists, i: number): TapLists {
  return {
    ...{ count: 1, starts: Int32Array.of(0, starts[i + 1] - starts[i]) },
    indices: indices.subarray(starts[i], starts[i + 1]),
    weights: weights.subarray(starts[i], starts[i + 1]),
    divisors: divisors.subarray(i, i + 1),
  }
}

/** The same outputs for every image of `inputs` places. null where that takes more than `most` words of tables. */
export function overImages(
  runs: readonly ListRun[],
  images: number,
  inputs: number,
  most: number,
): readonly ListRun[] | null {
  if (images === 1) return runs
  const together = runs.length === 1 && runs[0].repeats === 1
  if (!together && images * runs.length <= mostRuns) {
    return Array.from({ length: images }, (_, image) =>
      runs.map((run) => ({ ...run, at: run.at + image * inputs })),
    ).flat()
  }
  if (!together && wordsOf(countOf(runs), tapsOf(runs)) > most) return null
  return [{ ...expanded(runs), repeats: images, step: inputs, indexStep: 0, ownStep: 0 }]
}

/** Smallest and largest place that a run reads, whatever the turn's shift. */
function reachOf({ lists: { indices } }: ListRun): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const index of indices) {
    if (index < low) low = index
    if (index > high) high = index
  }
  return [low, high]
}

/** Lists of the inputs `first` … `end − 1`: which of the outputs `from` … `to − 1` read each. */
function adjointLists(
  runs: readonly ListRun[],
  [first, end]: readonly [number, number],
  [from, to]: readonly [number, number],
): TapLists {
  const lengths = new Int32Array(Math.max(0, end - first))
  forEachTap(runs, from, to, (_, index) => {
    if (index >= first && index < end) lengths[index - first]++
  })
  const lists = emptyLists(lengths)
  const next = lists.starts.slice()
  forEachTap(runs, from, to, (output, index, weight) => {
    if (index < first || index >= end) return
    const tap = next[index - first]++
    lists.indices[tap] = output
    lists.weights[tap] = weight
  })
  return lists
}

/** Which outputs read each of `inputs` places, in the order of the outputs. Divisors go into the weights. */
export function adjointRuns(runs: readonly ListRun[], inputs: number): ListRun[] {
  const total = countOf(runs)
  const main = runs.reduce((best, run, i) => (outputsOf(run) > outputsOf(runs[best]) ? i : best), 0)
  const { lists, repeats, step } = runs[main]
  const before = runs.slice(0, main)
  const after = runs.slice(main + 1)
  const first = countOf(before)
  const [low, high] = reachOf(runs[main])
  const last = (run: ListRun): number => reachOf(run)[1] + run.at + run.step * (run.repeats - 1)
  // Inputs that every turn which would read them is there for, and no other run reads.
  const start = largestOf([0, high - step + 1, ...before.map((run) => last(run) + 1)])
  const end = smallestOf([inputs, low + repeats * step, ...after.map((run) => reachOf(run)[0] + run.at)])
  const turns = step > 0 ? Math.floor((end - start) / step) : 0
  if (turns < 2) return [axisRun(adjointLists(runs, [0, inputs], [0, total]), 0)]
  // Turns of the main run that reach below an input, and those from there on that read it or what lies behind.
  const turnsBefore = (input: number): number => Math.min(repeats, Math.max(0, Math.ceil((input - low) / step)))
  const turnsUpTo = (input: number): number => Math.min(repeats, Math.max(0, Math.floor((input - high) / step)))
  const outputBefore = (input: number): number => first + lists.count * turnsBefore(input)
  const outputFrom = (input: number): number => first + lists.count * turnsUpTo(input)
  const regular = start + turns * step
  const parts = [
    axisRun(adjointLists(runs, [0, start], [0, outputBefore(start)]), 0),
    axisRun(
      adjointLists(runs, [start, start + step], [outputFrom(start), outputBefore(start + step)]),
      start,
      turns,
      lists.count,
    ),
    axisRun(adjointLists(runs, [regular, inputs], [outputFrom(regular), total]), regular),
  ]
  return parts.filter((run) => outputsOf(run) > 0)
}
