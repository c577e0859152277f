import { describe, expect, test } from 'vitest'
import { gatesOf, type RecurrenceSpec } from '../../../backend.ts'
import { avx2, type Target, targets } from '../../program/index.ts'
import { firstDifference, planned, reference } from '../testing/compare.ts'
import { randomFloats } from '../testing/numbers.ts'
import { planRecurrence, planRecurrenceGradient } from './plan.ts'

const of = (length: number) => ({ dtype: 'float32', length }) as const

/** Inputs and outputs of both kernels for a spec, in their order. */
function operandsOf({ kind, batch, steps, hidden }: RecurrenceSpec) {
  const lstm = kind === 'lstm'
  const [gates, state] = [gatesOf(kind) * hidden, batch * hidden]
  const states = lstm ? [of(state), of(state)] : [of(state)]
  const numbers = (length: number, seed: number) => randomFloats(length, seed)
  const weight = numbers(hidden * gates, 2).map((x) => x / Math.sqrt(hidden))
  const forward = [
    ...[numbers(batch * steps * gates, 1), weight, numbers(4 * hidden, 3)],
    ...states.map(({ length }, i) => numbers(length, 4 + i)),
  ]
  const results = [of(batch * steps * hidden), ...states, of(batch * steps * 5 * hidden)]
  const backward = [
    numbers(batch * steps * hidden, 6),
    weight,
    ...states.map(({ length }, i) => numbers(length, 7 + i)),
  ]
  const shares = of(batch * steps * gates)
  const gradients = [shares, ...(lstm ? [] : [shares]), ...states, of(batch * 4 * hidden)]
  return { forward, results, backward, gradients }
}

const cases = (['lstm', 'gru'] as const).flatMap((kind) =>
  [
    [1, 1, 1],
    [1, 0, 3],
    [1, 4, 7],
    [5, 3, 16],
    [3, 2, 17],
    [7, 3, 13],
    [17, 2, 33],
    // Shared out among threads, in shares of two sizes.
    [11, 3, 70],
  ].map(([batch, steps, hidden], i): RecurrenceSpec => ({ kind, batch, steps, hidden, reverse: i % 2 === 1 })),
)

test('rows are shared out as evenly as can be, one share a thread where there is enough to do', () => {
  const tasksOf = (batch: number, threads: number, steps = 50): number[] => {
    const spec = { kind: 'lstm', batch, steps, hidden: 64, reverse: false, training: false } as const
    return planRecurrence(spec, avx2, threads).steps.map(({ tasks }) => tasks)
  }
  expect(tasksOf(16, 1)).toEqual([1])
  expect(tasksOf(16, 2)).toEqual([2])
  expect(tasksOf(11, 3)).toEqual([2, 1])
  expect(tasksOf(2, 8)).toEqual([2])
  expect(tasksOf(16, 2, 1)).toEqual([1])
})

test('plans of long sequences are as small as those of short ones', () => {
  const spec = { kind: 'gru', batch: 4, hidden: 8, reverse: true } as const
  const callsOf = (steps: number): number =>
    planRecurrenceGradient({ ...spec, steps }, avx2, 1).steps.reduce((sum, { tasks }) => sum + tasks, 0)
  expect(callsOf(100_000)).toBe(callsOf(10))
})

describe.each(targets)('recurrent layers for $name', (target) => {
  /** Both ways against the reference. */
  const compare = (spec: RecurrenceSpec, where: Target): void => {
    const { forward, results, backward, gradients } = operandsOf(spec)
    const training = { ...spec, training: true }
    const expected = reference('recurrence', training, forward, results)
    planned(planRecurrence(training, where, 3), forward, results).forEach((data, i) => {
      expect(firstDifference(data, expected[i], 16, 2e-6)).toBeUndefined()
    })
    const given = [...backward, expected[expected.length - 1]]
    const back = reference('recurrenceGradient', spec, given, gradients)
    planned(planRecurrenceGradient(spec, where, 3), given, gradients).forEach((data, i) => {
      expect(firstDifference(data, back[i], 16, 4e-6)).toBeUndefined()
    })
  }

  test.each(cases)('$kind of $batch × $steps × $hidden agrees with the reference, forward and back', (spec) => {
    compare(spec, target)
  })

  test.each(['lstm', 'gru'] as const)(
    '%s does so with weights from beyond the second cache, and a large state',
    (kind) => {
      const caches = { first: 1024, second: 8192 }
      compare({ kind, batch: 35, steps: 2, hidden: 37, reverse: false }, { ...target, caches })
    },
  )
})
