// The gradients of what columns.ts normalises. With d = x − mean, h = g·scale and n elements of a group:
//
//   x gradient = r·h − r · Σ h / n − d · r³ · Σ h·d / n      scale gradient = Σ r·d·g      bias gradient = Σ g
//
// Sums over the positions of each example first, for each column; those of groups from their columns.

import type { NormalizeGroupsSpec } from '../../../../backend.ts'
import { type Program, type Target, vectorProgram } from '../../../program/index.ts'
import type { KernelPlan } from '../../plan.ts'
import { overRow, sumRow } from '../../rows/walk.ts'
import { planOf } from '../../step.ts'
import { addParts, type StripProgram } from '../strips.ts'
import { groupsStep, overGroups } from './columns.ts'
import { columnsStep, tableNumbers, tableProgram } from './examples.ts'
import { columnLayout } from './layout.ts'
import { sweepStep, writeGradient, writeSums } from './sweeps.ts'
import { totalsStep } from './totals.ts'

/** [mean, r] of each group → of each of its columns. */
const writeSpread = (title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const [means, inverses, mean, inverse] = ['means', 'inverses', 'mean', 'inverse'].map((name) => b.pointer(name))
    overGroups(b, () => {
      const [m, r] = [b.broadcast(mean), b.broadcast(inverse)]
      overRow(
        b,
        () => [b.offset(means, 0), b.offset(inverses, 0)],
        ([toMean, toInverse], displacement, tail) => {
          b.store(toMean, displacement, m, tail)
          b.store(toInverse, displacement, r, tail)
        },
      )
      for (const pointer of [means, inverses]) b.advance(pointer, b.integer('row'))
      for (const pointer of [mean, inverse]) b.advance(pointer, 4)
    })
  })

/** [parts of Σ g], [of Σ g·d], [r] → [Σ g], [Σ g·d·r]. */
const mergeProgram = (target: Target): StripProgram => ({
  title: 'normalize groups gradient merge',
  target,
  pointers: ['sums', 'products', 'inverse', 'toSums', 'toProducts'],
  wide: 1,
  write: (strip) => {
    const { b, pointers, load, store } = strip
    const [sum, product] = addParts(strip)
    const [inverse] = load(pointers.inverse)
    store(pointers.toSums, [sum])
    store(pointers.toProducts, [b.mul(product, inverse)])
  },
})

/** Σ of columns [Σ g], [Σ g·d·r], [scale], r of each group → r · Σ h / n and r² · Σ h·d·r / n, for each of its columns. */
const writeSlopes = (centred: boolean, title: string, target: Target): Program =>
  vectorProgram(title, target, (b) => {
    const names = ['sums', 'products', 'shifts', 'slopes', 'inverse']
    const [sums, products, shifts, slopes, inverse] = names.map((name) => b.pointer(name))
    b.loop(b.integer('examples'), () => {
      const scale = b.offset(b.pointer('scale'), 0)
      b.loop(b.integer('rows'), () => {
        const totals = sumRow(
          b,
          () => [sums, products, scale].map((from) => b.offset(from, 0)),
          { count: 2, chains: 4 },
          ([shift, slope], [s, p, factor], displacement, tail) => {
            const times = b.load(factor, displacement, tail)
            if (centred) b.fma(shift, b.load(s, displacement, tail), times)
            b.fma(slope, b.load(p, displacement, tail), times)
          },
        )
        const r = b.broadcast(inverse)
        const [shift, product] = totals.map((total) => b.mul(b.mul(total, b.float('share')), r))
        const slope = b.mul(product, r, product)
        overRow(
          b,
          () => [b.offset(shifts, 0), b.offset(slopes, 0)],
          ([toShift, toSlope], displacement, tail) => {
            b.store(toShift, displacement, shift, tail)
            b.store(toSlope, displacement, slope, tail)
          },
        )
        for (const pointer of [sums, products, shifts, slopes, scale]) b.advance(pointer, b.integer('row'))
        b.advance(inverse, 4)
      })
    })
  })

const slopesTable = (target: Target): StripProgram =>
  tableProgram('normalize groups slopes table', ['shifts', 'slopes'], (_, rows) => rows, target)

/** The same where each column is a group. */
const singleSlopes = (centred: boolean, target: Target): StripProgram =>
  tableProgram(
    `normalize columns slopes table${centred ? '' : ' about 0'}`,
    ['sums', 'products', 'inverse', 'scale'],
    ({ b }, [sum, product, r, scale]) => {
      const a = b.mul(b.mul(scale, r, scale), b.float('share'), scale)
      return [centred ? b.mul(sum, a, sum) : b.zero(), b.mul(b.mul(product, a, product), r, product)]
    },
    target,
  )

const tableRows = 4

/** [g, x, mean, r, scale] → [x gradient, scale gradient, bias gradient]. */
export function planNormalizeColumnsGradient(spec: NormalizeGroupsSpec, target: Target): KernelPlan {
  const { outer, positions, groups, channels, centred } = spec
  const columns = groups * channels
  const layout = columnLayout(positions, columns, target)
  const { fold, parts, size } = layout
  const [given, x, mean, inverse, scale, toX, toScale, toBias] = [0, 1, 2, 3, 4, 5, 6, 7]
  const [scratch, table, means, inverses, sums, products, shifts, slopes] = [8, 9, 10, 11, 12, 13, 14, 15]
  const single = channels === 1
  const [centre, deviation] = single ? [mean, inverse] : [means, inverses]
  const half = parts * columns
  const tableSize = tableRows * fold * columns
  const each = (buffer: number) => ({ buffer, stride: columns })
  const share = 1 / (positions * channels)
  const spread = groupsStep(
    spec,
    'normalize groups spread',
    (title) => writeSpread(title, target),
    target,
    { columns: { means, inverses }, groups: { mean, inverse } },
    {},
  )
  const slopesOfGroups = groupsStep(
    spec,
    `normalize groups slopes${centred ? '' : ' about 0'}`,
    (title) => writeSlopes(centred, title, target),
    target,
    { columns: { sums, products, shifts, slopes }, groups: { inverse }, shared: { scale } },
    { share },
  )
  return planOf(
    [
      ...(single ? [] : [spread]),
      columnsStep(
        tableProgram(
          'normalize groups gradient table',
          ['mean', 'inverse', 'scale'],
          ({ b }, [m, r, s]) => [m, b.mul(r, s, r)],
          target,
        ),
        { examples: outer, columns, work: 2 * fold },
        {
          ...{ mean: each(centre), inverse: each(deviation), scale: { buffer: scale, stride: 0 } },
          table: { buffer: table, stride: tableSize },
        },
        tableNumbers(layout),
      ),
      sweepStep(
        'normalize groups gradient sums',
        writeSums,
        target,
        outer,
        layout.measured,
        ({ start, rows, columns: wide, firstPart }) => ({
          g: { buffer: given, start, piece: rows * wide, example: size },
          x: { buffer: x, start, piece: rows * wide, example: size },
          table: { buffer: table, example: tableSize },
          out: { buffer: scratch, start: firstPart * columns, piece: wide, example: 2 * half },
        }),
        () => ({ outRow: 4 * half }),
      ),
      columnsStep(
        mergeProgram(target),
        { examples: outer, columns, work: 2 * parts },
        {
          sums: { buffer: scratch, stride: 2 * half },
          products: { buffer: scratch, start: half, stride: 2 * half },
          ...{ inverse: each(deviation), toSums: each(sums), toProducts: each(products) },
        },
        { partCount: parts, sumsRow: 4 * columns, productsRow: 4 * columns },
      ),
      ...(single ? [] : [slopesOfGroups]),
      columnsStep(
        single ? singleSlopes(centred, target) : slopesTable(target),
        { examples: outer, columns, work: 2 * fold },
        {
          ...(single
            ? {
                sums: each(sums),
                products: each(products),
                inverse: each(inverse),
                scale: { buffer: scale, stride: 0 },
              }
            : { shifts: each(shifts), slopes: each(slopes) }),
          table: { buffer: table, start: 2 * fold * columns, stride: tableSize },
        },
        { ...tableNumbers(layout), share },
      ),
      sweepStep(
        'normalize groups gradient',
        writeGradient,
        target,
        outer,
        layout.applied,
        ({ start }) => ({
          ...{ g: { buffer: given, start, example: size }, x: { buffer: x, start, example: size } },
          ...{ y: { buffer: toX, start, example: size }, table: { buffer: table, example: tableSize } },
        }),
        () => ({ tableRow: 4 * fold * columns }),
      ),
      totalsStep(columns, outer, [products, sums], [toScale, toBias], target),
    ],
    [
      ...[2 * half * outer, tableSize * outer],
      ...(single ? [1, 1] : [columns * outer, columns * outer]),
      ...new Array<number>(4).fill(columns * outer),
    ].map((n) => 4 * n),
    [],
    `normalize groups gradient ${target.name}`,
  )
}
