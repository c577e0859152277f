// How long a user waits: from starting a process to its first convolution's result.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Startup } from './results.ts'
import { median } from './statistics.ts'

const probe = fileURLToPath(new URL('./startup-probe.js', import.meta.url))

/** Starts the probe once: ms until it says it is done, by the one monotonic clock of the machine. */
async function once(what: 'convolution' | 'bare'): Promise<{ time: number; backend: string }> {
  const start = process.hrtime.bigint()
  const child = spawn(process.execPath, [probe, what], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  const [end, backend = ''] = said.split(' ')
  if (end === '') throw new Error('the process that times the start-up ended without a result')
  return { time: Number(BigInt(end) - start) / 1e6, backend }
}

/** Medians over `count` processes each, the bare ones and those that convolve in turn. */
export async function measureStartup(count: number): Promise<Startup> {
  const samples: number[] = []
  const bare: number[] = []
  let backend = ''
  for (let i = 0; i < count; i++) {
    bare.push((await once('bare')).time)
    const run = await once('convolution')
    samples.push(run.time)
    backend = run.backend
  }
  return { samples, median: median(samples), bare: median(bare), backend }
}
