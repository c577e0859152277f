// A question for every backend: a kernel, its spec, its inputs, and how far the answer may be from the exact one.

import type { DType, KernelName, KernelSpecs } from '../../../backend.ts'
import { type Description, newArray, randomNumbers } from '../../kernels/testing/arrays.ts'

export interface Operand {
  readonly dtype: DType
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** How far a float32 result may be from the exact one. Whole numbers must be equal. */
export type Allowance =
  /** Units of the last place of the exact result, and an absolute error on top. */
  | { readonly kind: 'ulps'; readonly ulps: number; readonly absolute?: number }
  /** As `ulps`, from this function of the first input: where the reference loses digits even in float64. */
  | { readonly kind: 'function'; readonly ulps: number; readonly exact: (x: number) => number }
  /** A sum of this many products in float32, in any order, and what an epilogue makes of it. */
  | { readonly kind: 'sum'; readonly terms: number }
  /** What the algorithm states of itself: check-stated.ts. */
  | { readonly kind: 'stated' }

/** Correctly rounded. */
export const rounded: Allowance = { kind: 'ulps', ulps: 0.5 }

export interface FuzzCase<K extends KernelName = KernelName> {
  readonly kernel: K
  readonly spec: KernelSpecs[K]
  readonly inputs: readonly Operand[]
  readonly outputs: readonly Description[]
  readonly allowance: Allowance
}

/** Random choices, the same for the same seed. */
export interface Draw {
  /** 0 ≤ x < 1. */
  readonly unit: () => number
  /** A whole number 0 … limit − 1. */
  readonly below: (limit: number) => number
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(list: readonly T[]) => T
  /** A length: often 1, a power of two or one off it, at most `most`. */
  readonly size: (most: number) => number
  /** Numbers from −scale to scale as `dtype` holds them. */
  readonly values: (dtype: DType, length: number, scale?: number) => Operand
}

/** Independent streams for neighbouring seeds and indices (the finaliser of MurmurHash3). */
function mix(seed: number, index: number): number {
  let h = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

export function createDraw(seed: number, index: number): Draw {
  const unit = randomNumbers(mix(seed, index))
  const below = (limit: number): number => Math.floor(unit() * limit)
  const between = (low: number, high: number): number => low + below(high - low + 1)
  const chance = (probability: number): boolean => unit() < probability
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]
  const size = (most: number): number => {
    if (chance(0.5)) return between(1, most)
    const near = pick([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((power) => power <= most))
    return Math.min(most, Math.max(1, near + between(-1, 1)))
  }
  const values = (dtype: DType, length: number, scale = 10): Operand => {
    const data = newArray(dtype, length)
    for (let i = 0; i < length; i++) {
      data[i] = dtype === 'bool' ? below(2) : dtype === 'uint8' ? below(256) : (2 * unit() - 1) * scale
    }
    return { dtype, data }
  }
  return { unit, below, between, chance, pick, size, values }
}
