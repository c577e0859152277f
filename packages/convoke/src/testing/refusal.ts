// What tests of bad input share.

import { expect } from 'vitest'
import * as ops from '../ops/index.ts'
import { ConvokeError } from '../shapes/error.ts'

/** The ops, to be called with what their types forbid. */
export const loosely = ops as unknown as Record<string, (...args: unknown[]) => unknown>

/** The form of every refusal: who refuses (an op, or a tensor of some shape), what and why, a full stop. */
export const refusalForm = /^[a-zA-Z0-9]+( \[[\d, ]*\])?: .+\.$/s

/** The message of the ConvokeError that `body` throws; anything else fails the test. */
export function refusal(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    expect(error).toBeInstanceOf(ConvokeError)
    const { message } = error as Error
    expect(message).toMatch(refusalForm)
    return message
  }
  throw new Error('nothing was refused')
}

/** What is refused, by which op, given what, and words of its message. */
export type Refused = readonly [what: string, op: string, args: readonly unknown[], message: string]
