// Plans of recurrent layers: one step, a task for each share of the batch. A task takes its rows through all steps, so that
// nobody waits for anybody between them; every result is computed in one order wherever its row stands.

import { gatesOf, type KernelSpecs, type RecurrenceSpec } from '../../../backend.ts'
import type { Program, Target } from '../../program/index.ts'
import { panelsOf } from '../direct/panels.ts'
import { packedRight } from '../gemm/packed.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import { type CallArguments, place, programFor, stepOf } from '../step.ts'
import { backwardProgram, backwardRow, biasUnits } from './backward.ts'
import { keptOfStep } from './cells.ts'
import { forwardProgram, forwardRow } from './forward.ts'
import { productOf, rowsOfTasks, vectorsOfPanels } from './layout.ts'
import { wholeBytes } from './rows.ts'

/** Where the weights stand among the inputs of both kernels. */
const weight = 1

interface Parts {
  readonly spec: RecurrenceSpec
  readonly target: Target
  readonly rows: readonly number[]
  /** Bytes of a row of the state. */
  readonly pitch: number
  readonly programOf: (rows: number) => Program
  /** Every argument but `state` and `weights` of a task from this row on. */
  readonly argumentsOf: (row: number) => CallArguments
  readonly state: number
  readonly weights: number
}

function taskSteps({ rows, pitch, programOf, argumentsOf, state, weights }: Parts): KernelStep[] {
  let first = 0
  const tasks = rows.map((count) => {
    const row = first
    first += count
    return { count, call: { ...argumentsOf(row), state: place(state, row * pitch), weights: place(weights, 0) } }
  })
  return [...new Set(rows)].map((count, index) => {
    const calls = tasks.filter((task) => task.count === count).map(({ call }) => call)
    return { ...stepOf(programOf(count), calls), joins: index > 0 }
  })
}

/** Of rows of `units` times `hidden` floats a step: where a task's first begins, and the distances between steps and rows. */
function stridesOf({ steps, hidden, reverse }: RecurrenceSpec, lanes: number, backwards: boolean) {
  const fromLast = reverse !== backwards
  return {
    start: (row: number, units: number): number => 4 * hidden * units * (row * steps + (fromLast ? steps - 1 : 0)),
    step: (units: number): number => 4 * hidden * units * (fromLast ? -1 : 1),
    row: (units: number): number => 4 * hidden * units * steps - wholeBytes(lanes, hidden),
  }
}

/** [a, weight, bias, h, c (lstm)] → [h', last h', last c' (lstm), what is kept (training)] */
export function planRecurrence(spec: KernelSpecs['recurrence'], target: Target, threads: number): KernelPlan {
  const { kind, batch, steps, hidden, training } = spec
  const gates = gatesOf(kind)
  const lstm = kind === 'lstm'
  const { at: within, pitch } = forwardRow(kind, hidden)
  const rows = rowsOfTasks(spec, { gates, pitch }, target, threads)
  const [k, columns] = [hidden, gates * hidden]
  const vectors = vectorsOfPanels(target, rows[0], k, columns)
  const panels = panelsOf(target.lanes, columns, vectors)
  const [shares, bias, firstHidden, firstCell] = [0, 2, 3, 4]
  const output = lstm ? 5 : 4
  const saved = output + (lstm ? 3 : 2)
  const state = saved + Number(training)
  const strides = stridesOf(spec, target.lanes, false)
  const parts: Parts = {
    ...{ spec, target, rows, pitch, state, weights: state + 1 },
    programOf: (count) =>
      programFor(`${kind} ${target.name} ${count} ${hidden} ${vectors} ${training} ${target.caches.second}`, () => {
        const places = { pitch, from: within.hidden, to: within.products }
        const product = productOf(target, { rows: count, k, columns, vectors }, places)
        return forwardProgram(target, { kind, rows: count, hidden, training, product })
      }),
    argumentsOf: (row) => ({
      shares: place(shares, strides.start(row, gates)),
      output: place(output, strides.start(row, 1)),
      bias: place(bias, 0),
      firstHidden: place(firstHidden, 4 * row * hidden),
      lastHidden: place(output + 1, 4 * row * hidden),
      ...(lstm && {
        firstCell: place(firstCell, 4 * row * hidden),
        lastCell: place(output + 2, 4 * row * hidden),
      }),
      ...(training && {
        saved: place(saved, strides.start(row, keptOfStep)),
        savedStep: strides.step(keptOfStep),
        savedRow: strides.row(keptOfStep),
      }),
      ...{ steps, sharesStep: strides.step(gates), outputStep: strides.step(1) },
      ...{ sharesRow: strides.row(gates), outputRow: strides.row(1) },
    }),
  }
  const all = taskSteps(parts)
  return Object.freeze({
    name: all[0].program.name,
    steps: all,
    scratch: [batch * pitch],
    tables: [],
    derived: [packedRight({ k, n: columns, transposeB: false, target, panels, from: weight, to: parts.weights })],
  })
}

/** [g of h', weight, g of the last h', of the last c' (lstm), kept] → [g of a, of p (gru), of h, of c (lstm), of the bias by row] */
export function planRecurrenceGradient(spec: RecurrenceSpec, target: Target, threads: number): KernelPlan {
  const { kind, batch, steps, hidden } = spec
  const gates = gatesOf(kind)
  const lstm = kind === 'lstm'
  const { at: within, pitch } = backwardRow(kind, hidden)
  const rows = rowsOfTasks(spec, { gates, pitch }, target, threads)
  const [k, columns] = [gates * hidden, hidden]
  const vectors = vectorsOfPanels(target, rows[0], k, columns)
  const panels = panelsOf(target.lanes, columns, vectors)
  const [given, lastHidden, lastCell] = [0, 2, 3]
  const saved = lstm ? 4 : 3
  const toShares = saved + 1
  const toHidden = toShares + (lstm ? 1 : 2)
  const toBias = toShares + 3
  const state = toBias + 1
  const strides = stridesOf(spec, target.lanes, true)
  const parts: Parts = {
    ...{ spec, target, rows, pitch, state, weights: state + 1 },
    programOf: (count) =>
      programFor(`${kind} gradient ${target.name} ${count} ${hidden} ${vectors} ${target.caches.second}`, () => {
        const places = { pitch, from: within.products, to: within.hidden }
        const product = productOf(target, { rows: count, k, columns, vectors }, places)
        return backwardProgram(target, { kind, rows: count, hidden, product })
      }),
    argumentsOf: (row) => ({
      given: place(given, strides.start(row, 1)),
      saved: place(saved, strides.start(row, keptOfStep)),
      toShares: place(toShares, strides.start(row, gates)),
      lastHidden: place(lastHidden, 4 * row * hidden),
      toHidden: place(toHidden, 4 * row * hidden),
      toBias: place(toBias, 4 * row * biasUnits * hidden),
      ...(lstm
        ? { lastCell: place(lastCell, 4 * row * hidden), toCell: place(toHidden + 1, 4 * row * hidden) }
        : { toProducts: place(toShares + 1, strides.start(row, gates)) }),
      ...{ steps, givenStep: strides.step(1), givenRow: strides.row(1) },
      ...{ savedStep: strides.step(keptOfStep), savedRow: strides.row(keptOfStep) },
      ...{ sharesStep: strides.step(gates), sharesRow: strides.row(gates) },
    }),
  }
  const all = taskSteps(parts)
  return Object.freeze({
    name: all[0].program.name,
    steps: all,
    scratch: [batch * pitch],
    tables: [],
    derived: [packedRight({ k, n: columns, transposeB: true, target, panels, from: weight, to: parts.weights })],
  })
}
