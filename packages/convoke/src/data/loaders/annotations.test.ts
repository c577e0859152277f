import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'

/** A "picture": height, width, and the value of all its pixels. */
const decode: data.DecodePicture = async (bytes) => {
  const [height, width, value] = new TextDecoder().decode(bytes).split(' ').map(Number)
  return { shape: [height, width, 1], data: new Uint8Array(height * width).fill(value) }
}

interface Shown {
  readonly pictures: readonly (readonly [path: string, pixel: number, boxes: readonly string[]])[]
  readonly problems: readonly string[]
}

async function shown({ dataset, problems }: data.LoadedBoxes): Promise<Shown> {
  const pictures = await Promise.all(
    Array.from({ length: dataset.length }, async (_, i) => {
      const { image, boxes } = await dataset.get(i)
      const texts = boxes.map(({ label, ignore }) => `${dataset.classes![label]}${ignore ? ' ignored' : ''}`)
      return [dataset.nameOf!(i), image.data[0], texts] as const
    }),
  )
  return { pictures, problems }
}

describe('XML annotations', () => {
  const xml = (name: string, before = '', inside = ''): string =>
    `<annotation>${before}<object><name>${name}</name>${inside}<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>`
  const filename = '<filename>1.png</filename>'
  const read = async (files: Readonly<Record<string, string>>) =>
    shown(await data.vocDataset(data.memorySource('v', files), decode))

  it('may hold their objects in one element, and carry marks of other names', async () => {
    const files = {
      'Annotations/1.xml': xml('cat')
        .replace('<object>', '<objects><object>')
        .replace('</object>', '</object></objects>'),
      'Annotations/2.xml': xml('dog', '', '<ignore>1</ignore>'),
      ...{ 'JPEGImages/1.png': '48 64 1', 'JPEGImages/2.png': '48 64 2' },
    }
    expect(await read(files)).toEqual({
      pictures: [
        ['JPEGImages/1.png', 1, ['cat']],
        ['JPEGImages/2.png', 2, ['dog ignored']],
      ],
      problems: [],
    })
  })

  it('never take the picture of another folder by its name alone', async () => {
    const files = {
      'Annotations/a/1.xml': xml('cat', filename),
      'Annotations/b/1.xml': xml('dog', filename),
      'Annotations/c/2.xml': xml('ant'),
      'JPEGImages/a/1.png': '48 64 1',
      'JPEGImages/c/2.png': '48 64 2',
    }
    expect(await read(files)).toEqual({
      pictures: [
        ['JPEGImages/a/1.png', 1, ['cat']],
        ['JPEGImages/c/2.png', 2, ['ant']],
      ],
      problems: ['v: b/1 has no picture; JPEGImages/a/1.png lies in the folder of others.'],
    })
    const { 'Annotations/a/1.xml': _, ...rest } = files
    expect((await read(rest)).pictures).toEqual([['JPEGImages/c/2.png', 2, ['ant']]])
  })

  it('never take the picture of another part', async () => {
    const { pictures, problems } = await read({
      'train/Annotations/2.xml': xml('cat'),
      'train/JPEGImages/1.png': '48 64 1',
      'train/JPEGImages/2.png': '48 64 2',
      'val/Annotations/1.xml': xml('dog', filename),
    })
    expect(pictures).toEqual([['train/JPEGImages/2.png', 2, ['cat']]])
    expect(problems).toEqual([
      'v: val/Annotations/1.xml names 1.png, which is not there; train/JPEGImages/1.png belongs to another part.',
    ])
  })

  it('leave a picture to the annotation of its own name', async () => {
    const { pictures, problems } = await read({
      'Annotations/0.xml': xml('copied', filename),
      'Annotations/1.xml': xml('own', filename),
      'JPEGImages/1.png': '48 64 1',
    })
    expect(pictures).toEqual([['JPEGImages/1.png', 1, ['own']]])
    expect(problems).toEqual(['v: 0 has no picture; JPEGImages/1.png, which it names, has an annotation of its own.'])
  })

  it('find pictures in folders of other depths by the names that they state, and by <folder> where several have them', async () => {
    const files = { 'JPEGImages/a/1.png': '48 64 1', 'JPEGImages/b/1.png': '48 64 2' }
    const { problems } = await data.vocDataset(
      data.memorySource('v', {
        ...files,
        'Annotations/x.xml': xml('cat', filename),
        'Annotations/y.xml': xml('cat'),
        'JPEGImages/y.png': '48 64 3',
      }),
      decode,
    )
    expect(problems).toEqual([
      'v: Annotations/x.xml names 1.png, which is ambiguous: JPEGImages/a/1.png, JPEGImages/b/1.png end so.',
    ])
    expect(
      (await read({ ...files, 'Annotations/x.xml': xml('cat', `<folder>b</folder>${filename}`) })).pictures,
    ).toEqual([['JPEGImages/b/1.png', 2, ['cat']]])
    expect((await read({ 'notes/x.xml': xml('cat', filename), 'photos/1.png': '48 64 5' })).pictures).toEqual([
      ['photos/1.png', 5, ['cat']],
    ])
  })

  it('that are alone, and pictures that are, come with the data, and examples with the names that were asked for', async () => {
    const files = {
      'Annotations/1.xml': xml('cat'),
      'Annotations/2.xml': xml('cat'),
      'Annotations/a/3.xml': xml('cat'),
      'JPEGImages/1.png': '48 64 1',
      'JPEGImages/a/3.png': '48 64 3',
      'JPEGImages/4.png': '48 64 4',
    }
    const source = data.memorySource('v', files)
    const { names, unmatched, dataset } = await data.vocDataset(source, decode)
    expect([dataset.length, names]).toEqual([2, ['1', 'a/3']])
    expect(unmatched).toEqual({ annotations: ['Annotations/2.xml'], pictures: ['JPEGImages/4.png'] })
    const asked = await data.vocDataset(source, decode, { names: ['3', '2', '1'] })
    expect([asked.names, asked.dataset.nameOf!(0)]).toEqual([['3', '1'], 'JPEGImages/a/3.png'])
    expect(asked.unmatched).toEqual({ annotations: ['Annotations/2.xml'], pictures: [] })
  })

  it('lie in folders and under endings of any case, and beside their pictures', async () => {
    expect((await read({ 'ANNOTATIONS/1.XML': xml('cat'), 'images/1.PNG': '48 64 1' })).pictures).toHaveLength(1)
    const { pictures, problems } = await read({
      'a/1.xml': xml('cat', filename),
      'a/1.jpg': '48 64 1',
      'b/1.xml': xml('dog', filename),
      'b/2.jpg': '48 64 2',
    })
    expect(pictures).toEqual([['a/1.jpg', 1, ['cat']]])
    expect(problems).toEqual(['v: b/1 has no picture.'])
  })

  it('mark objects as difficult in the words that programs have for it', async () => {
    const words = ['1', ' 1 ', '1.0', '2', 'true', 'True', 'yes', '0', '0.0', 'Unspecified', 'false', '']
    const marks = await Promise.all(
      words.map(async (word) => {
        const files = {
          'Annotations/1.xml': xml('cat', '', `<difficult>${word}</difficult>`),
          'JPEGImages/1.png': '48 64 1',
        }
        return (await read(files)).pictures[0][2][0]
      }),
    )
    expect(marks).toEqual([...Array(7).fill('cat ignored'), ...Array(5).fill('cat')])
  })

  it('have tags in capital letters as well', async () => {
    const upper = (text: string) =>
      text.replace(/<(\/?)(\w)/g, (_, slash, letter) => `<${slash}${letter.toUpperCase()}`)
    const files = {
      'Annotations/1.xml': upper(xml('cat', filename, '<difficult>1</difficult>')),
      'Annotations/2.xml': xml('dog', '<filename>2.png</filename>').replace(/<\/?\w+/g, (tag) => tag.toUpperCase()),
      'JPEGImages/1.png': '48 64 1',
      'JPEGImages/2.png': '48 64 2',
    }
    expect(await read(files)).toEqual({
      pictures: [
        ['JPEGImages/1.png', 1, ['cat ignored']],
        ['JPEGImages/2.png', 2, ['dog']],
      ],
      problems: [],
    })
  })

  it('in shares of the picture are refused', async () => {
    const share = xml('cat').replace(
      /<bndbox>.*<\/bndbox>/,
      '<bndbox><xmin>0.1</xmin><ymin>0</ymin><xmax>0.5</xmax><ymax>0.75</ymax></bndbox>',
    )
    const files = { 'Annotations/1.xml': share, 'JPEGImages/1.png': '48 64 1' }
    await expect(read(files)).rejects.toThrow(
      'v: all boxes end within the first pixel, so they may be shares of the picture; the first ends at 0.5, 0.75.',
    )
    const more = { 'Annotations/2.xml': xml('dog'), 'JPEGImages/2.png': '48 64 2' }
    expect((await read({ ...files, ...more })).pictures.length).toBe(2)
  })

  it('state sizes that are missing, negative or no numbers without harm', async () => {
    for (const size of [
      '',
      '<size/>',
      '<size><width>-64</width><height>48</height></size>',
      '<size><width>abc</width><height>1e400</height></size>',
    ])
      expect(await read({ 'Annotations/1.xml': xml('cat', size), 'JPEGImages/1.png': '48 64 1' })).toEqual({
        pictures: [['JPEGImages/1.png', 1, ['cat']]],
        problems: [],
      })
  })
})

describe('COCO annotations', () => {
  const base = {
    images: [{ id: 1, file_name: '1.png' }],
    categories: [{ id: 1, name: 'a' }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 5, 5] }] as unknown,
  }
  const load = (bytes: Uint8Array | string) =>
    data.cocoDataset(data.memorySource('c', { 'a.json': bytes, '1.png': '16 16 7' }), decode, { annotations: 'a.json' })
  const read = async (change: object) => shown(await load(JSON.stringify({ ...base, ...change })))

  it('are read with the byte-order marks that programs write', async () => {
    const text = JSON.stringify({ ...base, categories: [{ id: 1, name: 'é' }] })
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le')
    for (const bytes of [`\ufeff${text}`, new Uint8Array(wide), new Uint8Array(Buffer.from(wide).swap16())])
      expect((await shown(await load(bytes))).pictures).toEqual([['1.png', 7, ['é']]])
  })

  it('that are of another kind in any member end in words', async () => {
    for (const name of ['images', 'categories', 'annotations'])
      for (const value of [null, {}, 'x', 5, { 1: {} }])
        await expect(load(JSON.stringify({ ...base, [name]: value }))).rejects.toThrow(
          `a.json: this is not a COCO file of boxes: ${name} must be lists.`,
        )
  })

  it('that are faulty are left out one by one, and named', async () => {
    const good = base.annotations as readonly object[]
    const bad = [
      null,
      5,
      'x',
      [],
      { image_id: 1, category_id: 1, bbox: [1, 1, '5', 5] },
      { image_id: 1, category_id: 1, bbox: { x: 1 } },
    ]
    for (const one of bad) {
      const { pictures, problems } = await read({ annotations: [one, ...good] })
      expect(pictures).toEqual([['1.png', 7, ['a']]])
      expect(problems).toHaveLength(1)
    }
    const { problems } = await read({ images: [null, { id: 2 }, { file_name: 'x.png' }, ...base.images] })
    expect(problems).toEqual([
      'a.json: picture 1 has no id; it is left out.',
      'a.json: picture 2 has no file_name; it is left out.',
      'a.json: picture 3 has no id; it is left out.',
    ])
  })

  it('may have more categories than arguments fit on the stack, some of one name', async () => {
    const categories = Array.from({ length: 300_000 }, (_, i) => ({ id: i, name: `c${i % 299_999}` }))
    const { dataset, problems } = await load(JSON.stringify({ ...base, categories }))
    expect([dataset.classes!.length, dataset.classes![299_998]]).toEqual([299_999, 'c299998'])
    expect(problems).toEqual(['a.json: categories 0 and 299999 are both called "c0"; they are one class.'])
  }, 20_000)

  it('mark crowds in the forms that programs have for it', async () => {
    const crowd = async (iscrowd: unknown) => {
      const annotations = [{ image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], iscrowd }]
      return (await read({ annotations })).pictures[0][2][0].endsWith(' ignored')
    }
    for (const value of [1, true, '1', 'true', 2]) expect(await crowd(value)).toBe(true)
    for (const value of [0, false, '0', 'false', null, undefined, {}]) expect(await crowd(value)).toBe(false)
  })

  it('carry other marks of what is to be ignored, whatever they are called', async () => {
    const marked = async (mark: object) => {
      const annotations = [{ image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], ...mark }]
      return (await read({ annotations })).pictures[0][2][0].endsWith(' ignored')
    }
    for (const mark of [{ ignore: 1 }, { difficult: '1.0' }, { IsGroupOf: true }]) expect(await marked(mark)).toBe(true)
    for (const mark of [{ ignore: 0 }, { area: 1 }, { occluded: 1 }]) expect(await marked(mark)).toBe(false)
  })

  it('of an id that two pictures or two categories have are left out with both', async () => {
    const own = (image_id: number, category_id: number, at: number) => ({
      ...{ image_id, category_id, bbox: [at, at, 5, 5] },
    })
    const images = [
      { id: 1, file_name: '1.png' },
      { id: 2, file_name: '2.png' },
      { id: 2, file_name: '3.png' },
      { id: 1, file_name: '1.png' },
    ]
    const annotations = [own(1, 1, 1), own(1, 2, 2), own(2, 1, 3), own(1, 3, 4)]
    const categories = [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
      { id: 2, name: 'ant' },
      { id: 3, name: 'cat' },
    ]
    const loaded = await load(JSON.stringify({ images, annotations, categories }))
    const { pictures, problems } = await shown(loaded)
    expect(loaded.dataset.classes).toEqual(['cat'])
    expect(pictures).toEqual([['1.png', 7, ['cat', 'cat']]])
    expect(problems).toEqual([
      'a.json: the category id 2 is used for "dog" and for "ant"; its annotations are left out.',
      'a.json: categories 1 and 3 are both called "cat"; they are one class.',
      'a.json: the picture id 2 is used for 2.png and for 3.png; both are left out.',
    ])
  })

  it('in shares of the picture are refused, and no pixel is taken for one', async () => {
    const boxes = (...all: number[][]) => all.map((bbox) => ({ image_id: 1, category_id: 1, bbox }))
    await expect(read({ annotations: boxes([0.25, 0.5, 0.5, 0.25], [0, 0, 0.75, 0.5]) })).rejects.toThrow(
      'a.json: all boxes end within the first pixel, so they may be shares of the picture; the first ends at 0.75, 0.75. Boxes must be in pixels: multiply by the width and the height of the picture.',
    )
    for (const fine of [boxes([0.25, 0.5, 0.5, 0.25], [0, 0, 2.5, 2]), boxes([0, 0, 1, 1])])
      expect((await read({ annotations: fine })).problems).toEqual([])
  })

  it('that are lists in lists, however deep, are named without writing them out', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const text = JSON.stringify({ ...base, annotations: [...(base.annotations as object[]), 'x', { bbox: 'y' }] })
    const { problems } = await load(
      text.replace('"x"', deep).replace('{"bbox":"y"}', `{"image_id":1,"category_id":1,"bbox":${deep}}`),
    )
    expect(problems).toEqual([
      'a.json: annotation 2 is [[[[[…]]]]]; it must be an object.',
      'a.json, picture 1: the bbox of annotation 3 is nested lists; it must be four numbers, [left, top, width, height]. It is left out.',
    ])
  })

  it('with NaN, as Python writes it, lose what it stands in and nothing else', async () => {
    const text = JSON.stringify({ ...base, categories: [{ id: 1, name: 'NaN Infinity' }] })
    const { pictures } = await shown(await load(text.replace('"id":1,"image_id"', '"area":-Infinity,"image_id"')))
    expect(pictures).toEqual([['1.png', 7, ['NaN Infinity']]])
    expect((await shown(await load(text.replace('[1,1,5,5]', '[NaN,1,5,5]')))).pictures).toEqual([['1.png', 7, []]])
  })
})

describe("COCO's boxes that seem to be corners", () => {
  const suspicion =
    /^a\.json: 2 of 3 boxes reach outside their pictures as \[left, top, width, height\], and as \[left, top, right, bottom\] none would/
  const read = async (boxes: readonly (readonly number[])[]) => {
    const json = {
      images: [{ id: 1, file_name: '1.png' }],
      annotations: boxes.map((bbox, id) => ({ id, image_id: 1, category_id: 1, bbox })),
      categories: [{ id: 1, name: 'cat' }],
    }
    const source = data.memorySource('c', { 'a.json': JSON.stringify(json), '1.png': '48 64 1' })
    return (await data.cocoDataset(source, decode, { annotations: 'a.json' })).problems
  }

  it('are suspected before all else', async () => {
    const [first, ...rest] = await read([
      [40, 30, 60, 45],
      [30, 10, 50, 20],
      [0, 0, 20, 20],
    ])
    expect(first).toMatch(suspicion)
    expect(rest).toHaveLength(2)
  })

  it('are none where a box could not be corners, or all fit as they are', async () => {
    const outside = [
      [40, 30, 60, 45],
      [30, 10, 50, 20],
      [50, 40, 10, 5],
    ]
    expect((await read(outside)).join()).not.toMatch(/corners/)
    const inside = [
      [0, 0, 20, 20],
      [10, 10, 30, 30],
      [1, 2, 3, 4],
    ]
    expect(await read(inside)).toEqual([])
  })
})
