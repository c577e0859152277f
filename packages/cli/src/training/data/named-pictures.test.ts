// Pictures whose names say their class.

import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const whole = { validation: 0, test: 0 } as const

async function named(...paths: readonly string[]) {
  const files: Record<string, Uint8Array | string> = {}
  for (const [i, path] of paths.entries())
    files[path] = await pngOf({ shape: [8, 8, 1], data: new Uint8Array(64).fill(i) })
  return files
}

const cats = ['cat.0.png', 'dog.0.png', 'cat.1.png', 'dog.11.png']

describe('pictures whose names say their class', () => {
  it.each([
    [cats],
    [['cat_0.png', 'dog_0.png', 'cat_1.png', 'dog_11.png']],
    [['cat (1).png', 'dog (1).png', 'cat (2).png', 'dog (2).png']],
    [cats.map((name) => `all/${name}`)],
  ])('in one folder: %j', async (paths) => {
    const root = await folderWith(await named(...paths))
    expect(await kindOf(await placeOf(root))).toBe('classify')
    const opened = await openData('classify', root, whole)
    const labels = Array.from({ length: 4 }, (_, i) => [
      opened.train.nameOf!(i).replace(/^.*\//, ''),
      opened.train.labelOf!(i),
    ])
    expect(opened.classes).toEqual(['cat', 'dog'])
    for (const [name, label] of labels) expect(label).toBe(/^cat/.test(String(name)) ? 0 : 1)
    expect(opened.notes![0]).toMatch(/the classes are the beginnings of the names: cat.* is of cat\.$/)
  })
  it('as Dogs vs Cats comes from Kaggle: a test without classes, and an example of answers', async () => {
    const train = await named(...cats.map((name) => `train/${name}`), 'test/1.png', 'test/2.png')
    const opened = await openData(
      'classify',
      await folderWith({ ...train, 'sampleSubmission.csv': 'id,label\n1,0\n2,0\n' }),
      whole,
    )
    expect([opened.classes, opened.train.length, opened.test]).toEqual([['cat', 'dog'], 4, null])
    expect(opened.notes).toEqual([
      expect.stringMatching(/^sampleSubmission\.csv: it is ignored/),
      expect.stringMatching(/cat\.0\.png is of cat/),
      expect.stringMatching(/the names of 2 pictures of the part test do not say a class/),
    ])
  })
  it('with parts that say classes are tested on them', async () => {
    const files = await named(...cats.map((name) => `train/${name}`), 'test/cat.7.png', 'test/dog.8.png')
    const opened = await openData('classify', await folderWith(files), whole)
    expect([opened.train.length, opened.test?.length]).toEqual([4, 2])
  })
  it.each([
    [['a.png', 'b.png']],
    [['cat_1.png', 'cat_2.png']],
    [['a_1.png', 'b_1.png', 'c_1.png']],
    [['1.png', '2.png']],
  ])('are not guessed where they say no classes: %j', async (paths) => {
    await expect(openData('classify', await folderWith(await named(...paths)), whole)).rejects.toThrow(
      /two classes or more/,
    )
  })
  it('do not count beside class folders, or beside a table that names them', async () => {
    const folders = await named('x/cat_1.png', 'x/dog_2.png', 'y/cat_3.png', 'y/dog_4.png')
    expect((await openData('classify', await folderWith(folders), whole)).classes).toEqual(['x', 'y'])
    const listed = {
      ...(await named(...cats)),
      'a.csv': `file,label\n${cats.map((name, i) => `${name},${i < 2 ? 'u' : 'v'}`).join('\n')}\n`,
    }
    expect((await openData('classify', await folderWith(listed), whole)).classes).toEqual(['u', 'v'])
  })
})
