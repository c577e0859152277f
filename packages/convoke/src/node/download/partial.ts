/// <reference types="node" />

// What a download has so far: `NAME.part` beside the file it is to become, and in `NAME.part.json` what the server said of
// the version it belongs to. All of it synchronous: while a response waits to be read, a cut connection would throw away
// what has arrived.

import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { parseVersion } from './notes.ts'

/** Which version of the file the bytes are from. */
export interface Version {
  readonly url: string
  readonly etag: string | null
  readonly lastModified: string | null
}

export interface Partial {
  readonly path: string
  /** Bytes that are there. */
  readonly size: number
  readonly version: Version | null
}

const partOf = (path: string): string => `${path}.part`
const notesOf = (path: string): string => `${path}.part.json`

export function readPartial(path: string): Partial {
  const part = partOf(path)
  try {
    const { size } = statSync(part)
    const version = parseVersion(readFileSync(notesOf(path), 'utf8'))
    if (version === null) return { path: part, size: 0, version: null }
    return { path: part, size, version }
  } catch {
    return { path: part, size: 0, version: null }
  }
}

/** Notes that were cut read as none, and the download starts again. */
export const noteVersion = (path: string, version: Version): void =>
  writeFileSync(notesOf(path), JSON.stringify(version))

export const forgetNotes = (path: string): void => rmSync(notesOf(path), { force: true })

export function forgetPartial(path: string): void {
  rmSync(partOf(path), { force: true })
  forgetNotes(path)
}

/**
 * What `If-Range` may say: a strong ETag, or else the date. Without either nothing says that the rest belongs to the same
 * file (RFC 9110, section 13.1.5).
 */
export const rangeCondition = ({ etag, lastModified }: Version): string | null =>
  etag !== null && !etag.startsWith('W/') ? etag : lastModified

/** Two answers speak of the same version as far as they tell. */
export const sameVersion = (a: Version, b: Version): boolean =>
  a.url === b.url && a.etag === b.etag && (a.etag !== null || a.lastModified === b.lastModified)
