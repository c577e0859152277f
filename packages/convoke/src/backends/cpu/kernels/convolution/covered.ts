// Planners ask only for algorithms that apply.

import { type ConvSpec, describeConv } from '../../../../shapes/conv-spec.ts'
import { check } from '../../../../shapes/error.ts'

/** Throws `ConvokeError` where `algorithm` does not apply to `spec`. */
export function checkCovered(covered: boolean, algorithm: string, spec: ConvSpec): asserts covered {
  check(covered, () => `${algorithm}: ${describeConv(spec)} is not covered. Use the direct algorithm.`)
}
