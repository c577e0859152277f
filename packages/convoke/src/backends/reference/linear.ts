// matmul, axisMap.

import { oneRegion, rowsOf } from '../../shapes/map-regions.ts'
import type { AxisMap, KernelSpecs, TypedArray } from '../backend.ts'

export function matmul(spec: KernelSpecs['matmul'], [a, b]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  const { batch, m, n, k, transposeA, transposeB, strideA, strideB } = spec
  const [aRow, aColumn] = transposeA ? [1, m] : [k, 1]
  const [bRow, bColumn] = transposeB ? [1, k] : [n, 1]
  const row = new Float64Array(n)
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < m; i++) {
      row.fill(0)
      for (let p = 0; p < k; p++) {
        const left = a[s * strideA + i * aRow + p * aColumn]
        const start = s * strideB + p * bRow
        for (let j = 0; j < n; j++) row[j] += left * b[start + j * bColumn]
      }
      y.set(row, (s * m + i) * n)
    }
  }
}

export function axisMap(spec: AxisMap, [x]: readonly TypedArray[], [y]: readonly TypedArray[]): void {
  const { outer, length, count, taps, inner, indices, weights, transposed, regions = oneRegion(count) } = spec
  const totals = new Float64Array(outer * (transposed ? length : count) * inner)
  const addTaps = (o: number, j: number, row: number, shift: number): void => {
    for (let t = 0; t < taps; t++) {
      const weight = weights[row * taps + t]
      if (weight === 0) continue
      const near = (o * length + indices[row * taps + t] + shift) * inner
      const far = (o * count + j) * inner
      const [from, to] = transposed ? [far, near] : [near, far]
      for (let i = 0; i < inner; i++) totals[to + i] += weight * x[from + i]
    }
  }
  for (let o = 0; o < outer; o++) {
    for (const region of regions) {
      const rows = rowsOf(region)
      for (let j = region.first; j < region.end; j++) {
        const inside = j - region.first
        addTaps(o, j, region.row + (inside % rows), Math.floor(inside / rows) * region.step)
      }
    }
  }
  y.set(totals)
}
