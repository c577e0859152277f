import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder } from '../../test/run.ts'
import { prepareFolder, writeChunks, writeWhole } from './write-whole.ts'

describe('writeWhole', () => {
  it('makes the folder, writes beside the target, and renames', async () => {
    const cwd = await folder()
    const path = join(cwd, 'a', 'b', 'file.txt')
    await writeWhole(path, async (temporary) => {
      await writeChunks(temporary, ['one ', new TextEncoder().encode('two')])
      expect(await readdir(join(cwd, 'a', 'b'))).not.toContain('file.txt')
    })
    expect(await readFile(path, 'utf8')).toBe('one two')
    expect(await readdir(join(cwd, 'a', 'b'))).toEqual(['file.txt'])
  })

  it('keeps what was there, and nothing else, when writing fails midway', async () => {
    const cwd = await folder()
    const path = join(cwd, 'file.txt')
    await writeFile(path, 'before')
    function* broken() {
      yield 'half'
      throw Object.assign(new Error('write'), { code: 'ENOSPC' })
    }
    await expect(writeWhole(path, (temporary) => writeChunks(temporary, broken()))).rejects.toThrow(/the disk is full/)
    expect(await readdir(cwd)).toEqual(['file.txt'])
    expect(await readFile(path, 'utf8')).toBe('before')
  })

  it('refuses a target that is a folder, and a folder below a file', async () => {
    const cwd = await folder()
    await mkdir(join(cwd, 'taken'))
    await expect(writeWhole(join(cwd, 'taken'), (temporary) => writeChunks(temporary, ['x']))).rejects.toThrow(
      /taken is a folder/,
    )
    await writeFile(join(cwd, 'file'), '')
    await expect(prepareFolder(join(cwd, 'file', 'below'))).rejects.toThrow(/not a folder/)
    await expect(prepareFolder(join(cwd, 'file'))).rejects.toThrow(/not a folder/)
    expect((await readdir(cwd)).sort()).toEqual(['file', 'taken'])
  })
})
