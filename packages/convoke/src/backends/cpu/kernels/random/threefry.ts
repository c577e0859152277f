// Threefry-4×32-20 in vectors: lane l of a vector works on a block of its own, whose four words are four vectors.

import { keyParity, rotations, rounds } from '../../../random-stream.ts'
import type { Builder, Integer, Vector } from '../../program/index.ts'

export interface KeyVectors {
  readonly low: Vector
  readonly high: Vector
  /** The fifth word. */
  readonly parity: Vector
}

/** From the arguments `keyLow` and `keyHigh`. */
export function keyVectors(b: Builder): KeyVectors {
  const [low, high] = [b.splat(b.integer('keyLow')), b.splat(b.integer('keyHigh'))]
  return { low, high, parity: b.xor(b.xor(low, high), b.constantInt(keyParity)) }
}

const rotated = (b: Builder, x: Vector, by: number): Vector => b.or(b.shl(x, by), b.shr(x, 32 - by))

/** The words of blocks `first`, `first` + 1, …, one a lane. */
export function words(b: Builder, first: Integer, { low, high, parity }: KeyVectors): Vector[] {
  // The key's third and fourth word are 0, as is all of the counter but its first.
  const keys = [low, high, undefined, undefined, parity]
  const numbers = Array.from({ length: b.lanes }, (_, lane) => lane)
  // biome-ignore lint/plugin/spread-of-a-list: one a lane
  const lanes = b.constantInt(...numbers)
  const x = [b.iadd(b.iadd(b.splat(first), lanes), low), b.copy(high), b.constantInt(0), b.constantInt(0)]
  const mix = (to: number, from: number, by: number): void => {
    b.iadd(x[to], x[from], x[to])
    x[from] = b.xor(rotated(b, x[from], by), x[to])
  }
  for (let round = 0; round < rounds; round++) {
    const [one, two] = rotations[round % rotations.length]
    mix(0, round % 2 === 0 ? 1 : 3, one)
    mix(2, round % 2 === 0 ? 3 : 1, two)
    if (round % 4 !== 3) continue
    const turn = (round + 1) / 4
    for (let i = 0; i < 4; i++) {
      const part = keys[(turn + i) % 5]
      if (part !== undefined) b.iadd(x[i], part, x[i])
    }
    b.iadd(x[3], b.constantInt(turn), x[3])
  }
  return x
}
