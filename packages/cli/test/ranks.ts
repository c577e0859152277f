// Runs the built `convoke` on ranks, by an MPI that is installed.

import { execFile } from 'node:child_process'
import { kinds, ranksWith } from './kills/kills.ts'
import { bin, type Ran, words } from './run.ts'

export { kinds } from './kills/kills.ts'

if (kinds.length < 2)
  console.warn('mpirun.openmpi or mpirun.mpich is not here: its tests are skipped. Install openmpi-bin and mpich.')

export type Kind = (typeof kinds)[number]

export interface Together extends Ran {
  readonly seconds: number
  /** Ranks that are there some seconds after the job. */
  readonly left: number
}

export interface OnOptions {
  /** In the shell of each rank before the command, which begins with `exec`; `$RANK` is its number. */
  readonly first?: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Sends mpirun a signal once the job has printed this. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly after: string }
}

/** MPICH's mpirun does not wait for what it kills. */
async function leftOf(mark: string): Promise<number> {
  const ended = performance.now()
  while (ranksWith(mark).length > 0 && performance.now() - ended < 3000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  return ranksWith(mark).length
}

let count = 0

/** Runs `convoke` on `ranks` ranks. */
export const on = (
  kind: Kind,
  ranks: number,
  cwd: string,
  line: string,
  { first, input, env: more, signal }: OnOptions = {},
): Promise<Together> => {
  const [program, ...options] = kind
  const mark = `convoke-test-${process.pid}-${count++}`
  const command = [process.execPath, bin, ...words(line)]
  const shell = `RANK=$OMPI_COMM_WORLD_RANK$PMI_RANK; ${first}; exec "$0" "$@"`
  const started = performance.now()
  return new Promise((resolve) => {
    const args = [...options, '-n', String(ranks), ...(first === undefined ? command : ['sh', '-c', shell, ...command])]
    const env = { ...process.env, CONVOKE_MARK: mark, npm_command: '', ...more }
    const child = execFile(program, args, { cwd, env, maxBuffer: 2 ** 26, timeout: 120_000 }, (_, stdout, stderr) => {
      const seconds = (performance.now() - started) / 1000
      const code = child.exitCode ?? -1
      void leftOf(mark).then((left) => resolve({ code, stdout, stderr, seconds, left }))
    })
    child.stdin?.end(input)
    let told = ''
    child.stdout?.on('data', (text) => {
      if (signal === undefined || told.includes(signal.after)) return
      told += text
      if (told.includes(signal.after)) child.kill(signal.name)
    })
  })
}
