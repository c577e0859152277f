// The gradients of rows that are normalised by themselves. With d = (x − mean)·r and h = g·scale over a row of n:
//
//   x gradient = r · (h − Σ h / n − d · Σ h·d / n)      scale gradient = Σ g·d      bias gradient = Σ g over rows
//
// x and g are read twice while they are in the cache. The sums over rows are kept for batches of rows, then added up.

import type { NormalizeGroupsSpec } from '../../../../backend.ts'
import {
  type Builder,
  type Pointer,
  type Program,
  type Target,
  type Vector,
  vectorProgram,
} from '../../../program/index.ts'
import { type Grain, grainsOf, grainUnits } from '../../nest.ts'
import type { KernelPlan } from '../../plan.ts'
import { overRow, sumRow, walkArguments } from '../../rows/walk.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../../step.ts'
import { totalsStep } from './totals.ts'

function writeRows(centred: boolean, title: string, target: Target): Program {
  return vectorProgram(title, target, (b) => {
    // Places instead of pointers: what is walked is read anew from the arguments.
    const [row, statistic, part] = [b.set(0), b.set(0), b.set(0)]
    const at = (name: string, by: Parameters<Builder['offset']>[1] = 0): Pointer => b.offset(b.pointer(name), by)
    const parts = () => [at('toScale', part), at('toBias', part)]
    b.loop(b.integer('batches'), () => {
      overRow(b, parts, (pointers, displacement, tail) => {
        for (const pointer of pointers) b.store(pointer, displacement, b.zero(), tail)
      })
      b.loop(b.integer('rows'), () => {
        const [mean, inverse] = ['mean', 'inverse'].map((name) => b.broadcast(at(name, statistic)))
        const standard = (x: Vector): Vector => b.mul(centred ? b.sub(x, mean, x) : x, inverse, x)
        const operands = () => [at('g', row), at('x', row), at('scale'), ...parts()]
        const sums = sumRow(
          b,
          operands,
          { count: 2, chains: 2 },
          ([shift, slope], [g, x, scale, toScale, toBias], displacement, tail) => {
            const given = b.load(g, displacement, tail)
            // Where a tail ends, g is 0 and the mean must not count.
            const d = standard(b.load(x, displacement, tail))
            const scales = b.load(toScale, displacement, tail)
            b.store(toScale, displacement, b.fma(scales, given, d), tail)
            const biases = b.load(toBias, displacement, tail)
            b.store(toBias, displacement, b.add(biases, given, biases), tail)
            b.mul(given, b.load(scale, displacement, tail), given)
            if (centred) b.add(shift, given, shift)
            b.fma(slope, given, d)
          },
        )
        const [shift, slope] = sums.map((sum) => b.mul(sum, b.float('share')))
        overRow(
          b,
          () => [at('g', row), at('x', row), at('scale'), at('y', row)],
          ([g, x, scale, y], displacement, tail) => {
            const given = b.load(g, displacement, tail)
            b.mul(given, b.load(scale, displacement, tail), given)
            if (centred) b.sub(given, shift, given)
            b.fnma(given, standard(b.load(x, displacement, tail)), slope)
            b.store(y, displacement, b.mul(given, inverse, given), tail)
          },
        )
        b.integerAdd(row, b.integer('row'), row)
        b.integerAdd(statistic, 4, statistic)
      })
      b.integerAdd(part, b.integer('row'), part)
    })
  })
}

/** Rows of a batch, whose sums are kept: many enough that keeping them costs little, few enough to have batches to share out. */
const batchRows = (channels: number): number => Math.max(8, Math.min(64, Math.floor(32768 / channels)))

/** [g, x, mean, r, scale] → [x gradient, scale gradient, bias gradient] of `outer` rows of `channels`. */
export function planNormalizeRowsGradient(
  { outer, channels, centred }: NormalizeGroupsSpec,
  target: Target,
): KernelPlan {
  const [given, x, mean, inverse, scale, toX, toScale, toBias, scales, biases] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  const title = `normalize rows${centred ? '' : ' about 0'} gradient`
  const program = programFor(`${title} ${target.name}`, () => writeRows(centred, title, target))
  const rows = Math.min(outer, batchRows(channels))
  const whole = Math.floor(outer / rows)
  const call = ({ start, count }: Grain, perBatch: number): CallArguments => {
    const [row, statistic, part] = [4 * start * rows * channels, 4 * start * rows, 4 * start * channels]
    return {
      ...{ g: place(given, row), x: place(x, row), y: place(toX, row), scale: place(scale, 0) },
      ...{ mean: place(mean, statistic), inverse: place(inverse, statistic) },
      ...{ toScale: place(scales, part), toBias: place(biases, part) },
      ...{ batches: count, rows: perBatch, row: 4 * channels, share: 1 / channels },
      ...walkArguments(target.lanes, channels),
    }
  }
  const left = outer - whole * rows
  const calls = grainsOf(whole, grainUnits(whole, rows * (channels + 4 * target.lanes))).map((grain) =>
    call(grain, rows),
  )
  const parts = whole + Math.sign(left)
  return planOf(
    [
      stepOf(program, left === 0 ? calls : [...calls, call({ start: whole, count: 1 }, left)]),
      totalsStep(channels, parts, [scales, biases], [toScale, toBias], target),
    ],
    [4 * parts * channels, 4 * parts * channels],
  )
}
