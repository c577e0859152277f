// Tables whose label, text or numbers are not where one would look for them first.

import type { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { rows, sentence } from '../../../test/reviews.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { type OpenOptions, openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const whole = { validation: 0, test: 0 } as const
type Files = Readonly<Record<string, string>>

const series = async (files: Files, options: OpenOptions = whole) =>
  openData('sequence', await folderWith(files), options)
const texts = async (files: Files, options: OpenOptions = whole) => openData('text', await folderWith(files), options)
const kind = async (files: Files) => kindOf(await placeOf(await folderWith(files)))

const valuesAt = async (train: data.Dataset<data.SequencePair>, index: number) =>
  Array.from((await train.get(index)).input.data)
const labelsOf = (train: data.Dataset<object>, classes: readonly string[]) =>
  Array.from({ length: train.length }, (_, i) => classes[train.labelOf!(i)])

const flags = (i: number): string => [0, 1, 2].map((k) => (i % 3 === k ? 1 : 0)).join()
const animals = ['cat', 'dog', 'bird']

describe('a column of 1 and 0 for each class', () => {
  it('is one label, whose classes are the names of the columns, beside series', async () => {
    const file = ['a,b,cat,dog,bird', ...rows(9, (i) => `${i}.5,-1,${flags(i)}`)].join('\n')
    const { train, classes, sequence, notes } = await series({ 'a.csv': file })
    expect(classes).toEqual(['bird', 'cat', 'dog'])
    expect(labelsOf(train, classes)).toEqual([...animals, ...animals, ...animals])
    // The columns of the classes are no values to learn from.
    expect([sequence?.length, await valuesAt(train, 1)]).toEqual([2, [1.5, -1]])
    expect(notes).toEqual([
      'a.csv: the 3 columns cat, dog and bird have one 1 in each row, and are taken as the classes. To choose one as the label: --label-column.',
    ])
  })
  it('is one label beside texts, in every part, and in any place', async () => {
    const table = (count: number) =>
      ['good,text,bad', ...rows(count, (i) => `${i % 2},${sentence(i)},${1 - (i % 2)}.0`)].join('\n')
    const { train, validation, classes } = await texts({ 'train.csv': table(6), 'val.csv': table(2) })
    expect([classes, train.length, validation?.length]).toEqual([['bad', 'good'], 6, 2])
    expect([labelsOf(train, classes)[0], labelsOf(validation!, classes)[1]]).toEqual(['bad', 'good'])
  })
  it('is one label beside names of pictures, as Roboflow writes it', async () => {
    const grey = await pngOf({ shape: [4, 4, 1], data: new Uint8Array(16) })
    const files = Object.fromEntries(rows(4, (i) => `train/p${i}.png`).map((path) => [path, grey]))
    const list = ['filename, cat, dog', ...rows(4, (i) => `p${i}.png, ${i % 2}, ${1 - (i % 2)}`)].join('\n')
    const { train, classes } = await openData(
      'classify',
      await folderWith({ ...files, 'train/_classes.csv': list }),
      whole,
    )
    expect([classes, labelsOf(train, classes)]).toEqual([
      ['cat', 'dog'],
      ['dog', 'cat', 'dog', 'cat'],
    ])
  })
  it('names rows that are misshapen by the fields of the file', async () => {
    const file = ['a,b,cat,dog,bird', ...rows(9, (i) => `${i}.5,-1,${flags(i)}`), '1,2,1'].join('\n')
    const { problems } = await series({ 'a.csv': file })
    expect(problems).toEqual(['a.csv, line 11: the row has 3 fields; 5 are expected.'])
  })
  it('is refused beside texts where a row has several or none', async () => {
    const file = ['id,comment_text,toxic,insult', ...rows(8, (i) => `${i},${sentence(i)},${i % 2},${Number(i > 3)}`)]
    await expect(texts({ 'train.csv': file.join('\n') })).rejects.toThrow(
      'train.csv: 2 columns say yes or no by 1 and 0 (toxic, insult), and rows have several of them or none; a label is one class. Choose one of them: --label-column.',
    )
    const { classes } = await texts({ 'train.csv': file.join('\n') }, { ...whole, labelColumn: 'toxic' })
    expect(classes).toEqual(['0', '1'])
  })
  it('is a value where another column is the label by its name, or where values come after it', async () => {
    const named = ['a,man,woman,label', ...rows(8, (i) => `${i}.5,${i % 2},${1 - (i % 2)},${i % 4 < 2 ? 'x' : 'y'}`)]
    expect((await series({ 'a.csv': named.join('\n') })).sequence?.length).toBe(3)
    const inside = ['man,woman,a,Art', ...rows(8, (i) => `${i % 2},${1 - (i % 2)},${i}.5,${i % 4 < 2 ? 1 : 2}`)]
    const opened = await series({ 'a.csv': inside.join('\n') })
    expect([opened.sequence?.length, opened.classes]).toEqual([3, ['1', '2']])
  })
  it('is left alone where the label is named', async () => {
    const file = ['a,b,cat,dog,bird', ...rows(9, (i) => `${i}.5,-1,${flags(i)}`)].join('\n')
    const { classes, sequence } = await series({ 'a.csv': file }, { ...whole, labelColumn: 'dog' })
    expect([classes, sequence?.length]).toEqual([['0', '1'], 4])
  })
})

describe('two columns of one name', () => {
  it('are refused where the label, or the text, would be the one or the other', async () => {
    const file = ['text,label,label', ...rows(8, (i) => `${sentence(i)},${i % 2},${i % 4}`)].join('\n')
    const message = 'a.csv: columns 2 and 3 are both called label. Rename one of them, or choose by number'
    await expect(texts({ 'a.csv': file })).rejects.toThrow(message)
    await expect(texts({ 'a.csv': file }, { ...whole, labelColumn: 'label' })).rejects.toThrow(message)
    expect((await texts({ 'a.csv': file }, { ...whole, labelColumn: '3' })).classes).toEqual(['0', '1', '2', '3'])
    const twice = ['text,label,text', ...rows(8, (i) => `${sentence(i)},${i % 2},other ${i}`)].join('\n')
    await expect(texts({ 'a.csv': twice })).rejects.toThrow('columns 1 and 3 are both called text')
    const numbers = ['x,y,label,label', ...rows(8, (i) => `1.5,2.5,${i % 2},${i % 4}`)].join('\n')
    await expect(series({ 'a.csv': numbers })).rejects.toThrow('columns 3 and 4 are both called label')
  })
  it('matter to nobody where they are values', async () => {
    const file = ['x,x,label', ...rows(8, (i) => `${i},2.5,${i % 2}`)].join('\n')
    expect(await valuesAt((await series({ 'a.csv': file })).train, 3)).toEqual([3, 2.5])
  })
})

describe('numbers', () => {
  it('may have a typographic minus, in values, exponents, decimal commas and labels', async () => {
    const point = ['a,b,label', ...rows(8, (i) => `\u2212${i}.5,2e\u22122,${i % 2 ? '\u22121' : '1'}`)].join('\n')
    const read = await series({ 'a.csv': point })
    expect([await valuesAt(read.train, 3), read.classes]).toEqual([
      [-3.5, Math.fround(0.02)],
      ['-1', '1'],
    ])
    expect(await kind({ 'a.csv': point })).toBe('sequence')
    const comma = ['a;b;label', ...rows(8, (i) => `\u2212${i},5;\u22121.000,25;${i % 2}`)].join('\n')
    expect(await valuesAt((await series({ 'a.csv': comma })).train, 3)).toEqual([-3.5, -1000.25])
  })
  it('beyond float32 are named, and no infinity is learnt from', async () => {
    const file = ['a,b,label', ...rows(8, (i) => `${i === 3 ? '1e39' : '1'},-3.4e38,${i % 2}`)].join('\n')
    const { train, problems } = await series({ 'a.csv': file })
    expect([train.length, problems]).toEqual([
      7,
      ['a.csv, line 5: field 1 is "1e39"; it must be a number within float32.'],
    ])
  })
  it('are read beside columns that number the rows or say when they were taken', async () => {
    const file = ['"","timestamp","x","y"', ...rows(10, (i) => `"r${i}","2020-01-01 00:0${i}:00",${i}.5,${i % 2}`)]
    const { train, notes } = await series({ 'a.csv': file.join('\n') })
    expect(await valuesAt(train, 4)).toEqual([4.5])
    expect(notes).toEqual([
      'a.csv: column 1 numbers the rows and is left out.',
      'a.csv: column timestamp holds no numbers and is left out.',
    ])
    expect(await kind({ 'a.csv': file.join('\n') })).toBe('sequence')
  })
  it('are refused with the column where one holds none', async () => {
    const file = ['x,city,y,label', ...rows(10, (i) => `${i}.5,${i % 2 ? 'Oslo' : 'Rome'},2.5,${i % 2}`)].join('\n')
    await expect(series({ 'a.csv': file })).rejects.toThrow(
      'a.csv: column city (Rome, Oslo) holds no numbers, and rows have numbers beside their label. Take the column out, or, if it is the label: --label-column 2.',
    )
  })
  it('have their label in the one column of words, wherever it stands', async () => {
    const file = rows(10, (i) => `${842302 + i},${i % 2 ? 'M' : 'B'},${i}.5,${i}.25`).join('\n')
    const { classes, train, notes } = await series({ 'wdbc.data': file })
    expect([classes, await valuesAt(train, 2)]).toEqual([
      ['B', 'M'],
      [842304, 2.5, 2.25],
    ])
    expect(notes).toEqual([
      'wdbc.data: column 2 (B, M) is taken as the label, the only one with words. To choose: --label-column.',
    ])
  })
  it.each(['iris.data', 'sonar.all-data', 'a.dat', 'a.txt'])(
    'are read from files with the ending of %s',
    async (name) => {
      const file = rows(10, (i) => `${i}.5,2.5,${i % 2 ? 'R' : 'M'}`).join('\n')
      expect((await series({ [name]: file, 'readme.txt': 'Some words' })).classes).toEqual(['M', 'R'])
      expect(await kind({ [name]: file, 'readme.txt': 'Some words' })).toBe('sequence')
    },
  )
  it('in one field, as FER2013 has pixels, are no reason to part by spaces', async () => {
    const row = (i: number) => `${i % 7},${[70, 80, 82, 72, 58, 58].map((value) => value + i).join(' ')},Training`
    for (const head of [['emotion,pixels,Usage'], []])
      await expect(series({ 'fer2013.csv': [...head, ...rows(21, row)].join('\n') })).rejects.toThrow(
        /fer2013\.csv: column (pixels|2) \(70 80 82 72 58 58, 71 81 .*\) holds no numbers/,
      )
  })
})

describe('many classes', () => {
  const table = (count: number, each: number) =>
    ['a,b,label', ...rows(count * each, (i) => `${i % 9},1.5,c${i % count}`)].join('\n')
  it('are as many as there are, where most occur again', async () => {
    expect((await series({ 'a.csv': table(6000, 2) })).classes.length).toBe(6000)
  })
  it('are refused with their number where each row has its own', async () => {
    await expect(series({ 'a.csv': table(12_000, 1) })).rejects.toThrow(
      'a.csv: column label has 12,000 different values in 12,000 rows; a label has a few that repeat.',
    )
  })
})

describe('texts', () => {
  it('with a label in each line are not told apart by their files, as UCI has them', async () => {
    const lines = (from: number) => rows(10, (i) => `${sentence(i + from)} \t${i % 2}`).join('\n')
    const { train, classes, notes } = await texts({
      'imdb_labelled.txt': lines(0),
      'yelp_labelled.txt': lines(10),
      'readme.txt': 'This set was made for a paper.',
    })
    expect([train.length, classes, (await train.get(0)).text]).toEqual([20, ['0', '1'], sentence(0)])
    expect(notes![0]).toMatch(/each line has a label of its own, so that imdb_labelled\.txt, yelp_labelled\.txt are/)
  })
  it('without a label in the test are left out, though the words they begin with occur again', async () => {
    const lines = (count: number, label: boolean) =>
      rows(count, (i) => `${i % 2 ? 'one' : 'a'} film no ${i}${label ? `\t${i % 2 ? 'pos' : 'neg'}` : ''}`).join('\n')
    const { classes, validation, test, notes } = await texts({
      'train.txt': lines(20, true),
      'dev.txt': lines(8, true),
      'test.txt': lines(8, false),
    })
    expect([classes, validation?.length, test]).toEqual([['neg', 'pos'], 8, null])
    expect(notes!.at(-1)).toMatch(/^test\.txt: it has no label, .* left out\.$/)
  })
  it('in class folders that lie deeper are refused with the folder to open', async () => {
    await expect(texts({ 'bbc/sport/1.txt': 'a', 'bbc/politics/1.txt': 'b', 'README.TXT': 'x' })).rejects.toThrow(
      /there are no labelled texts\. Those in bbc may be meant: open .*\/bbc\./,
    )
  })
  it('of two usual names say which is taken', async () => {
    const row = (i: number) => `${i % 2},"a title of some length ${i}","${sentence(i)}"`
    const { notes } = await texts({ 'a.csv': ['label,title,description', ...rows(8, row)].join('\n') })
    expect(notes).toEqual([
      'a.csv: column description is taken as the text; column title is also possible. To choose: --text-column.',
    ])
  })
})

describe('a column that divides the rows into parts', () => {
  const told = (file: string, name: string, values: string) =>
    `${file}: the column ${name} (${values}) is not used: all rows are split again. To keep these parts, put each into a table of its own: train.csv, val.csv, test.csv.`
  it('is not ignored without a word', async () => {
    const parts = ['train', 'train', 'test']
    const csv = ['text,split,label', ...rows(12, (i) => `${sentence(i)},${parts[i % 3]},${i % 2}`)].join('\n')
    expect((await texts({ 'a.csv': csv })).notes).toEqual([told('a.csv', 'split', 'train, test')])
    const other = csv.replaceAll('train', 'red').replaceAll('test', 'blue')
    expect((await texts({ 'a.csv': other })).notes).toEqual([])
  })
})
