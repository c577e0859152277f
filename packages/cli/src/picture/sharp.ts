// sharp, which reads and writes picture files, loaded when it is first needed. Its library libvips works in threads and ends
// the process where it cannot start one, so that is asked for before.

import { createRequire } from 'node:module'
import { threadsLeft } from 'convoke/files'
import { ConvokeError, check } from 'convoke/shapes'

type Sharp = typeof import('sharp').default

/** Threads that four pictures at a time take, as Node's pool hands them out, with those of the pool. */
const needed = 16

let loading: Promise<Sharp> | undefined

/** Throws `ConvokeError` where this process may not start the threads, or load the library. */
export function loadSharp(): Promise<Sharp> {
  loading ??= load()
  return loading
}

async function load(): Promise<Sharp> {
  const left = threadsLeft()
  check(
    left >= needed,
    () =>
      `pictures are read and written in threads, about ${needed} of them, and the system lets this process start ${left} more. Raise the limit of processes: ulimit -u, or --pids-limit of a container.`,
  )
  try {
    // Not by `import`, which takes twice as long: its modules are resolved one by one, and its dependencies searched for names.
    return createRequire(import.meta.url)('sharp') as Sharp
  } catch (error) {
    throw new ConvokeError(unloadable(error))
  }
}

function unloadable(error: unknown): string {
  const said = (error instanceof Error ? error.message : String(error)).trim().split('\n')
  const { permission } = process as { permission?: { has(scope: string): boolean } }
  if (permission !== undefined)
    return `pictures are read and written by sharp, whose native library Node's permission model blocks (${said[0]}). Start node with --allow-addons.`
  return `pictures are read and written by sharp, which does not load (${said[0].replace(/[\s:.]+$/, '')}). Run npm ci again on this machine.`
}
