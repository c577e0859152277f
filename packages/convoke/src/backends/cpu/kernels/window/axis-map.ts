import { oneRegion, rowsOf } from '../../../../shapes/map-regions.ts'
import type { AxisMap } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { adjointRuns, axisRun, emptyLists, type ListRun, overImages, singleRun, tapsOf, wordsOf } from './lists.ts'
import { planWindowed } from './step.ts'
import { tableWords } from './table.ts'
import { isWide, planWide } from './wide.ts'

/** Taps of weight 0 are left out. */
function runsOf({ count, taps, indices, weights, regions = oneRegion(count) }: AxisMap): ListRun[] {
  return regions.map((region) => {
    const from = region.row * taps
    const rows = rowsOf(region)
    const lengths = new Int32Array(rows)
    for (let i = 0; i < rows * taps; i++) if (weights[from + i] !== 0) lengths[Math.floor(i / taps)]++
    const lists = emptyLists(lengths)
    let tap = 0
    for (let i = from; i < from + rows * taps; i++) {
      if (weights[i] === 0) continue
      lists.indices[tap] = indices[i]
      lists.weights[tap++] = weights[i]
    }
    return axisRun(lists, region.first, region.turns, region.step)
  })
}

/** Blocks of channels that have calls of their own. */
const mostBlocks = 8

/**
 * [x] → [y]: a window along one axis, with `inner` as its channels. Weights are rounded to float32. null where the tables
 * would take more than the tensors do.
 */
export function planAxisMap(map: AxisMap, target: Target): KernelPlan | null {
  const { outer, length, inner, count, taps, transposed } = map
  const most = Math.max(2 ** 20, outer * inner * (length + count))
  const rows = (map.regions ?? oneRegion(count)).reduce((sum, region) => sum + rowsOf(region), 0)
  if (wordsOf(rows, rows * taps) > 2 * most) return null
  const forward = runsOf(map)
  if (transposed && wordsOf(length, tapsOf(forward)) > 64 * most) return null
  const columns = transposed ? adjointRuns(forward, length) : forward
  if (tableWords(columns) > 2 * most) return null
  const width = transposed ? count : length
  const operands = ['x', 'y'] as const
  if (isWide(inner, mostBlocks, target)) {
    const rows = overImages(columns, outer, width, most)
    return rows && planWide({ kind: 'weighted', rows, channels: inner, operands }, target)
  }
  const images = overImages([singleRun()], outer, 1, most)
  if (images === null) return null
  return planWindowed({ kind: 'weighted', rows: images, columns, width, channels: inner, operands }, target)
}
