import type { data } from 'convoke'
import { expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { mood, rows, sentence } from '../../../test/reviews.ts'
import { openData } from '../open-data.ts'

const whole = { validation: 0, test: 0 } as const

const texts = async (files: Readonly<Record<string, string>>) => openData('text', await folderWith(files), whole)
const series = async (files: Readonly<Record<string, string>>) => openData('sequence', await folderWith(files), whole)
const pixels = async (files: Readonly<Record<string, string>>) => openData('classify', await folderWith(files), whole)

const train = ['text,label', ...rows(12, (i) => `${sentence(i)},${mood(i)}`)].join('\n')

const textsOf = async (set: data.Dataset<data.LabelledText>, classes: readonly string[]) =>
  Promise.all(
    Array.from({ length: set.length }, async (_, i) => {
      const { text, label } = await set.get(i)
      return [classes[label], text]
    }),
  )

it('reads a test table whose columns stand in another order under other names by its own names', async () => {
  const test = ['sentiment,review', ...rows(4, (i) => `${mood(i)},${sentence(20 + i)}`)].join('\n')
  const { classes, test: set, problems } = await texts({ 'train.csv': train, 'test.csv': test })
  expect(classes).toEqual(['neg', 'pos'])
  expect(await textsOf(set!, classes)).toEqual([0, 1, 2, 3].map((i) => [mood(i), sentence(20 + i)]))
  expect(problems).toEqual([])
})

it('refuses a test table whose names say nothing', async () => {
  const test = ['a,b', ...rows(8, (i) => `${mood(i)},${sentence(20 + i)}`)].join('\n')
  await expect(texts({ 'train.csv': train, 'test.csv': test })).rejects.toThrow(
    /test\.csv: its columns are called a, b, those of train\.csv text, label.*Give them the same names/,
  )
})

it('reads a test table without names by place', async () => {
  const test = rows(4, (i) => `${sentence(20 + i)},${mood(i)}`).join('\n')
  const opened = await texts({ 'train.csv': train, 'test.csv': test })
  expect([opened.classes, opened.test?.length]).toEqual([['neg', 'pos'], 4])
})

it('names the header that tables written one after another repeat, and makes no class of it', async () => {
  const { classes, train: set, problems } = await texts({ 'a.csv': `${train}\n\ufeff${train}\n` })
  expect([classes, set.length]).toEqual([['neg', 'pos'], 24])
  expect(problems).toEqual(['a.csv, line 14: this line repeats the names of the columns; it is left out.'])
})

it('says that tables of one part are read together, and refuses two sets', async () => {
  const more = ['text,label', ...rows(4, (i) => `${sentence(30 + i)},${mood(i)}`)].join('\n')
  const { train: set, notes } = await texts({ 'a.csv': train, 'b.csv': more })
  expect([set.length, notes]).toEqual([16, [expect.stringMatching(/a\.csv and b\.csv are read together, as one part/)]])
  const spam = ['text,label', ...rows(4, (i) => `${sentence(30 + i)},${i % 2 ? 'spam' : 'ham'}`)].join('\n')
  await expect(texts({ 'a.csv': train, 'b.csv': spam })).rejects.toThrow(
    /a\.csv has the classes neg, pos, b\.csv ham, spam: they are two sets/,
  )
})

it.each(['-1', '?'])('leaves out a test whose labels are kept secret as %s', async (secret) => {
  const test = ['text,label', ...rows(4, (i) => `${sentence(20 + i)},${secret}`)].join('\n')
  const { classes, test: set, notes } = await texts({ 'train.csv': train, 'test.csv': test })
  expect([classes, set]).toEqual([['neg', 'pos'], null])
  expect(notes).toEqual([expect.stringMatching(/no label of the part for test \((-1|\?)\) .* left out/)])
})

it('says which classes have no example in the training', async () => {
  const test = ['text,label', ...rows(4, (i) => `${sentence(20 + i)},${i === 3 ? 'odd' : mood(i)}`)].join('\n')
  const { warnings } = await texts({ 'train.csv': train, 'test.csv': test })
  expect(warnings).toEqual([expect.stringMatching(/^“odd” is a class that occurs in test and not in the training/)])
})

const wave = (i: number): number[] => [0, 1, 2].map((step) => step + i / 8)

const valuesOf = async ({ test, classes }: Awaited<ReturnType<typeof series>>) =>
  Promise.all(
    Array.from({ length: test!.length }, async (_, i) => {
      const { input, target } = await test!.get(i)
      return [classes[target.data[0]], ...input.data]
    }),
  )

it('finds the columns of series by name in whatever order they stand', async () => {
  const opened = await series({
    'train.csv': ['x1,x2,x3,label', ...rows(8, (i) => [...wave(i), mood(i)].join())].join('\n'),
    'test.csv': ['label,x3,id,x1,x2', ...rows(2, (i) => [mood(i), wave(i)[2], 7, wave(i)[0], wave(i)[1]].join())].join(
      '\n',
    ),
  })
  expect(await valuesOf(opened)).toEqual([
    ['neg', 0, 1, 2],
    ['pos', 0.125, 1.125, 2.125],
  ])
})

it('finds the label of a test of series under another usual name, and refuses one that is called otherwise', async () => {
  const own = ['x1,x2,x3,label', ...rows(8, (i) => [...wave(i), i % 2].join())].join('\n')
  const opened = await series({
    'train.csv': own,
    'test.csv': ['class,a,b,c', ...rows(4, (i) => [i % 2, ...wave(i)].join())].join('\n'),
  })
  expect((await valuesOf(opened))[1]).toEqual(['1', 0.125, 1.125, 2.125])
  const odd = ['kind,a,b,c', ...rows(4, (i) => [i % 2, ...wave(i)].join())].join('\n')
  await expect(series({ 'train.csv': own, 'test.csv': odd })).rejects.toThrow(/nothing says which is the label/)
})

it('takes a first row of 0, 1, 2, … for names of columns, as pandas writes them, and a first column of them for numbers of rows', async () => {
  const named = await series({ 'a.csv': ['0,1,2,3', ...rows(8, (i) => [...wave(i), i % 2].join())].join('\n') })
  expect([named.classes, named.train.length]).toEqual([['0', '1'], 8])
  expect(named.notes?.[0]).toMatch(/the first row counts the columns/)
  const numbered = await series({ 'a.csv': rows(8, (i) => [i, ...wave(i), i % 2].join()).join('\n') })
  expect(numbered.sequence!.length).toBe(3)
  expect(numbered.notes).toEqual(['a.csv: column 1 numbers the rows and is left out.'])
})

const pixelRows = (count: number, from = 0): string =>
  ['label,p0,p1,p2,p3', ...rows(count, (i) => [i % 2, from + i, 2, 3, 4].join())].join('\n')

it('loses no table of pixels: a second one for a part is refused', async () => {
  await expect(pixels({ 'train_a.csv': pixelRows(4), 'train_b.csv': pixelRows(6) })).rejects.toThrow(
    /train_a\.csv and train_b\.csv both hold the part train/,
  )
})

it('finds the pixels of a test by their names', async () => {
  const { test, classes } = await pixels({
    'train.csv': pixelRows(4),
    'test.csv': 'p3,p2,p1,p0,label\n4,3,2,1,1\n',
  })
  const { image, label } = await test!.get(0)
  expect([classes[label], Array.from(image.data, (value) => Math.round(value * 255))]).toEqual(['1', [1, 2, 3, 4]])
})
