// The command line of the killer of ranks.

import { parseArgs } from 'node:util'
import { killRanks } from './kills.ts'

const help = `Usage: npm run fuzz -- --mpi-kills N [--seed S]

Trains on two to four ranks of Open MPI and MPICH, kills one of them at random N times, and goes on with what was saved.
`

/** The exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'mpi-kills': { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [count, seed] = [Number(values['mpi-kills']), Number(values.seed ?? 1)]
  if (!(Number.isSafeInteger(count) && count >= 1 && Number.isSafeInteger(seed))) {
    process.stderr.write(help)
    return 2
  }
  const log = (line: string): void => void process.stdout.write(`${line}\n`)
  // Bundled, so that the file lies elsewhere.
  const bin = new URL('../../packages/cli/bin/convoke.js', import.meta.url).pathname
  try {
    const { kills, resumable, steps, slowest } = await killRanks({ count, seed, bin, log })
    log(
      `${kills} kills, ${resumable} of them with a checkpoint, never lost; ${steps} steps taken; the slowest end took ${(slowest / 1000).toFixed(1)} s`,
    )
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}
