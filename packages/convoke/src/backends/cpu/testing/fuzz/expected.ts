// The exact results of a case, by the reference's loops in float64, and how far from each a backend may be.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import type { Activation, KernelName, KernelSpecs, TypedArray } from '../../../backend.ts'
import { newArray } from '../../kernels/testing/arrays.ts'
import {
  algorithmsFor,
  gradientLayout,
  typicalGradientError,
  typicalError as typicalWinogradError,
  winogradGradientCosts,
} from '../../kernels/winograd/index.ts'
import type { Planned } from '../../plan/index.ts'
import type { Target } from '../../program/index.ts'
import { loopsOf } from '../kernel-named.ts'
import type { FuzzCase } from './fuzz-case.ts'

/** What outputs hold before a kernel runs: a copy leaves it where it writes nothing. */
export const garbage = 77

/** Half the distance from 1 to the next float32. */
const unitRoundoff = 2 ** -24
const largestFloat = 3.4028234663852886e38

function runLoops<K extends KernelName>(
  kernel: K,
  spec: KernelSpecs[K],
  inputs: readonly TypedArray[],
  outputs: FuzzCase['outputs'],
): TypedArray[] {
  const made = outputs.map(
    ({ dtype, length }): TypedArray =>
      (dtype === 'float32' ? new Float64Array(length) : newArray(dtype, length)).fill(garbage),
  )
  loopsOf(kernel)(spec, inputs, made)
  return made
}

/** The results, float32 ones unrounded. */
export const exactResults = ({ kernel, spec, inputs, outputs, allowance }: FuzzCase): TypedArray[] =>
  allowance.kind === 'function'
    ? [Float64Array.from(inputs[0].data, allowance.exact)]
    : runLoops(
        kernel,
        spec,
        inputs.map(({ data }) => data),
        outputs,
      )

/** The sum of the magnitudes of what adds up to each result. */
function magnitudes({ kernel, spec, inputs, outputs }: FuzzCase): TypedArray {
  const bare = {
    ...spec,
    ...('epilogue' in spec && spec.epilogue !== null ? { epilogue: { ...spec.epilogue, activation: null } } : {}),
    ...('weights' in spec ? { weights: spec.weights.map(Math.abs) } : {}),
  }
  const positive = inputs.map(({ dtype, data }) => (dtype === 'float32' ? data.map(Math.abs) : data))
  return runLoops(kernel, bare as KernelSpecs[KernelName], positive, outputs)[0]
}

const rootMeanSquare = (values: TypedArray): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length))

/** A margin from the root mean square error of a fast algorithm to its largest among millions, edges included. */
const farthest = 12

const orUnlimited = (error: number): number => (Number.isFinite(error) ? error : Number.POSITIVE_INFINITY)

/**
 * Error of Winograd and the FFT: the same for every element of a tile, whatever its own size, and without limit where an infinity or a
 * NaN may spread.
 */
function spreadError({ kernel, spec, inputs }: FuzzCase, planned: Planned, target: Target): number {
  if (!('plan' in planned) || (planned.algorithm !== 'winograd' && planned.algorithm !== 'fft')) return 0
  const { conv } = spec as { readonly conv: ConvSpec }
  const size = inputs.map(({ data }) => rootMeanSquare(data))
  if (kernel === 'convFilterGradient') {
    const relative =
      planned.error?.typical ?? typicalGradientError(gradientLayout(conv, winogradGradientCosts(conv, target)[0].tile))
    return orUnlimited(farthest * relative * Math.sqrt(conv.batch * sizeOf(conv.outputSize)) * size[0] * size[1])
  }
  const summed = { conv: conv.inputChannels, convTranspose: conv.outputChannels } as Record<string, number>
  const channels = kernel === 'correlate' ? 1 : summed[kernel] / conv.groups
  const filter = kernel === 'correlate' ? size.slice(1).reduce((product, each) => product * each, 1) : size[1]
  const relative =
    planned.error?.typical ?? typicalWinogradError(algorithmsFor(conv.kernel[0])[0], Math.max(16, channels))
  return orUnlimited(farthest * relative * Math.sqrt(sizeOf(conv.kernel) * channels) * size[0] * filter)
}

/** No activation makes a difference in its argument larger than this times. */
const steepest = (activation: Activation | null): number =>
  activation === null ? 1 : 2 * ('alpha' in activation ? Math.max(1, activation.alpha) : 1)

/** An absolute error that an activation may add to a result. */
const activationError = (activation: Activation | null, result: number): number =>
  activation === null
    ? 0
    : unitRoundoff * (10 * Math.abs(result) + (activation.kind === 'hardSigmoid' ? 8 * (1 + activation.beta) : 0))

/** How far result `i` may be from `exact`, in absolute terms. */
export type Limit = (exact: number, i: number) => number

/** One unit in the last place of a float32. */
const ulpOf = (x: number): number =>
  2 ** (Math.max(-126, Math.floor(Math.log2(Math.min(Math.abs(x), largestFloat)))) - 23)

/** The limits of the first output; `sums` are taken once a case. */
export function limitOf(given: FuzzCase, sums: () => TypedArray, planned: Planned, target: Target): Limit {
  const { allowance, spec } = given
  if (allowance.kind === 'stated') return () => 0
  if (allowance.kind !== 'sum') {
    const absolute = allowance.kind === 'ulps' ? (allowance.absolute ?? 0) : 0
    return (exact) => allowance.ulps * ulpOf(exact) + absolute
  }
  // Random roundings grow with the root of their number; two for the rounding of weights and the result.
  const relative = (3 + 2 * Math.sqrt(allowance.terms)) * unitRoundoff
  const activation = 'epilogue' in spec ? (spec.epilogue?.activation ?? null) : null
  const spread = spreadError(given, planned, target)
  const magnitude = sums()
  return (exact, i) =>
    steepest(activation) * (relative * magnitude[i] + spread) + activationError(activation, exact) + 2 ** -148
}

export const sumsOf = (given: FuzzCase): (() => TypedArray) => {
  let known: TypedArray | undefined
  return () => {
    known ??= magnitudes(given)
    return known
  }
}

/**
 * Whether `actual` may stand for `exact`. Results beyond the largest float32 may be it or infinite; where there is no limit, what is
 * not finite must still not come out as a number.
 */
export function agrees(actual: number, exact: number, limit: number): boolean {
  if (Object.is(actual, exact) || actual === exact) return true
  if (limit === Number.POSITIVE_INFINITY) return Number.isFinite(exact) || !Number.isFinite(actual)
  if (Number.isNaN(exact) || Number.isNaN(actual)) return false
  const rounded = Math.fround(exact)
  if (actual === rounded) return true
  if (!Number.isFinite(actual)) return Math.sign(actual) === Math.sign(exact) && Math.abs(exact) + limit >= largestFloat
  return Math.abs(actual - exact) <= limit
}
