// Forward and backward by fewer passes over memory, with the same numbers to the bit: sums and ReLU where a value is stored anyway.

import { type ConvStep, isConv, sumAfter, summed } from './fold.ts'
import { isKernel, type KernelStep } from './program.ts'
import type { Rewriter } from './rewrite.ts'

/** For backends whose kernels round every step to float32. */
export function joinTraining(rewriter: Rewriter): void {
  for (const step of rewriter.steps()) {
    if (!rewriter.has(step)) continue
    if (isKernel(step, 'normalize')) normalized(rewriter, step)
    else if (isConv(step)) summed(rewriter, step, (made) => sameAlgorithm(rewriter, step, made))
  }
}

/** Normalisation, the sum with another path, and ReLU. */
function normalized(rewriter: Rewriter, step: KernelStep<'normalize'>): void {
  if (step.spec.relu || step.spec.residual) return
  const sum = sumAfter(rewriter, step.outputs[0])
  if (sum === null) return
  const after = rewriter.nextOf(sum.next.outputs[0])
  const relu = after !== undefined && isKernel(after, 'unary') && after.spec.activation?.kind === 'relu' ? after : null
  const last = relu ?? sum.next
  rewriter.replace(relu === null ? [step, sum.next] : [step, sum.next, relu], {
    ...step,
    spec: Object.freeze({ ...step.spec, residual: true, relu: relu !== null }),
    inputs: [...step.inputs, sum.other],
    outputs: last.outputs,
  })
}

/** Whether a convolution is computed the same way with the sum in its epilogue. */
function sameAlgorithm({ program: { backend } }: Rewriter, before: ConvStep, after: ConvStep): boolean {
  const algorithmOf = ({ kernel, spec, inputs, outputs }: ConvStep): string | undefined =>
    backend.explain?.(kernel, spec, inputs, outputs).algorithm
  return algorithmOf(before) === algorithmOf(after)
}
