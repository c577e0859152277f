import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { models, optim, train } from '../index.ts'
import { openPictures, pictureDecoder } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'open-pictures-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const decode = pictureDecoder(sharp, { channels: 1, size: { height: 8, width: 8 } })

/** A folder of grey pictures: dark ones of the class `dark`, bright ones of `bright`. */
async function folderOf(name: string, files: readonly string[]): Promise<string> {
  const folder = join(root, name)
  for (const [i, file] of files.entries()) {
    const grey = file.includes('dark') ? 20 + i : 220 + (i % 30)
    const bytes = await sharp({
      create: { width: 9, height: 7, channels: 3, background: { r: grey, g: grey, b: grey } },
    })
      .png()
      .toBuffer()
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), bytes)
  }
  return folder
}

const several = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${folder}/${i}.png`)

const both = (part: string, count: number): string[] =>
  ['dark', 'bright'].flatMap((name) => several(`${part}${name}`, count))

describe('openPictures', () => {
  it('opens train, val and test, each with the labels of the training', async () => {
    const folder = await folderOf('parts', [...both('train/', 3), ...both('val/', 2), ...several('test/dark', 2)])
    const { classes, training, validation, test } = await openPictures(folder, decode)
    expect(classes).toEqual(['bright', 'dark'])
    expect([training.length, validation?.length, test?.length]).toEqual([6, 4, 2])
    expect(test?.labelOf?.(0)).toBe(1)
  })
  it('holds out what is missing, a tenth each or as much as asked for, by class', async () => {
    const folder = await folderOf('whole', both('', 20))
    const tenth = await openPictures(folder, decode)
    expect([tenth.training.length, tenth.validation?.length, tenth.test?.length]).toEqual([32, 4, 4])
    const { training, validation, test } = await openPictures(folder, decode, { validation: 0.25, test: 0, seed: 3 })
    expect([training.length, validation?.length, test]).toEqual([30, 10, null])
    expect(Array.from({ length: 10 }, (_, i) => validation?.labelOf?.(i)).filter((label) => label === 0)).toHaveLength(
      5,
    )
  })
  it('gives numbers from 0 to 1, or bytes', async () => {
    const folder = await folderOf('one', both('train/', 1))
    const options = { validation: 0, test: 0 }
    const { image } = await (await openPictures(folder, decode, options)).training.get(1)
    expect(image.shape).toEqual([8, 8, 1])
    expect(image.data[0]).toBeCloseTo(20 / 255, 6)
    const bytes = await (await openPictures(folder, decode, { ...options, dtype: 'uint8' })).training.get(1)
    expect(bytes.image.data).toEqual(new Uint8Array(64).fill(20))
  })
  it('leaves out what cannot be read, and says so, or ends', async () => {
    const folder = await folderOf('broken', both('', 10))
    writeFileSync(join(folder, 'dark', '0.png'), 'no picture')
    await expect(openPictures(folder, decode)).rejects.toThrow('dark/0.png')
    const problems: string[] = []
    const { training } = await openPictures(folder, decode, {
      onProblem: (problem) => problems.push(problem),
      ...{ validation: 0, test: 0 },
    })
    expect(training.length).toBe(19)
    expect(problems.join()).toContain('dark/0.png')
  })
  it('refuses folders of another form, in words', async () => {
    const untaught = await folderOf('untaught', both('test/', 1))
    await expect(openPictures(untaught, decode)).rejects.toThrow('there is test, and no folder train')
    const twice = await folderOf('twice', [...both('train/', 1), ...both('val/', 1), ...both('dev/', 1)])
    await expect(openPictures(twice, decode)).rejects.toThrow('are both for validation. Put all in one.')
    const strange = await folderOf('strange', [...both('train/', 1), ...several('test/grey', 1)])
    await expect(openPictures(strange, decode, { validation: 0 })).rejects.toThrow(
      'the folder grey is not one of the classes bright, dark',
    )
    const few = await folderOf('few', both('', 1))
    await expect(openPictures(few, decode)).rejects.toThrow('too few to hold some out')
    await expect(openPictures(few, decode, { test: 2 })).rejects.toThrow('test is 2; it must be a share')
    await expect(openPictures(few, decode, { validation: 0.5, test: 0.5 })).rejects.toThrow('nothing to learn from')
    await expect(openPictures(few, decode, { dtype: 'int32' as never })).rejects.toThrow('dtype is "int32"')
  })
  it('is enough to learn, to evaluate and to predict', async () => {
    const folder = await folderOf('learnt', [...both('train/', 12), ...both('test/', 4)])
    const { classes, training, test } = await openPictures(folder, decode, { validation: 0 })
    const model = models.CompactCNN({ classes: 2, channels: 1, widths: [4, 4] }).initialize(1)
    const task = train.classification(model, 2)
    const optimizer = optim.AdamW(model.parameters(), { learningRate: 0.05 })
    await train.fit({ model, task, optimizer, train: training, epochs: 8, batchSize: 8, seed: 1 })
    const scores = await train.evaluate(model, task, test!)
    expect(scores.accuracy).toBe(1)
    expect(classes[1]).toBe('dark')
  }, 60_000)
})
