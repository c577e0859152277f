// One part of a data set, of which the others are not read: what `convoke evaluate` measures.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../test/data-files.ts'
import { type OpenOptions, openData } from './open-data.ts'

type Files = Record<string, Uint8Array | string>

const picture = (grey: number) => pngOf({ shape: [20, 40, 1], data: new Uint8Array(800).fill(grey) })

async function pictures(...paths: readonly string[]): Promise<Files> {
  const files: Files = {}
  for (const [i, path] of paths.entries()) files[path] = await picture(i)
  return files
}

const namesIn = (set: data.Dataset<object> | null) =>
  set && Array.from({ length: set.length }, (_, i) => set.nameOf!(i))

const xml =
  '<annotation><object><name>a</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>'

const numbers = [1, 2, 3, 4]

describe('one part of a data set', () => {
  it('is read alone where the data brings it', async () => {
    const files = await pictures(
      ...['train', 'test'].flatMap((part) =>
        ['a', 'b'].flatMap((name) => numbers.map((i) => `${part}/${name}/${i}.png`)),
      ),
    )
    const root = await folderWith({ ...files, 'train/a/1.png': 'no picture' })
    expect((await openData('classify', root)).problems).toHaveLength(1)
    const opened = await openData('classify', root, { only: 'test', classes: ['b', 'a'] })
    expect([opened.problems, opened.test?.length, opened.validation]).toEqual([[], 8, null])
    const at = namesIn(opened.test)!.findIndex((name) => name.startsWith('a/'))
    expect([opened.test!.labelOf!(at), (await opened.test!.get(at)).label]).toEqual([1, 1])
  })

  it.each([
    [
      'JPEGImages/#.png',
      'Annotations/#.xml',
      { 'ImageSets/Main/train.txt': '1\n2\n', 'ImageSets/Main/test.txt': '3\n4\n' },
    ],
    [
      'images/#.png',
      'labels/#.txt',
      {
        'data.yaml': 'names: [a]\ntrain: train.txt\ntest: test.txt\n',
        'train.txt': 'images/1.png\nimages/2.png\n',
        'test.txt': 'images/3.png\nimages/4.png\n',
      },
    ],
  ])('is read alone of boxes in %s', async (image, label, lists: Files) => {
    const files = await pictures(...numbers.map((i) => image.replace('#', String(i))))
    for (const i of numbers) files[label.replace('#', String(i))] = /xml$/.test(label) ? xml : '0 0.5 0.5 0.5 0.5\n'
    const broken = { ...files, ...lists, [label.replace('#', '1')]: /xml$/.test(label) ? '<annotation>' : 'x y\n' }
    const root = await folderWith(broken)
    const whole: OpenOptions = { validation: 0, size: 'own', classes: ['a'] }
    expect((await openData('detect', root, whole)).problems.length).toBeGreaterThan(0)
    const opened = await openData('detect', root, { ...whole, only: 'test' })
    expect([opened.problems, opened.test?.length, opened.classes]).toEqual([[], 2, ['a']])
  })

  it('is found again by the names of what was split off, and nothing else is read', async () => {
    const root = await folderWith(
      await pictures(...['a', 'b'].flatMap((name) => Array.from({ length: 12 }, (_, i) => `${name}/${i}.png`))),
    )
    const first = await openData('classify', root)
    expect(Object.keys(first.heldOut!)).toEqual(['validation', 'test'])
    const [train, test] = [namesIn(first.train), namesIn(first.test)]
    await writeFile(join(root, train![0]), 'no picture')
    const again = await openData('classify', root, { only: 'test', heldOut: first.heldOut })
    expect([again.problems, namesIn(again.test)?.sort()]).toEqual([[], test!.toSorted()])
    const rest = await openData('classify', root, { only: 'train', heldOut: first.heldOut })
    expect([rest.problems.length, namesIn(rest.train)?.sort()]).toEqual([1, train!.slice(1).sort()])
    // Without the names, and with names that are gone, all of it is read.
    expect((await openData('classify', root, { only: 'test' })).problems).toHaveLength(1)
    const stale = { validation: [], test: ['a/99.png'] }
    expect((await openData('classify', root, { only: 'test', heldOut: stale })).problems).toHaveLength(1)
  })
})
