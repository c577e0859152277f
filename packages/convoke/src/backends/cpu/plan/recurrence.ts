// How recurrent layers run.

import { planRecurrence, planRecurrenceGradient } from '../kernels/recurrence/plan.ts'
import type { Planners } from './index.ts'

const reason = 'weights packed once; a share of the batch goes through all steps without waiting for the rest'

export const recurrencePlanners = {
  recurrence: ({ spec, runtime }) => ({ plan: planRecurrence(spec, runtime.target, runtime.threads()), reason }),
  recurrenceGradient: ({ spec, runtime }) => ({
    plan: planRecurrenceGradient(spec, runtime.target, runtime.threads()),
    reason,
  }),
} satisfies Planners
