// Which other examples an augmentation takes along.

import { deriveSeed, randomSource } from '../tensor/random.ts'

/** Numbers of the examples that go along with the one that has this seed. */
export function othersOf(seed: number, count: number, length: number): number[] {
  if (count === 0) return []
  const random = randomSource(deriveSeed(seed, 'others'))
  return Array.from({ length: count }, () => random.integer(length))
}
