import type { AxisMap } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { adjointLists, singleTap, type TapList, windowTable } from './lists.ts'
import { windowStep } from './program.ts'

function listsOf({ count, taps, indices, weights }: AxisMap): TapList[] {
  return Array.from({ length: count }, (_, j) => ({
    divisor: 1,
    taps: Array.from({ length: taps }, (_, t) => ({
      index: indices[j * taps + t],
      weight: weights[j * taps + t],
    })).filter(({ weight }) => weight !== 0),
  }))
}

/** [x] → [y]: a window along one axis, with `inner` as its channels. Weights are rounded to float32. */
export function planAxisMap(map: AxisMap, target: Target): KernelPlan {
  const forward = listsOf(map)
  const lists = map.transposed ? adjointLists(forward, map.length) : forward
  const inputs = map.transposed ? map.count : map.length
  const table = windowTable([singleTap], lists, inputs, 4 * map.inner, 'weight')
  const step = windowStep(
    {
      ...{ kind: 'weighted', images: map.outer, inputs, rows: 1, columns: lists.length, channels: map.inner },
      taps: lists.reduce((sum, { taps }) => sum + taps.length, 0),
      ...{ table, buffers: { x: 0, y: 1, table: 2 } },
    },
    target,
  )
  return planOf([step], [], [table.words])
}
