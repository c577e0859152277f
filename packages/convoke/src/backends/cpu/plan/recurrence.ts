// How recurrent layers run.

import { planRecurrence, planRecurrenceGradient } from '../kernels/recurrence/plan.ts'
import type { Planned, PlanQuestion } from './index.ts'

const reason = 'weights are packed once; each task takes a part of the batch through all steps'

export const planRecurrent = ({ spec, runtime }: PlanQuestion<'recurrence'>): Planned => ({
  plan: planRecurrence(spec, runtime.target, runtime.threads()),
  reason,
})

export const planRecurrentGradient = ({ spec, runtime }: PlanQuestion<'recurrenceGradient'>): Planned => ({
  plan: planRecurrenceGradient(spec, runtime.target, runtime.threads()),
  reason,
})
