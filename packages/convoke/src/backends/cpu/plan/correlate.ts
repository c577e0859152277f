// How a picture is correlated with one kernel for all its channels.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { convShapes } from '../../../shapes/conv-spec.ts'
import type { CorrelateSpec } from '../../backend.ts'
import { planDense, planTwoPass } from '../kernels/correlate/index.ts'
import { chooseCorrelateFft, fftInWords, planCorrelateFft, statedError } from '../kernels/fft/index.ts'
import { pictureShare, pictureShareWithoutFma } from '../kernels/machine.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import { separableSlots } from '../kernels/separable/index.ts'
import type { Target } from '../program/index.ts'
import type { PlanQuestion } from './index.ts'
import type { Way } from './ways.ts'

/** Taps from which two passes beat the sum over all of them, and sides that together cost more than the FFT; measured. */
const fewestTaps = 36
const mostSides = 128

/** Whether two passes are the fastest way, should the kernel turn out to be a column times a row. */
export const suitsTwoPasses = ({ conv: { rank, kernel }, factors, method }: CorrelateSpec): boolean =>
  method !== 'fft' &&
  !factors &&
  rank === 2 &&
  kernel.every((side) => side > 1) &&
  kernel[0] * kernel[1] >= fewestTaps &&
  (method === 'direct' || kernel[0] + kernel[1] <= mostSides)

/** By so much the FFT must be expected to be faster than a sum. */
const margin = 1.1

const slotsOf = ({ conv }: CorrelateSpec, separable: boolean, target: Target): number =>
  separable
    ? separableSlots(conv, target)
    : (sizeOf(convShapes(conv).output) * sizeOf(conv.kernel)) /
      target.lanes /
      (target.fma ? pictureShare : pictureShareWithoutFma)

/** By FFT, where it applies; `only` says why nothing else is compared. */
function fftWays(spec: CorrelateSpec, only: string | undefined, target: Target): Way[] {
  const choice = chooseCorrelateFft(spec, target)
  if (choice === null) return []
  const { size, tiles } = choice.blocking
  const plan: Way['plan'] = (share) => {
    const plan = planCorrelateFft(spec, choice, target)
    const words = fftInWords(size, choice.problem.images * sizeOf(tiles), plan)
    const why = only ?? `${(1 / share).toPrecision(2)} times as fast as a sum by its model`
    const error = statedError({ size, summands: 1 }, target)
    return { algorithm: 'fft', plan, error, reason: `the FFT, ${why}: ${words}` }
  }
  return [{ algorithm: 'fft', slots: choice.slots, margin, plan }]
}

/** Sums read their kernels packed: turned, they are packed from the other end. */
function withTurned(plan: KernelPlan, { turned }: CorrelateSpec): KernelPlan {
  if (turned !== true) return plan
  const derived = (plan.derived ?? []).map((entry) => ({
    ...{ ...entry, key: `${entry.key} turned` },
    compute: (source: Float32Array, to: Float32Array) => entry.compute?.(source.slice().reverse(), to),
  }))
  return Object.freeze({ ...plan, derived })
}

/** Two passes, or the sum over all taps, of pictures. */
function sumOf(spec: CorrelateSpec, separable: boolean, target: Target): Way {
  const way = { slots: slotsOf(spec, separable, target), margin: 1 }
  if (separable) {
    const plan = () => withTurned(planTwoPass(spec, target), spec)
    const reason = 'the kernel is a column times a row: two passes of one dimension'
    return { ...way, algorithm: 'separable', plan: () => ({ algorithm: 'two passes', plan: plan(), reason }) }
  }
  const plan = () => withTurned(planDense(spec, target), spec)
  const reason = 'one kernel for all channels: lanes run along the rows, and rows share what they load'
  return { ...way, algorithm: 'direct', plan: () => ({ algorithm: 'picture', plan: plan(), reason }) }
}

export function correlateWays({ spec, runtime, separable = false }: PlanQuestion<'correlate'>): Way[] {
  const { target } = runtime
  const { method, conv, factors } = spec
  const only = method === 'fft' ? 'asked for' : conv.rank > 2 ? 'the one way over three axes' : undefined
  const fast = method === 'direct' ? [] : fftWays(spec, only, target)
  if (only !== undefined && fast.length > 0) return fast
  if (conv.rank > 2) {
    const loops = { fallback: 'no vector kernel sums over three axes of a picture' }
    return [{ algorithm: 'direct', slots: slotsOf(spec, false, target), margin: 1, plan: () => loops }]
  }
  return [sumOf(spec, factors || separable, target), ...fast]
}
