// Activations, however they are written: exporters spell GELU, SiLU and the hard functions as chains of simple steps.

import type { Activation } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { asExpression, evaluated } from './group.ts'
import { pointwiseOf, scalarOf } from './pointwise.ts'
import { type Cell, isKernel, type Step } from './program.ts'
import type { Rewriter } from './rewrite.ts'

/** Steps that one activation is written with at most. */
const longest = 10

export interface Found {
  readonly activation: Activation
  readonly steps: readonly Step[]
  /** The value that it makes. */
  readonly result: Cell
}

/** The activation that follows a value, where nothing else reads it. */
export function activationAfter(rewriter: Rewriter, value: Cell): Found | null {
  // What many read is no activation's alone.
  if (rewriter.isOutput(value) || rewriter.readersOf(value).length > 4) return null
  const steps = regionAfter(rewriter, value)
  for (let end = steps.length - 1; end >= 0; end--) {
    const part = partUpTo(rewriter, value, steps, end)
    const activation = part === null ? null : recognised(part)
    if (part !== null && activation !== null) {
      return { activation, steps: part, result: part[part.length - 1].outputs[0] }
    }
  }
  return null
}

/** Elementwise steps that read nothing but the value, what follows from it, and numbers. */
function regionAfter(rewriter: Rewriter, value: Cell): Step[] {
  const known = new Set([value])
  const region = new Set<Step>()
  const belongs = (step: Step): boolean =>
    step.outputs.length === 1 &&
    step.outputs[0].length === value.length &&
    rewriter.makerOf(step.outputs[0]) !== undefined &&
    step.inputs.every((cell) => known.has(cell) || scalarOf(cell) !== null) &&
    (isPlainUnary(step) || pointwiseOf(step) !== null)
  const grow = (): boolean => {
    for (const cell of known) {
      for (const step of rewriter.readersOf(cell)) {
        if (region.has(step) || !belongs(step)) continue
        region.add(step)
        known.add(step.outputs[0])
        return true
      }
    }
    return false
  }
  while (region.size < longest && grow()) {}
  return [...region].toSorted((a, b) => rewriter.placeOf(a) - rewriter.placeOf(b))
}

/** The steps that lead from the value to what step `end` makes, where nobody else reads what lies between. */
function partUpTo(rewriter: Rewriter, value: Cell, region: readonly Step[], end: number): Step[] | null {
  const part = new Set([region[end]])
  for (let i = end - 1; i >= 0; i--) {
    if (rewriter.readersOf(region[i].outputs[0]).some((reader) => part.has(reader))) part.add(region[i])
  }
  const inside = [value, ...[...part].flatMap((step) => (step === region[end] ? [] : step.outputs))]
  const closed = inside.every(
    (cell) => !rewriter.isOutput(cell) && rewriter.readersOf(cell).every((reader) => part.has(reader)),
  )
  return closed ? region.filter((step) => part.has(step)) : null
}

const isPlainUnary = (step: Step): boolean =>
  isKernel(step, 'unary') && (step.spec.activation !== null || ['sigmoid', 'tanh'].includes(step.spec.op))

function recognised(steps: readonly Step[]): Activation | null {
  const [only] = steps
  if (steps.length === 1 && isKernel(only, 'unary') && isPlainUnary(only)) {
    return only.spec.activation ?? ({ kind: only.spec.op } as Activation)
  }
  const expression = asExpression(steps)
  if (expression === null || expression.inputs.length !== 1) return null
  return functionOf((numbers) => evaluated(expression.spec, numbers))
}

/** Where functions are compared: close by, where kinks and bends are, and far out. */
const samples = Float64Array.from([
  ...Array.from({ length: 161 }, (_, i) => (i - 80) / 10 + 0.013),
  ...[-1, 0, 1, -3, 3, 6, -2.5, 2.5, -10, 10, -20, 20, 31, -31, 500, -500, 4000, -4000],
])

const simple = [
  ...(['relu', 'gelu', 'geluTanh', 'silu', 'hardSwish', 'mish', 'softplus', 'softsign', 'selu'] as const),
  ...(['sigmoid', 'tanh'] as const),
]

/** The activation that gives the same numbers. */
export function functionOf(f: (numbers: Float64Array) => Float64Array): Activation | null {
  const given = f(samples)
  if (!given.every(Number.isFinite)) return null
  const at = (x: number): number => f(Float64Array.of(x))[0]
  const [low, high] = [at(-4000), at(4000)]
  const candidates: Activation[] = [
    ...simple.map((kind): Activation => ({ kind })),
    ...(low < high ? [{ kind: 'clip', low, high } as const] : []),
    { kind: 'leakyRelu', alpha: -at(-1) },
    { kind: 'elu', alpha: at(-1) / Math.expm1(-1) },
    { kind: 'hardSigmoid', alpha: (at(0.25) - at(-0.25)) * 2, beta: at(0) },
  ]
  return candidates.find((candidate) => agrees(candidate, given)) ?? null
}

function agrees(activation: Activation, given: Float64Array): boolean {
  const own = new Float64Array(samples.length)
  kernels.unary.loops({ op: activation.kind, activation }, [samples], [own])
  return own.every((value, i) => {
    // As close as float32 numbers in the place of 1/6 or √2 let them be.
    const bound = 5e-7 * Math.max(1e-2, Math.abs(samples[i]), Math.abs(value))
    return Math.abs(value - given[i]) <= bound
  })
}
