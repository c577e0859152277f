import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { folderWith } from '../../test/data-files.ts'
import { pictureFiles, texts } from './inputs.ts'

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

it('goes on with the other texts where a file cannot be read, and says how tables are read', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const root = await folderWith({
    'a.txt': 'one\n\nthree\n',
    'b.csv': 'text,label\nfour,1\n',
    'c.txt': new Uint8Array([0xff, 0x41]),
  })
  const inputs = ['a.txt', 'gone.txt', 'c.txt', 'b.csv'].map((name) => join(root, name))
  expect(await texts([...inputs, 'a text'])).toEqual(['one', '', 'three', 'text,label', 'four,1', 'a text'])
  expect(process.exitCode).toBe(1)
  const lines = said.mock.calls.map(([line]) => String(line)).join('')
  for (const reason of [/gone\.txt does not exist/, /c\.txt/, /b\.csv: every line is read as one text/])
    expect(lines).toMatch(reason)
  await expect(texts([join(root, 'gone.txt')])).rejects.toThrow(/gone\.txt does not exist/)
})
