import { type PoolSpec, poolWindow } from '../../../../shapes/pool-spec.ts'
import type { KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { planOf } from '../step.ts'
import { adjointLists, productOfLists, singleTap, type TapList, type TapWord, windowTable } from './lists.ts'
import { type WindowKind, windowStep } from './program.ts'

type Divisor = KernelSpecs['averagePool']['divisor']

/** The windows along one spatial axis, inside the input. */
function axisLists(pool: PoolSpec, axis: number, divisor: Divisor): TapList[] {
  const size = pool.inputSize[axis]
  return Array.from({ length: pool.outputSize[axis] }, (_, output) => {
    const { start, taps, step, counted } = poolWindow(pool, axis, output)
    const inside = Array.from({ length: taps }, (_, t) => start + t * step).filter((i) => i >= 0 && i < size)
    return {
      taps: inside.map((index) => ({ index, weight: 1 })),
      divisor: divisor === 'one' ? 1 : Math.max(1, divisor === 'inside' ? inside.length : counted),
    }
  })
}

const product = (list: readonly number[]): number => list.reduce((total, size) => total * size, 1)

/** The plan of a windowed kernel whose lists are given axis by axis, over inputs of the sizes given. */
function planWindows(
  kind: WindowKind,
  axes: readonly (readonly TapList[])[],
  sizes: readonly number[],
  { batch, channels }: PoolSpec,
  target: Target,
): KernelPlan {
  const last = axes.length - 1
  const leading = axes
    .slice(0, -1)
    .reduce<readonly TapList[]>((lists, axis, at) => productOfLists(lists, axis, sizes[at]), [singleTap])
  const word: TapWord = kind === 'max' ? 'index' : 'weight'
  const table = windowTable(leading, axes[last], sizes[last], 4 * channels, word)
  const buffers = kind === 'max' ? { x: 0, y: 1, z: 2, table: 3 } : { x: 0, y: 1, table: 2 }
  const step = windowStep(
    {
      kind,
      images: batch,
      inputs: product(sizes),
      ...{ rows: leading.length, columns: axes[last].length, channels, table },
      taps: axes.reduce((total, lists) => total * lists.reduce((sum, { taps }) => sum + taps.length, 0), 1),
      buffers: kind === 'routed' ? { x: 0, z: 1, y: 2, table: 3 } : buffers,
    },
    target,
  )
  return planOf([step], [], [table.words])
}

const listsOf = (pool: PoolSpec, divisor: Divisor): TapList[][] =>
  pool.inputSize.map((_, axis) => axisLists(pool, axis, divisor))

/** [x] → [values, int32 indices into the flattened spatial axes]. */
export const planMaxPool = ({ pool }: KernelSpecs['maxPool'], target: Target): KernelPlan =>
  planWindows('max', listsOf(pool, 'one'), pool.inputSize, pool, target)

/** [x] → [y]. A sum of at most as many roundings as taps, then one division. */
export const planAveragePool = ({ pool, divisor }: KernelSpecs['averagePool'], target: Target): KernelPlan =>
  planWindows(divisor === 'one' ? 'sum' : 'mean', listsOf(pool, divisor), pool.inputSize, pool, target)

/** [output-shaped g] → [input-shaped x]: every input gathers from the windows it is in, in the order of the outputs. */
export const planAveragePoolGradient = (
  { pool, divisor }: KernelSpecs['averagePoolGradient'],
  target: Target,
): KernelPlan => {
  const lists = listsOf(pool, divisor).map((axis, at) => adjointLists(axis, pool.inputSize[at]))
  return planWindows(divisor === 'one' ? 'sum' : 'weighted', lists, pool.outputSize, pool, target)
}

/** [output-shaped g, indices] → [input-shaped x]: every input gathers from the windows whose largest element it was. */
export const planMaxPoolGradient = ({ pool }: KernelSpecs['maxPoolGradient'], target: Target): KernelPlan => {
  const lists = listsOf(pool, 'one').map((axis, at) => adjointLists(axis, pool.inputSize[at]))
  return planWindows('routed', lists, pool.outputSize, pool, target)
}
