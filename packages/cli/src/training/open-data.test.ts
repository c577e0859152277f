import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, formats } from 'convoke'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folder } from '../../test/run.ts'
import { openData } from './open-data.ts'

type Content = string | Uint8Array

/** A new folder with these files. */
async function folderWith(files: Readonly<Record<string, Content>>): Promise<string> {
  const root = await folder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return root
}

const png = (width: number, height: number, colour: string | number = 'red'): Promise<Buffer> =>
  typeof colour === 'string'
    ? sharp({ create: { width, height, channels: 3, background: colour } })
        .png()
        .toBuffer()
    : sharp(Buffer.alloc(width * height, colour), { raw: { width, height, channels: 1 } })
        .toColourspace('b-w')
        .png()
        .toBuffer()

const many = async (count: number, make: (i: number) => Promise<readonly [string, Content]>) =>
  Object.fromEntries(await Promise.all(Array.from({ length: count }, (_, i) => make(i))))

describe('pictures with a class', () => {
  it('come from a folder per class, split alike, in one size, with their names', async () => {
    const red = await many(10, async (i) => [`cat/${i}.png`, await png(20, 30, 'red')])
    const blue = await many(10, async (i) => [`dog/${i}.png`, await png(20 + i, 30, 'blue')])
    const opened = await openData('classify', await folderWith({ ...red, ...blue }), { size: 16 })
    expect(opened).toMatchObject({ classes: ['cat', 'dog'], problems: [], split: ['validation', 'test'] })
    expect(opened.picture).toEqual({ height: 16, width: 16, channels: 3, resized: true })
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual([16, 2, 2])
    expect(opened.train.nameOf?.(0)).toMatch(/^cat\/\d\.png$/)
    const { image, label } = await opened.train.get(15)
    expect([label, image.shape, [...data.toUnit(image).data.slice(0, 3)]]).toEqual([1, [16, 16, 3], [0, 0, 1]])
  })

  it('of train/ and test/ folders keep their parts, grey pictures their one channel and their size', async () => {
    const files = await many(12, async (i) => [
      `${i < 8 ? 'train' : 'test'}/${i % 2 === 0 ? 'a' : 'b'}/${i}.png`,
      await png(12, 10, 10 * i),
    ])
    const opened = await openData('classify', await folderWith(files), { validation: 0.25 })
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual([6, 2, 4])
    expect(opened).toMatchObject({ picture: { height: 10, width: 12, channels: 1 }, split: ['validation'] })
  })

  it('keep their size whatever lies beside the classes, and are never enlarged', async () => {
    const small = await many(40, async (i) => [`train/${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, await png(32, 32, 6 * i)])
    const beside = await many(40, async (i) => [`before/${i}.png`, await png(100, 20, 6 * i)])
    const opened = await openData('classify', await folderWith({ ...small, ...beside }))
    expect(opened.picture).toEqual({ height: 32, width: 32, channels: 1 })
    // One that is larger is brought to the size of the others; where there is no usual size, all are to that of the middle one.
    const odd = await openData('classify', await folderWith({ ...small, 'train/a/x.png': await png(90, 90, 7) }))
    expect(odd.picture).toEqual({ height: 32, width: 32, channels: 1, resized: true })
    const mixed = await many(21, async (i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, await png(30 + i, 20, 6 * i)])
    const between = await openData('classify', await folderWith(mixed))
    expect(between.picture).toEqual({ height: 40, width: 40, channels: 1, resized: true })
  })

  it('of several pages or frames are read by their first, which is said', async () => {
    const frames = await Promise.all(['red', 'green', 'blue'].map((colour) => png(8, 8, colour)))
    const gif = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
    const files = await many(6, async (i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, await png(8, 8, 40 * i)])
    const root = await folderWith({ ...files, 'a/6.gif': gif })
    const { notes } = await openData('classify', root, { validation: 0, test: 0 })
    expect(notes).toEqual([
      `${root}: a/6.gif has 3 pages or frames; only the first is read, as of all such files. To use the others, save each as a file of its own.`,
    ])
    await rm(join(root, 'a/6.gif'))
    expect((await openData('classify', root, { validation: 0, test: 0 })).notes).toEqual([])
  })

  it('that cannot be read are named and left out, or end the opening with strict', async () => {
    const files = await many(6, async (i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, await png(8, 8)])
    const root = await folderWith({ ...files, 'b/broken.png': 'no picture' })
    const { problems, train } = await openData('classify', root, { validation: 0, test: 0 })
    expect(train.length).toBe(6)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/b\/broken\.png: the picture cannot be read/)
    await expect(openData('classify', root, { strict: true })).rejects.toThrow(/broken\.png.*\(strict\)/)
  })

  it('take the classes of a trained network, in its order; a class it does not know is refused', async () => {
    const files = await many(4, async (i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, await png(8, 8)])
    const root = await folderWith(files)
    const { train } = await openData('classify', root, { classes: ['z', 'b', 'a'], validation: 0, test: 0 })
    expect([train.labelOf?.(0), (await train.get(0)).label, train.labelOf?.(2)]).toEqual([2, 2, 1])
    await expect(openData('classify', root, { classes: ['a', 'c'] })).rejects.toThrow(/the class b.*It knows a, c/)
  })

  it('come from IDX files, plain or packed, with the names in classes.txt', async () => {
    const images = (count: number) =>
      formats.encodeIdx({ dtype: 'uint8', shape: [count, 4, 4], data: new Uint8Array(count * 16).fill(51) })
    const labels = (count: number) =>
      formats.encodeIdx({ dtype: 'uint8', shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i % 2) })
    const root = await folderWith({
      'train-images-idx3-ubyte.gz': await formats.gzip(images(20)),
      'train-labels-idx1-ubyte.gz': await formats.gzip(labels(20)),
      't10k-images-idx3-ubyte': images(6),
      't10k-labels-idx1-ubyte': labels(6),
      'classes.txt': 'shirt\nshoe\n',
    })
    const opened = await openData('classify', root)
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual([18, 2, 6])
    expect(opened.classes).toEqual(['shirt', 'shoe'])
    expect((await opened.train.get(0)).image.data[0]).toBeCloseTo(0.2)
  })

  it('come from tables of pixels and from lists of files', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${i % 3},${Array.from({ length: 9 }, (_, p) => (i * p) % 256)}`)
    const pixels = await openData('classify', await folderWith({ 'digits.csv': [...rows, '1,2,3'].join('\n') }))
    expect(pixels.problems).toEqual(['digits.csv, line 13: the row has 3 fields; 10 are expected.'])
    expect(pixels).toMatchObject({ classes: ['0', '1', '2'], picture: { height: 3, width: 3, channels: 1 } })
    const list = ['file,label', 'p/1.png,good', 'p/2.png,bad', '3.png,good', 'p/4.png,', 'p/5.png,bad'].join('\n')
    const pictures = await many(3, async (i) => [`p/${i + 1}.png`, await png(8, 8)])
    const listed = await openData('classify', await folderWith({ ...pictures, 'list.csv': list }), {
      validation: 0,
      test: 0,
    })
    expect([listed.train.length, listed.classes]).toEqual([3, ['bad', 'good']])
    expect(listed.problems).toEqual([
      'list.csv, line 5: the label is missing.',
      'list.csv, line 6: there is no picture p/5.png.',
    ])
  })

  it.each([
    [{ 'a/1.png': 'x', 'b/notes.txt': 'y' }, /b: the class has no pictures/],
    [{ 'readme.md': 'x' }, /no pictures for classify\. It may hold/],
    [{ 'train-images-idx3-ubyte': 'x' }, /has no file of labels beside it/],
  ])('are refused in words: %j', async (files, message) => {
    await expect(openData('classify', await folderWith(files))).rejects.toThrow(message)
  })
})

describe('masks', () => {
  it('are read with the grey values that occur; what does not fit is named', async () => {
    const files = await many(5, async (i) => [`images/${i}.png`, await png(20, 16)])
    const masks = await many(4, async (i) => [`masks/${i}.png`, await png(20, i === 3 ? 15 : 16, i === 0 ? 0 : 128)])
    const root = await folderWith({ ...files, ...masks })
    const { train, problems, classes } = await openData('segment', root, { validation: 0, test: 0 })
    expect([train.length, classes]).toEqual([3, ['ground', 'object']])
    expect(problems.map((problem) => problem.replace(/^.*[/]/, ''))).toEqual([
      '4.png: there is no mask named 4. Add it, or remove the picture.',
      '3.png: the mask is 20×15 pixels, its picture 20×16. They must be equal.',
    ])
    expect([...new Set((await train.get(1)).mask.data)]).toEqual([1])
    await expect(openData('segment', root, { strict: true })).rejects.toThrow(/no mask named 4/)
  })
})

describe('boxes', () => {
  const xml = (box: string): string =>
    `<annotation><size><width>40</width><height>20</height></size><object><name>cell</name><bndbox>${box}</bndbox></object></annotation>`
  const inside = '<xmin>1</xmin><ymin>1</ymin><xmax>20</xmax><ymax>10</ymax>'

  it('of VOC keep their lists, shrink with their pictures, and are cut at the edge with a word about it', async () => {
    const pictures = await many(6, async (i) => [`JPEGImages/${i}.png`, await png(40, 20)])
    const notes = await many(6, async (i) => [
      `Annotations/${i}.xml`,
      xml(i === 5 ? inside.replace('>20<', '>60<') : inside),
    ])
    const lists = {
      'ImageSets/Main/train.txt': '0\n1\n2\n3',
      'ImageSets/Main/val.txt': '4',
      'ImageSets/Main/test.txt': '5',
    }
    const root = await folderWith({ ...pictures, ...notes, ...lists })
    const opened = await openData('detect', root, { size: { height: 10, width: 20 } })
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual([4, 1, 1])
    expect(opened.problems).toEqual([expect.stringMatching(/5\.xml: the box .* reaches outside the picture of 40×20/)])
    expect((await opened.train.get(0)).boxes).toEqual([{ x: 5, y: 2.5, width: 10, height: 5, label: 0 }])
    await expect(openData('detect', root, { strict: true })).rejects.toThrow(/outside the picture/)
  })

  it('of COCO find their pictures, wherever the folder', async () => {
    const file = {
      images: [{ id: 7, file_name: 'one.png', width: 40, height: 20 }],
      annotations: [{ image_id: 7, category_id: 3, bbox: [0, 0, 10, 10] }],
      categories: [{ id: 3, name: 'car' }],
    }
    const root = await folderWith({ 'annotations/all.json': JSON.stringify(file), 'images/one.png': await png(40, 20) })
    const opened = await openData('detect', root, { validation: 0, test: 0, size: 'own' })
    expect(opened).toMatchObject({ kind: 'COCO boxes', classes: ['car'], picture: null })
    expect((await opened.train.get(0)).boxes).toHaveLength(1)
  })

  it('of COCO parts agree on classes by name, whatever their ids and their order', async () => {
    const part = (name: string, categories: readonly (readonly [number, string])[], category: number) =>
      JSON.stringify({
        images: [{ id: 1, file_name: name, width: 40, height: 20 }],
        annotations: [{ image_id: 1, category_id: category, bbox: [0, 0, 10, 10] }],
        categories: categories.map(([id, named]) => ({ id, name: named })),
      })
    const files = {
      'train/_annotations.coco.json': part(
        'a.png',
        [
          [1, 'car'],
          [2, 'bus'],
          [3, 'tram'],
        ],
        2,
      ),
      'valid/_annotations.coco.json': part(
        'b.png',
        [
          [1, 'bus'],
          [5, 'car'],
        ],
        1,
      ),
      'train/a.png': await png(40, 20),
      'valid/b.png': await png(40, 20),
    }
    const opened = await openData('detect', await folderWith(files), { test: 0, size: 'own' })
    expect(opened.classes).toEqual(['car', 'bus', 'tram'])
    expect((await opened.train.get(0)).boxes[0].label).toBe(1)
    expect((await opened.validation!.get(0)).boxes[0].label).toBe(1)
    expect(opened.notes?.join()).toMatch(
      /valid\/_annotations\.coco\.json: the category tram of other parts is not listed/,
    )
  })
})

describe('texts', () => {
  it('come from a file a class, in UTF-8 or in the encoding that is named', async () => {
    const lines = (word: string) => Array.from({ length: 10 }, (_, i) => `${word} ${i}`).join('\n')
    const files = { 'rt.pos': Buffer.from(lines('très bien'), 'latin1'), 'rt.neg': lines('mal') }
    const root = await folderWith(files)
    const { train, classes } = await openData('text', root, { validation: 0, test: 0, encoding: 'latin1' })
    expect([train.length, classes]).toEqual([20, ['negative', 'positive']])
    expect((await train.get(19)).text).toContain('très bien')
    await expect(openData('text', root)).rejects.toThrow(/rt\.pos, line 1: the text is not valid UTF-8, .*--encoding/)
    await expect(openData('text', root, { encoding: 'martian' })).rejects.toThrow(/the encoding "martian" is unknown/)
  })

  it('come from tables with their columns in any order, parts by name; rows without a label are named', async () => {
    const root = await folderWith({
      'train.csv': 'review,sentiment\n"good, really",pos\nbad,neg\nfine,pos\nlost,\n',
      'test.csv': 'review,sentiment\nawful,neg\n',
    })
    const opened = await openData('text', root, { validation: 0 })
    expect([opened.train.length, opened.test?.length, opened.classes]).toEqual([3, 1, ['neg', 'pos']])
    expect(opened.problems).toEqual(['train.csv, line 5: the label is missing.'])
    const bare = await openData('text', await folderWith({ 'a.tsv': 'no good film\t0\na good film\t1\n' }), {
      validation: 0,
      test: 0,
    })
    expect(await bare.train.get(1)).toEqual({ text: 'a good film', label: 1 })
    await expect(openData('text', await folderWith({ 'a.csv': 'text,label\n"open,x\n' }))).rejects.toThrow(
      /line 2: a quotation mark is never closed/,
    )
  })
})

describe('series', () => {
  it('come from rows with a class, first or last', async () => {
    const root = await folderWith({
      'x_TRAIN.tsv': Array.from({ length: 20 }, (_, i) => `${i % 2}\t0.5\t${i / 4}\t1.25`).join('\n'),
      'x_TEST.tsv': '1\t0.5\t0.25\t0.125\n0\t1\t2\t3.5',
    })
    const opened = await openData('sequence', root)
    expect(opened.sequence).toEqual({ length: 3, features: 1, target: 'class', outputs: 2 })
    expect([opened.train.length, opened.test?.length]).toEqual([18, 2])
    expect((await opened.test!.get(0)).target.data[0]).toBe(1)
  })
})

describe('what Convoke makes', () => {
  it.each([
    ['classify', 'digits'],
    ['generate', 'digits'],
    ['segment', 'shapes'],
    ['detect', 'shapes'],
    ['text', 'sentences'],
    ['text', 'sentences-zh'],
    ['sequence', 'adding'],
    ['sequence', 'copy'],
  ] as const)('%s: %s, three parts that differ, the same for a seed', async (task, name) => {
    const opened = await openData(task, name, { examples: 10, seed: 4 })
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual([10, 2, 2])
    const again = await openData(task, name, { examples: 10, seed: 4 })
    expect(await again.train.get(3)).toEqual(await opened.train.get(3))
    expect(await opened.test!.get(0)).not.toEqual(await opened.validation!.get(0))
  })

  it('is named where a name is none', async () => {
    await expect(openData('segment', 'digits')).rejects.toThrow(/neither a file nor a folder\. .* segment: shapes\./)
  })
})

const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url))
const present = existsSync(shared)
if (!present) console.warn('skipped: real data sets; shared/data is not beside the repository')
describe.skipIf(!present)('real data', () => {
  it.each([
    ['classify', 'fashion-mnist', [54_000, 6_000, 10_000], 0],
    ['detect', 'bccd', [205, 87, 72], 2],
    ['segment', 'isbi-membrane', [24, 3, 3], 0],
    ['text', 'movie-reviews', [8530, 1066, 1066], 0],
  ] as const)('%s: %s', async (task, name, lengths, problems) => {
    const encoding = name === 'movie-reviews' ? 'latin1' : undefined
    const opened = await openData(task, shared + name, { encoding })
    expect([opened.train.length, opened.validation?.length, opened.test?.length]).toEqual(lengths)
    expect(opened.problems).toHaveLength(problems)
  })
})

describe('tables of pixels', () => {
  const pixels = (count: number, value: (i: number, p: number) => number) =>
    Array.from({ length: count }, (_, i) =>
      [i % 2, ...Array.from({ length: 9 }, (_, p) => value(i, p))].join(','),
    ).join('\n')
  const bytes = pixels(10, (i, p) => (i * 31 + p * 7) % 256)
  const bits = pixels(6, (i, p) => (i >> (p % 3)) & 1)
  const shares = pixels(6, (i, p) => ((i * 3 + p) % 8) / 8)
  const largest = async (set: data.Dataset<data.ClassifiedPicture> | null): Promise<number> =>
    Math.max(
      ...(await Promise.all(
        Array.from({ length: set!.length }, async (_, i) => Math.max(...(await set!.get(i)).image.data)),
      )),
    )

  it('are all on the scale of their set: a part of 0 and 1 among bytes stays as dark as it is', async () => {
    const opened = await openData('classify', await folderWith({ 'train.csv': bytes, 'test.csv': bits }))
    expect([opened.white, await largest(opened.test)]).toEqual([255, expect.closeTo(1 / 255, 8)])
    const alone = await openData('classify', await folderWith({ 'a.csv': bits }), { validation: 0, test: 0 })
    expect([alone.white, await largest(alone.train)]).toEqual([1, 1])
    const later = await openData('classify', await folderWith({ 'a.csv': bits }), {
      validation: 0,
      test: 0,
      white: 255,
    })
    expect(await largest(later.train)).toBeCloseTo(1 / 255, 8)
  })

  it('are refused where they are on two scales', async () => {
    await expect(openData('classify', await folderWith({ 'train.csv': bytes, 'test.csv': shares }))).rejects.toThrow(
      'test.csv: its numbers go up to 1, those of train.csv to 255',
    )
    await expect(openData('classify', await folderWith({ 'train.csv': shares, 'test.csv': bytes }))).rejects.toThrow(
      'train.csv: its numbers go up to 1, those of test.csv to 255',
    )
    await expect(openData('classify', await folderWith({ 'a.csv': bytes }), { white: 1 })).rejects.toThrow(
      'a.csv: its numbers go up to 255, those of the training to 1',
    )
  })
})

describe('equal examples', () => {
  const rowsOf = (count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => [i % 2, ...Array.from({ length: 9 }, (_, t) => (i + from) * 10 + t)])
  const table = (rows: readonly (readonly number[])[]) => rows.map((row) => `${row.join(',')}\n`).join('')
  const square = async (i: number): Promise<Uint8Array> => png(9, 9, 20 * i)

  it('are warned of where two parts share series or rows of pixels', async () => {
    const train = rowsOf(10)
    const again = [train[0], train[7], train[7]]
    const files = { 'a_TRAIN.csv': table(train), 'a_TEST.csv': table([...rowsOf(4, 50), ...again]) }
    const told = 'so the scores look better than they are: example 5 of test and example 1 of train are the same.'
    for (const [task, what] of [
      ['sequence', 'series are'],
      ['classify', 'pictures are'],
    ] as const)
      expect((await openData(task, await folderWith(files))).warnings).toEqual([`2 ${what} in train and test, ${told}`])
  })

  it('in one part are warned of where their labels differ', async () => {
    const [first, ...rest] = rowsOf(10)
    const { warnings } = await openData(
      'sequence',
      await folderWith({ 'a.csv': table([first, [1, ...first.slice(1)], ...rest]) }),
    )
    expect(warnings).toEqual([
      'one series has two labels: example 2 of train and example 1 of train are the same (0 and 1).',
    ])
  })

  it('of pictures come into one part of a split, however their files are called', async () => {
    const files = await many(40, async (i) => [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`, await square(i >> 2)])
    const opened = await openData('classify', await folderWith(files), { validation: 0.2, test: 0.2 })
    const colours = async (set: data.Dataset<data.ClassifiedPicture> | null) =>
      new Set(await Promise.all(Array.from({ length: set!.length }, async (_, i) => (await set!.get(i)).image.data[0])))
    const [train, validation, test] = [
      await colours(opened.train),
      await colours(opened.validation),
      await colours(opened.test),
    ]
    expect([train.size + validation.size + test.size, opened.shared]).toEqual([10, undefined])
    expect(opened.warnings).toEqual([
      expect.stringMatching(/^10 pictures have two labels: b\/1\.png and a\/0\.png are the same \(a and b\)\.$/),
    ])
  })
})
