// Two tasks that only memory solves, as Bai et al. 2018 (TCN) set them up.

import { check, show } from '../../shapes/error.ts'
import { deriveSeed, randomSource } from '../../tensor/random.ts'
import { checkIndex, type Dataset, type SequencePair } from '../dataset.ts'

/** The options of `addingProblem` and `copyMemory`. */
export interface SequenceOptions {
  /** How many sequences. */
  readonly count: number
  /** Steps: of the whole sequence in the adding problem, of the wait in copy memory. */
  readonly length: number
  /** Determines the sequences: 0 when not given. */
  readonly seed?: number | undefined
}

function checkSequence(op: string, { count, length }: SequenceOptions, least: number): void {
  check(
    Number.isInteger(count) && count >= 1 && Number.isInteger(length) && length >= least,
    () => `${op}: count ${show(count)} and length ${show(length)} must be whole numbers, the length ${least} or more.`,
  )
}

/**
 * The adding problem (Hochreiter & Schmidhuber 1997): input `[length, 2]`, random numbers from 0 to 1 beside marks, one
 * in the first half and one in the second; target `[1]`, the sum of the two marked numbers. Always answering 1 has a
 * mean squared error of 0.167.
 */
export function addingProblem(options: SequenceOptions): Dataset<SequencePair> {
  checkSequence('addingProblem', options, 2)
  const { count, length, seed = 0 } = options
  return {
    length: count,
    get(index) {
      checkIndex('addingProblem', index, count)
      const random = randomSource(deriveSeed(seed, 'adding', index))
      const half = Math.floor(length / 2)
      const marks = [random.integer(half), half + random.integer(length - half)]
      const data = new Float32Array(2 * length)
      for (let t = 0; t < length; t++) data[2 * t] = random.uniform()
      for (const t of marks) data[2 * t + 1] = 1
      const target = Float32Array.of(data[2 * marks[0]] + data[2 * marks[1]])
      return { input: { shape: [length, 2], data }, target: { shape: [1], data: target } }
    },
  }
}

/** Symbols to remember in copy memory. */
const remembered = 10

/** What stands for silence, and what asks for the answer, besides the symbols 1 to 8. */
export const copyMemoryClasses = 10

/**
 * Copy memory (Arjovsky et al. 2016): ten symbols from 1 to 8, `length` zeros of which the last is followed by eleven
 * nines, 20 + length steps in all; the target is zero except for the last ten steps, which repeat the symbols. Input
 * `[steps, 1]` float32, target int32 `[steps]`.
 */
export function copyMemory(options: SequenceOptions): Dataset<SequencePair> {
  checkSequence('copyMemory', options, 1)
  const { count, length, seed = 0 } = options
  const steps = length + 2 * remembered
  return {
    length: count,
    get(index) {
      checkIndex('copyMemory', index, count)
      const random = randomSource(deriveSeed(seed, 'copy', index))
      const symbols = Array.from({ length: remembered }, () => 1 + random.integer(8))
      const input = new Float32Array(steps)
      input.set(symbols)
      input.fill(9, steps - remembered - 1)
      const target = new Int32Array(steps)
      target.set(symbols, steps - remembered)
      return { input: { shape: [steps, 1], data: input }, target: { shape: [steps], data: target } }
    },
  }
}
