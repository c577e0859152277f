// softmaxLoss and its gradient: the cross-entropy of labels.

import type { KernelSpecs, TypedArray } from '../backend.ts'

export function softmaxLoss(
  { classes }: KernelSpecs['softmaxLoss'],
  [x, labels]: readonly TypedArray[],
  [loss, largest, logSum]: readonly TypedArray[],
): void {
  for (let row = 0; row < labels.length; row++) {
    const values = Array.from({ length: classes }, (_, i) => x[row * classes + i])
    const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    const shift = Number.isFinite(most) ? most : 0
    const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value - shift), 0))
    largest[row] = shift
    logSum[row] = total
    loss[row] = total - (values[labels[row]] - shift)
  }
}

export function softmaxLossGradient(
  { classes }: KernelSpecs['softmaxLossGradient'],
  [gradient, x, labels, largest, logSum]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  for (let i = 0; i < x.length; i++) {
    const row = Math.floor(i / classes)
    const chosen = i - row * classes === labels[row] ? 1 : 0
    y[i] = gradient[row] * (Math.exp(x[i] - largest[row] - logSum[row]) - chosen)
  }
}
