// How much memory this process took.

import { readFileSync } from 'node:fs'

/** The most memory that the process ever held, in MiB; undefined where the system does not say. */
export function peakMemory(): number | undefined {
  try {
    const found = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))
    return found === null ? undefined : Number(found[1]) / 1024
  } catch {
    return undefined
  }
}
