// Which shuffles the machine does in one instruction. Blocks are the 128-bit quarters or halves of a vector.

import type { InstructionOf } from '../program/index.ts'

/** The pattern every block of four follows: which source (0 or 1) and which of the block's four elements. */
export interface BlockPattern {
  readonly sources: readonly number[]
  readonly elements: readonly number[]
}

type Shuffle = InstructionOf<'shuffle'>

/** With one source given twice, lanes of the second are lanes of the first. */
export const effectivePattern = ({ a, b, pattern }: Shuffle): readonly number[] =>
  a === b ? pattern.map((lane) => lane % pattern.length) : pattern

export function blockPattern(pattern: readonly number[]): BlockPattern | undefined {
  const lanes = pattern.length
  const first = pattern.slice(0, 4)
  const same = pattern.every((lane, i) => (lane % lanes) >> 2 === i >> 2 && lane - (i & ~3) === first[i & 3])
  return same
    ? { sources: first.map((lane) => (lane >= lanes ? 1 : 0)), elements: first.map((lane) => lane & 3) }
    : undefined
}

/** The source block of each block, counting on through the second source, when blocks move whole. */
export function wholeBlocks(pattern: readonly number[]): readonly number[] | undefined {
  const whole = pattern.every((lane, i) => lane === pattern[i & ~3] + (i & 3) && pattern[i & ~3] % 4 === 0)
  return whole ? pattern.filter((_, i) => i % 4 === 0).map((lane) => lane / 4) : undefined
}

export const singleSource = (pattern: readonly number[]): boolean => pattern.every((lane) => lane < pattern.length)

const isUnpack = ({ sources, elements }: BlockPattern): boolean =>
  sources.join() === '0,1,0,1' && (elements.join() === '0,0,1,1' || elements.join() === '2,2,3,3')

const isShufps = ({ sources }: BlockPattern): boolean => sources[0] === sources[1] && sources[2] === sources[3]

/** Whether AVX2 needs a second vector: two sources, and no single instruction. */
export function needsScratch(instruction: Shuffle): boolean {
  const pattern = effectivePattern(instruction)
  if (singleSource(pattern) || wholeBlocks(pattern) !== undefined) return false
  const blocks = blockPattern(pattern)
  return blocks === undefined || !(isUnpack(blocks) || isShufps(blocks))
}

export { isShufps, isUnpack }
