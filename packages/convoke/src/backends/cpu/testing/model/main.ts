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

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: 'all' },
      random: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
      model: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(help)
    return 0
  }
  const [count, seed] = [Number(values.random), Number(values.seed)]
  check(Number.isInteger(count) && count >= 0, () => `model: --random is ${values.random}; it must be a whole number.`)
  check(Number.isInteger(seed), () => `model: --seed is ${values.seed}; it must be a whole number.`)
  const names = values.target === 'all' ? targetNames : targetNames.filter((name) => name === values.target)
  if (names.length === 0)
    throw new ConvokeError(`model: there is no target "${values.target}". Known: ${targetNames.join(', ')}, all.`)
  const rows = count > 0 ? randomRows(seed, count) : usualRows()
  const { targets, missing } = openTargets(names as readonly TargetName[])
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
  return 0
}
