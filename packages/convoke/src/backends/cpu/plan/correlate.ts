// How a picture is correlated with one kernel for all its channels.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { convShapes } from '../../../shapes/conv-spec.ts'
import type { CorrelateSpec } from '../../backend.ts'
import { planDense, planTwoPass } from '../kernels/correlate/index.ts'
import {
  type CorrelateChoice,
  chooseCorrelateFft,
  fftInWords,
  planCorrelateFft,
  statedError,
} from '../kernels/fft/index.ts'
import { reached } from '../kernels/machine.ts'
import type { KernelPlan } from '../kernels/plan.ts'
import type { Target } from '../program/index.ts'
import type { Planned, PlanQuestion } from './index.ts'

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

/** Below this expected gain the plain sum stays. */
const worthwhile = 1.1

const slotsOf = ({ conv }: CorrelateSpec, separable: boolean, { lanes }: Target): number => {
  const { kernel } = conv
  const taps = separable ? kernel.reduce((sum, side) => sum + side, 0) : sizeOf(kernel)
  return (sizeOf(convShapes(conv).output) * taps) / lanes / (separable ? reached.twoPasses : reached.picture)
}

/** The plan by FFT, where it is asked for or takes less time than the sum; or why not. */
function byFft(spec: CorrelateSpec, separable: boolean, target: Target): Planned | null {
  if (spec.method === 'direct') return null
  const choice = chooseCorrelateFft(spec, target)
  // There is no plain sum over three axes.
  const forced = spec.method === 'fft' || spec.conv.rank > 2
  if (choice === null) return null
  const gain = slotsOf(spec, separable, target) / choice.slots
  if (!forced && gain < worthwhile) return null
  return planned(
    spec,
    choice,
    spec.method === 'fft' ? 'asked for' : `${gain.toPrecision(2)} times as fast as a sum by its model`,
    target,
  )
}

function planned(spec: CorrelateSpec, choice: CorrelateChoice, why: string, target: Target): Planned {
  const { size, tiles } = choice.blocking
  const plan = planCorrelateFft(spec, choice, target)
  const words = fftInWords(size, choice.problem.images * sizeOf(tiles), plan)
  const rounding = { size, summands: 1 }
  return { algorithm: 'fft', plan, error: statedError(rounding, target), reason: `the FFT, ${why}: ${words}` }
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

export function planCorrelate({ spec, runtime, separable = false }: PlanQuestion<'correlate'>): Planned {
  const { target } = runtime
  const twoPasses = spec.factors || separable
  const fast = byFft(spec, twoPasses, target)
  if (fast !== null) return fast
  if (spec.conv.rank > 2) return { fallback: 'no vector kernel sums over three axes of a picture' }
  if (twoPasses) {
    const plan = withTurned(planTwoPass(spec, target), spec)
    return { algorithm: 'two passes', plan, reason: 'the kernel is a column times a row: two passes of one dimension' }
  }
  return {
    algorithm: 'picture',
    plan: withTurned(planDense(spec, target), spec),
    reason: 'one kernel for all channels: lanes run along the rows, and rows share what they load',
  }
}
