// Plans by FFT wherever there is one, whether it pays or not: for tests.

import { convByFft, filterGradientByFft } from './fast-convolution.ts'
import { type Planned, type PlanQuestion, planKernel } from './index.ts'

/** The plan by FFT of a convolution or a gradient, else the planner's. */
export function planByFft(question: PlanQuestion): Planned {
  const { kernel, runtime } = question
  const { target } = runtime
  if (kernel.name === 'convFilterGradient') {
    const { conv } = (question as PlanQuestion<'convFilterGradient'>).spec
    return filterGradientByFft(conv, target) ?? planKernel(question)
  }
  if (kernel.name !== 'conv' && kernel.name !== 'convTranspose') return planKernel(question)
  const { conv, epilogue, precision } = (question as PlanQuestion<'conv'>).spec
  const asked = { conv, epilogue, precision, training: false, target }
  return convByFft(asked, kernel.name === 'conv' ? 'forward' : 'adjoint') ?? planKernel(question)
}
