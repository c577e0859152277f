import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { folderWith } from '../../test/data-files.ts'
import { pictureFiles } from './inputs.ts'

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

it('goes on with the other pictures where an input names none, says so and ends with 1', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const root = await folderWith({ '2.png': 'x', '10.png': 'x', 'empty/notes.txt': 'x' })
  const inputs = [join(root, 'gone.png'), join(root, '*.png'), join(root, 'empty'), join(root, '*.jpg')]
  expect(await pictureFiles(inputs)).toEqual(['2.png', '10.png'].map((name) => join(root, name)))
  expect(process.exitCode).toBe(1)
  const lines = said.mock.calls.map(([line]) => String(line))
  for (const reason of [/gone\.png does not exist/, /the folder has no pictures/, /no picture fits the pattern/])
    expect(lines.filter((line) => reason.test(line))).toHaveLength(1)
})

it('is refused where no input names a picture', async () => {
  const root = await folderWith({ 'notes.txt': 'x' })
  await expect(pictureFiles([join(root, 'gone.png'), root])).rejects.toThrow(/gone\.png does not exist/)
})
