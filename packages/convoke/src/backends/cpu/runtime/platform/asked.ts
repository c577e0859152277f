// What can be asked of any host, each question with an answer for hosts that refuse it.

import type { Cores } from './platform.ts'

/** The first line of what was thrown, without a full stop. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0].replace(/\.$/, '')
}

/** What a system says of its processors; 1 where it says nothing sensible. */
export function coresOf(ask: () => number | undefined): Cores {
  const unknown = 'the system does not report how many processors there are'
  try {
    const count = ask()
    return count !== undefined && Number.isInteger(count) && count >= 1 ? { count } : { count: 1, unknown }
  } catch (error) {
    return { count: 1, unknown: `${unknown} (${messageOf(error)})` }
  }
}

/** Why this JavaScript engine cannot share memory between threads, in words; undefined where it can. */
export function whyNotShared(): string | undefined {
  for (const name of ['SharedArrayBuffer', 'Atomics']) {
    if (!(name in globalThis)) return `this JavaScript engine has no ${name}`
  }
  try {
    new SharedArrayBuffer(4)
    return undefined
  } catch (error) {
    return `this JavaScript engine refuses memory that threads share (${messageOf(error)})`
  }
}
