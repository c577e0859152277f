import { expect } from 'vitest'
import { multiply, sum } from '../ops/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { relativeError } from './check-op.ts'

/** Equal shapes, and values equal within float32 rounding of sums: `tolerance` of the largest magnitude (1 at least). */
export function expectClose(actual: Tensor, expected: Tensor, tolerance = 1e-5): void {
  expect(actual.shape).toEqual(expected.shape)
  expect(relativeError(actual.dataSync(), expected.dataSync())).toBeLessThan(tolerance)
}

/** ⟨a, b⟩ = Σ a·b. */
export const inner = (a: Tensor, b: Tensor): Tensor => sum(multiply(a, b))
