// Chains and trees of elementwise steps in one pass over memory.

import type { KernelSpecs } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { type Operand, pointwiseOf, scalarOf } from './pointwise.ts'
import type { Cell, KernelStep, Step } from './program.ts'
import type { Rewriter } from './rewrite.ts'
import { collapsed, commonShape, isContiguous, refined } from './strides.ts'

/** Lines that one expression has at most, and inputs: more would not stay in registers. */
const mostLines = 20
const mostInputs = 6

interface Source {
  readonly cell: Cell
  readonly strides: readonly number[]
}

/**
 * One step for several, which are in order, the last making the result and every other one read by these alone; null where they do not
 * fit one expression.
 */
export function asExpression(steps: readonly Step[]): KernelStep<'expression'> | null {
  const parts = steps.map(pointwiseOf)
  if (parts.some((part) => part === null)) return null
  const shape = commonShape(parts.map((part) => part?.shape ?? []))
  if (shape === null) return null
  const sources: Source[] = []
  const numbers: number[] = []
  const lines: string[] = []
  /** What the lines call the values that are made here. */
  const made = new Map<Cell, string>()
  const wordOf = (number: number): string => {
    if (number === 0 || number === 1) return Object.is(number, -0) ? '-0' : `${number}`
    const known = numbers.findIndex((other) => Object.is(other, number))
    return `c${known < 0 ? numbers.push(number) - 1 : known}`
  }
  const sourceOf = (cell: Cell, strides: readonly number[]): string => {
    const known = sources.findIndex((source) => source.cell === cell && source.strides.join() === strides.join())
    return `x${known < 0 ? sources.push({ cell, strides }) - 1 : known}`
  }
  const add = (line: string): string => {
    const known = lines.indexOf(line)
    return `t${known < 0 ? lines.push(line) - 1 : known}`
  }
  for (const [i, step] of steps.entries()) {
    const part = parts[i]
    if (part === null) return null
    const words: string[] = []
    const inputWords = step.inputs.map((cell, input): string | null => {
      const inside = made.get(cell)
      if (inside !== undefined) return isContiguous(part.shape, part.strides[input]) ? inside : null
      const number = scalarOf(cell)
      return number === null ? sourceOf(cell, refined(part.shape, part.strides[input], shape)) : wordOf(number)
    })
    for (const { op, operands } of part.lines) {
      const parameters = operands.map((operand) => word(operand, words, inputWords, wordOf))
      if (parameters.includes(null)) return null
      words.push(add([op, ...parameters].join(' ')))
    }
    made.set(step.outputs[0], words[words.length - 1])
  }
  const last = steps[steps.length - 1]
  const result = made.get(last.outputs[0])
  if (result !== `t${lines.length - 1}`) lines.push(`multiply ${result} 1`)
  if (lines.length > mostLines || sources.length > mostInputs || sources.length === 0) return null
  // An input that only a line read which is not there any more: the exponent of a power.
  const used = sources.filter((_, i) => lines.some((line) => line.split(' ').includes(`x${i}`)))
  if (used.length === 0) return null
  const text = lines
    .map((line) =>
      line
        .split(' ')
        .map((part) => (/^x\d+$/.test(part) ? `x${used.indexOf(sources[Number(part.slice(1))])}` : part))
        .join(' '),
    )
    .join('\n')
  const spec = {
    ...{ text, constants: numbers },
    ...collapsed(
      shape,
      used.map(({ strides }) => strides),
    ),
  }
  const { path } = last
  return { kernel: kernels.expression, spec, path, inputs: used.map(({ cell }) => cell), outputs: last.outputs }
}

function word(
  operand: Operand,
  lines: readonly string[],
  inputs: readonly (string | null)[],
  wordOf: (number: number) => string,
): string | null {
  if (typeof operand === 'number') return wordOf(operand)
  return 'line' in operand ? lines[operand.line] : inputs[operand.input]
}

/** Whether a step may be a part of an expression of `length` elements. */
const fits = (step: Step | undefined, length: number): step is KernelStep =>
  step !== undefined && step.outputs[0].length === length && pointwiseOf(step) !== null

/** Joins elementwise steps with those that they feed alone. */
export function joinPointwise(rewriter: Rewriter): void {
  for (const sink of rewriter.steps().reverse()) {
    if (!rewriter.has(sink) || sink.kernel === null || !fits(sink, sink.outputs[0].length)) continue
    const joined = largestGroup(rewriter, sink)
    if (joined !== null) rewriter.replace(joined.steps, joined.made)
  }
}

/** The most steps before `sink` that go into one expression with it: the nearest first, for as long as they fit. */
function largestGroup(rewriter: Rewriter, sink: Step): { readonly steps: readonly Step[]; readonly made: Step } | null {
  const length = sink.outputs[0].length
  let best: { readonly steps: readonly Step[]; readonly made: Step } | null = null
  const group = new Set<Step>([sink])
  const refused = new Set<Step>()
  for (;;) {
    const next = [...group]
      .flatMap(({ inputs }) => inputs.map((cell) => rewriter.makerOf(cell)))
      .find(
        (step): step is Step =>
          step !== undefined &&
          !group.has(step) &&
          !refused.has(step) &&
          fits(step, length) &&
          !rewriter.isOutput(step.outputs[0]) &&
          rewriter.readersOf(step.outputs[0]).every((reader) => group.has(reader)),
      )
    if (next === undefined) return best
    const steps = [next, ...group].toSorted((a, b) => rewriter.placeOf(a) - rewriter.placeOf(b))
    const made = asExpression(steps)
    if (made === null) refused.add(next)
    else {
      group.add(next)
      best = { steps, made }
    }
  }
}

/** The numbers that an expression of one input gives for numbers. */
export function evaluated({ text, constants }: KernelSpecs['expression'], numbers: Float64Array): Float64Array {
  const results = new Float64Array(numbers.length)
  kernels.expression.loops({ text, constants, shape: [numbers.length], strides: [[1]] }, [numbers], [results])
  return results
}
