import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { vectorProgram } from '../../program/index.ts'
import { platform } from '../platform/node.ts'
import { nativeRuntime } from './index.ts'

/** The processors in a list of `proc_pid_status(5)`: `0-3,8`. */
const processorsIn = (list: string): Set<number> =>
  new Set(
    list.split(',').flatMap((part) => {
      const [first, last = first] = part.split('-').map(Number)
      return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    }),
  )

/** The processors that a thread, `/proc/thread-self` being this one, may run on. */
const allowedTo = (thread: string): Set<number> =>
  processorsIn(/^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`${thread}/status`, 'utf8'))![1])

/** Where this thread ran last: field 39 of `proc_pid_stat(5)`, counted behind the name, which may hold anything. */
const processorOfThis = (): number => {
  const stat = readFileSync('/proc/thread-self/stat', 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[39 - 3])
}

const threadsOfThis = (): string[] => readdirSync('/proc/self/task').map((id) => `/proc/self/task/${id}`)

/** A runtime on two threads, or why placement is not tested. */
function twoThreads() {
  if (!existsSync('/proc/thread-self/status')) return 'this is not Linux'
  if (allowedTo('/proc/thread-self').size < 2) return 'this process may run on one processor only'
  const found = nativeRuntime(platform, { threads: 2 })
  return 'reason' in found ? found.reason : found.runtime
}

const runtime = twoThreads()
if (typeof runtime === 'string') test.skip(`the placement of workers is not tested: ${runtime}`, () => {})
else {
  test('a worker may run on every processor of the calling thread but the one that thread is on', async () => {
    const before = new Set(threadsOfThis())
    const program = vectorProgram('wait', runtime.target, (b) => {
      const y = b.pointer('y')
      b.loop(b.integer('turns'), () => b.store(y, 0, b.constant(2)))
    })
    const [kernel, y] = [runtime.assemble(program), runtime.allocate(64 * 64)]
    const calls = Array.from({ length: 64 }, (_, i) => ({ kernel, values: [y.address + 64 * i, 200_000] }))
    const own = allowedTo('/proc/thread-self')

    /** The processor that each new thread with fewer processors than this one lacks. */
    const lacking = (): number[][] =>
      threadsOfThis()
        .filter((thread) => !before.has(thread))
        .map((thread) => [...own].filter((processor) => !allowedTo(thread).has(processor)))
        .filter((missing) => missing.length > 0)

    // This thread may be moved at any time: what counts is a run before and after which it is on the same processor.
    let seen: { readonly here: number; readonly missing: number[][] } | undefined
    for (let turn = 0; turn < 100 && (seen === undefined || seen.missing[0]?.[0] !== seen.here); turn++) {
      const here = processorOfThis()
      runtime.run(calls)
      const missing = lacking()
      if (processorOfThis() === here) seen = { here, missing }
      // Workers come up while this thread rests.
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(seen?.missing).toEqual([[seen?.here]])
    runtime.free(y)
  })
}
