// The fuzzer in a process of its own, which may end without a word: a file says at which case it was.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const diary = 'CONVOKE_FUZZ_CASE'

/** Node's option for a heap in which nothing may stand for each position of a long axis. */
export const smallHeap = '--max-old-space-size=256'

export const isOtherProcess = (): boolean => process.env[diary] !== undefined

export interface OtherEnded {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  /** The case it was at. */
  readonly last: string
}

/** Runs the fuzzer with the same arguments; what it prints is printed here. */
export function inOtherProcess(
  args: readonly string[],
  options: readonly string[] = [],
  from: Readonly<Record<string, string>> = {},
): OtherEnded {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-fuzz-'))
  const file = join(folder, 'case')
  const script = fileURLToPath(import.meta.url)
  const code = `import(${JSON.stringify(pathToFileURL(script).href)}).then(({ main }) => main(${JSON.stringify(args)})).then((code) => { process.exitCode = code })`
  const { status, signal } = spawnSync(process.execPath, [...options, '-e', code], {
    stdio: 'inherit',
    env: { ...process.env, ...from, [diary]: file },
  })
  const last = existsSync(file) ? readFileSync(file, 'utf8').split(' ')[0] : '0'
  rmSync(folder, { recursive: true })
  return { status, signal, last }
}

/** What notes each case before it runs; undefined in the process that was started first. */
export function keepDiary(): ((index: number) => void) | undefined {
  const path = process.env[diary]
  if (path === undefined) return undefined
  const file = openSync(path, 'w')
  return (index) => void writeSync(file, `${index} `.padEnd(20), 0)
}
