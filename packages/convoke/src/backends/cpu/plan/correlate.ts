// How a picture is correlated with one kernel for all its channels.

import type { CorrelateSpec } from '../../backend.ts'
import { planDense, planTwoPass } from '../kernels/correlate/index.ts'
import type { Planned, PlanQuestion } from './index.ts'

/** Taps from which two passes beat the sum over all of them; measured. */
const fewestTaps = 36

/** Whether two passes are the fastest way, should the kernel turn out to be a column times a row. */
export const suitsTwoPasses = ({ conv: { rank, kernel }, factors }: CorrelateSpec): boolean =>
  !factors && rank === 2 && kernel.every((side) => side > 1) && kernel[0] * kernel[1] >= fewestTaps

export function planCorrelate({ spec, runtime, separable = false }: PlanQuestion<'correlate'>): Planned {
  if (spec.factors || separable) {
    const plan = planTwoPass(spec, runtime.target)
    return { algorithm: 'two passes', plan, reason: 'the kernel is a column times a row: two passes of one dimension' }
  }
  return {
    algorithm: 'picture',
    plan: planDense(spec, runtime.target),
    reason: 'one kernel for all channels: lanes run along the rows, and rows share what they load',
  }
}
