import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type PoolSpec, poolRegions, windowInside } from '../../../../shapes/pool-spec.ts'
import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import {
  adjointRuns,
  axisRun,
  countOf,
  emptyLists,
  type ListRun,
  overImages,
  productOfRuns,
  singleRun,
  type TapLists,
  tapsOf,
  wordsOf,
} from './lists.ts'
import type { WindowKind } from './program.ts'
import { planWindowed } from './step.ts'
import { tableWords } from './table.ts'
import { isWide, planWide } from './wide.ts'

type Divisor = KernelSpecs['averagePool']['divisor']

/** Axes up to here are written out: one call is quicker than three. */
const short = 512

/** The windows of outputs `first` … `end − 1` along one spatial axis, inside the input. */
function listsOf(pool: PoolSpec, axis: number, divisor: Divisor, first: number, end: number): TapLists {
  const lengths = new Int32Array(end - first)
  for (let o = first; o < end; o++) lengths[o - first] = windowInside(pool, axis, o).taps
  const lists = emptyLists(lengths)
  for (let o = first; o < end; o++) {
    const { start, taps, step, counted } = windowInside(pool, axis, o)
    const tap = lists.starts[o - first]
    for (let t = 0; t < taps; t++) lists.indices[tap + t] = start + t * step
    lists.divisors[o - first] = divisor === 'one' ? 1 : Math.max(1, divisor === 'inside' ? taps : counted)
  }
  return lists
}

/** The windows along an axis; null where they take more than `most` words. */
function axisRuns(pool: PoolSpec, axis: number, divisor: Divisor, most: number): ListRun[] | null {
  const outputs = pool.outputSize[axis]
  const { regions, longest } = poolRegions(pool, axis, short)
  const lists = regions.reduce((sum, { first, end, turns }) => sum + (end - first) / turns, 0)
  if (wordsOf(lists, lists * longest) > most) return null
  return outputs === 0
    ? [axisRun(listsOf(pool, axis, divisor, 0, 0), 0)]
    : regions.map(({ first, end, turns, step }) => {
        const period = (end - first) / turns
        return axisRun(listsOf(pool, axis, divisor, first, first + period), first, turns, step)
      })
}

/** Words that tables may take: as much as the tensors, and always enough for ordinary ones. */
const mostWords = ({ batch, channels, inputSize, outputSize }: PoolSpec): number =>
  Math.max(2 ** 20, batch * channels * (sizeOf(inputSize) + sizeOf(outputSize)))

/** The operands of a kind, in the order of the plan. */
const operandsOf = (kind: WindowKind) =>
  kind === 'max' ? (['x', 'y', 'z'] as const) : kind === 'routed' ? (['x', 'z', 'y'] as const) : (['x', 'y'] as const)

/** The plan of a windowed kernel whose lists are given axis by axis, over inputs of the sizes given; null: see `axisRuns`. */
function planWindows(
  kind: WindowKind,
  axes: readonly (readonly ListRun[] | null)[],
  sizes: readonly number[],
  pool: PoolSpec,
  target: Target,
): KernelPlan | null {
  const most = mostWords(pool)
  const last = axes.length - 1
  const columns = axes[last]
  let leading: readonly ListRun[] | null = [singleRun()]
  axes.slice(0, -1).forEach((axis, at) => {
    leading = axis === null || leading === null ? null : productOfRuns(leading, axis, sizes[at], most)
  })
  if (columns === null || leading === null) return null
  const { batch, channels } = pool
  const operands = operandsOf(kind)
  if (isWide(channels, 1, target)) {
    const outputs = productOfRuns(leading, columns, sizes[last], most)
    const rows = outputs && overImages(outputs, batch, sizeOf(sizes), most)
    if (rows !== null && tableWords(rows) <= most) return planWide({ kind, rows, channels, operands }, target)
  }
  const rows = overImages(leading, batch, sizeOf(sizes.slice(0, -1)), most)
  if (rows === null || tableWords([...rows, ...columns]) > most) return null
  return planWindowed({ kind, rows, columns, width: sizes[last], channels, operands }, target)
}

const windowsOf = (pool: PoolSpec, divisor: Divisor): (ListRun[] | null)[] =>
  pool.inputSize.map((_, axis) => axisRuns(pool, axis, divisor, mostWords(pool)))

const adjointsOf = (pool: PoolSpec, divisor: Divisor): (ListRun[] | null)[] =>
  windowsOf(pool, divisor).map((runs, axis) => {
    const size = pool.inputSize[axis]
    // Gathering windows from windows that are all long would take a word for each of their taps.
    if (runs === null || (countOf(runs) > short && wordsOf(size, tapsOf(runs)) > 64 * mostWords(pool))) return null
    return adjointRuns(runs, size)
  })

/** [x] → [values, int32 indices into the flattened spatial axes]. */
export const planMaxPool = ({ pool }: KernelSpecs['maxPool'], target: Target): KernelPlan | null =>
  planWindows('max', windowsOf(pool, 'one'), pool.inputSize, pool, target)

/** [x] → [y]. A sum of at most as many roundings as taps, then one division. */
export const planAveragePool = ({ pool, divisor }: KernelSpecs['averagePool'], target: Target): KernelPlan | null =>
  planWindows(divisor === 'one' ? 'sum' : 'mean', windowsOf(pool, divisor), pool.inputSize, pool, target)

/** [output-shaped g] → [input-shaped x]: every input gathers from the windows it is in, in the order of the outputs. */
export const planAveragePoolGradient = (
  { pool, divisor }: KernelSpecs['averagePoolGradient'],
  target: Target,
): KernelPlan | null =>
  planWindows(divisor === 'one' ? 'sum' : 'weighted', adjointsOf(pool, divisor), pool.outputSize, pool, target)

/** [output-shaped g, indices] → [input-shaped x]: every input gathers from the windows whose largest element it was. */
export const planMaxPoolGradient = ({ pool }: KernelSpecs['maxPoolGradient'], target: Target): KernelPlan | null =>
  planWindows('routed', adjointsOf(pool, 'one'), pool.outputSize, pool, target)
