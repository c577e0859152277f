// What is normalised lies apart: channels of a group at many positions, [outer, positions, groups · channels]. The lanes lie over
// the columns: moments of each column by pieces, put together as in moments.ts, those of a group from its columns, a table of
// mean, r·scale and bias for each column of each example, then the rows.

import type { NormalizeGroupsSpec } from '../../../../backend.ts'
import { type Builder, type Program, type Target, vectorProgram } from '../../../program/index.ts'
import { grainsOf, grainUnits } from '../../nest.ts'
import type { KernelPlan, KernelStep } from '../../plan.ts'
import { covered, overRow, sumRow, walkArguments } from '../../rows/walk.ts'
import { type CallArguments, place, planOf, programFor, stepOf } from '../../step.ts'
import { mergeProgram } from '../moments.ts'
import { columnsStep, tableNumbers, tableProgram } from './examples.ts'
import { columnLayout } from './layout.ts'
import { inverseOf } from './rows.ts'
import { sweepStep, writeMoments, writeNormalized } from './sweeps.ts'

/** Runs `body` for every group of every example. */
export const overGroups = (b: Builder, body: () => void): void =>
  b.loop(b.integer('examples'), () => b.loop(b.integer('rows'), body))

/**
 * [means of columns, variances of columns] → the mean and r of each group, in place of every column's and to [mean, r]. The
 * variance of a group is that of its means and the mean of its variances.
 */
const writeGroups = (centred: boolean, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [means, spreads, toMean, toInverse] = ['means', 'spreads', 'mean', 'inverse'].map((name) => b.pointer(name))
    const one = () => b.tail(1)
    const columns = () => [b.offset(means, 0), b.offset(spreads, 0)]
    overGroups(b, () => {
      const mean = b.zero()
      if (centred) {
        const [sum] = sumRow(
          b,
          () => [b.offset(means, 0)],
          { count: 1, chains: 4 },
          ([total], [at], displacement, tail) => {
            b.add(total, b.load(at, displacement, tail), total)
          },
        )
        b.mul(sum, b.float('share'), mean)
      }
      const [rest, spread] = sumRow(
        b,
        columns,
        { count: 2, chains: 2 },
        ([left, total], [m, v], displacement, tail) => {
          b.add(total, b.load(v, displacement, tail), total)
          if (!centred) return
          const d = covered(b, b.sub(b.load(m, displacement, tail), mean), tail)
          b.add(left, d, left)
          b.fma(total, d, d)
        },
      )
      const correction = b.mul(rest, b.float('share'))
      const variance = b.fnma(b.mul(spread, b.float('share')), correction, correction)
      b.add(mean, correction, mean)
      const inverse = inverseOf(b, b.max(b.zero(), variance))
      overRow(b, columns, ([m, r], displacement, tail) => {
        b.store(m, displacement, mean, tail)
        b.store(r, displacement, inverse, tail)
      })
      b.store(toMean, 0, mean, one())
      b.store(toInverse, 0, inverse, one())
      for (const pointer of [means, spreads]) b.advance(pointer, b.integer('row'))
      for (const pointer of [toMean, toInverse]) b.advance(pointer, 4)
    })
  })

/** The buffers of a step over groups, by the names of its pointers. */
interface GroupOperands {
  /** One element a column of each example. */
  readonly columns: Readonly<Record<string, number>>
  /** One a group of each example. */
  readonly groups: Readonly<Record<string, number>>
  /** One a column, for every example. */
  readonly shared?: Readonly<Record<string, number>>
}

/** Runs a program over `examples` times `rows` rows of `channels`, one a group of each example. */
export function groupsStep(
  { outer, groups, channels }: NormalizeGroupsSpec,
  title: string,
  write: (title: string) => Program,
  target: Target,
  operands: GroupOperands,
  numbers: Readonly<Record<string, number>>,
): KernelStep {
  const at = (buffers: Readonly<Record<string, number>> = {}, offset: number) =>
    Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, place(buffer, 4 * offset)]))
  return stepOf(
    programFor(`${title} ${target.name}`, () => write(title)),
    grainsOf(outer, grainUnits(outer, groups * (channels + 16 * target.lanes))).map(
      ({ start, count }): CallArguments => ({
        ...at(operands.columns, start * groups * channels),
        ...at(operands.groups, start * groups),
        ...at(operands.shared, 0),
        ...{ examples: count, rows: groups, row: 4 * channels, ...numbers },
        ...walkArguments(target.lanes, channels),
      }),
    ),
  )
}

const tableRows = 3
/** Mean, squares, and what only a piece needs. */
const momentRows = 3

/** [x, scale, bias] → [y, mean, r]. */
export function planNormalizeColumns(spec: NormalizeGroupsSpec, target: Target): KernelPlan {
  const { outer, positions, groups, channels, epsilon, centred } = spec
  const columns = groups * channels
  const layout = columnLayout(positions, columns, target)
  const { fold, parts, size } = layout
  const [x, scale, bias, y, mean, inverse, scratch, table, means, spreads, shares] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const single = channels === 1
  const [centre, deviation] = single ? [mean, inverse] : [means, spreads]
  const half = parts * columns
  const tableSize = tableRows * fold * columns
  const merge = single
    ? mergeProgram(target, 'moments of all, inverse', (b, variance) => inverseOf(b, variance))
    : mergeProgram(target)
  const groupTitle = `moments of groups${centred ? '' : ' about 0'}`
  return planOf(
    [
      sweepStep(
        `moments of columns${centred ? '' : ' about 0'}`,
        (title) => writeMoments(centred, title, target),
        target,
        outer,
        layout.measured,
        ({ start, rows, columns: wide, firstPart }) => ({
          x: { buffer: x, start, piece: rows * wide, example: size },
          out: { buffer: scratch, start: firstPart * columns, piece: wide, example: momentRows * half },
        }),
        () => ({ outRow: 4 * half }),
      ),
      columnsStep(
        merge,
        { examples: outer, columns, work: 2 * parts },
        {
          parts: { buffer: scratch, stride: momentRows * half },
          squares: { buffer: scratch, start: half, stride: momentRows * half },
          mean: { buffer: centre, stride: columns },
          variance: { buffer: deviation, stride: columns },
        },
        { partCount: parts, partsRow: 4 * columns, squaresRow: 4 * columns, inverse: 1 / positions, epsilon },
        { shares: place(shares, 0) },
      ),
      ...(single
        ? []
        : [
            groupsStep(
              spec,
              groupTitle,
              (title) => writeGroups(centred, title, target),
              target,
              { columns: { means, spreads }, groups: { mean, inverse } },
              { share: 1 / channels, epsilon },
            ),
          ]),
      columnsStep(
        tableProgram(
          'normalize groups table',
          ['mean', 'inverse', 'scale', 'bias'],
          ({ b }, [m, r, s, shift]) => [m, b.mul(r, s, r), shift],
          target,
        ),
        { examples: outer, columns, work: 4 * fold },
        {
          mean: { buffer: centre, stride: columns },
          inverse: { buffer: deviation, stride: columns },
          ...{ scale: { buffer: scale, stride: 0 }, bias: { buffer: bias, stride: 0 } },
          table: { buffer: table, stride: tableSize },
        },
        tableNumbers(layout),
      ),
      sweepStep(
        'normalize groups',
        writeNormalized,
        target,
        outer,
        layout.applied,
        ({ start }) => ({
          ...{ x: { buffer: x, start, example: size }, y: { buffer: y, start, example: size } },
          table: { buffer: table, example: tableSize },
        }),
        () => ({ tableRow: 4 * fold * columns }),
      ),
    ],
    [momentRows * half * outer, tableSize * outer, ...(single ? [1, 1] : [columns * outer, columns * outer])].map(
      (n) => 4 * n,
    ),
    [layout.shares],
    `normalize groups ${target.name}`,
  )
}
