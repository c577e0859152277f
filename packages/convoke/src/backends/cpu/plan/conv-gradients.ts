// Which kernels run for the two adjoints of a convolution, and for im2col's.

import { sizeOf } from '../../../shapes/broadcast.ts'
import { convShapes } from '../../../shapes/conv-spec.ts'
import type { KernelSpecs } from '../../backend.ts'
import { planFilterGradient } from '../kernels/filter-gradient/plan.ts'
import { planFold } from '../kernels/transposed/fold.ts'
import { isNarrow, planNarrow } from '../kernels/transposed/narrow.ts'
import { planTransposed } from '../kernels/transposed/plan.ts'
import type { Planned, PlanQuestion } from './index.ts'

const noProducts: Planned = { fallback: 'there is nothing to multiply' }

export function planConvFilterGradient(
  { conv }: KernelSpecs['convFilterGradient'],
  { runtime }: PlanQuestion,
): Planned {
  return {
    plan: planFilterGradient(conv, runtime.target, runtime.threads()),
    reason: 'tiles of the filter stay in registers while the pixels go by',
  }
}

export function planConvTranspose(
  { conv, epilogue }: KernelSpecs['convTranspose'],
  { runtime }: PlanQuestion,
): Planned {
  const { target } = runtime
  const { filter, output } = convShapes(conv)
  if (sizeOf(filter) === 0 || sizeOf(output) === 0) return noProducts
  if (isNarrow(conv, target)) {
    return {
      plan: planNarrow(conv, epilogue, target, runtime.threads()),
      reason: 'the few channels fill vectors together with the taps along the width',
    }
  }
  return {
    plan: planTransposed(conv, epilogue, target, runtime.threads()),
    reason: 'each phase of the stride is a dense convolution',
  }
}

export function planFolding({ conv }: KernelSpecs['fold'], { runtime }: PlanQuestion): Planned {
  if (sizeOf(convShapes(conv).output) === 0) return noProducts
  return { plan: planFold(conv, null, runtime.target, runtime.threads()), reason: 'each pixel gathers its taps' }
}
