// The command line of the fuzzer of files.

import { parseArgs } from 'node:util'
import { check } from 'convoke/shapes'
import { fileFormats } from './formats.ts'
import { fuzzFiles } from './fuzz-files.ts'

const names = fileFormats.map(({ name }) => name)

const help = `Usage: npm run fuzz -- --files [options]

Mutated files of every format that is read back from disk: taken or refused in words, soon and in little memory.

  --count N        cases of each format (default: 3000; a tenth for pictures)
  --seed S         where the random numbers start (default: 1)
  --format NAME    ${names.join(', ')} or all (default: all)
  --only I         case I of that seed alone
  --failures N     stop after so many failing cases (default: 10)
  --help           this text
`

const whole = (name: string, text: string | undefined, usual: number, least: number): number => {
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
      ...{ count: text, seed: text, format: text, only: text, failures: text },
      ...{ files: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { format: wanted = 'all' } = values
  const formats = fileFormats.filter(({ name }) => wanted === 'all' || name === wanted)
  check(formats.length > 0, () => `fuzz: there is no format ${wanted}. Use ${names.join(', ')} or all.`)
  const seed = whole('seed', values.seed, 1, 0)
  const only = values.only === undefined ? undefined : whole('only', values.only, 0, 0)
  const count = whole('count', values.count, 3000, 1)
  const failures = await fuzzFiles(
    { formats, seed, count, only, most: whole('failures', values.failures, 10, 1) },
    ({ format, index, problem }) => {
      process.stdout.write(
        `${format}: ${problem}\n  npm run fuzz -- --files --format ${format} --seed ${seed} --only ${index}\n\n`,
      )
    },
  )
  const tried = only === undefined ? `${count} cases` : `case ${only}`
  process.stdout.write(`${tried} of each of ${formats.map(({ name }) => name).join(', ')}, seed ${seed}: `)
  process.stdout.write(failures.length === 0 ? 'all taken or refused in words\n' : `${failures.length} fail\n`)
  return failures.length === 0 ? 0 : 1
}
