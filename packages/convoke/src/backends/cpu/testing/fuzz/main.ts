// The command line of the fuzzer.

import { parseArgs } from 'node:util'
import { ConvokeError, check } from '../../../../shapes/error.ts'
import { kernelNames } from './draw-case.ts'
import { describeFailure, type FuzzPlan, fuzz } from './fuzz.ts'
import { soak } from './soak.ts'
import { openTargets, type TargetName, targetNames } from './targets.ts'

const help = `Usage: npm run fuzz -- [options]

Random specs for every kernel, on every target of the CPU engine this machine has, against the float64 reference.

  --count N        cases (default: 1000)
  --seed S         where the random numbers start (default: 1)
  --only I         case I of that seed alone
  --target NAME    ${targetNames.join(', ')} or all (default: all)
  --kernel REGEX   only kernels whose name matches, e.g. --kernel "^conv"
  --failures N     stop after so many failing cases (default: 10)
  --soak           10,000 training steps (or --count) in constant memory instead
  --help           this text

Example: npm run fuzz -- --count 200 --seed 7 --kernel pool
`

interface Arguments {
  readonly plan: Omit<FuzzPlan, 'targets'>
  readonly only: number | undefined
  readonly targets: readonly TargetName[]
  readonly soakSteps: number | undefined
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
        ...{ soak: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      },
    }),
  )
  if (values.help) return null
  const { target = 'all' } = values
  const targets = target === 'all' ? targetNames : targetNames.filter((name) => name === target)
  check(targets.length > 0, () => `fuzz: there is no target ${target}. Use ${targetNames.join(', ')} or all.`)
  const pattern = patternOf(values.kernel)
  check(
    kernelNames.some((name) => pattern.test(name)),
    () => `fuzz: no kernel matches ${values.kernel}. There are: ${kernelNames.join(', ')}.`,
  )
  return {
    plan: {
      seed: whole('seed', values.seed, 1, 0),
      count: whole('count', values.count, 1000, 1),
      most: whole('failures', values.failures, 10, 1),
      kernels: (kernel) => pattern.test(kernel),
    },
    only: values.only === undefined ? undefined : whole('only', values.only, 0, 0),
    targets,
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

/** A line that is written over, on a terminal only. */
function showProgress(text: string): void {
  if (stderr.isTTY) stderr.write(`\r${text}\x1b[K`)
}

async function run({ plan, only, targets: wanted, soakSteps }: Arguments): Promise<number> {
  if (soakSteps !== undefined) {
    const report = await soak(soakSteps, (done) => showProgress(`${done} of ${soakSteps} steps`))
    showProgress('')
    stdout.write(`${report.lines.join('\n')}\n`)
    return report.constant ? 0 : 1
  }
  const { targets, missing } = openTargets(wanted)
  for (const line of missing) stderr.write(`fuzz: ${line}\n`)
  const total = only === undefined ? plan.count : 1
  const { cases, byKernel, failed } = fuzz(
    { ...plan, targets },
    (done, failure) => {
      showProgress(`${done} of ${total} cases`)
      if (failure === undefined) return
      showProgress('')
      stdout.write(`${describeFailure(plan.seed, failure)}\n\n`)
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
    return await run(parsed)
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    stderr.write(`${error.message}\n`)
    return 1
  }
}
