// The one oracle every op's test goes through: value on every backend against the reference in float64, gradients
// against central differences in float64, and gradients on every backend against those.

import { expect } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import type { Backend, TypedArray } from '../backends/backend.ts'
import { currentBackend, useBackend } from '../backends/current.ts'
import { createReferenceBackend } from '../backends/reference/index.ts'
import { backends } from '../backends/registry.ts'
import { add, multiply, sum } from '../ops/index.ts'
import { randomSource, type Tensor, tensor } from '../tensor/index.ts'

export interface Input {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/** Values in (−1, 1) ∖ (−0.1, 0.1), scaled and shifted: away from the kinks at 0 unless moved there on purpose. */
export function input(shape: readonly number[], seed = 1, options: { scale?: number; offset?: number } = {}): Input {
  const { scale = 1, offset = 0 } = options
  const source = randomSource(seed)
  const size = shape.reduce((product, length) => product * length, 1)
  const draw = (): number => (source.uniform() < 0.5 ? -1 : 1) * (0.1 + 0.9 * source.uniform())
  return { shape, values: Array.from({ length: size }, () => offset + scale * draw()) }
}

export interface CheckOptions {
  /** Compares values only: for ops that have no gradient. */
  readonly gradients?: boolean
  /** Checks the gradient of the gradient as well. */
  readonly second?: boolean
  /** Relative tolerance between backends; float32 rounding by default. */
  readonly tolerance?: number
}

/** The backends under test: all that are available here. */
export const availableBackends = (): string[] =>
  backends()
    .filter(({ available }) => available)
    .map(({ name }) => name)

/** Runs `body` with another current backend. */
export async function onBackend<T>(backend: string | Backend, body: () => T | Promise<T>): Promise<T> {
  const before = currentBackend()
  await useBackend(backend)
  try {
    return await body()
  } finally {
    await useBackend(before)
  }
}

export const wideReference = createReferenceBackend({ floats: 'float64' })

/** Largest difference relative to the largest expected magnitude (1 at least). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length)
  let [error, scale] = [0, 1]
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue
    const difference = Math.abs(actual[i] - expected[i])
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference)
    scale = Math.max(scale, Math.abs(expected[i]))
  }
  return error / scale
}

type Op = (...inputs: Tensor[]) => Tensor

const make = (inputs: readonly Input[]): Tensor[] =>
  inputs.map(({ shape, values }) => tensor(new Float64Array(values), { shape }))

/** Weights that make a scalar of any output without hiding a component of it. */
const weightsFor = (shape: readonly number[]): Tensor => {
  const { values } = input(shape, 99)
  return tensor(new Float64Array(values), { shape })
}

const weighted = (y: Tensor): Tensor => sum(multiply(y, weightsFor(y.shape)))

async function evaluate(op: Op, inputs: readonly Input[], gradients: boolean): Promise<TypedArray[]> {
  const tensors = make(inputs)
  const value = op(...tensors)
  if (!gradients) return [await value.data()]
  const result = valueAndGradients(() => weighted(op(...tensors)), tensors)
  return Promise.all([value, ...result.gradients].map((part) => part.data()))
}

/** Central differences of the weighted sum of `op`, in float64. */
function centralDifferences(op: Op, inputs: readonly Input[]): number[][] {
  const step = 1e-5
  const total = (changed: readonly Input[]): number => weighted(op(...make(changed))).item()
  return inputs.map((entry, index) =>
    entry.values.map((value, at) => {
      const moved = (to: number): Input[] =>
        inputs.map((other, i) => (i === index ? { ...other, values: other.values.with(at, to) } : other))
      return (total(moved(value + step)) - total(moved(value - step))) / (2 * step)
    }),
  )
}

/** Gradients of the weighted sum of `op` by the tape, on the current backend, and by central differences. */
export async function differences(
  op: Op,
  inputs: readonly Input[],
): Promise<{ analytic: TypedArray[]; numeric: number[][] }> {
  const [, ...analytic] = await evaluate(op, inputs, true)
  return { analytic, numeric: centralDifferences(op, inputs) }
}

/** Checks `op` on `inputs` as described at the top of this file. */
export async function checkOp(op: Op, inputs: readonly Input[], options: CheckOptions = {}): Promise<void> {
  const { gradients = true, second = false, tolerance = 2e-6 } = options
  const exact = await onBackend(wideReference, async () => {
    const results = await evaluate(op, inputs, gradients)
    if (gradients) {
      const numeric = centralDifferences(op, inputs)
      numeric.forEach((expected, index) => {
        expect(
          relativeError(results[index + 1], expected),
          `gradient of input ${index} against central differences`,
        ).toBeLessThan(1e-7)
      })
    }
    return results
  })
  if (second) await checkOp(gradientOf(op), inputs, { tolerance: tolerance * 10 })
  for (const name of availableBackends()) {
    const results = await onBackend(name, () => evaluate(op, inputs, gradients))
    results.forEach((result, index) => {
      const what = index === 0 ? 'value' : `gradient of input ${index - 1}`
      expect(relativeError(result, exact[index]), `${what} on ${name}`).toBeLessThan(tolerance)
    })
  }
}

/** The gradients of `op` as one op: the sum of their squares weighted, so that all of them flow into one scalar. */
const gradientOf =
  (op: Op): Op =>
  (...inputs) => {
    const { gradients } = valueAndGradients(() => weighted(op(...inputs)), inputs)
    const parts = gradients.map((part) => sum(multiply(multiply(part, part), weightsFor(part.shape))))
    return parts.reduce((total, part) => add(total, part))
  }
