// Sums over the rows of two matrices.

import type { Target } from '../../../program/index.ts'
import { fewGrains } from '../../nest.ts'
import type { KernelStep } from '../../plan.ts'
import { place } from '../../step.ts'
import { rowCounts, type StripProgram, stripStep, sumRows } from '../strips.ts'

const totalsProgram = (target: Target): StripProgram => ({
  title: 'totals of two',
  target,
  pointers: ['first', 'second', 'toFirst', 'toSecond'],
  wide: 2,
  write: (strip) => {
    const { load, store, pointers, b } = strip
    const totals = sumRows(strip, ['first', 'second'], 2, (at, lists) => {
      for (const [k, from] of [at.first, at.second].entries()) {
        load(from).forEach((value, i) => {
          b.add(lists[k][i], value, lists[k][i])
        })
      }
    })
    store(pointers.toFirst, totals[0])
    store(pointers.toSecond, totals[1])
  },
})

/** Columns of a call, or more. */
const columnsOfCall = 128

/** Two matrices of `rows` rows of `columns`, in buffers of the plan, each to the sum of its rows. */
export const totalsStep = (
  columns: number,
  rows: number,
  from: readonly [number, number],
  to: readonly [number, number],
  target: Target,
): KernelStep =>
  stripStep(
    totalsProgram(target),
    fewGrains(columns, columnsOfCall).map(({ start, count }) => ({
      places: {
        ...{ first: place(from[0], 4 * start), second: place(from[1], 4 * start) },
        ...{ toFirst: place(to[0], 4 * start), toSecond: place(to[1], 4 * start) },
      },
      columns: count,
      numbers: { firstRow: 4 * columns, secondRow: 4 * columns, ...rowCounts(rows) },
    })),
  )
