// A result is checked before its time counts: sampled elements against the definition in float64, and every element
// against the first contender's.

import { noise } from './random.ts'
import { expectedOutputs, type Workload } from './workload.ts'

/** Largest error allowed, relative to the largest magnitude of the result: well above float32 rounding and Winograd's bound, far below any wrong tap. */
export const tolerance = 1e-4

const samples = 64

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** Error of `results` against the definition, or, in words, what is wrong with them; null when nothing is. */
export function verify(
  workload: Workload,
  results: readonly Float32Array[],
  first: readonly Float32Array[] | null,
): string | null {
  for (const [which, { name, at }] of expectedOutputs(workload).entries()) {
    const result = results[which]
    if (result === undefined) return `the ${name} is missing`
    const reference = first?.[which]
    if (reference !== undefined && reference.length !== result.length) {
      return `the ${name} has ${result.length} elements, ${reference.length} were expected`
    }
    const allowed = tolerance * Math.max(largest(reference ?? result), 1e-30)
    const wrong = sampled(result, at, allowed) ?? (reference && everywhere(result, reference, allowed))
    if (wrong) return `the ${name} is wrong: ${wrong}`
  }
  return null
}

// Positions repeat from run to run but follow no stride of the data; both ends are always among them.
function positions(length: number): number[] {
  const random = Array.from(noise(samples, 7), (value) => Math.floor(((value + 1) / 2) * length))
  return [0, length - 1, ...random]
}

function sampled(result: Float32Array, at: (index: number) => number, allowed: number): string | null {
  for (const index of positions(result.length)) {
    const exact = at(index)
    // Written so that NaN fails.
    if (!(Math.abs(result[index] - exact) <= allowed)) {
      return `element ${index} is ${result[index].toPrecision(6)}, by definition ${exact.toPrecision(6)}`
    }
  }
  return null
}

function everywhere(result: Float32Array, reference: Float32Array, allowed: number): string | null {
  for (let i = 0; i < result.length; i++) {
    if (!(Math.abs(result[i] - reference[i]) <= 2 * allowed)) {
      return `element ${i} is ${result[i].toPrecision(6)}, Convoke's ${reference[i].toPrecision(6)}`
    }
  }
  return null
}
