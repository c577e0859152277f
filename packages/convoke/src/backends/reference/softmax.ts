// softmax and log-softmax along an axis, and their gradients from what they gave.

import type { AxisSpec, KernelSpecs, TypedArray } from '../backend.ts'

/** The indices along the axis, for each place beside it. */
function* linesOf({ outer, length, inner }: AxisSpec): Generator<number[]> {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) yield Array.from({ length }, (_, k) => (o * length + k) * inner + i)
  }
}

export function softmax(spec: KernelSpecs['softmax'], [x]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  for (const line of linesOf(spec)) {
    const most = line.reduce((largest, i) => Math.max(largest, x[i]), Number.NEGATIVE_INFINITY)
    const shift = Number.isFinite(most) ? most : 0
    const total = line.reduce((sum, i) => sum + Math.exp(x[i] - shift), 0)
    for (const i of line) y[i] = spec.log ? x[i] - shift - Math.log(total) : Math.exp(x[i] - shift) / total
  }
}

export function softmaxGradient(
  spec: KernelSpecs['softmaxGradient'],
  [given, y]: readonly TypedArray[],
  [toX]: readonly TypedArray[],
): void {
  for (const line of linesOf(spec)) {
    const total = line.reduce((sum, i) => sum + (spec.log ? given[i] : given[i] * y[i]), 0)
    for (const i of line) toX[i] = spec.log ? given[i] - Math.exp(y[i]) * total : y[i] * (given[i] - total)
  }
}
