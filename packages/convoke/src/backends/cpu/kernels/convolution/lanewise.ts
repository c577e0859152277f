// Reads the lanewise operand: the channels of a vector's groups, each lane its own group's.

import { type Builder, type Pointer, type Vector, type VectorOperand, vectorAt } from '../../program/index.ts'
import { isPlainOperand, type Lanewise } from './operand.ts'

/**
 * The `inner` operands of a vector of `elements` lanes, whose channels begin at `pointer + displacement`. Reads
 * elements / outer · inner channels, and nothing beyond.
 */
export function emitLanewise(
  b: Builder,
  operand: Lanewise,
  elements: number,
  pointer: Pointer,
  displacement: number,
): (j: number) => VectorOperand {
  const { lanes } = b
  if (isPlainOperand(operand) && elements === lanes) return () => vectorAt(pointer, displacement)
  const count = (elements / operand.outer) * operand.inner
  const part = (first: number): Vector => {
    const some = Math.min(lanes, count - first)
    return b.load(pointer, displacement + 4 * first, some === lanes ? undefined : b.tail(some))
  }
  const low = part(0)
  if (isPlainOperand(operand)) return () => low
  const high = count > lanes ? part(lanes) : low
  return (j) => {
    const channel = (lane: number): number => Math.floor(lane / operand.outer) * operand.inner + j
    return b.shuffle(
      low,
      high,
      Array.from({ length: lanes }, (_, lane) => (lane < elements ? channel(lane) : 0)),
    )
  }
}
