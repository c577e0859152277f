// Random recurrent layers.

import { gatesOf, type RecurrenceSpec } from '../../../backend.ts'
import type { Allowance, Draw, FuzzCase, Operand } from './fuzz-case.ts'

const float32 = 'float32'

function drawSpec(draw: Draw): RecurrenceSpec {
  return {
    kind: draw.pick(['lstm', 'gru']),
    batch: draw.size(draw.chance(0.1) ? 70 : 12),
    steps: draw.chance(0.05) ? 0 : draw.size(8),
    hidden: draw.size(draw.chance(0.2) ? 140 : 40),
    reverse: draw.chance(0.5),
  }
}

const of = (length: number) => ({ dtype: float32, length }) as const

const statesOf = ({ kind, batch, hidden }: RecurrenceSpec): number[] =>
  kind === 'lstm' ? [batch * hidden, batch * hidden] : [batch * hidden]

/** So small that no step makes an error larger. */
const drawWeight = (draw: Draw, { kind, hidden }: RecurrenceSpec): Operand =>
  draw.values(float32, hidden * gatesOf(kind) * hidden, 0.5 / Math.sqrt(hidden))

/** Each step adds the errors of a sum of `terms` products and of a few functions to those of the steps before. */
const allowance = ({ steps }: RecurrenceSpec, terms: number): Allowance => ({
  kind: 'ulps',
  ulps: 16,
  absolute: 2 ** -24 * (16 + 4 * Math.sqrt(terms)) * (steps + 1),
})

export function drawRecurrence(draw: Draw): FuzzCase<'recurrence'> {
  const spec = { ...drawSpec(draw), training: draw.chance(0.5) }
  const { kind, batch, steps, hidden, training } = spec
  const states = statesOf(spec)
  return {
    kernel: 'recurrence',
    spec,
    inputs: [
      draw.values(float32, batch * steps * gatesOf(kind) * hidden, draw.pick([1, 4])),
      drawWeight(draw, spec),
      draw.values(float32, 4 * hidden, 1),
      ...states.map((length) => draw.values(float32, length, 1)),
    ],
    outputs: [of(batch * steps * hidden), ...states.map(of), ...(training ? [of(batch * steps * 5 * hidden)] : [])],
    allowance: allowance(spec, hidden),
  }
}

/** What a step keeps lies in 0 … 1 where it comes out of a sigmoid. */
function drawKept(draw: Draw, { kind, batch, steps, hidden }: RecurrenceSpec): Operand {
  const kept = draw.values(float32, batch * steps * 5 * hidden, 1)
  const sigmoids = kind === 'lstm' ? [0, 1, 3] : [0, 1]
  return {
    dtype: float32,
    data: kept.data.map((x, i) => (sigmoids.includes(Math.floor(i / hidden) % 5) ? Math.abs(x) : x)),
  }
}

export function drawRecurrenceGradient(draw: Draw): FuzzCase<'recurrenceGradient'> {
  const spec = drawSpec(draw)
  const { kind, batch, steps, hidden } = spec
  const states = statesOf(spec)
  const columns = gatesOf(kind) * hidden
  const shares = of(batch * steps * columns)
  return {
    kernel: 'recurrenceGradient',
    spec,
    inputs: [
      draw.values(float32, batch * steps * hidden, 1),
      drawWeight(draw, spec),
      ...states.map((length) => draw.values(float32, length, 1)),
      drawKept(draw, spec),
    ],
    outputs: [shares, ...(kind === 'gru' ? [shares] : []), ...states.map(of), of(batch * 4 * hidden)],
    // A gradient that reaches the cell stays there: up to one more a step.
    allowance: allowance({ ...spec, steps: (steps + 1) ** 2 }, columns),
  }
}
