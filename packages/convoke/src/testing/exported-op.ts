// What tables of exported ops are made of.

import { fromData } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'

export interface ExportedOp {
  readonly name: string
  readonly network: (...inputs: Tensor[]) => unknown
  /** The first axis of each is left open where `open` is not false. */
  readonly shapes: readonly (readonly number[])[]
  readonly low?: number
  readonly high?: number
  /** Whole numbers below this instead of numbers from `low` to `high`. */
  readonly whole?: readonly (number | undefined)[]
  readonly open?: boolean
  readonly opset?: number
  /** What may differ, of the largest value. */
  readonly tolerance?: number
}

/** Numbers that repeat nowhere soon and are the same everywhere. */
export const numbersFor = (size: number, seed: number, low: number, high: number): Float32Array =>
  Float32Array.from(
    { length: size },
    (_, i) => low + (high - low) * (((i + 1) * 0.7548776662 + seed * 0.5698402909) % 1),
  )

export const weights = (shape: readonly number[], seed = 1): Tensor =>
  fromData(
    numbersFor(
      shape.reduce((a, b) => a * b, 1),
      seed,
      -1,
      1,
    ),
    shape,
    'float32',
  )

export const picture = [2, 5, 6, 4]
export const pairs = [2, 6, 2]

export const one = (
  name: string,
  network: (...x: Tensor[]) => unknown,
  shape: readonly number[],
  more: object = {},
): ExportedOp => ({
  ...{ name, network, shapes: [shape] },
  ...more,
})
