// What the benchmark says while it works: on stderr, so that the table on stdout stays a table.

import { ConvokeError } from 'convoke/shapes'

export const say = (message: string): void => {
  process.stderr.write(`bench: ${message}\n`)
}

/** The exit code after an error: 1 with the reason said where it is one of ours, else it goes on. */
export function failed(error: unknown): number {
  if (!(error instanceof ConvokeError)) throw error
  say(error.message.replace(/^bench: /, ''))
  return 1
}
