// Ops with long axes, in a process of its own a backend, and another where that one ended on the way.

import { backends } from '../../../registry.ts'
import { axisCases, describeAxisCase, runAxisCase, wrongWith } from './axes.ts'
import { inOtherProcess, isOtherProcess, keepDiary, smallHeap } from './other-process.ts'

export interface AxesPlan {
  readonly length: number
  /** Which ops. */
  readonly ops: RegExp
  readonly backends: readonly string[]
  readonly only: number | undefined
}

/** For the other process: the backend, and the case to begin with. */
const part = 'CONVOKE_FUZZ_AXES'

const reproduce = ({ length, ops }: AxesPlan, backend: string, index: number): string => {
  const kernel = ops.source === '(?:)' ? '' : ` --kernel "${ops.source}"`
  return `  reproduce: npm run fuzz -- --axes ${length}${kernel} --target ${backend} --only ${index}\n`
}

const { stdout, stderr } = process

export async function runAxes(
  args: readonly string[],
  plan: AxesPlan,
  progress: (text: string) => void,
): Promise<number> {
  if (isOtherProcess()) return await runPart(plan, progress)
  const usable = backends().filter(({ available }) => available)
  let failed = 0
  for (const backend of plan.backends) {
    if (!usable.some(({ name }) => name === backend)) {
      stderr.write(`fuzz: ${backend} is not tested: it is not available here\n`)
      continue
    }
    failed += runOn(backend, args, plan)
  }
  return failed === 0 ? 0 : 1
}

/** Every case on one backend; how many processes said that some fail, or ended without a word. */
function runOn(backend: string, args: readonly string[], plan: AxesPlan): number {
  const cases = axisCases(plan.length, plan.ops)
  let failed = 0
  for (let from = 0; from < cases.length; ) {
    const { status, last } = inOtherProcess(args, [smallHeap], { [part]: `${backend} ${from}` })
    if (status === 0 || status === 1) return failed + status
    stdout.write(`${backend}: ${describeAxisCase(cases[Number(last)])}: the process ended\n`)
    stdout.write(reproduce(plan, backend, Number(last)))
    from = Number(last) + 1
    failed++
  }
  return failed
}

async function runPart(plan: AxesPlan, progress: (text: string) => void): Promise<number> {
  const { length, ops, only } = plan
  const [backend, from] = (process.env[part] ?? 'native 0').split(' ')
  const begin = keepDiary()
  const cases = axisCases(length, ops)
  let [failed, refused, most, longest] = [0, 0, 0, 0]
  for (let index = Number(from); index < cases.length; index++) {
    if (only !== undefined && index !== only) continue
    begin?.(index)
    progress(`${index} of ${cases.length} cases`)
    const result = await runAxisCase(backend, cases[index])
    if (result.refused !== undefined) refused++
    most = Math.max(most, result.heap)
    longest = Math.max(longest, result.first)
    const wrong = wrongWith(result)
    if (wrong === undefined) continue
    failed++
    progress('')
    stdout.write(`${backend}: ${describeAxisCase(cases[index])}: ${wrong}\n${reproduce(plan, backend, index)}`)
  }
  progress('')
  stdout.write(
    `${backend}: cases ${from} to ${cases.length - 1} with an axis of ${length}: ${failed} fail, ${refused} are refused in words; ` +
      `${(most / 2 ** 20).toFixed(0)} MiB of heap and ${(longest / 1000).toFixed(1)} s at most\n`,
  )
  return failed === 0 ? 0 : 1
}
