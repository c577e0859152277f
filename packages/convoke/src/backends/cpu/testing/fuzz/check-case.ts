// Runs a case on a target, on one thread and on two, and compares with the exact results.

import type { KernelSpecs, TypedArray } from '../../../backend.ts'
import { type CpuBackend, createCpuBackend } from '../../backend.ts'
import { separates } from '../../kernels/separable/index.ts'
import { asksForFactors, type Planned, planCandidates, planKernel } from '../../plan/index.ts'
import { kernelNamed } from '../kernel-named.ts'
import { agrees, exactResults, garbage, type Limit, limitOf, sumsOf } from './expected.ts'
import type { FuzzCase } from './fuzz-case.ts'
import type { FuzzTarget } from './targets.ts'

export interface Failure {
  readonly target: string
  /** What went wrong where, in one line. */
  readonly what: string
  /** The kernel that ran. */
  readonly plan: string
}

interface Ran {
  readonly outputs: readonly TypedArray[]
  /** An input that the kernel wrote to. */
  readonly spoiled: number
}

function runOn(backend: CpuBackend, { kernel, spec, inputs, outputs }: FuzzCase): Ran {
  const given = inputs.map(({ dtype, data }) => {
    const buffer = backend.allocate(dtype, data.length)
    backend.write(buffer, data)
    return buffer
  })
  const made = outputs.map(({ dtype, length }) => {
    const buffer = backend.allocate(dtype, length)
    backend.write(buffer, new Uint8Array(length).fill(garbage))
    return buffer
  })
  try {
    backend.run(kernelNamed(kernel), spec, given, made)
    const spoiled = inputs.findIndex(({ data }, i) => differentAt(backend.readSync!(given[i]), data) !== -1)
    return { outputs: made.map((buffer) => backend.readSync!(buffer)), spoiled }
  } finally {
    for (const buffer of [...given, ...made]) backend.release(buffer)
  }
}

const differentAt = (a: TypedArray, b: TypedArray): number => {
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return i
  return -1
}

function firstWrong(actual: TypedArray, exact: TypedArray, limit: Limit): string | undefined {
  for (let i = 0; i < exact.length; i++) {
    const allowed = limit(exact[i], i)
    if (!agrees(actual[i], exact[i], allowed)) {
      return `[${i}] is ${actual[i]}, not ${exact[i]} (off by ${Math.abs(actual[i] - exact[i])}, ${allowed} allowed)`
    }
  }
  return undefined
}

const inWords = (error: unknown): string => (error instanceof Error ? error.message.split('\n')[0] : String(error))

const exactly: Limit = () => 0

/** Whether the filter of a convolution is a column times a row, where that changes the plan. */
const isSeparable = ({ kernel, spec, inputs }: FuzzCase): boolean =>
  asksForFactors(kernelNamed(kernel), spec) &&
  separates(kernel, inputs[1].data as Float32Array, (spec as KernelSpecs['conv' | 'correlate']).conv)

/** The plans that a target has for a case: the model's, and all that could take its place where the case is to be measured. */
export function plansOf(given: FuzzCase, { runtime }: CpuBackend): readonly Planned[] {
  const question = {
    ...given,
    kernel: kernelNamed(given.kernel),
    inputs: given.inputs.map(lengthOf),
    runtime,
    separable: isSeparable(given),
  }
  const candidates = 'plan' in given.spec ? planCandidates(question) : []
  return candidates.length > 0 ? candidates : [planKernel(question)]
}

/** The same engine, held to one plan where it would measure. */
function heldTo(backend: CpuBackend, planned: Planned): CpuBackend {
  if (!('plan' in planned)) return backend
  return createCpuBackend(backend.runtime, { get: () => planned.plan.name, set: () => {} })
}

/** What is wrong with the results of each target. */
export function checkCase(given: FuzzCase, targets: readonly FuzzTarget[]): Failure[] {
  const exact = exactResults(given)
  const sums = sumsOf(given)
  return targets.flatMap(({ name, backends }) => {
    try {
      return plansOf(given, backends[0]).flatMap((planned): Failure[] => {
        const limit = limitOf(given, sums, planned, backends[0].runtime.target)
        // Sums of magnitudes are taken of the first output only; indices are exact.
        const limitFor = (i: number): Limit =>
          given.outputs[i].dtype === 'float32' && (i === 0 || given.allowance.kind === 'ulps') ? limit : exactly
        const held = 'plan' in given.spec ? backends.map((backend) => heldTo(backend, planned)) : backends
        const ran = { target: name, plan: nameOf(planned) }
        return failuresOf(given, held, ran, (i, actual) => firstWrong(actual, exact[i], limitFor(i)))
      })
    } catch (error) {
      return [{ target: name, what: `throws: ${inWords(error)}`, plan: 'no plan' }]
    }
  })
}

export const nameOf = (planned: Planned): string =>
  'plan' in planned ? planned.plan.name : `TypeScript loops: ${planned.fallback}`

/** Runs a case on one thread and on two; `wrong` looks at each output. */
export function failuresOf(
  given: FuzzCase,
  backends: readonly CpuBackend[],
  ran: Omit<Failure, 'what'>,
  wrong: (output: number, actual: TypedArray) => string | undefined,
): Failure[] {
  try {
    const [alone, together] = backends.map((backend) => runOn(backend, given))
    const found = problemOf(given, alone, together, (i) => wrong(i, alone.outputs[i]))
    return found === undefined ? [] : [{ ...ran, what: found }]
  } catch (error) {
    return [{ ...ran, what: `throws: ${inWords(error)}` }]
  }
}

export const lengthOf = ({ dtype, data }: FuzzCase['inputs'][number]) => ({ dtype, length: data.length })

function problemOf(
  { outputs }: FuzzCase,
  alone: Ran,
  together: Ran,
  wrong: (output: number) => string | undefined,
): string | undefined {
  for (const { spoiled } of [alone, together]) if (spoiled !== -1) return `writes to its input ${spoiled}`
  for (let i = 0; i < outputs.length; i++) {
    const found = wrong(i)
    if (found !== undefined) return `output ${i} ${found}`
    const at = differentAt(together.outputs[i], alone.outputs[i])
    if (at !== -1) {
      return `output ${i} [${at}] is ${alone.outputs[i][at]} on one thread, ${together.outputs[i][at]} on two`
    }
  }
  return undefined
}
