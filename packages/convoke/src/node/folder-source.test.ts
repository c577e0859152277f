import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderSource } from './index.ts'

const windows = process.platform === 'win32'
const isRoot = process.getuid?.() === 0

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'folder-'))
  for (const folder of ['set/cat', 'set/.cache', 'elsewhere/dog']) mkdirSync(join(root, folder), { recursive: true })
  for (const file of ['set/cat/1.png', 'set/.cache/1.png', 'elsewhere/dog/2.png']) writeFileSync(join(root, file), file)
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const set = () => folderSource(join(root, 'set'))
const listed = async () => [...(await set().list())].sort()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('a folder as a source', () => {
  it('names its files and folders, and does not look into hidden ones', async () => {
    expect(await listed()).toEqual(['cat/1.png'])
    expect([...(await set().folders!())].sort()).toEqual(['.cache', 'cat'])
  })

  it.skipIf(windows)('follows links to folders and to files', async () => {
    symlinkSync(join(root, 'elsewhere/dog'), join(root, 'set/dog'))
    symlinkSync(join(root, 'elsewhere/dog/2.png'), join(root, 'set/cat/linked.png'))
    expect(await listed()).toEqual(['cat/1.png', 'cat/linked.png', 'dog/2.png'])
    expect(text(await set().read('dog/2.png'))).toBe('elsewhere/dog/2.png')
  })

  it.skipIf(windows)('takes a folder twice where two links lead to it, and ends where links lead back', async () => {
    symlinkSync(join(root, 'elsewhere'), join(root, 'set/a'))
    symlinkSync(join(root, 'elsewhere'), join(root, 'set/b'))
    symlinkSync(join(root, 'set'), join(root, 'elsewhere/dog/back'))
    symlinkSync('.', join(root, 'set/cat/itself'))
    expect(await listed()).toEqual(['a/dog/2.png', 'b/dog/2.png', 'cat/1.png'])
  })

  it.skipIf(windows)('names a link that leads nowhere, and says so when it is read', async () => {
    symlinkSync(join(root, 'gone.png'), join(root, 'set/cat/2.png'))
    expect(await listed()).toEqual(['cat/1.png', 'cat/2.png'])
    await expect(set().read('cat/2.png')).rejects.toThrow('there is no such file')
    await expect(set().readStart!('cat/2.png', 10)).rejects.toThrow('there is no such file')
  })

  it.skipIf(windows)('passes over pipes, which never end', async () => {
    execFileSync('mkfifo', [join(root, 'set/cat/pipe.png')])
    expect(await listed()).toEqual(['cat/1.png'])
  })

  it.skipIf(process.platform !== 'linux')('reads files and folders whose names are no UTF-8', async () => {
    const odd = Buffer.concat([Buffer.from(join(root, 'set/caf')), Buffer.from([0xe9])])
    mkdirSync(odd)
    writeFileSync(Buffer.concat([odd, Buffer.from('/1.png')]), 'inside')
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'set/cat/')), Buffer.from([0xff]), Buffer.from('.png')]), 'odd')
    const source = set()
    expect([...(await source.list())].sort()).toEqual(['caf\\xe9/1.png', 'cat/1.png', 'cat/\\xff.png'])
    expect(text(await source.read('caf\\xe9/1.png'))).toBe('inside')
    expect(text(await source.readStart!('cat/\\xff.png', 2))).toBe('od')
  })

  it.skipIf(windows || isRoot)('reads the rest where a folder must not be read, and names that folder', async () => {
    mkdirSync(join(root, 'set/locked'))
    chmodSync(join(root, 'set/locked'), 0)
    try {
      expect(await listed()).toEqual(['cat/1.png'])
      expect(await set().unreadable!()).toEqual([expect.stringMatching(/locked: the folder cannot be read: /)])
    } finally {
      chmodSync(join(root, 'set/locked'), 0o700)
    }
  })
})
