// The parts of data that Convoke makes itself.

import type { data } from 'convoke'

export interface Draw {
  readonly count: number
  readonly seed: number
}

export interface GeneratedParts<E extends object> {
  readonly train: data.Dataset<E>
  readonly validation: data.Dataset<E>
  readonly test: data.Dataset<E>
}

/**
 * Three parts of one generator: `count` examples for training, a fifth of that for validation and for the test. They draw from
 * different seeds, so that none holds an example of another.
 */
export function generatedParts<E extends object>(
  { count, seed }: Draw,
  make: (draw: Draw) => data.Dataset<E>,
): GeneratedParts<E> {
  const held = Math.max(1, Math.ceil(count / 5))
  return {
    train: make({ count, seed: 3 * seed + 1 }),
    validation: make({ count: held, seed: 3 * seed + 2 }),
    test: make({ count: held, seed: 3 * seed + 3 }),
  }
}
