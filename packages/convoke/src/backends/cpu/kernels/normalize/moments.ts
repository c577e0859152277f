// Mean and variance of each channel. Each piece of rows is read twice while it is in the cache: once for its mean, once for
// the squares about it and for what rounding left of the mean. Pieces are put together by the formula of Chan, Golub &
// LeVeque 1983, so that nothing cancels however far the mean lies from 0.

import type { Buffer, KernelSpecs } from '../../../backend.ts'
import type { Builder, Target, Vector } from '../../program/index.ts'
import { fewGrains } from '../nest.ts'
import type { KernelPlan } from '../plan.ts'
import { place, planOf } from '../step.ts'
import { layoutOf, partShares, wideFor } from './layout.ts'
import { rowCounts, type StripProgram, stripStep, sumRows } from './strips.ts'

/** [rows of x] → [mean], and so many elements on, [sum of squares about it]. */
const pieceProgram = (target: Target): StripProgram => ({
  title: 'moments of pieces',
  target,
  pointers: ['x', 'out'],
  wide: wideFor(target, 4, 2),
  write: (strip) => {
    const { b, load, storeTable } = strip
    const [mean] = sumRows(strip, ['x'], 1, ({ x }, [sums]) => {
      load(x).forEach((value, i) => {
        b.add(sums[i], value, sums[i])
      })
    })
    for (const total of mean) b.mul(total, b.float('share'), total)
    const [squares, rest] = sumRows(strip, ['x'], 2, ({ x }, [products, sums]) => {
      load(x).forEach((value, i) => {
        const d = b.sub(value, mean[i], value)
        b.add(sums[i], d, sums[i])
        b.fma(products[i], d, d)
      })
    })
    mean.forEach((value, i) => {
      const correction = b.mul(rest[i], b.float('share'))
      b.fnma(squares[i], rest[i], correction)
      b.add(value, correction, value)
    })
    storeTable('out', [mean, squares])
  },
})

/** [parts of means], and so many elements on, [sums of squares] → [mean], [variance], or what `last` makes of it. */
export const mergeProgram = (
  target: Target,
  title = 'moments of all',
  last: (b: Builder, variance: Vector) => Vector = (_, variance) => variance,
): StripProgram => ({
  title,
  target,
  pointers: ['parts', 'squares', 'mean', 'variance'],
  wide: 1,
  write: ({ b, pointers, load, store, overRows }) => {
    const [origin] = load(pointers.parts)
    const mean = b.zero()
    const shares = () => b.offset(b.pointer('shares'), 0)
    const weights = shares()
    overRows('partCount', ['parts'], (at) => {
      const [x] = load(at.parts)
      b.fma(mean, b.sub(x, origin), b.broadcast(weights))
      b.advance(weights, 4)
    })
    b.add(mean, origin, mean)
    const variance = b.zero()
    const again = shares()
    overRows('partCount', ['parts', 'squares'], (at) => {
      const [[x], [own]] = [load(at.parts), load(at.squares)]
      const d = b.sub(x, mean)
      b.fma(variance, b.mul(d, d), b.broadcast(again))
      b.fma(variance, own, b.float('inverse'))
      b.advance(again, 4)
    })
    store(pointers.mean, [mean])
    store(pointers.variance, [last(b, variance)])
  },
})

/** Columns of a call, or more, that puts pieces together. */
const mergedColumns = 64

/** [x] → [mean, variance]. */
export function planMoments(
  { channels }: KernelSpecs['moments'],
  [x]: readonly Pick<Buffer, 'length'>[],
  target: Target,
): KernelPlan {
  const layout = layoutOf(x.length, channels, target)
  const { parts, rows, pieces } = layout
  const half = 4 * parts * channels
  const [input, mean, variance, scratch, shares] = [0, 1, 2, 3, 4]
  return planOf(
    [
      stripStep(
        pieceProgram(target),
        pieces.map(({ start, rows: count, columns, firstPart }) => ({
          places: { x: place(input, 4 * start), out: place(scratch, 4 * firstPart * channels) },
          columns,
          numbers: {
            ...{ xRow: 4 * columns, outRow: half, share: 1 / count },
            ...rowCounts(count),
          },
        })),
      ),
      stripStep(
        mergeProgram(target),
        fewGrains(channels, mergedColumns).map(({ start, count }) => ({
          places: {
            ...{ parts: place(scratch, 4 * start), squares: place(scratch, half + 4 * start) },
            ...{ mean: place(mean, 4 * start), variance: place(variance, 4 * start), shares: place(shares, 0) },
          },
          columns: count,
          numbers: { partCount: parts, partsRow: 4 * channels, squaresRow: 4 * channels, inverse: 1 / rows },
        })),
      ),
    ],
    [2 * half],
    [partShares(layout)],
  )
}
