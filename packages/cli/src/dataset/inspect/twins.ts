// The same picture seen twice: in two classes it teaches nothing; in training and test it makes the test too easy.

import { createHash } from 'node:crypto'
import { data } from 'convoke'

interface Seen {
  readonly part: string
  /** Its file. */
  readonly where: string
  readonly label?: string | undefined
}

export interface Twins {
  /** What is wrong with a picture whose digest was seen before; null where nothing is. */
  note(digest: string, picture: Seen): string | null
}

export function createTwins(): Twins {
  const first = new Map<string, Seen>()
  return {
    note(digest, picture) {
      const before = first.get(digest)
      if (before === undefined) {
        first.set(digest, picture)
        return null
      }
      const { where, part, label } = picture
      if (part !== before.part) {
        // Parts that lie in folders of their own may have equal names.
        const own = data.partOfPath(data.folderOf(where)) === null ? `${part}: ${where}` : where
        return `${own}: the same picture is in ${before.part}: ${before.where}.`
      }
      return label === before.label ? null : `${where}: the same picture is in class ${before.label}: ${before.where}.`
    },
  }
}

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
