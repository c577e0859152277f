// One plan for all stretches of a convolution. Where a stretch's rows do not lie one behind the other, it is computed on copies
// that stay in the cache.

import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { largestOf } from '../../../../shapes/extremes.ts'
import { createKnown } from '../../../../shapes/known.ts'
import type { Epilogue } from '../../../backend.ts'
import type { Target } from '../../program/index.ts'
import { nameBuffers, onBuffers } from '../buffers.ts'
import { copySteps } from '../copy/copy.ts'
import type { KernelPlan, KernelStep } from '../plan.ts'
import type { Lines, Side, Stretch } from './stretches.ts'

/** What a plan reads or writes of each pixel of one side of a convolution; null: the same for all pixels, as a filter is. */
export type Operand = { readonly side: Side; readonly floats: number } | null

/** What a plan of stretches is made of. */
export interface StretchedPlan {
  readonly stretches: readonly Stretch[]
  readonly planOf: (conv: ConvSpec) => KernelPlan
  /** The plan's inputs, and behind them its output. */
  readonly operands: readonly Operand[]
  readonly target: Target
}

/** What an epilogue reads beside, where the residual lies like the output. */
export const epilogueOperands = (epilogue: Epilogue | null, output: Operand): Operand[] => [
  ...(epilogue?.bias ? [null] : []),
  ...(epilogue?.residual ? [output] : []),
]

interface Placed {
  readonly plan: KernelPlan
  /** Its buffers in the plan of all. */
  readonly buffers: readonly number[]
  readonly stretches: Stretch[]
}

/** Bytes that each operand begins further on for a stretch. */
const offsetsOf = (stretch: Stretch, operands: readonly Operand[]): number[] =>
  operands.map((operand) => (operand === null ? 0 : 4 * operand.floats * stretch[operand.side]))

/** A step once for each stretch. */
function repeated(step: KernelStep, { buffers, stretches }: Placed, operands: readonly Operand[]): KernelStep {
  const all = stretches.map((stretch) => onBuffers(step, buffers, offsetsOf(stretch, operands)))
  return {
    ...step,
    tasks: step.tasks * stretches.length,
    argumentsOf: (task) => all[Math.floor(task / step.tasks)].argumentsOf(task % step.tasks),
  }
}

/** Bytes of the copy of each operand, the largest of all stretches; 0 where it is not copied. */
const copyBytes = (stretches: readonly Stretch[], operands: readonly Operand[]): number[] =>
  operands.map((operand) =>
    largestOf(
      stretches.map(({ within }) => {
        if (operand === null || within === null) return 0
        const { count, length } = within[operand.side]
        return 4 * operand.floats * count * length
      }),
    ),
  )

/** One plan for all stretches: they run at once, or, where steps wait for each other, one after the other. */
export function planStretches({ stretches, planOf, operands, target }: StretchedPlan): KernelPlan {
  const plans = new Map<string, { readonly plan: KernelPlan; readonly stretches: Stretch[] }>()
  for (const stretch of stretches) {
    const known = plans.get(stretch.key)
    if (known === undefined) plans.set(stretch.key, { plan: planOf(stretch.conv), stretches: [stretch] })
    else known.stretches.push(stretch)
  }
  const list = [...plans.values()]
  const bytes = copyBytes(stretches, operands)
  const names = operands.map((_, operand) => `operand ${operand}`)
  const copyOf = (operand: number): string => `copy of ${operand}`
  const { at, own, part } = nameBuffers({
    given: names,
    scratch: Object.fromEntries(bytes.map((size, operand) => [copyOf(operand), size > 0 ? size : undefined])),
    parts: list.map(({ plan }) => plan),
  })
  const copies = names.map((name, operand) => at[copyOf(operand)] ?? at[name])
  const parts = list.map((_, i) => part(i, copies))
  const placed = list.map((entry, i): Placed => ({ ...entry, buffers: parts[i].numbers }))
  const together =
    own.scratch.length === 0 && list.every(({ plan }) => plan.steps.every((step, i) => i === 0 || step.joins))
  const middle = placed.reduce((most, entry) => (entry.stretches.length > most.stretches.length ? entry : most))
  const steps = together
    ? placed.flatMap((entry) => entry.plan.steps.map((step) => repeated(step, entry, operands)))
    : inTurn(stretches, placed, operands, copiesOf(operands, copies, target))
  return Object.freeze({
    name: middle.plan.name,
    steps: together ? steps.map((step, i) => (i === 0 ? step : { ...step, joins: true })) : steps,
    ...own,
    derived: parts.flatMap(({ derived }) => derived),
  })
}

type Copies = (stretch: Stretch, which: 'inputs' | 'output') => KernelStep[]

/** The steps that copy what a stretch reads, or bring back what it wrote. */
function copiesOf(operands: readonly Operand[], copies: readonly number[], target: Target): Copies {
  const known = createKnown<readonly KernelStep[]>()
  const stepsFor = ({ count, length, pitch }: Lines, floats: number, back: boolean): readonly KernelStep[] =>
    known(`${count} ${length} ${pitch} ${floats} ${back}`, () => {
      const [apart, close] = [
        [pitch * floats, 1],
        [length * floats, 1],
      ]
      const copy = {
        shape: [count, length * floats],
        ...{ inputOffset: 0, inputStrides: back ? close : apart },
        ...{ outputOffset: 0, outputStrides: back ? apart : close },
      }
      return copySteps(copy, 'float32', target)
    })
  return (stretch, which) => {
    const { within } = stretch
    if (within === null) return []
    const last = operands.length - 1
    const back = which === 'output'
    const offsets = offsetsOf(stretch, operands)
    return (back ? [last] : operands.slice(0, -1).map((_, at) => at)).flatMap((at) => {
      const operand = operands[at]
      if (operand === null) return []
      return stepsFor(within[operand.side], operand.floats, back).map((step) =>
        back ? onBuffers(step, [copies[at], at], [0, offsets[at]]) : onBuffers(step, [at, copies[at]], [offsets[at]]),
      )
    })
  }
}

function inTurn(
  stretches: readonly Stretch[],
  placed: readonly Placed[],
  operands: readonly Operand[],
  copies: Copies,
): KernelStep[] {
  const byKey = new Map(placed.map((entry) => [entry.stretches[0].key, entry]))
  return stretches.flatMap((stretch, index) => {
    const { plan, buffers } = byKey.get(stretch.key) as Placed
    const offsets = stretch.within === null ? offsetsOf(stretch, operands) : []
    // What is read can be copied while the output before is brought back.
    const joined = copies(stretch, 'inputs').map((step, i) =>
      i === 0 && index === 0 ? step : { ...step, joins: true },
    )
    return [...joined, ...plan.steps.map((step) => onBuffers(step, buffers, offsets)), ...copies(stretch, 'output')]
  })
}
