// softmax along an axis with others inside it: the lanes lie over what is inside, and a strip of columns goes along the axis.

import type { AxisSpec } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { exp } from '../math/exp.ts'
import { log as logarithm } from '../math/log.ts'
import { wideFor } from '../normalize/layout.ts'
import { rowCounts, type StripProgram, stripStep, sumRows } from '../normalize/strips.ts'
import type { KernelStep } from '../plan.ts'
import { columnBlocks } from '../reduce/columns.ts'
import { place } from '../step.ts'
import { gradientOf, shiftOf } from './rows.ts'

const columnsProgram = (title: string, log: boolean, target: Target): StripProgram => ({
  title,
  target,
  pointers: ['x', 'y'],
  wide: wideFor(target, 4, 2),
  write: (strip) => {
    const { b, each, load, store, overRows } = strip
    const largest = each(() => b.constant(Number.NEGATIVE_INFINITY))
    overRows('length', ['x'], ({ x }) => {
      // A NaN is seen again in the sum.
      load(x).forEach((value, i) => {
        b.max(value, largest[i], largest[i])
      })
    })
    const shifts = largest.map((value) => shiftOf(b, value))
    const [sums] = sumRows(strip, ['x', 'y'], 1, ({ x, y }, [totals]) => {
      const powers = load(x).map((value, i) => exp(b, b.sub(value, shifts[i], value)))
      if (!log) store(y, powers)
      powers.forEach((power, i) => {
        b.add(totals[i], power, totals[i])
      })
    })
    const whole = sums.map((sum) => (log ? logarithm(b, sum) : b.div(b.constant(1), sum)))
    overRows('length', ['x', 'y'], ({ x, y }) => {
      store(
        y,
        load(log ? x : y).map((value, i) => (log ? b.sub(b.sub(value, shifts[i]), whole[i]) : b.mul(value, whole[i]))),
      )
    })
  },
})

const gradientProgram = (title: string, log: boolean, target: Target): StripProgram => ({
  title,
  target,
  pointers: ['g', 'y', 'x'],
  wide: wideFor(target, 4, 2),
  write: (strip) => {
    const { b, load, store, overRows } = strip
    const [sums] = sumRows(strip, ['g', 'y'], 1, ({ g, y }, [totals]) => {
      const shares = log ? [] : load(y)
      load(g).forEach((value, i) => {
        if (log) b.add(totals[i], value, totals[i])
        else b.fma(totals[i], value, shares[i])
      })
    })
    overRows('length', ['g', 'y', 'x'], ({ g, y, x }) => {
      const shares = load(y)
      store(
        x,
        load(g).map((value, i) => gradientOf(b, log, value, shares[i], sums[i])),
      )
    })
  },
})

function columnsStep(
  program: StripProgram,
  axis: AxisSpec,
  target: Target,
  buffers: Readonly<Record<string, number>>,
): KernelStep {
  const { length, inner } = axis
  const each = <T>(value: (name: string) => T) => Object.fromEntries(Object.keys(buffers).map((n) => [n, value(n)]))
  return stripStep(
    program,
    columnBlocks(axis, program.wide * target.lanes).map(({ outer, outerCount, column, columns }) => ({
      places: each((name) => place(buffers[name], 4 * (outer * length * inner + column))),
      ...{ columns, times: outerCount, strides: each(() => length * inner) },
      numbers: { length, ...rowBytes(Object.keys(buffers), inner), ...rowCounts(length) },
    })),
  )
}

const rowBytes = (names: readonly string[], inner: number) =>
  Object.fromEntries(names.map((name) => [`${name}Row`, 4 * inner]))

export const softmaxColumns = (title: string, log: boolean, axis: AxisSpec, target: Target): KernelStep =>
  columnsStep(columnsProgram(title, log, target), axis, target, { x: 0, y: 1 })

export const softmaxColumnsGradient = (title: string, log: boolean, axis: AxisSpec, target: Target): KernelStep =>
  columnsStep(gradientProgram(title, log, target), axis, target, { g: 0, y: 1, x: 2 })
