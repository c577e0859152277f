// What a run tells as curves.

import type { Measured, Snapshot } from './task.ts'

/** Points of a curve that a chart shows at most. */
const mostPoints = 240

/** Weight of what came before in the running mean. */
const inertia = 0.95

type Column = (number | null)[]

/** Steps, the loss of batches, its running mean, and the loss on what is held out. */
export function lossCurves(
  losses: readonly number[],
  history: Snapshot['history'],
): readonly [Column, Column, Column, Column] {
  const stride = Math.max(1, Math.ceil(losses.length / mostPoints))
  const columns: [Column, Column, Column, Column] = [[], [], [], []]
  let [mean, sum, weight] = [0, 0, 0]
  let [total, count] = [0, 0]
  let at = 0
  losses.forEach((loss, i) => {
    // The mean is weighed by what it has seen: it does not start at zero.
    sum = inertia * sum + loss
    weight = inertia * weight + 1
    mean = sum / weight
    total += loss
    count++
    const step = i + 1
    if (count < stride && step < losses.length) return
    let held: number | null = null
    for (; at < history.length && history[at].step <= step; at++) held = history[at].validation?.['loss'] ?? null
    for (const [column, value] of [step, total / count, mean, held].entries()) columns[column].push(value)
    total = 0
    count = 0
  })
  return columns
}

/** Steps, and a figure on what is held out. */
export function measuredCurve(
  history: Snapshot['history'],
  measured: Pick<Measured, 'step' | 'figures'> | undefined,
  figure: string,
): readonly [Column, Column] {
  const bySteps = new Map<number, number>()
  for (const { step, validation } of history) bySteps.set(step, validation?.[figure] ?? Number.NaN)
  if (measured !== undefined) bySteps.set(measured.step, measured.figures[figure])
  const steps = [...bySteps.keys()].sort((a, b) => a - b)
  return [steps, steps.map((step) => bySteps.get(step)!)]
}

/** Curves over steps of their own, `[steps, values]` each, over the steps of all: null where one has no value. */
export function joinCurves(curves: readonly (readonly [Column, Column])[]): readonly Column[] {
  const all = new Map<number, Column>()
  for (const [i, [steps, values]] of curves.entries())
    for (const [at, step] of steps.entries()) {
      const row = all.get(step!) ?? curves.map(() => null)
      row[i] = values[at]
      all.set(step!, row)
    }
  const steps = [...all.keys()].sort((a, b) => a - b)
  return [steps, ...curves.map((_, i) => steps.map((step) => all.get(step)![i]))]
}
