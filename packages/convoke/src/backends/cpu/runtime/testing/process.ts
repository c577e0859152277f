// For tests: the built library in a process of its own, in which something is refused.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const built = fileURLToPath(new URL('../../../../../dist/index.js', import.meta.url))
if (!existsSync(built)) throw new Error('The library is not built. Run `npm run build` first.')

/**
 * Computes on every backend of the engine that there is, with a pause in which news of workers arrives, then on the
 * reference, and says what there is.
 */
const script = (before: string) => `
  ${before}
  const { matmul, ones, backends, useBackend, setThreads, threads } = await import(${JSON.stringify(pathToFileURL(built).href)})
  const sums = []
  const began = backends().map(({ name, reason }) => name + ': ' + reason)
  for (const { name, available } of backends()) {
    if (!available || name === 'reference') continue
    await useBackend(name)
    began.push(name + ' begins with ' + threads())
    try { setThreads(4) } catch {}
    for (let i = 0; i < 20; i++) sums.push(matmul(ones([256, 256]), ones([256, 256])).dataSync()[65535])
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (let i = 0; i < 20; i++) sums.push(matmul(ones([256, 256]), ones([256, 256])).dataSync()[65535])
  }
  await useBackend('reference')
  sums.push(matmul(ones([2, 3]), ones([3, 2])).dataSync()[3])
  console.log(JSON.stringify({ sums: [...new Set(sums)], began, backends: backends(), at: Date.now() }))`

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** When it had ended. */
  readonly ended: number
}

/** Runs it after the lines `before`, by another command where one is given, with options for Node. */
export function runProcess(before: string, command: readonly string[], options: readonly string[] = []): Ran {
  const all = [...command, process.execPath, ...options, '--input-type=module', '-e', script(before)]
  const { status, stdout, stderr } = spawnSync(all[0], all.slice(1), { encoding: 'utf8', timeout: 60_000 })
  return { status, stdout, stderr, ended: Date.now() }
}

interface Report {
  readonly sums: readonly number[]
  readonly began: readonly string[]
  readonly backends: readonly { readonly name: string; readonly reason: string }[]
  readonly at: number
}

export function reportOf(stdout: string) {
  const { sums, began, backends, at } = JSON.parse(stdout) as Report
  return {
    sums,
    at,
    /** Before the first work: each backend with its reason, and how many threads it begins with. */
    began: began.join('\n'),
    reasons: backends.map(({ name, reason }) => `${name}: ${reason}`).join('\n'),
  }
}
