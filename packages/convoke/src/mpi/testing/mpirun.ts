// Jobs of several ranks, for tests: as those of a user, on what was built, by each MPI that is there.

import { execFile, spawnSync } from 'node:child_process'

export interface Launcher {
  readonly name: 'Open MPI' | 'MPICH'
  readonly command: readonly [string, ...string[]]
  readonly installed: boolean
}

const names = {
  'Open MPI': ['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe'],
  MPICH: ['mpirun.mpich'],
} as const

/** Debian's names: where both are installed, `mpirun` is one of them. */
export const launchers: readonly Launcher[] = Object.entries(names).map(([name, command]) => ({
  name: name as Launcher['name'],
  command,
  installed: spawnSync(command[0], ['--version']).status === 0,
}))

export const installed = launchers.filter((launcher) => launcher.installed)

/** Why tests skip; empty where they do not. */
export const missing = launchers
  .filter((launcher) => !launcher.installed)
  .map(({ name, command }) => `no ${command[0]}: the tests on ${name} are skipped. Install openmpi-bin and mpich.`)

for (const line of missing) console.warn(line)

export interface Job {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** Without colours, and without what an outer mpirun left. */
const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', CONVOKE_THREADS: '1' }

/** Runs `command` on `ranks` ranks; alone, without mpirun, where the launcher is null. */
export function job(launcher: Launcher | null, ranks: number, command: readonly string[], cwd?: string): Promise<Job> {
  const [program, ...rest] = launcher === null ? command : [...launcher.command, '-n', String(ranks), ...command]
  const started = performance.now()
  return new Promise((resolve) => {
    const options = { env: environment, timeout: 60_000, maxBuffer: 2 ** 26, cwd }
    const child = execFile(program, rest, options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr, seconds: (performance.now() - started) / 1000 })
    })
  })
}

/** A module as Node runs it from the library's folder. */
export const nodeWith = (code: string): readonly string[] => [process.execPath, '--input-type=module', '-e', code]
