// The command line of the fuzzer of compiled networks.

import { parseArgs } from 'node:util'
import { useBackend } from '../../backends/current.ts'
import { backends } from '../../backends/registry.ts'
import { check } from '../../shapes/error.ts'
import { problemOf } from './compare.ts'

const help = `Usage: npm run fuzz -- --compile [options]

Networks drawn at random, compiled and as they are, on every backend: both must give the same.

  --count N        networks (default: 1000)
  --seed S         the first of their seeds (default: 1)
  --backend NAME   native, wasm, reference or all (default: all)
  --help           this text
`

function whole(name: string, text: string | undefined, usual: number, least: number): number {
  const value = text === undefined ? usual : Number(text)
  check(
    Number.isSafeInteger(value) && value >= least,
    () => `fuzz: --${name} is ${text}. Use a whole number of ${least} or more.`,
  )
  return value
}

/** The exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ count: text, seed: text, backend: text },
      ...{ compile: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { backend = 'all' } = values
  const names = backends().flatMap(({ name, available }) =>
    available && (backend === 'all' || backend === name) ? [name] : [],
  )
  check(names.length > 0, () => `fuzz: there is no backend ${backend} here. Use native, wasm, reference or all.`)
  const [count, seed] = [whole('count', values.count, 1000, 1), whole('seed', values.seed, 1, 0)]
  let failed = 0
  for (const name of names) {
    await useBackend(name)
    for (let at = seed; at < seed + count; at++) {
      const problem = told(at)
      if (problem === null) continue
      failed++
      process.stdout.write(
        `${name}: ${problem}\n  npm run fuzz -- --compile --backend ${name} --seed ${at} --count 1\n\n`,
      )
    }
  }
  process.stdout.write(
    `${count} networks on ${names.join(', ')}, from seed ${seed}: ${failed === 0 ? 'all give the same compiled' : `${failed} fail`}\n`,
  )
  return failed === 0 ? 0 : 1
}

function told(seed: number): string | null {
  try {
    return problemOf(seed)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
