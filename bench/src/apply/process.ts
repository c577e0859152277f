// A process, timed whole, and the most memory it held.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { ConvokeError } from 'convoke/shapes'

export interface Spent {
  readonly seconds: number
  /** The largest resident set; undefined where the system does not tell. */
  readonly megabytes: number | undefined
}

/** Milliseconds between two looks at the memory: the system keeps the largest there was. */
const interval = 4

function largestResident(pid: number): number | undefined {
  try {
    const found = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found === null ? undefined : Number(found[1]) / 1024
  } catch {
    return undefined
  }
}

/** Runs a command to its end. Throws `ConvokeError` with what it said when it fails. */
export function timed(command: string, args: readonly string[]): Promise<Spent> {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let megabytes: number | undefined
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  const look = setInterval(() => {
    if (child.pid !== undefined) megabytes = largestResident(child.pid) ?? megabytes
  }, interval)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(look)
      if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, megabytes })
      else reject(new ConvokeError(`bench: ${command} ended with code ${code}: ${said.trim()}`))
    })
  })
}
