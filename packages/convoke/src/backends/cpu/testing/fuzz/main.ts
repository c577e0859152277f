// The command line of the fuzzer.

import { parseArgs } from 'node:util'
import { ConvokeError, check } from '../../../../shapes/error.ts'
import { backends } from '../../../registry.ts'
import { inspectPrograms } from '../../kernels/step.ts'
import type { Guard } from '../guarded-memory.ts'
import { refuseOtherPrograms } from '../same-programs.ts'
import { kernelNames } from './draw-case.ts'
import { fftCases } from './fft-cases.ts'
import { runFirstCalls } from './first-calls.ts'
import { runForgotten } from './forgotten.ts'
import { describeFailure, type FuzzPlan, fuzz, usualCases } from './fuzz.ts'
import { longCases } from './long-axes.ts'
import { inOtherProcess, isOtherProcess, keepDiary, smallHeap } from './other-process.ts'
import { type AxesPlan, runAxes } from './run-axes.ts'
import { manyShapes, shapes } from './shapes.ts'
import { soak } from './soak.ts'
import { openTargets, type TargetName, targetNames } from './targets.ts'

const help = `Usage: npm run fuzz -- [options]

Random specs for every kernel, on every target of the CPU engine this machine has, against the float64 reference.

  --count N        cases (default: 1000)
  --seed S         where the random numbers start (default: 1)
  --only I         case I of that seed alone
  --target NAME    native, ${targetNames.join(', ')} or all (default: all)
  --kernel REGEX   only kernels whose name matches, e.g. --kernel "^conv"
  --failures N     stop after so many failing cases (default: 10)
  --long           windows over axes of up to 2^24 positions instead; try it under NODE_OPTIONS=--max-old-space-size=256
  --fft            Fourier transforms, and convolutions and gradients by FFT, of up to 2^22 elements instead, against float64
                   by the bounds they state
  --guard SIDE     on native, every tensor, table and scratch buffer flush against a page that faults: before or after it
  --shapes         10,000 shapes (or --count), forward and backward, in a heap of 256 MB that does not grow, instead
  --axes LENGTH    every op with each of its axes in turn of that length (1048576, say), in a heap of 256 MB, instead
  --first          first calls of pooling and resizing over 2^22 samples, and over 2^29 + 2^20, instead: time and heap, each
                   in a process of its own; --kernel chooses by name
  --forgotten      relu(ones([2 ** 20])) each millisecond, disposed of by nobody, for 60 s (or --count) instead: memory
  --soak           10,000 training steps (or --count) in constant memory instead
  --help           this text

Example: npm run fuzz -- --count 200 --seed 7 --kernel pool
`

interface Arguments {
  readonly plan: Omit<FuzzPlan, 'targets'>
  readonly only: number | undefined
  readonly targets: readonly TargetName[]
  readonly soakSteps: number | undefined
  readonly shapeCount: number | undefined
  readonly guard: Guard | undefined
  readonly axes: AxesPlan | undefined
  /** Which first calls. */
  readonly first: RegExp | undefined
  readonly forgottenSeconds: number | undefined
  /** Backends by name, for what runs on the library rather than on an engine of its own. */
  readonly backends: readonly string[]
}

function whole(name: string, text: string | undefined, usual: number, least: number): number {
  const value = text === undefined ? usual : Number(text)
  check(
    Number.isSafeInteger(value) && value >= least,
    () => `fuzz: --${name} is ${text}. Use a whole number of ${least} or more.`,
  )
  return value
}

function patternOf(text: string | undefined): RegExp {
  try {
    return new RegExp(text ?? '', 'i')
  } catch {
    throw new ConvokeError(`fuzz: --kernel ${text} is not a regular expression.`)
  }
}

function parse(args: readonly string[]): Arguments | null {
  const text = { type: 'string' } as const
  const { values } = parseOptions(() =>
    parseArgs({
      args: [...args],
      options: {
        ...{ count: text, seed: text, only: text, target: text, kernel: text, failures: text },
        ...{
          ...{ guard: text, axes: text },
          long: { type: 'boolean' },
          fft: { type: 'boolean' },
          first: { type: 'boolean' },
          forgotten: { type: 'boolean' },
          shapes: { type: 'boolean' },
          soak: { type: 'boolean' },
          help: { type: 'boolean', short: 'h' },
        },
      },
    }),
  )
  if (values.help) return null
  const { target = 'all' } = values
  const targets =
    target === 'all'
      ? targetNames
      : targetNames.filter((name) => name === target || (target === 'native' && name.startsWith(target)))
  check(targets.length > 0, () => `fuzz: there is no target ${target}. Use native, ${targetNames.join(', ')} or all.`)
  const { guard } = values
  check(
    guard === undefined || guard === 'before' || guard === 'after',
    () => `fuzz: --guard is ${guard}. Use before or after.`,
  )
  const pattern = patternOf(values.kernel)
  check(
    values.axes !== undefined || values.first || kernelNames.some((name) => pattern.test(name)),
    () => `fuzz: no kernel matches ${values.kernel}. There are: ${kernelNames.join(', ')}.`,
  )
  const named = ['native', 'wasm'].filter((name) => target === 'all' || target.startsWith(name))
  return {
    backends: named,
    first: values.first ? pattern : undefined,
    forgottenSeconds: values.forgotten ? whole('count', values.count, 60, 1) : undefined,
    plan: {
      seed: whole('seed', values.seed, 1, 0),
      count: whole('count', values.count, 1000, 1),
      most: whole('failures', values.failures, 10, 1),
      kernels: (kernel) => pattern.test(kernel),
      source: values.fft ? fftCases : values.long ? longCases : usualCases,
    },
    guard,
    axes:
      values.axes === undefined
        ? undefined
        : {
            length: whole('axes', values.axes, 2 ** 20, 64),
            ops: patternOf(values.kernel),
            backends: named,
            only: values.only === undefined ? undefined : whole('only', values.only, 0, 0),
          },
    only: values.only === undefined ? undefined : whole('only', values.only, 0, 0),
    targets,
    shapeCount: values.shapes ? whole('count', values.count, 10_000, 1) : undefined,
    soakSteps: values.soak ? whole('count', values.count, 10_000, 1) : undefined,
  }
}

function parseOptions<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConvokeError(`fuzz: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const { stderr, stdout } = process

/** Those of these backends that are there; of the others it is said that they are not tested. */
function availableOf(names: readonly string[]): string[] {
  const usable = backends().filter(({ available }) => available)
  return names.filter((name) => {
    const there = usable.some((one) => one.name === name)
    if (!there) stderr.write(`fuzz: ${name} is not tested: it is not available here\n`)
    return there
  })
}

/** A line that is written over, on a terminal only. */
function showProgress(text: string): void {
  if (stderr.isTTY) stderr.write(`\r${text}\x1b[K`)
}

/** A fault ends the process, so another one tells of it. */
function runGuarded(args: readonly string[], { plan, guard }: Arguments): number {
  const { status, signal, last } = inOtherProcess(args)
  if (signal === null) return status ?? 1
  const { options } = plan.source ?? usualCases
  stdout.write(`case ${last} touches memory that is not its own (${signal})\n`)
  stdout.write(`  reproduce: npm run fuzz -- ${options}--guard ${guard} --seed ${plan.seed} --only ${last}\n`)
  return 1
}

async function run(args: readonly string[], parsed: Arguments): Promise<number> {
  const { plan, only, targets: wanted, soakSteps, shapeCount, guard, axes, first, forgottenSeconds } = parsed
  if (axes !== undefined) return runAxes(args, axes, showProgress)
  if (first !== undefined) return runFirstCalls(args, availableOf(parsed.backends), first)
  if (forgottenSeconds !== undefined) return runForgotten(args, availableOf(parsed.backends), forgottenSeconds)
  if (!isOtherProcess()) {
    if (guard !== undefined) return runGuarded(args, parsed)
    if (shapeCount !== undefined) return inOtherProcess(args, [smallHeap]).status ?? 1
  }
  const begin = keepDiary()
  if (soakSteps !== undefined) {
    const report = await soak(soakSteps, (done) => showProgress(`${done} of ${soakSteps} steps`))
    showProgress('')
    stdout.write(`${report.lines.join('\n')}\n`)
    return report.constant ? 0 : 1
  }
  if (shapeCount !== undefined) {
    const report = await shapes({ ...manyShapes, count: shapeCount, seed: plan.seed }, (done) =>
      showProgress(`${done} of ${shapeCount} shapes`),
    )
    showProgress('')
    stdout.write(`${report.lines.join('\n')}\n`)
    return report.constant ? 0 : 1
  }
  inspectPrograms(refuseOtherPrograms)
  const { targets, missing } = openTargets(wanted, guard)
  for (const line of missing) stderr.write(`fuzz: ${line}\n`)
  const total = only === undefined ? plan.count : 1
  const { cases, byKernel, failed } = fuzz(
    { ...plan, targets, ...(begin && { begin }) },
    (done, failure) => {
      showProgress(`${done} of ${total} cases`)
      if (failure === undefined) return
      showProgress('')
      stdout.write(`${describeFailure(plan.seed, failure, plan.source?.options)}\n\n`)
    },
    only === undefined ? undefined : [only],
  )
  showProgress('')
  const kinds = [...byKernel].map(([kernel, count]) => `${kernel} ${count}`).join(', ')
  const names = targets.map(({ name }) => name).join(', ')
  stdout.write(`${cases} cases (${kinds}) on ${names}, seed ${plan.seed}: `)
  stdout.write(failed.length === 0 ? 'all agree with the reference\n' : `${failed.length} fail\n`)
  return failed.length === 0 ? 0 : 1
}

/** Runs the fuzzer: 0 when all agree, 1 when something fails, 2 for wrong arguments. */
export async function main(args: readonly string[]): Promise<number> {
  let parsed: Arguments | null
  try {
    parsed = parse(args)
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    stderr.write(`${error.message}\n`)
    return 2
  }
  if (parsed === null) {
    stdout.write(help)
    return 0
  }
  try {
    return await run(args, parsed)
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    stderr.write(`${error.message}\n`)
    return 1
  }
}
