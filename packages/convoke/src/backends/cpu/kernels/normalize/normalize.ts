// y = (x − mean)·a + bias, a = scale / √(variance + epsilon): first a table of mean, a and bias for each column, then the rows.

import type { Buffer, KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { place, planOf } from '../step.ts'
import { sweepStep, writeNormalized } from './groups/sweeps.ts'
import { type Layout, layoutOf } from './layout.ts'
import { type Strip, type StripProgram, stripStep } from './strips.ts'

/** Rows of the table. */
const tableRows = 3

/** [mean, variance, scale, bias] → the table, once for each row beside the others in a row of a piece. */
const tableProgram = (target: Target): StripProgram => ({
  title: 'normalize table',
  target,
  pointers: ['mean', 'variance', 'scale', 'bias', 'table'],
  wide: 1,
  write: ({ b, pointers, load, storeTable }) => {
    const [mean] = load(pointers.mean)
    const [variance] = load(pointers.variance)
    const deviation = b.sqrt(b.add(variance, b.float('epsilon')))
    const [scale] = load(pointers.scale)
    const [bias] = load(pointers.bias)
    storeTable('table', [[mean], [b.div(scale, deviation)], [bias]])
  },
})

/** Writes the table to `table`, from the buffers of mean, variance, scale and bias. */
export const tableStep = (
  { channels, fold }: Layout,
  epsilon: number,
  from: Readonly<Record<'mean' | 'variance' | 'scale' | 'bias', number>>,
  table: number,
  target: Target,
): KernelStep =>
  stripStep(tableProgram(target), [
    {
      places: {
        ...Object.fromEntries(Object.entries(from).map(([name, buffer]) => [name, place(buffer, 0)])),
        table: place(table, 0),
      },
      columns: channels,
      times: fold,
      strides: { table: channels },
      numbers: { tableRow: 4 * fold * channels, epsilon },
    },
  ])

/** (x − mean)·a + bias, by the rows of the table; `centred` is x − mean, overwritten. */
export const standardized = (
  { b }: Strip,
  centred: ReturnType<Strip['load']>[number],
  a: typeof centred,
  bias: typeof centred,
): typeof centred => b.horner(centred, a, bias)

/** [x, mean, variance, scale, bias, residual?] → [y]. */
export function planNormalize(
  { channels, epsilon, relu, residual }: KernelSpecs['normalize'],
  [x]: readonly Pick<Buffer, 'length'>[],
  target: Target,
): KernelPlan {
  const layout = layoutOf(x.length, channels, target)
  const { fold, pieces } = layout
  const [input, mean, variance, scale, bias, other] = [0, 1, 2, 3, 4, 5]
  const output = residual ? 6 : 5
  const table = output + 1
  const tableBytes = 4 * fold * channels
  const title = `normalize${residual ? ' sum' : ''}${relu ? ' relu' : ''}`
  const rows = sweepStep(
    title,
    (name) => writeNormalized(name, target, residual, (b, z) => (relu ? b.max(b.zero(), z, z) : z)),
    target,
    1,
    pieces.map((piece) => ({ ...piece, pieces: 1 })),
    ({ start }) => ({
      ...{ x: { buffer: input, start, example: 0 }, y: { buffer: output, start, example: 0 } },
      table: { buffer: table, example: 0 },
      ...(residual ? { residual: { buffer: other, start, example: 0 } } : {}),
    }),
    () => ({ tableRow: tableBytes }),
  )
  return planOf(
    [tableStep(layout, epsilon, { mean, variance, scale, bias }, table, target), rows],
    [tableRows * tableBytes],
    [],
    rows.program.name,
  )
}
