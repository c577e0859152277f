import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseChecksums, parseDatasetNote, parseVersion } from './notes.ts'
import { readPartial } from './partial.ts'

const folder = mkdtempSync(join(tmpdir(), 'convoke-notes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sha256 = 'ab'.repeat(32)
const file = { name: 'a.gz', url: 'https://x', size: 3, sha256, verified: 'known' }
const version = { url: 'https://x', etag: null, lastModified: 'Tue' }

describe('notes beside downloads', () => {
  it('are read back as they were written', () => {
    expect(parseDatasetNote(JSON.stringify({ name: 'x', files: [file] }))).toEqual([file])
    expect(parseVersion(JSON.stringify(version))).toEqual(version)
    expect(parseChecksums(JSON.stringify({ 'https://x': sha256 }))).toEqual({ 'https://x': sha256 })
  })

  it.each(['', '{', 'null', '7', '[]', '{"files":null}', '{"files":[null]}', '{"files":[{"name":"a"}]}'])(
    'that are %j are none',
    (text) => {
      expect(parseDatasetNote(text)).toBe(null)
      expect(parseVersion(text)).toBe(null)
      expect(parseChecksums(text)).toEqual({})
    },
  )

  it('keep the checksums that are some', () => {
    expect(parseChecksums(JSON.stringify({ a: sha256, b: 7, c: 'short', d: null }))).toEqual({ a: sha256 })
  })

  it.each(['null', '"x"', '{}', '{"url":"https://x"}', '{"url":"https://x","etag":7,"lastModified":null}'])(
    'that say %s of a part let the download begin again',
    (text) => {
      writeFileSync(join(folder, 'f.part'), 'abc')
      writeFileSync(join(folder, 'f.part.json'), text)
      expect(readPartial(join(folder, 'f'))).toMatchObject({ size: 0, version: null })
    },
  )
})
