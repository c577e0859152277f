// How the command fails: one line on stderr, `convoke: …`, and an exit code. 1: the work failed; 2: it was asked for wrongly.

import { ConvokeError } from 'convoke/shapes'

/** Asked for wrongly: an option, a value or a combination of them. Exit code 2. */
export class UsageError extends ConvokeError {
  override readonly name = 'UsageError'

  /** The same refusal as a matter of usage; anything that is no refusal stays what it is. */
  static from(error: unknown): unknown {
    return error instanceof ConvokeError ? new UsageError(error.message) : error
  }
}

export const exitCodeOf = (error: unknown): 1 | 2 => (error instanceof UsageError ? 2 : 1)

/** One line for people. What is no refusal of ours is a defect, and says how to see more. */
export function describeError(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ').trim()
  if (error instanceof ConvokeError) return `convoke: ${message}`
  return `convoke: ${message} (unexpected; set CONVOKE_DEBUG=1 to see where)`
}

/** Runs `read`, whose refusals are the caller's typing. */
export function asUsage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw UsageError.from(error)
  }
}
