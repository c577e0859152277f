// The right-hand matrices of products, packed into panels.

import type { Target } from '../../program/index.ts'
import { copySteps } from '../copy/copy.ts'
import { grouped, type Panel, packSteps, panelAt, panelBytes, shapeKey } from '../direct/panels.ts'
import type { Derived, KernelStep } from '../plan.ts'

/** Matrices [k, n], or [n, k] where they are transposed. */
export interface Right {
  readonly k: number
  readonly n: number
  readonly transposeB: boolean
  readonly target: Target
  readonly panels: readonly Panel[]
  /** Which buffers of the plan. */
  readonly from: number
  readonly to: number
}

/** [0, total) in runs of `size`. */
export const runsOf = (total: number, size: number): { readonly first: number; readonly count: number }[] =>
  Array.from({ length: Math.ceil(total / size) }, (_, i) => ({
    first: i * size,
    count: Math.min(size, total - i * size),
  }))

interface Batch {
  readonly count: number
  /** Elements from each matrix to the next. */
  readonly stride: number
  /** Matrices of a task. */
  readonly together: number
}

/** The panels of every matrix, one after another. */
export function packRight(right: Right, { count, stride, together }: Batch): KernelStep[] {
  const { k, n, transposeB, target, panels, from, to } = right
  const bytes = panelBytes(target, k, panels)
  if (!transposeB) {
    const all = runsOf(count, together).flatMap((run) =>
      packSteps({
        ...{ target, panels, rows: k, columns: n, from, to },
        ...{ fromAt: run.first * stride * 4, toAt: run.first * bytes },
        matrices: { count: run.count, from: stride * 4, to: bytes },
        inOneTask: count > 1,
      }),
    )
    return all.map((step, i) => (i === 0 ? step : { ...step, joins: true }))
  }
  const steps = grouped(panels, shapeKey).flatMap((group) => {
    const { vectors, lastLanes } = group[0]
    const columns = vectors * target.lanes
    const copy = {
      shape: [count, group.length, k, (vectors - 1) * target.lanes + lastLanes],
      inputOffset: group[0].first * k,
      inputStrides: [stride, columns * k, 1, k],
      outputOffset: panelAt(target, k, group[0]) / 4,
      outputStrides: [bytes / 4, columns * k, columns, 1],
    }
    return copySteps(copy, 'float32', target, from, to)
  })
  return steps.map((step, i) => ({ ...step, joins: i > 0 }))
}

/** One packed matrix that is kept for as long as it is not written to. An empty reduction has empty panels; memory is not. */
export function packedRight(right: Right): Derived {
  const { k, n, transposeB, target, panels, from } = right
  return {
    input: from,
    bytes: Math.max(4, panelBytes(target, k, panels)),
    key: `${transposeB ? 'transposed ' : ''}panels ${target.lanes} ${k} ${n} ${panels[0].vectors}`,
    steps: packRight(right, { count: 1, stride: 0, together: 1 }),
  }
}
