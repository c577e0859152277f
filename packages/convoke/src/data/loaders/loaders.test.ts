import { describe, expect, it } from 'vitest'
import { encodeIdx, gzip } from '../../formats/index.ts'
import type { Dataset, Values } from '../dataset.ts'
import * as data from '../index.ts'

/** A decoder for pictures written as "height width value": all pixels one value. */
const decode = async (bytes: Uint8Array): Promise<Values> => {
  const [height, width, value] = new TextDecoder().decode(bytes).split(' ').map(Number)
  if (Number.isNaN(value) || value === undefined) throw new Error('not a picture')
  return { shape: [height, width, 1], data: new Uint8Array(height * width).fill(value) }
}

const all = async <E extends object>(set: Dataset<E>) =>
  Promise.all(Array.from({ length: set.length }, (_, index) => set.get(index)))

describe('IDX data sets', () => {
  const images = encodeIdx({ dtype: 'uint8', shape: [2, 1, 2], data: Uint8Array.of(0, 255, 51, 102) })
  const labels = encodeIdx({ dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 0) })
  it('give pictures from 0 to 1, packed or not', async () => {
    const set = await data.idxDataset({ images: await gzip(images), labels, classes: ['a', 'b'] })
    expect(await all(set)).toEqual([
      { image: { shape: [1, 2, 1], data: Float32Array.of(0, 1) }, label: 1 },
      { image: { shape: [1, 2, 1], data: Float32Array.of(0.2, 0.4) }, label: 0 },
    ])
    expect(set.classes).toEqual(['a', 'b'])
  })
  it('refuse files that do not belong together', async () => {
    await expect(data.idxDataset({ images: labels, labels: images })).rejects.toThrow('Did you swap the two files?')
    const three = encodeIdx({ dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 1, 2) })
    await expect(data.idxDataset({ images, labels: three })).rejects.toThrow('there are [3] labels for 2 pictures')
    await expect(data.idxDataset({ images, labels, classes: ['a'] })).rejects.toThrow(
      'there is a label 1, but only 1 class name',
    )
  })
})

describe('CIFAR', () => {
  it('turns planes into pixels', async () => {
    const record = new Uint8Array(3073)
    record[0] = 3
    record.fill(10, 1, 1025).fill(20, 1025, 2049).fill(30, 2049)
    const [{ image, label }] = await all(data.cifarDataset([record]))
    expect(label).toBe(3)
    expect(Array.from(image.data.slice(0, 6), (value) => Math.round(value * 255))).toEqual([10, 20, 30, 10, 20, 30])
    expect(() => data.cifarDataset([record.subarray(1)])).toThrow('cut short, or is of CIFAR-100')
    expect(() => data.cifarDataset([record.fill(77, 0, 1)])).toThrow('record 0 has label 77')
  })
})

describe('tables', () => {
  it('have whole numbers as classes however they are written, and codes that look like numbers as they are', () => {
    const fields = ['2.0', '2.', '2.0000000e+00', '2e+00', '−2.0', '1e2', '7e1', '2.5', '007', '+1']
    expect(fields.map(data.labelName)).toEqual(['2', '2', '2', '2', '-2', '1e2', '7e1', '2.5', '007', '+1'])
  })

  it('give rows of numbers with a class', async () => {
    const { dataset, problems } = data.tableDataset('kind,x,y\ncat,1,2\nant,3,4\n', { label: 'kind', scale: 2 })
    expect(await all(dataset)).toEqual([
      { values: { shape: [2], data: Float32Array.of(0.5, 1) }, label: 1 },
      { values: { shape: [2], data: Float32Array.of(1.5, 2) }, label: 0 },
    ])
    expect(dataset.classes).toEqual(['ant', 'cat'])
    expect(problems).toEqual([])
  })
  it('leave faulty rows out and name their lines, or stop at the first', () => {
    const text = 'x,y,kind\n1,2,a\n1,a\n1,two,b\n1,2,\n3,4,b\n'
    const { dataset, problems } = data.tableDataset(text, { name: 'my.csv' })
    expect(dataset.length).toBe(2)
    expect(problems).toEqual([
      'my.csv, line 3: the row has 2 fields; 3 are expected.',
      'my.csv, line 4: field 2 is "two"; it must be a number.',
      'my.csv, line 5: field 3 is ""; the label is missing.',
    ])
    expect(() => data.tableDataset(text, { name: 'my.csv', strict: true })).toThrow('my.csv, line 3')
    expect(() => data.tableDataset('x,y\n', {})).toThrow('there are no rows')
    expect(() => data.tableDataset(text, { label: 'size' })).toThrow(
      'there is no column "size". The columns are x, y, kind.',
    )
  })
})

describe('folders of pictures', () => {
  const files = {
    'cat/1.png': '2 3 7',
    'cat/deep/10.jpg': '1 1 1',
    'cat/2.png': '1 1 2',
    'dog/a.png': 'junk',
    'notes.txt': '',
  }
  it('have a class for each folder, in natural order', async () => {
    const set = await data.pictureFolders(data.memorySource('pets', files), decode)
    expect(set.classes).toEqual(['cat', 'dog'])
    expect([0, 1, 2, 3].map((i) => set.labelOf?.(i))).toEqual([0, 0, 0, 1])
    expect((await set.get(1)).image.data[0]).toBe(2)
  })
  it('say which picture is corrupt, and can leave it out', async () => {
    const set = await data.pictureFolders(data.memorySource('pets', files), decode)
    await expect(set.get(3)).rejects.toThrow('pets/dog/a.png: the picture cannot be read (not a picture; 4 bytes)')
    const { dataset, problems } = await data.keepReadable(set)
    expect(dataset.length).toBe(3)
    expect(problems).toHaveLength(1)
    await expect(data.keepReadable(set, { strict: true })).rejects.toThrow('pets/dog/a.png')
  })
  it('are read several at a time, and one that takes long keeps no other waiting', async () => {
    const begun: number[] = []
    let open = (): void => {}
    const slow = new Promise<void>((resolve) => {
      open = resolve
    })
    const set = {
      length: 40,
      async get(index: number) {
        begun.push(index)
        if (index === 10) await slow
        return { index }
      },
    }
    const reading = data.keepReadable(set)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(begun).toEqual(Array.from({ length: 40 }, (_, index) => index))
    open()
    expect((await reading).dataset.length).toBe(40)
  })
  it('refuse an empty class and a single one', async () => {
    const open = (given: Record<string, string>) => data.pictureFolders(data.memorySource('pets', given), decode)
    await expect(open({ ...files, 'fish/readme.txt': '' })).rejects.toThrow('pets/fish: the class has no pictures.')
    await expect(open({ 'cat/1.png': '1 1 1' })).rejects.toThrow('two classes or more, with its pictures; found cat')
  })
  it.each([
    [['PetImages/Cat/1.png', 'PetImages/Dog/1.png'], 'Those in PetImages (Cat, Dog) may be meant: open d/PetImages.'],
    [['a/b/c/x/1.png', 'a/b/c/y/1.png', 'a/b/2.png'], 'Those in a/b/c (x, y) may be meant: open d/a/b/c.'],
    [
      ['x/train/cat/1.png', 'x/train/dog/1.png', 'x/test/cat/1.png', 'x/val/dog/1.png', 'x/more/2.png'],
      'Those in x (more, test, train, …) may be meant: open d/x.',
    ],
    [['images/a/1.png', 'images/b/1.png', 'meta/train.txt'], 'Those in images (a, b) may be meant: open d/images.'],
  ])('that lie deeper are named: %j', async (paths, message) => {
    const given = Object.fromEntries(paths.map((path) => [path, '1 1 1']))
    await expect(data.pictureFolders(data.memorySource('d', given), decode)).rejects.toThrow(message)
  })
})

describe('folders of masks', () => {
  const files = { 'image/1.png': '2 2 9', 'image/2.png': '2 2 9', 'label/1.png': '2 2 250', 'label/2.tif': '2 3 0' }
  it('turn grey values into classes', async () => {
    const set = await data.maskFolders(data.memorySource('cells', files), decode)
    const { mask } = await set.get(0)
    expect(mask).toEqual({ shape: [2, 2], data: Int32Array.of(1, 1, 1, 1) })
    const three = await data.maskFolders(data.memorySource('cells', files), decode, { values: [0, 100, 245, 255] })
    expect((await three.get(0)).mask.data[0]).toBe(2)
  })
  it('refuse a mask of another size, and a picture without one', async () => {
    const set = await data.maskFolders(data.memorySource('cells', files), decode)
    await expect(set.get(1)).rejects.toThrow('cells/label/2.tif: the mask is 3×2 pixels, its picture 2×2.')
    const { 'label/1.png': _, ...rest } = files
    await expect(data.maskFolders(data.memorySource('cells', rest), decode)).rejects.toThrow('there is no mask named 1')
    await expect(data.maskFolders(data.memorySource('cells', {}), decode)).rejects.toThrow(
      'images, image have no pictures',
    )
  })
})

describe('VOC', () => {
  const object = (name: string, edges: readonly number[], more = '') =>
    `<object><name>${name}</name>${more}<bndbox>${['xmin', 'ymin', 'xmax', 'ymax'].map((tag, i) => `<${tag}>${edges[i]}</${tag}>`).join('')}</bndbox></object>`
  const annotation = (...objects: string[]) =>
    `<annotation><size><width>40</width><height>30</height></size>${objects.join('')}</annotation>`
  const source = (files: Record<string, string>) => data.memorySource('voc', files)
  const files = {
    'Annotations/a.xml': annotation(
      object('dog', [1, 1, 10, 20]),
      object('ant', [31, 1, 40, 30], '<difficult>1</difficult>'),
    ),
    'Annotations/b.xml': annotation(
      object('dog', [5, 5, 60, 20]),
      object('dog', [7, 7, 7, 7]),
      object('dog', [50, 5, 60, 9]),
    ),
    'Annotations/c.xml': '<annotation><size>',
    'Annotations/d.xml': annotation(),
    'JPEGImages/a.jpg': '30 40 1',
    'JPEGImages/b.jpg': '30 40 1',
    'JPEGImages/c.jpg': '30 40 1',
  }
  it('gives boxes by centre, pixels counted from 1 with both edges inside', async () => {
    const { dataset } = await data.vocDataset(source(files), decode, { names: ['a'] })
    expect(dataset.classes).toEqual(['ant', 'dog'])
    expect((await dataset.get(0)).boxes).toEqual([
      { x: 5, y: 10, width: 10, height: 20, label: 1 },
      { x: 35, y: 15, width: 10, height: 30, label: 0, ignore: true },
    ])
  })
  it('cuts boxes at the picture and names everything it leaves out', async () => {
    const { dataset, problems } = await data.vocDataset(source(files), decode)
    expect(dataset.length).toBe(2)
    expect((await dataset.get(1)).boxes).toEqual([{ x: 22, y: 12, width: 36, height: 16, label: 1 }])
    expect(problems).toEqual([
      'Annotations/b.xml: the box [4, 4, 60, 20] reaches outside the picture of 40×30 pixels.',
      'Annotations/b.xml: the box [6, 6, 6, 7] has no area.',
      'Annotations/b.xml: the box [49, 4, 60, 9] reaches outside the picture of 40×30 pixels.',
      'Annotations/c.xml: <size> is never closed; the file is damaged or cut short.',
      'voc: d has no picture.',
    ])
    await expect(data.vocDataset(source(files), decode, { strict: true })).rejects.toThrow(
      'reaches outside the picture',
    )
    await expect(data.vocDataset(source(files), decode, { names: ['a'], classes: ['dog'] })).rejects.toThrow(
      'class "ant", which is not among dog',
    )
  })
  it('reads lists of names', () => {
    expect(data.parseNameList('a 1\r\nb -1\n\n')).toEqual(['a', 'b'])
    // Names with spaces, with the endings of pictures, and with dots that are none.
    expect(data.parseNameList('old photo 1\rold photo (2)\n \n')).toEqual(['old photo 1', 'old photo (2)'])
    expect(data.parseNameList('a/b.jpg\nc.d\n照片.PNG  \n')).toEqual(['a/b', 'c.d', '照片'])
    expect(data.parseNameList('a.jpg  1\nb.jpg -1\nc.jpg 0')).toEqual(['a', 'b', 'c'])
  })
})

describe('COCO', () => {
  const file = {
    images: [
      { id: 5, file_name: 'a.jpg', width: 40, height: 30 },
      { id: 6, file_name: 'gone.jpg', width: 40, height: 30 },
    ],
    categories: [
      { id: 9, name: 'dog' },
      { id: 2, name: 'ant' },
    ],
    annotations: [
      { image_id: 5, category_id: 9, bbox: [10, 10, 20, 10] },
      { image_id: 5, category_id: 2, bbox: [0, 0, 4, 4], iscrowd: 1 },
      { image_id: 5, category_id: 1, bbox: [0, 0, 4, 4] },
    ],
  }
  const open = (json: unknown) =>
    data.cocoDataset(
      data.memorySource('coco', {
        'train.json': typeof json === 'string' ? json : JSON.stringify(json),
        'pictures/a.jpg': '30 40 1',
      }),
      decode,
      { annotations: 'train.json', images: 'pictures' },
    )
  it('gives boxes by centre and classes by id', async () => {
    const { dataset, problems } = await open(file)
    expect(dataset.classes).toEqual(['ant', 'dog'])
    expect((await dataset.get(0)).boxes).toEqual([
      { x: 20, y: 15, width: 20, height: 10, label: 1 },
      { x: 2, y: 2, width: 4, height: 4, label: 0, ignore: true },
    ])
    expect(problems).toEqual([
      'train.json: an annotation names category 1, which is not listed.',
      'coco: pictures/gone.jpg is named in train.json, but is not there.',
    ])
  })
  it('refuses what is no COCO file', async () => {
    await expect(open('{')).rejects.toThrow('train.json: this is not JSON')
    await expect(open({ images: [] })).rejects.toThrow('annotations, categories must be lists')
  })
})

describe('text', () => {
  it('is decoded as it was encoded', () => {
    const latin = Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x85)
    expect(data.decodeText('f', latin, 'latin1')).toBe('caf\u00e9\u0085')
    expect(data.decodeText('f', new TextEncoder().encode('好'))).toBe('好')
    expect(() => data.decodeText('rt.neg', latin, 'utf-8')).toThrow(
      "rt.neg, line 1: the text is not valid UTF-8. Give its encoding, such as 'gb18030', 'shift_jis'",
    )
  })
  it('comes a sentence a line, a file a class', async () => {
    const set = data.linesDataset({ negative: 'bad\n\nworse \n', positive: 'good' })
    expect(await all(set)).toEqual([
      { text: 'bad', label: 0 },
      { text: 'worse', label: 0 },
      { text: 'good', label: 1 },
    ])
    expect(() => data.linesDataset({ a: '\n', b: 'x' })).toThrow('class "a" has no lines')
  })
  it('comes a label and a text a row', async () => {
    const { dataset, problems } = data.labelledRows('pos\tgood\nneg\tbad, really\nneg\t\n', { name: 'rows.tsv' })
    expect(await all(dataset)).toEqual([
      { text: 'good', label: 1 },
      { text: 'bad, really', label: 0 },
    ])
    expect(problems).toEqual(['rows.tsv, line 3: the text is missing.'])
  })
  it('is divided into words, in English, in Chinese, into characters', () => {
    expect(data.englishWords("It's GOOD, isn't it?")).toEqual(['it', "'s", 'good', ',', 'is', "n't", 'it', '?'])
    expect(data.segmenter('zh')('这部电影糟糕')).toEqual(expect.arrayContaining(['电影', '糟糕']))
    expect(data.characters('a好')).toEqual(['a', '好'])
  })
  it('becomes numbers: frequent words first, unknown ones 1, padding 0', () => {
    const words = data.vocabulary([['b', 'a', 'c'], ['b', 'a'], ['b']], { least: 2 })
    expect(words.words).toEqual(['b', 'a'])
    expect(words.size).toBe(4)
    expect(Array.from(words.encode(['a', 'x', 'b'], 5).data)).toEqual([3, 1, 2, 0, 0])
    expect(Array.from(words.encode(['a', 'x', 'b'], 2).data)).toEqual([3, 1])
    expect(data.vocabularyOf(words.words).encode(['a'], 1)).toEqual(words.encode(['a'], 1))
  })
})
