// The command line that compares the models of time with measurements.

import { parseArgs } from 'node:util'
import { describeConv } from '../../../../shapes/conv-spec.ts'
import { ConvokeError, check } from '../../../../shapes/error.ts'
import { openTargets, type TargetName, targetNames } from '../fuzz/targets.ts'
import { compareWays, type WayTime } from './compare.ts'
import { randomRows, usualRows } from './rows.ts'

const help = `Usage: npm run model -- [options]

Which way the planner takes for a convolution and its gradients, and which is the fastest: each way there is, with the time
that the model expects of it and the time it takes on one thread, both over that of a direct sum. "*" marks the way taken.

  --target NAME    ${targetNames.join(', ')} or all (default: all)
  --random N       N random convolutions instead of the usual ones
  --seed S         where the random numbers start (default: 1)
  --help           this text

Example: npm run model -- --target wasm --random 50
`

/** Ways as fast as this share of the one taken are said to be faster. */
const faster = 0.95

const describe = ({ algorithm, expected, measured, taken }: WayTime): string =>
  `${algorithm} ${expected.toFixed(2)} ${measured.toFixed(2)}${taken ? '*' : ''}`

/** The way taken, and the fastest. */
function verdictOf(ways: readonly WayTime[]): { readonly chosen: WayTime; readonly best: WayTime } {
  const chosen = ways.find(({ taken }) => taken) ?? ways[0]
  return { chosen, best: ways.reduce((best, way) => (way.measured < best.measured ? way : best)) }
}

interface Arguments {
  readonly help: boolean
  readonly targets: readonly TargetName[]
  readonly random: number
  readonly seed: number
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  check(
    Number.isInteger(value) && value >= 0 && text.trim() !== '',
    () => `model: ${option} is ${text}; it must be a whole number from 0 on.`,
  )
  return value
}

/** Throws `ConvokeError` for what is no option, or no value of one. */
function readArguments(args: readonly string[]): Arguments {
  const values = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          target: { type: 'string', default: 'all' },
          random: { type: 'string', default: '0' },
          seed: { type: 'string', default: '1' },
          help: { type: 'boolean', default: false },
          model: { type: 'boolean', default: false },
        },
      }).values
    } catch (error) {
      throw new ConvokeError(`model: ${error instanceof Error ? error.message : String(error)}`)
    }
  })()
  const targets = targetNames.filter((name) => values.target === 'all' || name === values.target)
  check(
    targets.length > 0,
    () => `model: there is no target "${values.target}". Known: ${targetNames.join(', ')}, all.`,
  )
  const [random, seed] = [wholeNumber('--random', values.random), wholeNumber('--seed', values.seed)]
  return { help: values.help, targets, random, seed }
}

/** The exit code: 0 done, 2 for arguments that are none. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const read = readArguments(args)
    if (read.help) console.log(help)
    else compareAll(read)
    return 0
  } catch (error) {
    if (!(error instanceof ConvokeError)) throw error
    console.error(error.message)
    return 2
  }
}

function compareAll({ targets: names, random, seed }: Arguments): void {
  const rows = random > 0 ? randomRows(seed, random) : usualRows()
  const { targets, missing } = openTargets(names)
  for (const line of missing) console.log(line)
  for (const { name, backends } of targets) {
    console.log(`\n${name}: way, time expected and time measured over that of a direct sum`)
    let [compared, right, lost] = [0, 0, 0]
    for (const row of rows) {
      const { ways, milliseconds } = compareWays(row, backends[0].runtime)
      if (ways.length < 2) continue
      const { chosen, best } = verdictOf(ways)
      const isRight = best.measured >= faster * chosen.measured
      compared++
      if (isRight) right++
      lost += Math.log(chosen.measured / best.measured)
      const words = `${row.kernel} ${describeConv(row.conv)}, ${milliseconds.toPrecision(3)} ms`
      console.log(`${isRight ? ' ' : '!'} ${words}: ${ways.map(describe).join('; ')}`)
    }
    const share = Math.exp(-lost / Math.max(1, compared))
    console.log(
      `${name}: the fastest way was taken, to within 5%, ${right} times of ${compared}; in the geometric mean a choice has ${(100 * share).toFixed(1)}% of the best speed.`,
    )
  }
}
