// How names from files are shown and kept.

import { show } from '../shapes/error.ts'

/** A name from a file in a message: files may name things by whole books. */
export const quoted = (name: string): string => show(name.length > 100 ? `${name.slice(0, 100)}…` : name)

/** Most nodes have no attributes. */
const none: Readonly<Record<string, never>> = Object.freeze(Object.create(null))

/** A record of whatever keys. */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  if (Array.isArray(entries) && entries.length === 0) return none
  const record = Object.create(null) as Record<string, T>
  for (const [key, value] of entries) record[key] = value
  return record
}
