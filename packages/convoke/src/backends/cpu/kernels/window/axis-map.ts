import { oneRegion, rowsOf } from '../../../../shapes/map-regions.ts'
import type { AxisMap } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { adjointRuns, axisRun, emptyLists, type ListRun, overImages, singleRun, tapsOf, wordsOf } from './lists.ts'
import { widths } from './program.ts'
import { planWindowed } from './step.ts'
import { tableWords } from './table.ts'

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
  const block = widths[0] * target.lanes
  if (inner > mostBlocks * block) return planWide(columns, { images: outer, width, inner, block, most }, target)
  const images = overImages([singleRun()], outer, 1, most)
  if (images === null) return null
  const buffers = { x: 0, y: 1, table: 2 }
  return planWindowed({ kind: 'weighted', rows: images, columns, width, channels: inner, buffers }, target)
}

/** Blocks of channels that have calls of their own. */
const mostBlocks = 8

interface Wide {
  readonly images: number
  readonly width: number
  readonly inner: number
  /** Channels of a block. */
  readonly block: number
  readonly most: number
}

/** Outputs as rows, and blocks of channels as the pixels of a row: so many channels that each block would be a call. */
function planWide(runs: readonly ListRun[], { images, width, inner, block, most }: Wide, target: Target) {
  const rows = overImages(runs, images, width, most)
  if (rows === null) return null
  const blocks = Math.floor(inner / block)
  const part = (columns: ListRun, channels: number, before: number, table: number): KernelPlan | null =>
    planWindowed(
      {
        ...{ kind: 'weighted', rows, columns: [columns], width: 1, channels },
        ...{ within: { channels: inner, before }, buffers: { x: 0, y: 1, table } },
      },
      target,
    )
  const whole = part({ ...singleRun(), repeats: blocks, step: 1 }, block, 0, 2)
  const rest = inner - blocks * block
  const last = rest === 0 ? null : part(singleRun(), rest, blocks * block, 3)
  if (whole === null || (rest > 0 && last === null)) return null
  const steps = [...whole.steps, ...(last?.steps ?? []).map((step) => ({ ...step, joins: true }))]
  return planOf(steps, [], [...whole.tables, ...(last?.tables ?? [])])
}
