// The gradients of normalisation with the statistics of x itself. With d = x − mean, a = scale / √(variance + epsilon), N rows:
//
//   bias gradient = Σ g      scale gradient = Σ g·d / √(variance + epsilon)
//   x gradient = a · (g − Σ g / N − d · Σ g·d / (N · (variance + epsilon)))
//
// x and g are read twice: for the sums, and for the result. Behind ReLU, g counts where z = d·a + bias is above 0, computed
// anew as it was the first time.

import type { Buffer, NormalizeSpec } from '../../../backend.ts'
import type { Builder, Target, Vector } from '../../program/index.ts'
import { fewGrains } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf } from '../step.ts'
import { layoutOf, wideFor } from './layout.ts'
import { standardized, tableStep } from './normalize.ts'
import { addParts, rowCounts, type Strip, type StripProgram, stripStep, sumRows } from './strips.ts'

/** g where z is above 0; leaves d = x − mean alone. */
function arriving(strip: Strip, g: Vector, d: Vector, a: Vector, bias: Vector, zero: Vector): Vector {
  const { b } = strip
  return b.select(b.greater(standardized(strip, b.copy(d), a, bias), zero), g, zero, g)
}

const suffix = (relu: boolean): string => (relu ? ' relu' : '')

/** [rows of g and x] → [Σ g], and so many elements on, [Σ g·d]. */
const sumsProgram = (relu: boolean, target: Target): StripProgram => ({
  title: `normalize gradient sums${suffix(relu)}`,
  target,
  pointers: ['g', 'x', 'table', 'out'],
  wide: wideFor(target, 2, 1),
  write: (strip) => {
    const { b, load, loadTable, storeTable } = strip
    const [mean, a, bias] = loadTable('table', relu ? 3 : 1)
    const zero = relu ? b.zero() : undefined
    const totals = sumRows(strip, ['g', 'x'], 2, (at, [sums, products]) => {
      const given = load(at.g)
      load(at.x).forEach((x, i) => {
        const d = b.sub(x, mean[i], x)
        const g = zero === undefined ? given[i] : arriving(strip, given[i], d, a[i], bias[i], zero)
        b.add(sums[i], g, sums[i])
        b.fma(products[i], g, d)
      })
    })
    storeTable('out', totals)
  },
})

const inverseDeviation = (b: Builder, variance: Vector): Vector =>
  b.div(b.constant(1), b.sqrt(b.add(variance, b.float('epsilon'))))

/** [parts of Σ g], [of Σ g·d], [variance] → [bias gradient], [scale gradient]. */
const mergeProgram = (target: Target): StripProgram => ({
  title: 'normalize gradient merge',
  target,
  pointers: ['sums', 'products', 'variance', 'toBias', 'toScale'],
  wide: 1,
  write: (strip) => {
    const { b, pointers, load, store } = strip
    const [sum, product] = addParts(strip)
    const [variance] = load(pointers.variance)
    store(pointers.toBias, [sum])
    store(pointers.toScale, [b.mul(product, inverseDeviation(b, variance))])
  },
})

/** [bias gradient, scale gradient, variance] → rows 3 and 4 of the table: Σ g / N, and Σ g·d / (N · (variance + epsilon)). */
const shiftsProgram = (target: Target): StripProgram => ({
  title: 'normalize gradient table',
  target,
  pointers: ['toBias', 'toScale', 'variance', 'table'],
  wide: 1,
  write: ({ b, pointers, load, storeTable }) => {
    const [[sum], [product], [variance]] = [load(pointers.toBias), load(pointers.toScale), load(pointers.variance)]
    const slope = b.mul(b.mul(product, inverseDeviation(b, variance)), b.float('inverse'))
    storeTable('table', [[b.mul(sum, b.float('inverse'))], [slope]])
  },
})

const tableRows = 5

const rowsProgram = (relu: boolean, target: Target): StripProgram => ({
  title: `normalize gradient${suffix(relu)}`,
  target,
  pointers: ['g', 'x', 'table', 'y'],
  wide: wideFor(target, 4, 1),
  write: (strip) => {
    const { b, load, store, loadTable, overRows } = strip
    const [mean, a, bias, shift, slope] = loadTable('table', tableRows)
    const zero = relu ? b.zero() : undefined
    overRows('rows', ['g', 'x', 'y'], (at) => {
      const given = load(at.g)
      const values = load(at.x).map((x, i) => {
        const d = b.sub(x, mean[i], x)
        const g = zero === undefined ? given[i] : arriving(strip, given[i], d, a[i], bias[i], zero)
        b.sub(g, shift[i], g)
        b.fnma(g, d, slope[i])
        return b.mul(g, a[i], g)
      })
      store(at.y, values)
    })
  },
})

/** Columns of a call, or more, that puts pieces together. */
const mergedColumns = 64

/** [g, x, mean, variance, scale, bias] → [x gradient, scale gradient, bias gradient]. */
export function planNormalizeGradient(
  { channels, epsilon, relu }: NormalizeSpec,
  [, x]: readonly Pick<Buffer, 'length'>[],
  target: Target,
): KernelPlan {
  const layout = layoutOf(x.length, channels, target)
  const { fold, pieces, parts, rows } = layout
  const [given, input, mean, variance, scale, bias] = [0, 1, 2, 3, 4, 5]
  const [toX, toScale, toBias, table, sums] = [6, 7, 8, 9, 10]
  const tableRow = 4 * fold * channels
  const half = 4 * parts * channels
  const merged = fewGrains(channels, mergedColumns).map(({ start, count }) => ({
    places: {
      ...{
        sums: place(sums, 4 * start),
        products: place(sums, half + 4 * start),
        variance: place(variance, 4 * start),
      },
      ...{ toBias: place(toBias, 4 * start), toScale: place(toScale, 4 * start) },
    },
    columns: count,
    numbers: { partCount: parts, sumsRow: 4 * channels, productsRow: 4 * channels, epsilon },
  }))
  const shifts = {
    places: {
      ...{ toBias: place(toBias, 0), toScale: place(toScale, 0), variance: place(variance, 0) },
      table: place(table, 3 * tableRow),
    },
    columns: channels,
    times: fold,
    strides: { table: channels },
    numbers: { tableRow, epsilon, inverse: 1 / rows },
  }
  return planOf(
    [
      tableStep(layout, epsilon, { mean, variance, scale, bias }, table, target),
      stripStep(
        sumsProgram(relu, target),
        pieces.map(({ start, rows: count, columns, firstPart }) => ({
          places: {
            ...{ g: place(given, 4 * start), x: place(input, 4 * start), table: place(table, 0) },
            out: place(sums, 4 * firstPart * channels),
          },
          columns,
          numbers: {
            ...{ gRow: 4 * columns, xRow: 4 * columns, tableRow, outRow: half },
            ...rowCounts(count),
          },
        })),
      ),
      stripStep(mergeProgram(target), merged),
      stripStep(shiftsProgram(target), [shifts]),
      stripStep(
        rowsProgram(relu, target),
        pieces.map(({ start, rows: count, columns }) => ({
          places: {
            ...{ g: place(given, 4 * start), x: place(input, 4 * start), table: place(table, 0) },
            y: place(toX, 4 * start),
          },
          columns,
          numbers: { rows: count, gRow: 4 * columns, xRow: 4 * columns, yRow: 4 * columns, tableRow },
        })),
      ),
    ],
    [tableRows * tableRow, 2 * half],
    [],
    rowsProgram(relu, target).title,
  )
}
