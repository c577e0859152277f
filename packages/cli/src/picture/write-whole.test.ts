import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder } from '../../test/run.ts'
import { prepareFolder, writeWhole } from './write-whole.ts'

it('makes the folders that are missing', async () => {
  const cwd = await folder()
  await writeWhole(join(cwd, 'a/b/c.txt'), (path) => writeFile(path, 'whole'))
  expect(await readdir(join(cwd, 'a/b'))).toEqual(['c.txt'])
  await prepareFolder(join(cwd, 'a/b'))
})

it('refuses, at once, folders that the system will not make', async () => {
  const cwd = await folder()
  await writeFile(join(cwd, 'file'), '')
  await expect(prepareFolder(join(cwd, 'file/below'))).rejects.toThrow('not a folder')
  await expect(prepareFolder(join(cwd, 'file'))).rejects.toThrow('not a folder')
  // Node's recursive mkdir does not return from such places.
  if (process.platform === 'linux') await expect(prepareFolder('/proc/none/below')).rejects.toThrow('/proc/none/below')
})

it('leaves nothing behind when writing fails', async () => {
  const cwd = await folder()
  const failing = writeWhole(join(cwd, 'out.txt'), async (path) => {
    await writeFile(path, 'half')
    throw new Error('no more space')
  })
  await expect(failing).rejects.toThrow('no more space')
  expect(await readdir(cwd)).toEqual([])
})
