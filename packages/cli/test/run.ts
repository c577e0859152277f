// Runs the built `convoke` as a user would: its own process, its own folder.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, vi } from 'vitest'

// Processes take their time on a machine that does other work as well.
vi.setConfig({ testTimeout: 180_000 })

export const bin = fileURLToPath(new URL('../bin/convoke.js', import.meta.url))

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `convoke ...args` in `cwd`. */
export const convoke = (cwd: string, ...args: string[]): Promise<Ran> => convokeWith({}, cwd, ...args)

/** The same with more in its environment. */
export const convokeWith = (env: Readonly<Record<string, string>>, cwd: string, ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const options = { cwd, maxBuffer: 2 ** 28, env: { ...process.env, CONVOKE_DEBUG: '', ...env } }
    execFile(process.execPath, [bin, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, stderr })
    })
  })

const folders: string[] = []

/** A new empty folder that goes when the test ends. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'convoke-test-'))
  folders.push(path)
  return path
}

afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true })
})

/** The words of a command line as a shell parts them: spaces, and double quotes around a word. */
export const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2])
