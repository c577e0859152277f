// reduce, argReduce, cumulativeSum.

import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'
import { forEachRow } from './strides.ts'

const rules: Record<KernelSpecs['reduce']['op'], { start: number; step: (a: number, x: number) => number }> = {
  sum: { start: 0, step: (a, x) => a + x },
  product: { start: 1, step: (a, x) => a * x },
  max: { start: Number.NEGATIVE_INFINITY, step: (a, x) => (x > a || Number.isNaN(x) ? x : a) },
  min: { start: Number.POSITIVE_INFINITY, step: (a, x) => (x < a || Number.isNaN(x) ? x : a) },
}

export function reduce(spec: KernelSpecs['reduce'], [x]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  y.set(reduced(spec, x))
}

/** Totals in float64. */
export function reduced({ op, shape, axes }: KernelSpecs['reduce'], x: TypedArray | Float64Array): Float64Array {
  // int32 products wrap modulo 2³², which float64 would forget beyond 2⁵³.
  const { start, step } = op === 'product' && x instanceof Int32Array ? { start: 1, step: Math.imul } : rules[op]
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
  const keptStrides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  const totals = new Float64Array(sizeOf(kept)).fill(start)
  const last = shape.length - 1
  const outputStep = last < 0 ? 0 : keptStrides[last]
  let i = 0
  forEachRow(shape, [keptStrides], (count, [from]) => {
    for (let n = 0, o = from; n < count; n++, o += outputStep) totals[o] = step(totals[o], x[i++])
  })
  return totals
}

export function argReduce(
  spec: KernelSpecs['argReduce'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { op, outer, length, inner } = spec
  const sign = op === 'argMax' ? 1 : -1
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let best = 0
      for (let j = 1; j < length; j++) {
        const held = x[(o * length + best) * inner + i]
        const value = x[(o * length + j) * inner + i]
        if (!Number.isNaN(held) && (Number.isNaN(value) || sign * value > sign * held)) best = j
      }
      y[o * inner + i] = best
    }
  }
}

export function cumulativeSum(
  spec: KernelSpecs['cumulativeSum'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { outer, length, inner, exclusive, reverse } = spec
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = 0
      for (let n = 0; n < length; n++) {
        const at = (o * length + (reverse ? length - 1 - n : n)) * inner + i
        if (exclusive) y[at] = sum
        sum += x[at]
        if (!exclusive) y[at] = sum
      }
    }
  }
}
