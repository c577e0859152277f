// How the command fails: one line on stderr, `convoke: …`, and an exit code. 1: the work failed; 2: a usage error.

import { ConvokeError } from 'convoke/shapes'
import { fileProblem } from './file-problem.ts'

/** Asked for wrongly: an option, a value or a combination of them. Exit code 2. */
export class UsageError extends ConvokeError {
  override readonly name = 'UsageError'

  /** The same refusal as a matter of usage; anything that is no refusal stays what it is. */
  static from(error: unknown): unknown {
    return error instanceof ConvokeError ? new UsageError(error.message) : error
  }
}

export const exitCodeOf = (error: unknown): 1 | 2 => (error instanceof UsageError ? 2 : 1)

/** What V8 says when an array cannot be had. */
const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError &&
  /allocation failed|Invalid (typed )?array( buffer)? length|Invalid string length/i.test(error.message)

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && 'syscall' in error

/**
 * One line for people: a refusal as it is, what the system refused in words. Anything else is a defect, and says how to
 * see more.
 */
export function describeError(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).trim()
  if (error instanceof ConvokeError) return message
  if (isOutOfMemory(error))
    return `there is not enough memory for this (${message}). Use smaller pictures or batches, or fewer examples.`
  if (isSystemError(error)) {
    const refused = fileProblem(error, error.path ?? 'what was asked for')
    if (refused instanceof ConvokeError) return refused.message
    return `the system refuses ${error.syscall ?? 'this'}${error.path === undefined ? '' : ` of ${error.path}`}: ${message}`
  }
  return `${message.replace(/\s*\n\s*/g, ' ')} (unexpected; set CONVOKE_DEBUG=1 to see where)`
}

/** Runs `read`, whose refusals are the caller's typing. */
export function asUsage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw UsageError.from(error)
  }
}
