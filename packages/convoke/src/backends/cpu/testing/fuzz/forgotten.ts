// Tensors that nobody disposes, one each millisecond: memory must come back in time.

import { relu } from '../../../../ops/index.ts'
import { ones } from '../../../../tensor/index.ts'
import { useBackend } from '../../../current.ts'
import { inOtherProcess, isOtherProcess } from './other-process.ts'

/** Bytes of memory that the process may take. */
const mostMemory = 500e6

/** For the other process: the backend. */
const part = 'CONVOKE_FUZZ_FORGOTTEN'

/** 0 where the memory of the process stays within its limit on each of these backends, 1 where it does not. */
export async function runForgotten(
  args: readonly string[],
  backends: readonly string[],
  seconds: number,
): Promise<number> {
  if (isOtherProcess()) return await runOne(process.env[part] ?? 'native', seconds)
  let failed = 0
  for (const backend of backends) {
    const { status, signal } = inOtherProcess(args, [], { [part]: backend })
    if (status === null) process.stdout.write(`${backend}: the process ended (${signal})\n`)
    if (status !== 0) failed++
  }
  return failed === 0 ? 0 : 1
}

async function runOne(backend: string, seconds: number): Promise<number> {
  await useBackend(backend)
  const end = performance.now() + 1000 * seconds
  let [calls, most] = [0, 0]
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      relu(ones([2 ** 20]))
      calls++
      most = Math.max(most, process.memoryUsage.rss())
      if (performance.now() < end) return
      clearInterval(timer)
      resolve()
    }, 1)
  })
  const bad = most > mostMemory
  process.stdout.write(
    `${backend}: relu(ones([2 ** 20])) each millisecond for ${seconds} s, ${calls} calls: ${(most / 1e6).toFixed(0)} MB of memory at most${bad ? ': TOO MUCH' : ''}\n`,
  )
  return bad ? 1 : 0
}
