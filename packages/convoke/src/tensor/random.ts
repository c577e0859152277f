// Seeded random numbers: the same seed gives the same numbers on every machine and backend.
// One by one they come from xoshiro128** (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators"), tensors of
// them from the backend's counter-based generator (backends/random-stream.ts).

import type { RandomSpec } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { streamKey } from '../backends/random-stream.ts'
import { checkShape, type Shape } from '../shapes/broadcast.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { runOne } from './run.ts'
import type { Tensor } from './tensor.ts'

/** A stream of random numbers that a seed determines. */
export interface RandomSource {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** Whole number in [0, below), without bias. */
  integer(below: number): number
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

/** A stream of random numbers that only `seed` (a whole number) determines. */
export function randomSource(seed: number): RandomSource {
  check(Number.isSafeInteger(seed), () => `random: the seed is ${show(seed)}; it must be a whole number.`)
  const scramble = splitMix(seed)
  let [a, b, c, d] = [scramble(), scramble(), scramble(), scramble()]
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  const uniform = (): number => next() / 0x100000000
  let spare: number | null = null
  return {
    uniform,
    normal() {
      if (spare !== null) {
        const value = spare
        spare = null
        return value
      }
      // Box & Muller 1958; 1 − u keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    integer(below) {
      check(
        Number.isInteger(below) && below >= 1 && below <= 0x100000000,
        () => `random: integer(${show(below)}) needs a whole number from 1 to 2³².`,
      )
      const limit = 0x100000000 - (0x100000000 % below)
      let value = next()
      while (value >= limit) value = next()
      return value % below
    },
  }
}

/** Spreads a seed over many bits: the 32-bit finaliser of MurmurHash3 over a Weyl sequence, both halves of the seed mixed in. */
function splitMix(seed: number): () => number {
  let state = (seed | 0) ^ Math.imul(Math.floor(seed / 0x100000000) | 0, 0x9e3779b1)
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return z ^ (z >>> 16)
  }
}

/**
 * A seed of its own for each purpose: mixes `seed` with names and numbers, so that a layer, an epoch or an example draws
 * the same numbers whatever was drawn before it. FNV-1a (Fowler, Noll & Vo 1991) in two lanes, 53 bits kept.
 */
export function deriveSeed(seed: number, ...parts: readonly (string | number)[]): number {
  check(Number.isSafeInteger(seed), () => `random: the seed is ${show(seed)}; it must be a whole number.`)
  let [low, high] = [0x811c9dc5, 0x01000193]
  const text = [seed, ...parts].join('\u0000')
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ low ^ (low >>> 15), 0x85ebca6b)
  }
  return ((high >>> 0) & 0x1fffff) * 0x100000000 + (low >>> 0)
}

/** A seed nobody chose, for calls that were given none. */
export const freshSeed = (): number => Math.floor(Math.random() * 2 ** 48)

/** The seed that all functions of random tensors take. */
export interface RandomOptions {
  /** A whole number; the same seed gives the same tensor. Left out, every call draws afresh. */
  readonly seed?: number | undefined
}

function drawn(shape: Shape, seed: number | undefined, spec: Omit<RandomSpec, 'key'>): Tensor {
  const known = seed ?? freshSeed()
  check(Number.isSafeInteger(known), () => `random: the seed is ${show(known)}; it must be a whole number.`)
  return runOne(kernels.random, { ...spec, key: streamKey(known) }, [], shape)
}

/**
 * Normally distributed float32 numbers, by Box & Muller's method: up to 6.6 deviations from the mean. The same bits for a seed on
 * every backend and any number of threads.
 */
export function randomNormal(
  shape: Shape,
  options: RandomOptions & {
    /** The mean of the numbers: 0 when not given. */
    mean?: number | undefined
    /** Their standard deviation, 0 or more: 1 when not given. */
    deviation?: number | undefined
  } = {},
): Tensor {
  checkShape('randomNormal', shape)
  checkOptions('randomNormal', options, ['seed', 'mean', 'deviation'])
  const { mean = 0, deviation = 1 } = options
  check(
    Number.isFinite(mean) && Number.isFinite(deviation) && deviation >= 0,
    () => `randomNormal: mean ${show(mean)} and deviation ${show(deviation)} must be finite, the deviation 0 or more.`,
  )
  return drawn(shape, options.seed, { distribution: 'normal', scale: deviation, offset: mean })
}

/**
 * Uniformly distributed float32 numbers from `low` to `high` (0 to 1 when not given), in 2²⁴ steps; never `high` itself between 0
 * and 1. The same bits for a seed on every backend and any number of threads.
 */
export function randomUniform(
  shape: Shape,
  options: RandomOptions & {
    /** The least number: 0 when not given. */
    low?: number | undefined
    /** The end of the range, no less than `low`: 1 when not given. */
    high?: number | undefined
  } = {},
): Tensor {
  checkShape('randomUniform', shape)
  checkOptions('randomUniform', options, ['seed', 'low', 'high'])
  const { low = 0, high = 1 } = options
  check(
    Number.isFinite(low) && low <= high && Number.isFinite(Math.fround(high - low)),
    () =>
      `randomUniform: low ${show(low)} and high ${show(high)} must be finite, low no greater than high, and their distance a float32.`,
  )
  return drawn(shape, options.seed, { distribution: 'uniform', scale: high - low, offset: low })
}
