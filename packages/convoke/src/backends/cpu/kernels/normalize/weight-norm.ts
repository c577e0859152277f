// w = gain · v / ‖v‖ for each channel, and back: sums over pieces of rows, a table of a factor or two for each column, the rows.
//
//   gain gradient = Σ g·v / ‖v‖      v gradient = gain / ‖v‖ · (g − v · Σ g·v / ‖v‖²)

import type { Buffer, KernelSpecs } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf } from '../step.ts'
import { layoutOf, wideFor } from './layout.ts'
import { rowCounts, type StripCall, type StripProgram, stripStep, sumRows } from './strips.ts'

type Described = Pick<Buffer, 'length'>

/** [rows of v] → [Σ v²]. */
const squaresProgram = (target: Target): StripProgram => ({
  title: 'weight norm sums',
  target,
  pointers: ['v', 'out'],
  wide: wideFor(target, 4, 2),
  write: (strip) => {
    const { b, load, storeTable } = strip
    const totals = sumRows(strip, ['v'], 1, (at, [squares]) => {
      load(at.v).forEach((v, i) => {
        b.fma(squares[i], v, v)
      })
    })
    storeTable('out', totals)
  },
})

/** [rows of g and v] → [Σ v²], and so many elements on, [Σ g·v]. */
const bothProgram = (target: Target): StripProgram => ({
  title: 'weight norm gradient sums',
  target,
  pointers: ['g', 'v', 'out'],
  wide: wideFor(target, 4, 2),
  write: (strip) => {
    const { b, load, storeTable } = strip
    const totals = sumRows(strip, ['g', 'v'], 2, (at, [squares, products]) => {
      const given = load(at.g)
      load(at.v).forEach((v, i) => {
        b.fma(squares[i], v, v)
        b.fma(products[i], given[i], v)
      })
    })
    storeTable('out', totals)
  },
})

/** [parts of Σ v²], [gain] → the table: gain / ‖v‖. */
const factorProgram = (target: Target): StripProgram => ({
  title: 'weight norm table',
  target,
  pointers: ['squares', 'gain', 'table'],
  wide: 1,
  write: ({ b, pointers, load, store, overRows }) => {
    const total = b.zero()
    overRows('partCount', ['squares'], (at) => {
      b.add(total, load(at.squares)[0], total)
    })
    store(pointers.table, [b.div(load(pointers.gain)[0], b.sqrt(total))])
  },
})

/** [parts of Σ v²], [of Σ g·v], [gain] → [gain gradient], and the table: gain / ‖v‖, Σ g·v / ‖v‖². */
const gradientTableProgram = (target: Target): StripProgram => ({
  title: 'weight norm gradient table',
  target,
  pointers: ['squares', 'products', 'gain', 'toGain', 'table'],
  wide: 1,
  write: ({ b, pointers, load, store, storeTable, overRows }) => {
    const [square, product] = [b.zero(), b.zero()]
    overRows('partCount', ['squares', 'products'], (at) => {
      b.add(square, load(at.squares)[0], square)
      b.add(product, load(at.products)[0], product)
    })
    const norm = b.sqrt(square)
    store(pointers.toGain, [b.div(product, norm)])
    storeTable('table', [[b.div(load(pointers.gain)[0], norm)], [b.div(product, square)]])
  },
})

const scaledProgram = (target: Target): StripProgram => ({
  title: 'weight norm',
  target,
  pointers: ['v', 'table', 'y'],
  wide: wideFor(target, 4, 2),
  write: ({ b, load, store, loadTable, overRows }) => {
    const [factor] = loadTable('table', 1)
    overRows('rows', ['v', 'y'], (at) => {
      store(
        at.y,
        load(at.v).map((v, i) => b.mul(v, factor[i], v)),
      )
    })
  },
})

const gradientProgram = (target: Target): StripProgram => ({
  title: 'weight norm gradient',
  target,
  pointers: ['g', 'v', 'table', 'y'],
  wide: wideFor(target, 4, 2),
  write: ({ b, load, store, loadTable, overRows }) => {
    const [factor, slope] = loadTable('table', 2)
    overRows('rows', ['g', 'v', 'y'], (at) => {
      const given = load(at.g)
      load(at.v).forEach((v, i) => {
        b.fnma(given[i], v, slope[i])
        b.mul(given[i], factor[i], given[i])
      })
      store(at.y, given)
    })
  },
})

/** [v, gain] → [w]. */
export function planWeightNorm(
  { channels }: KernelSpecs['weightNorm'],
  [v]: readonly Described[],
  target: Target,
): KernelPlan {
  const { fold, pieces, parts } = layoutOf(v.length, channels, target)
  const [input, gain, output, table, sums] = [0, 1, 2, 3, 4]
  const part = 4 * channels
  return planOf(
    [
      stripStep(
        squaresProgram(target),
        pieces.map(({ start, rows, columns, firstPart }) => ({
          places: { v: place(input, 4 * start), out: place(sums, firstPart * part) },
          columns,
          numbers: { vRow: 4 * columns, outRow: 0, ...rowCounts(rows) },
        })),
      ),
      stripStep(factorProgram(target), [
        {
          places: { squares: place(sums, 0), gain: place(gain, 0), table: place(table, 0) },
          ...{ columns: channels, times: fold, strides: { table: channels } },
          numbers: { partCount: parts, squaresRow: part },
        },
      ]),
      stripStep(
        scaledProgram(target),
        pieces.map(({ start, rows, columns }) => ({
          places: { v: place(input, 4 * start), y: place(output, 4 * start), table: place(table, 0) },
          columns,
          numbers: { rows, vRow: 4 * columns, yRow: 4 * columns, tableRow: 0 },
        })),
      ),
    ],
    [fold * part, parts * part],
    [],
    scaledProgram(target).title,
  )
}

/** [g, v, gain] → [v gradient, gain gradient]. */
export function planWeightNormGradient(
  { channels }: KernelSpecs['weightNormGradient'],
  [, v]: readonly Described[],
  target: Target,
): KernelPlan {
  const { fold, pieces, parts } = layoutOf(v.length, channels, target)
  const [given, input, gain, toV, toGain, table, sums] = [0, 1, 2, 3, 4, 5, 6]
  const part = 4 * channels
  const tableRow = fold * part
  const ends: StripCall = {
    places: {
      ...{ squares: place(sums, 0), products: place(sums, parts * part), gain: place(gain, 0) },
      ...{ toGain: place(toGain, 0), table: place(table, 0) },
    },
    ...{ columns: channels, times: fold, strides: { table: channels } },
    numbers: { partCount: parts, squaresRow: part, productsRow: part, tableRow },
  }
  return planOf(
    [
      stripStep(
        bothProgram(target),
        pieces.map(({ start, rows, columns, firstPart }) => ({
          places: { g: place(given, 4 * start), v: place(input, 4 * start), out: place(sums, firstPart * part) },
          columns,
          numbers: { gRow: 4 * columns, vRow: 4 * columns, outRow: parts * part, ...rowCounts(rows) },
        })),
      ),
      stripStep(gradientTableProgram(target), [ends]),
      stripStep(
        gradientProgram(target),
        pieces.map(({ start, rows, columns }) => ({
          places: {
            ...{ g: place(given, 4 * start), v: place(input, 4 * start) },
            ...{ y: place(toV, 4 * start), table: place(table, 0) },
          },
          columns,
          numbers: { rows, gRow: 4 * columns, vRow: 4 * columns, yRow: 4 * columns, tableRow },
        })),
      ),
    ],
    [2 * tableRow, 2 * parts * part],
    [],
    gradientProgram(target).title,
  )
}
