// gather, scatterAdd, gatherElements, scatterElements, topK, sort. Indices are checked by the ops.

import { sizeOf, stridesOf } from '../../shapes/broadcast.ts'
import type { KernelSpecs, TypedArray } from '../backend.ts'
import { forEachRow } from './strides.ts'

export function gather(
  spec: KernelSpecs['gather'],
  [x, indices]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { outer, length, inner, count } = spec
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < count; n++) {
      const from = (o * length + indices[n]) * inner
      y.set(x.subarray(from, from + inner), (o * count + n) * inner)
    }
  }
}

export function scatterAdd(
  spec: KernelSpecs['scatterAdd'],
  [updates, indices]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const { outer, length, inner, count } = spec
  const totals = new Float64Array(outer * length * inner)
  for (let o = 0; o < outer; o++) {
    for (let n = 0; n < count; n++) {
      const to = (o * length + indices[n]) * inner
      const from = (o * count + n) * inner
      for (let i = 0; i < inner; i++) totals[to + i] += updates[from + i]
    }
  }
  y.set(totals)
}

/** Calls `visit(flat index in `shape`, flat index in `indexShape`)` for every element of the index tensor. */
function forEachElement(
  shape: readonly number[],
  indexShape: readonly number[],
  axis: number,
  indices: TypedArray,
  visit: (element: number, at: number) => void,
): void {
  const strides = stridesOf(shape)
  const outer = strides.map((stride, a) => (a === axis ? 0 : stride))
  const last = shape.length - 1
  let at = 0
  forEachRow(indexShape, [outer], (count, [start]) => {
    for (let n = 0; n < count; n++, at++) visit(start + n * outer[last] + indices[at] * strides[axis], at)
  })
}

export function gatherElements(
  spec: KernelSpecs['gatherElements'],
  [x, indices]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  forEachElement(spec.shape, spec.indexShape, spec.axis, indices, (element, at) => {
    y[at] = x[element]
  })
}

export function scatterElements(
  spec: KernelSpecs['scatterElements'],
  [x, indices, updates]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const result = Float64Array.from(x)
  forEachElement(spec.shape, spec.indexShape, spec.axis, indices, (element, at) => {
    result[element] = spec.reduction === 'add' ? result[element] + updates[at] : updates[at]
  })
  if (result.length !== sizeOf(spec.shape)) throw new RangeError('scatterElements: the buffer does not match the spec')
  y.set(result)
}

export function topK(
  spec: KernelSpecs['topK'],
  [x]: readonly TypedArray[],
  [values, indices]: readonly TypedArray[],
): void {
  const { outer, length, k, largest } = spec
  const sign = largest ? -1 : 1
  for (let o = 0; o < outer; o++) {
    const row = x.subarray(o * length, (o + 1) * length)
    // NaN counts as larger than ∞, as in PyTorch and NumPy's sort.
    const key = (i: number): number =>
      sign * (Number.isNaN(row[i]) ? Number.POSITIVE_INFINITY : Math.min(row[i], Number.MAX_VALUE))
    const order = Int32Array.from(row, (_, i) => i).sort((a, b) => {
      const [left, right] = [key(a), key(b)]
      return left === right ? a - b : left - right
    })
    for (let n = 0; n < k; n++) {
      values[o * k + n] = row[order[n]]
      indices[o * k + n] = order[n]
    }
  }
}

export function sort(
  { outer, length, descending }: KernelSpecs['sort'],
  inputs: readonly TypedArray[],
  outputs: readonly TypedArray[],
): void {
  topK({ outer, length, k: length, largest: descending }, inputs, outputs)
}
