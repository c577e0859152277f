// Plans by FFT wherever there is one, whether it pays or not: for tests.

import { fftGradientWays, fftWays } from './fft.ts'
import { type Planned, type PlanQuestion, planKernel } from './index.ts'

/** The plan by FFT of a convolution or a gradient, else the planner's. */
export function planByFft(question: PlanQuestion): Planned {
  const { kernel, runtime } = question
  const { target } = runtime
  const [way] = ((): ReturnType<typeof fftWays> => {
    if (kernel.name === 'convFilterGradient')
      return fftGradientWays((question as PlanQuestion<'convFilterGradient'>).spec.conv, target, true)
    if (kernel.name !== 'conv' && kernel.name !== 'convTranspose') return []
    const { conv, epilogue } = (question as PlanQuestion<'conv'>).spec
    return fftWays({ conv, epilogue, training: false, target }, kernel.name === 'conv' ? 'forward' : 'adjoint', true)
  })()
  return way?.plan(1) ?? planKernel(question)
}
