// The lists as the program reads them. A window is a product of lists: one over images and the leading spatial axes
// together (by row of outputs), one over the last axis (by column). So adaptive windows, padding, dilation, adjoints and
// resizing are all the same to the program.
//
//     descriptor   distance to its taps, how many, its divisor (float32),
//                  and what leads to the next output: bytes to its descriptor, bytes of x, steps of the mark
//     tap          distance in the input, and its index or weight
//     mark         where the mark begins in a call, and what to add to it after a row
//
// The last descriptor of a run leads back to its first. The mark is what an index is counted from.

import { type ListRun, type TapLists, wordsOf } from './lists.ts'

/** What the second word of a tap holds. */
export type TapWord = 'index' | 'weight'

/** What the mark counts: inputs, for taps known by their index, or outputs. */
export type Mark = 'input' | 'output' | 'none'

const descriptorWords = 6
export const descriptorBytes = 4 * descriptorWords
export const tapBytes = 8

/** Byte offsets within a descriptor. */
export const field = Object.freeze({ taps: 0, count: 4, divisor: 8, next: 12, x: 16, mark: 20 })

export interface WindowTable {
  readonly words: Int32Array<ArrayBuffer>
  /** Byte offsets of the first descriptor of each run of rows and of columns. */
  readonly rows: readonly number[]
  readonly columns: readonly number[]
}

const runWords = (lists: TapLists): number => wordsOf(lists.count, lists.indices.length)

/** Words that these runs take; runs that share their lists take them once. */
export const tableWords = (runs: readonly ListRun[]): number =>
  [...new Set(runs.map(({ lists }) => lists))].reduce((sum, lists) => sum + runWords(lists), 0)

/** How the outputs of an axis lie in its tensors. */
export interface Spacing {
  /** Inputs and outputs from one to the next along this axis. */
  readonly inputs: number
  readonly outputs: number
  readonly pixelBytes: number
}

/** What the mark gains from output to output of a run, and at the end of a turn. */
export function markMoves(run: ListRun, mark: Mark, { inputs, outputs }: Spacing): readonly [number, number] {
  if (mark === 'input') return [0, run.indexStep * inputs]
  if (mark === 'output') return [outputs, (run.ownStep - run.lists.count + 1) * outputs]
  return [0, 0]
}

/** Writes tables one behind the other. */
export function tableWriter(words: Int32Array<ArrayBuffer>, word: TapWord, mark: Mark) {
  const floats = new Float32Array(words.buffer)
  const known = new Map<TapLists, number>()
  let next = 0
  return {
    /**
     * The byte offset of the first descriptor. Taps hold their distance from the start of the tensor, or, where `relative`,
     * from the tap before.
     */
    write: (run: ListRun, spacing: Spacing, relative: boolean): number => {
      const { lists, step } = run
      const same = known.get(lists)
      if (same !== undefined) return same
      const { inputs, pixelBytes } = spacing
      const [move, wrap] = markMoves(run, mark, spacing)
      const begin = next
      next += descriptorWords * lists.count
      for (let i = 0; i < lists.count; i++) {
        const descriptor = begin + descriptorWords * i
        const [first, end] = [lists.starts[i], lists.starts[i + 1]]
        const last = i === lists.count - 1
        words[descriptor] = 4 * (next - descriptor)
        words[descriptor + 1] = end - first
        floats[descriptor + 2] = lists.divisors[i]
        words[descriptor + 3] = last ? descriptorBytes * (1 - lists.count) : descriptorBytes
        words[descriptor + 4] = last ? step * inputs * pixelBytes : 0
        words[descriptor + 5] = last ? wrap : move
        for (let t = first; t < end; t++, next += 2) {
          const from = relative && t > first ? lists.indices[t - 1] : 0
          words[next] = (lists.indices[t] - from) * inputs * pixelBytes
          if (word === 'index') words[next + 1] = lists.indices[t] * inputs
          else floats[next + 1] = lists.weights[t]
        }
        // A list without taps still has one to read, of zeros.
        if (first === end) next += 2
      }
      known.set(lists, 4 * begin)
      return 4 * begin
    },
    /** The byte offset of a mark: where a call begins to count, and what it adds after a row. */
    writeMark: (start: number, afterRow: number): number => {
      words[next] = start
      words[next + 1] = afterRow
      next += 2
      return 4 * (next - 2)
    },
  }
}
