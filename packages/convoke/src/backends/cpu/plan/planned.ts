// What the planner answers.

import type { StatedError } from '../kernels/fft/index.ts'
import type { KernelPlan } from '../kernels/plan.ts'

/** A plan and why it was chosen, or why plain TypeScript loops run instead. */
export type Planned =
  | {
      readonly plan: KernelPlan
      readonly reason: string
      readonly algorithm?: string
      /** Of the FFT. */
      readonly error?: StatedError
    }
  | { readonly fallback: string }
