// What is noted beside downloads, as it is read back: files that may have been damaged or edited. What is no note is as
// good as none, and what it spoke of is downloaded again.

import * as v from 'valibot'
import type { DownloadedDataset } from './dataset.ts'
import type { Version } from './partial.ts'

const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

const datasetNote = v.looseObject({
  files: v.array(
    v.looseObject({
      ...{ name: v.string(), url: v.string(), sha256 },
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      verified: v.picklist(['known', 'as before', 'first']),
    }),
  ),
})

const version = v.object({ url: v.string(), etag: v.nullable(v.string()), lastModified: v.nullable(v.string()) })

function parsed<T>(text: string, schema: v.GenericSchema<unknown, T>): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(text))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

/** The files of a complete data set. */
export const parseDatasetNote = (text: string): DownloadedDataset['files'] | null =>
  parsed(text, datasetNote)?.files ?? null

/** Which version of a file the bytes are from that are there. */
export const parseVersion = (text: string): Version | null => parsed(text, version)

/** Checksums by address; entries that are none are left out. */
export function parseChecksums(text: string): Record<string, string> {
  const all = parsed(text, v.record(v.string(), v.unknown())) ?? {}
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => v.is(sha256, entry[1])))
}
