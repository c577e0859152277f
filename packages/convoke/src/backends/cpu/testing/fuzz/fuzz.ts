// Many cases on many targets; a line that reproduces each failure.

import type { KernelName } from '../../../backend.ts'
import { checkCase, type Failure } from './check-case.ts'
import { drawCase, kernelOf } from './draw-case.ts'
import type { FuzzCase } from './fuzz-case.ts'
import type { FuzzTarget } from './targets.ts'

export interface FuzzPlan {
  readonly seed: number
  readonly count: number
  readonly kernels: (kernel: KernelName) => boolean
  readonly targets: readonly FuzzTarget[]
  /** Failing cases after which it is enough. */
  readonly most: number
  /** What is asked for, and the options that say so; `kernels` chooses among the usual ones only. */
  readonly source?: CaseSource
  /** Hears of each case before it runs, for who may not live to hear of it afterwards. */
  readonly begin?: (index: number) => void
}

export interface CaseSource {
  readonly draw: (seed: number, index: number) => FuzzCase
  readonly options: string
  /** What compares results, and the engines that compute them, where they are not the usual ones. */
  readonly check?: typeof checkCase
  readonly enginesOf?: (target: FuzzTarget) => FuzzTarget
}

export const usualCases: CaseSource = { draw: drawCase, options: '' }

export interface FailedCase {
  readonly index: number
  readonly given: FuzzCase
  readonly failures: readonly Failure[]
}

export interface FuzzReport {
  readonly cases: number
  readonly byKernel: ReadonlyMap<KernelName, number>
  readonly failed: readonly FailedCase[]
}

/** The numbers of the first `count` cases whose kernels are wanted. */
function* indicesOf({ seed, count, kernels, source = usualCases }: FuzzPlan): Generator<number> {
  for (let [index, found] = [0, 0]; found < count; index++) {
    if (source === usualCases && !kernels(kernelOf(seed, index))) continue
    found++
    yield index
  }
}

/** Checks case after case; `progress` is told how many are done, and of each failure. */
export function fuzz(
  plan: FuzzPlan,
  progress: (done: number, failure?: FailedCase) => void = () => {},
  indices: Iterable<number> = indicesOf(plan),
): FuzzReport {
  const byKernel = new Map<KernelName, number>()
  const failed: FailedCase[] = []
  let cases = 0
  const { draw, check = checkCase, enginesOf = (target) => target } = plan.source ?? usualCases
  const targets = plan.targets.map(enginesOf)
  for (const index of indices) {
    plan.begin?.(index)
    const given = draw(plan.seed, index)
    const failures = check(given, targets)
    byKernel.set(given.kernel, (byKernel.get(given.kernel) ?? 0) + 1)
    cases++
    const failure = failures.length === 0 ? undefined : { index, given, failures }
    if (failure !== undefined) failed.push(failure)
    progress(cases, failure)
    if (failed.length >= plan.most) break
  }
  return { cases, byKernel, failed }
}

const mostShown = 10_000

/** The spec in one line; what JSON has no word for as text, typed arrays as lists. */
const showSpec = (spec: object): string =>
  JSON.stringify(spec, (_, value: unknown) => {
    if (ArrayBuffer.isView(value)) return Array.from((value as Float64Array).subarray(0, mostShown))
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  })

/** What failed, and the command that shows it again. */
export function describeFailure(seed: number, { index, given, failures }: FailedCase, options = ''): string {
  const operands = given.inputs.map(({ dtype, data }) => `${dtype}[${data.length}]`).join(', ')
  const results = given.outputs.map(({ dtype, length }) => `${dtype}[${length}]`).join(', ')
  return [
    `${given.kernel} (${operands}) → (${results})`,
    ...failures.map(({ target, plan, what }) => `  ${target} (${plan}): ${what}`),
    `  spec: ${showSpec(given.spec)}`,
    `  reproduce: npm run fuzz -- ${options}--seed ${seed} --only ${index}`,
  ].join('\n')
}
