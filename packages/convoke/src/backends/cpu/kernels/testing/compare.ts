// What a plan computes beside what the reference backend does.

import type { DType, KernelName, KernelSpecs, TypedArray } from '../../../backend.ts'
import { createReferenceBackend } from '../../../reference/index.ts'
import { kernelNamed } from '../../testing/kernel-named.ts'
import type { KernelPlan } from '../plan.ts'
import { type Description, newArray, randomNumbers } from './arrays.ts'
import { checkPlan } from './run-plan.ts'

const dtypeOf = (array: TypedArray): DType =>
  array instanceof Float32Array ? 'float32' : array instanceof Int32Array ? 'int32' : 'uint8'

/** The outputs of the reference backend; inputs as given. */
export function reference<K extends KernelName>(
  kernel: K,
  spec: KernelSpecs[K],
  inputs: readonly TypedArray[],
  outputs: readonly Description[],
): TypedArray[] {
  const backend = createReferenceBackend()
  const given = inputs.map((data) => {
    const buffer = backend.allocate(dtypeOf(data), data.length)
    backend.write(buffer, data)
    return buffer
  })
  const made = outputs.map(({ dtype, length }) => backend.allocate(dtype, length))
  backend.run(kernelNamed(kernel), spec, given, made)
  return made.map((buffer) => backend.readSync!(buffer))
}

/** The outputs of a plan, run task by task in every way this machine has. Outputs start out as garbage. */
export function planned(
  plan: KernelPlan,
  inputs: readonly TypedArray[],
  outputs: readonly Description[],
): TypedArray[] {
  const made = outputs.map(({ dtype, length }) => newArray(dtype, length).fill(77))
  checkPlan(plan, inputs, made)
  return made
}

/** Distance in units of the last place of the expected float32; 0 where both are NaN or equal. */
export function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Number.POSITIVE_INFINITY
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(expected))))
  return Math.abs(actual - expected) / 2 ** (exponent - 23)
}

/** Where `actual` is further from `expected` than `limit` ulps, or than `absolute`, in words; undefined where nowhere. */
export function firstDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  limit = 0,
  absolute = 0,
): string | undefined {
  for (let i = 0; i < expected.length; i++) {
    const distance = ulps(actual[i], expected[i])
    if (distance > limit && !(Math.abs(actual[i] - expected[i]) <= absolute)) {
      return `[${i}] is ${actual[i]}, not ${expected[i]}: ${distance} ulp apart`
    }
  }
  return actual.length === expected.length ? undefined : `length ${actual.length}, not ${expected.length}`
}

/** Values of `dtype`: small whole and broken numbers of both signs, as the dtype holds them. */
export function randomArray(dtype: DType, length: number, seed: number): Float32Array | Int32Array | Uint8Array {
  const next = randomNumbers(seed)
  const array = newArray(dtype, length)
  for (let i = 0; i < length; i++) {
    const value = (next() - 0.5) * 20
    array[i] = dtype === 'float32' ? value : dtype === 'bool' ? (next() < 0.5 ? 0 : 1) : value
  }
  return array
}
