// Tables that name pictures, in the forms in which they are published.

import { join } from 'node:path'
import type { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { type Opened, type OpenOptions, openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const whole = { validation: 0, test: 0 } as const

/** A picture of one grey, by which it is told from others. */
const grey = (value: number) => pngOf({ shape: [4, 4, 1], data: new Uint8Array(16).fill(value) })

/** `count` pictures of greys 1, 2, …, named by `name`. */
async function pictures(count: number, name: (i: number) => string, from = 1): Promise<Record<string, Uint8Array>> {
  const all = Array.from({ length: count }, async (_, i) => [name(i + from), await grey(i + from)] as const)
  return Object.fromEntries(await Promise.all(all))
}

const id = (i: number): string => String(i).padStart(4, '0')
const rows = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => row(i + 1)).join('\n')
const kind = (i: number): string => (i % 2 ? 'cat' : 'dog')

/** File, grey and class of each example. */
async function shown({ train, classes }: Opened<data.ClassifiedPicture>): Promise<string[]> {
  return Promise.all(
    Array.from({ length: train.length }, async (_, i) => {
      const { image, label } = await train.get(i)
      return `${train.nameOf!(i)} ${image.data[0]} ${classes[label]}`
    }),
  )
}

const open = async (files: Record<string, Uint8Array | string>, options: OpenOptions = whole) =>
  openData('classify', await folderWith(files), options)

describe('names without ending', () => {
  const four = ['train/0001.png 1 cat', 'train/0002.png 2 dog', 'train/0003.png 3 cat', 'train/0004.png 4 dog']

  it('are those of the pictures in a folder, whatever the ending', async () => {
    for (const [folder, ending] of [
      ['train', 'png'],
      ['images', 'PNG'],
      ['.', 'png'],
    ]) {
      const files = {
        ...(await pictures(4, (i) => `${folder}/${id(i)}.${ending}`)),
        'train.csv': `id,label\n${rows(4, (i) => `${id(i)},${kind(i)}`)}\n`,
      }
      const root = await folderWith(files)
      const opened = await openData('classify', root, whole)
      const expected = four.map((one) =>
        one.replace('train/', folder === '.' ? '' : `${folder}/`).replace('png', ending),
      )
      expect([await shown(opened), opened.problems, opened.notes]).toEqual([expected, [], []])
      expect(await kindOf(await placeOf(root))).toBe('classify')
      expect(await kindOf(await placeOf(join(root, 'train.csv')))).toBe('classify')
    }
  })

  it('are found beside a test without classes, whose pictures have the same names', async () => {
    const opened = await open({
      ...(await pictures(4, (i) => `train/${id(i)}.png`)),
      ...(await pictures(4, (i) => `test/${id(i - 10)}.png`, 11)),
      'train.csv': `id,label\n${rows(4, (i) => `${id(i)},${kind(i)}`)}`,
      'test.csv': `id\n${rows(4, id)}`,
      'sample_submission.csv': `id,label\n${rows(4, (i) => `${id(i)},cat`)}`,
    })
    expect([await shown(opened), opened.test, opened.problems]).toEqual([four, null, []])
    expect(opened.notes).toEqual([
      expect.stringMatching(/^sample_submission\.csv: by its name/),
      'test.csv: it has no column label, so it cannot be used; it is left out.',
    ])
  })

  it('name no picture where two differ in their ending alone', async () => {
    const opened = await open({
      ...(await pictures(4, (i) => `train/${id(i)}.png`)),
      'train/0002.jpg': await grey(9),
      'train.csv': `id,label\n${rows(5, (i) => `${id(i)},${kind(i)}`)}`,
    })
    expect(await shown(opened)).toEqual(four.filter((one) => !one.includes('0002')))
    expect(opened.problems).toEqual([
      'train.csv, line 3: the picture 0002 is ambiguous: train/0002.jpg, train/0002.png have that name.',
      'train.csv, line 6: there is no picture 0005.',
    ])
  })

  it('count before folders where they have letters, as HAM10000 has them, and not where they number something else', async () => {
    const folders = (name: (i: number) => string) => pictures(6, (i) => `part_${(i % 2) + 1}/${name(i)}.png`)
    const named = await open({
      ...(await folders((i) => `ISIC_${id(i)}`)),
      'metadata.csv': `lesion_id,image_id,dx\n${rows(6, (i) => `HAM_1,ISIC_${id(i)},${kind(i)}`)}`,
    })
    expect(named.classes).toEqual(['cat', 'dog'])
    const numbered = await open({
      ...(await folders(id)),
      'log.csv': `no,dx\n${rows(6, (i) => `${id(i)},${kind(i)}`)}`,
    })
    expect(numbered.classes).toEqual(['part_1', 'part_2'])
  })

  it('that name a picture twice count once, and never in two parts', async () => {
    const { train, test, problems } = await open({
      ...(await pictures(6, (i) => `p/${i}.png`)),
      'train.csv': `file,label\n${rows(4, (i) => `p/${i}.png,${kind(i)}`)}\np/1.png,cat\np/2.png,cat`,
      'test.csv': 'file,label\np/4.png,dog\np/5.png,cat\np/6.png,dog',
    })
    expect([train.length, test?.length]).toEqual([4, 2])
    expect(problems).toEqual([
      'train.csv, line 6: the picture p/1.png is listed before (line 2); it is used once.',
      'train.csv, line 7: the picture p/2.png is listed before (line 3), as dog and not as cat; the first row is used.',
      'test.csv, line 2: the picture p/4.png is listed before (train.csv, line 5) for train; it is used there only.',
    ])
  })

  it('in lists of lines without a class are no reason to leave the folders that have one', async () => {
    const birds = await pictures(6, (i) => `images/00${(i % 2) + 1}.bird/${i}.png`)
    const list = rows(6, (i) => `${i} 00${(i % 2) + 1}.bird/${i}.png`)
    await expect(open({ ...birds, 'images.txt': list })).rejects.toThrow(
      /Those in images \(001\.bird, 002\.bird\) may be meant: open .*\/images\./,
    )
  })

  it('may hold dots, folders and digits alone, and stand in any column, under any header or none', async () => {
    const table = [rows(6, (i) => `${kind(i)};b.${i}`), `Rasse;Bild\n${rows(6, (i) => `${kind(i)};b.${i}`)}`]
    for (const text of table)
      expect(await shown(await open({ ...(await pictures(6, (i) => `p/b.${i}.png`)), 'a.csv': text }))).toEqual(
        Array.from({ length: 6 }, (_, i) => `p/b.${i + 1}.png ${i + 1} ${kind(i + 1)}`),
      )
    const nested = await open({
      ...(await pictures(4, (i) => `img/${i % 2}/${i}.png`)),
      'a.csv': `path,label\n${rows(4, (i) => `${i % 2}/${i},${kind(i)}`)}`,
    })
    expect(await shown(nested)).toEqual([
      'img/1/1.png 1 cat',
      'img/0/2.png 2 dog',
      'img/1/3.png 3 cat',
      'img/0/4.png 4 dog',
    ])
  })

  it('count before numbers that happen to be names as well', async () => {
    // The label is 1 or 2, which are pictures, too; the column of names has six different ones.
    const opened = await open({
      ...(await pictures(6, (i) => `p/${i}.png`)),
      'a.csv': `label,number\n${rows(6, (i) => `${(i % 2) + 1},${i}`)}`,
    })
    expect(await shown(opened)).toEqual(
      Array.from({ length: 6 }, (_, i) => `p/${i + 1}.png ${i + 1} ${((i + 1) % 2) + 1}`),
    )
  })

  it('do not make a table of numbered results out of one beside class folders', async () => {
    const opened = await open({
      ...(await pictures(3, (i) => `cat/${i}.png`)),
      ...(await pictures(3, (i) => `dog/${i}.png`, 4)),
      'scores.csv': `id,rating\n${rows(6, (i) => `${i},${i % 2}`)}`,
    })
    expect(opened).toMatchObject({ kind: 'folders of pictures, one per class', classes: ['cat', 'dog'] })
    expect(opened.notes).toEqual([expect.stringMatching(/scores\.csv beside folders of pictures is ignored/)])
  })

  it('stand in files of lines, parted by spaces or tabs, with the places of another machine', async () => {
    for (const [file, row] of [
      ['labels.txt', (i: number) => `im/${id(i)}.png ${kind(i)}`],
      ['train.txt', (i: number) => `/home/other/set/im/${id(i)}.png  ${kind(i)}`],
      ['tabs.txt', (i: number) => `im/${id(i)}.png\t${kind(i)}`],
      ['set.lst', (i: number) => `${i}\t${i % 2}\tim/${id(i)}.png`],
    ] as const) {
      const files = {
        ...(await pictures(6, (i) => `im/${id(i)}.png`)),
        [file]: `${rows(6, row)}\n`,
        'README.txt': 'Six.',
      }
      const root = await folderWith(files)
      const opened = await openData('classify', root, whole)
      const name = (i: number): string => (file === 'set.lst' ? String(i % 2) : kind(i))
      expect(await shown(opened)).toEqual([1, 2, 3, 4, 5, 6].map((i) => `im/${id(i)}.png ${i} ${name(i)}`))
      expect(await kindOf(await placeOf(root))).toBe('classify')
      expect(await kindOf(await placeOf(join(root, file)))).toBe('classify')
      expect((await openData('classify', join(root, file), whole)).train.length).toBe(6)
    }
  })

  it('keep the spaces in their names where tabs part them', async () => {
    const files = {
      ...(await pictures(4, (i) => `my photo ${i}.png`)),
      'a.txt': rows(4, (i) => `my photo ${i}.png\t${kind(i)}`),
    }
    expect((await shown(await open(files)))[0]).toBe('my photo 1.png 1 cat')
  })

  it('in files of lines do not count beside class folders', async () => {
    const root = await folderWith({
      ...(await pictures(2, (i) => `cat/${i}.png`)),
      ...(await pictures(2, (i) => `dog/${i}.png`, 3)),
      'files.txt': '1 cat/1.png\n2 dog/3.png\n',
    })
    expect((await openData('classify', root, whole)).train.length).toBe(4)
  })

  it('are no texts to train on', async () => {
    for (const before of ['', 'img_']) {
      const files = {
        ...(await pictures(4, (i) => `train/${before}${id(i)}.png`)),
        'train.csv': `id,label\n${rows(4, (i) => `${before}${id(i)},${kind(i)}`)}`,
      }
      await expect(openData('text', await folderWith(files))).rejects.toThrow(
        'train.csv: its text column names pictures that exist. To train on the pictures: convoke train classify.',
      )
    }
  })
})

describe('labels in lists of pictures', () => {
  it('are one class whether a program wrote 1 or 1.0, with spaces or without', async () => {
    const opened = await open({
      ...(await pictures(4, (i) => `p/${i}.png`)),
      'a.csv': 'file,label\np/1.png,1\np/2.png,1.0\np/3.png, 2 \np/4.png,2.0e0\n',
    })
    expect(opened.classes).toEqual(['1', '2'])
  })

  it('may lie in the folders of their parts', async () => {
    const opened = await open({
      ...(await pictures(4, (i) => `train/${id(i)}.png`)),
      ...(await pictures(2, (i) => `val/${id(i - 10)}.png`, 11)),
      'train/labels.csv': `id,label\n${rows(4, (i) => `${id(i)},${kind(i)}`)}`,
      'val/labels.csv': `id,label\n${rows(2, (i) => `${id(i)},${kind(i)}`)}`,
    })
    expect([opened.train.length, opened.validation?.length, opened.problems]).toEqual([4, 2, []])
    expect((await opened.validation!.get(0)).image.data[0]).toBe(11)
  })
})
