import type { KernelSpecs, TypedArray } from '../backend.ts'

export function complexMultiply(
  { conjugate }: KernelSpecs['complexMultiply'],
  [x, y]: readonly TypedArray[],
  [z]: readonly TypedArray[],
): void {
  for (let i = 0; i < z.length; i += 2) {
    const [a, b, c, d] = [x[i], x[i + 1], y[i], conjugate ? -y[i + 1] : y[i + 1]]
    z[i] = a * c - b * d
    z[i + 1] = a * d + b * c
  }
}
