// Pictures with boxes as annotation tools leave them, and what is said of what does not count.

import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { inspectOpened } from '../../dataset/inspect/opened.ts'
import { openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const whole = { validation: 0, test: 0, size: 'own' } as const

type Files = Record<string, Uint8Array | string>

const picture = (background = '#456789') =>
  sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .jpeg()
    .toBuffer()

const object = (name: string, more = '') =>
  `<object><name>${name}</name>${more}<bndbox><xmin>6</xmin><ymin>6</ymin><xmax>20</xmax><ymax>20</ymax></bndbox></object>`

const xml = (...objects: readonly string[]) => `<annotation>${objects.join('')}</annotation>`

describe("PASCAL VOC's layout", () => {
  it('has names with spaces and endings in its lists', async () => {
    const files: Files = {
      'ImageSets/Main/train.txt': 'my photo 1\nmy photo 2.jpg\n',
      'ImageSets/Main/val.txt': 'my photo 3\r\n',
    }
    for (const i of [1, 2, 3]) {
      files[`JPEGImages/my photo ${i}.jpg`] = await picture()
      files[`Annotations/my photo ${i}.xml`] = xml(object('dog'))
    }
    const { train, validation, problems } = await openData('detect', await folderWith(files), whole)
    expect([train.length, validation?.length, problems]).toEqual([2, 1, []])
  })

  it.each(['', 'ImageSets/'])('has its lists in “%s”, too', async (folder) => {
    const files: Files = { [`${folder}train.txt`]: '1\n2\n', [`${folder}val.txt`]: '3\n' }
    for (const i of [1, 2, 3]) {
      files[`JPEGImages/${i}.jpg`] = await picture()
      files[`Annotations/${i}.xml`] = xml(object('dog'))
    }
    const { train, validation, problems } = await openData('detect', await folderWith(files), whole)
    expect([train.length, validation?.length, problems]).toEqual([2, 1, []])
  })

  it('does not call a picture bare whose annotation is damaged', async () => {
    const files: Files = {
      ...{ '1.jpg': await picture(), '2.jpg': await picture(), '3.jpg': await picture() },
      ...{ '1.xml': xml(object('dog')), '2.xml': '<annotation><object>' },
    }
    const { problems } = await inspectOpened('detect', await folderWith(files), {})
    expect(problems.filter((one) => /\b2\./.test(one))).toEqual([expect.stringMatching(/^2\.xml: <object> is never/)])
    expect(problems.filter((one) => /\b3\./.test(one))).toEqual([
      expect.stringMatching(/3\.jpg: there is no annotation/),
    ])
  })
})

describe('parts of boxes', () => {
  const marked = async (
    ...paths: readonly (readonly [xml: string, picture: string, name: string])[]
  ): Promise<Files> => {
    const files: Files = {}
    for (const [annotation, path, name] of paths) {
      files[annotation] = xml(object(name))
      files[path] = await picture(`#4567${20 + Object.keys(files).length}`)
    }
    return files
  }

  it('name a class that only some of them have boxes of', async () => {
    const parts = await marked(
      ['train/1.xml', 'train/1.jpg', 'dog'],
      ['train/2.xml', 'train/2.jpg', 'horse'],
      ['val/3.xml', 'val/3.jpg', 'cat'],
    )
    const { warnings } = await openData('detect', await folderWith(parts), whole)
    expect(warnings).toEqual([
      '“cat” is a class that occurs in validation and not in the training: it cannot be learnt, and examples of it count as errors.',
    ])
    parts['val/3.xml'] = xml(object('cat', '<difficult>1</difficult>'), object('dog'))
    expect((await openData('detect', await folderWith(parts), whole)).warnings).toEqual([])
  })

  const names = (set: { readonly length: number; readonly nameOf?: ((i: number) => string) | undefined } | null) =>
    set && Array.from({ length: set.length }, (_, i) => set.nameOf!(i))

  it('are told by folders below those of annotations and of pictures; what lies beside belongs to none', async () => {
    const files = await marked(
      ['annotations/train/1.xml', 'images/train/1.jpg', 'cat'],
      ['annotations/val/1.xml', 'images/val/1.jpg', 'dog'],
      ['annotations/2.xml', 'images/2.jpg', 'cat'],
    )
    const { train, validation, classes, problems } = await openData('detect', await folderWith(files), whole)
    expect([names(train), names(validation), classes]).toEqual([
      ['images/train/1.jpg'],
      ['images/val/1.jpg'],
      ['cat', 'dog'],
    ])
    expect(problems).toEqual([expect.stringMatching(/images\/2\.jpg: its annotation is not in the folder of a part/)])
  })

  const year = async (root: string, at: number): Promise<Files> => ({
    ...(await marked(
      [`${root}/Annotations/${at}.xml`, `${root}/JPEGImages/${at}.jpg`, 'cat'],
      [`${root}/Annotations/${at + 1}.xml`, `${root}/JPEGImages/${at + 1}.jpg`, 'dog'],
    )),
    [`${root}/ImageSets/Main/train.txt`]: `${at}\n`,
    [`${root}/ImageSets/Main/val.txt`]: `${at + 1}\n`,
  })
  it('are told by lists one folder deeper, as in VOCdevkit; two such sets are refused', async () => {
    const one = await openData('detect', await folderWith(await year('VOC2012', 1)), whole)
    expect([names(one.train), names(one.validation)]).toEqual([['JPEGImages/1.jpg'], ['JPEGImages/2.jpg']])
    const both = await folderWith({ ...(await year('VOC2012', 1)), ...(await year('VOC2007', 1)) })
    await expect(openData('detect', both, whole)).rejects.toThrow(/VOC2007 and VOC2012 have lists .* they are 2 sets/)
  })

  it('are warned of where they share a picture', async () => {
    const files = await year('VOC', 1)
    files['VOC/ImageSets/Main/val.txt'] = '1\n2\n'
    const { warnings } = await openData('detect', `${await folderWith(files)}/VOC`, whole)
    expect(warnings).toEqual([
      expect.stringMatching(/^one picture is in train and validation.*JPEGImages\/1\.jpg/),
      expect.stringMatching(/^“dog” is a class that occurs in validation and not in the training/),
    ])
    const coco = JSON.stringify({
      images: [{ id: 1, file_name: '1.jpg' }],
      categories: [{ id: 1, name: 'a' }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 9, 9] }],
    })
    const root = await folderWith({ 'train.json': coco, 'val.json': coco, '1.jpg': await picture() })
    expect((await openData('detect', root, whole)).warnings).toEqual([
      expect.stringMatching(/^one picture is in train and validation/),
    ])
  })
})

describe('boxes that do not count', () => {
  it('are said to, and their class has none', async () => {
    const files: Files = {
      ...{ '1.jpg': await picture(), '2.jpg': await picture() },
      '1.xml': xml(object('dog'), object('cat', '<difficult>1</difficult>')),
      '2.xml': xml(object('cat', '<difficult>1</difficult>')),
    }
    const { parts, facts, problems } = await inspectOpened('detect', await folderWith(files), {})
    expect(parts[0].classes).toEqual([
      { name: 'cat', count: 0 },
      { name: 'dog', count: 1 },
    ])
    expect(facts.join()).toMatch(/2 boxes are marked as difficult, and not trained on or counted/)
    expect(problems).toEqual([
      '2.jpg: no boxes but those marked as crowds or difficult.',
      'the class cat has no boxes.',
    ])
  })

  it('of COCO are crowds, whose outlines are run lengths, plain or packed', async () => {
    const json = {
      images: [{ id: 1, file_name: '1.jpg', width: 40, height: 30 }],
      annotations: [
        { id: 1, image_id: 1, category_id: 1, bbox: [1, 2, 10, 12], iscrowd: 0 },
        {
          ...{ id: 2, image_id: 1, category_id: 1, bbox: [0, 0, 40, 30], iscrowd: 1 },
          segmentation: { counts: [3, 9, 1188], size: [30, 40] },
        },
        { id: 3, image_id: 1, category_id: 1, iscrowd: 1, segmentation: { counts: 'f0', size: [30, 40] } },
      ],
      categories: [{ id: 1, name: 'person' }],
    }
    const files = { 'a.json': JSON.stringify(json), '1.jpg': await picture() }
    const { train, notes, problems } = await openData('detect', await folderWith(files), whole)
    expect((await train.get(0)).boxes).toEqual([
      { x: 6, y: 8, width: 10, height: 12, label: 0 },
      { x: 20, y: 15, width: 40, height: 30, label: 0, ignore: true },
    ])
    expect(notes!.join()).toMatch(/one box is marked as a crowd, and not trained on or counted/)
    expect(problems).toEqual([expect.stringMatching(/the bbox of annotation 3 is missing/)])
  })
})

describe('what is no file of boxes', () => {
  it('is named by what is wrong with it, once', async () => {
    const damaged = await placeOf(await folderWith({ 'a.json': '{"images":[{"id":1,', '1.jpg': await picture() }))
    await expect(kindOf(damaged)).rejects.toThrow(/Convoke does not know this kind of data.* a\.json: this is not JSON/)
    const captions = { images: [], annotations: [{ image_id: 1, caption: 'a cat' }] }
    const root = await folderWith({ 'c.json': JSON.stringify(captions), '1.jpg': await picture() })
    const error: Error = await openData('detect', root, whole).catch((one) => one)
    expect(error.message).toMatch(/\. These files hold no boxes: c\.json \(captions\)/)
    expect(error.message.split(root)).toHaveLength(2)
  })
})

describe('boxes in a table', () => {
  const head = 'filename,width,height,class,xmin,ymin,xmax,ymax'
  const files = async (): Promise<Files> => ({
    'train_labels.csv': `${head}\n1.jpg,40,30,dog,5,5,20,20\n1.jpg,40,30,cat,0,0,9,9\n2.jpg,40,30,dog,5,5,20,20\n`,
    'test_labels.csv': `${head}\n3.jpg,40,30,dog,5,5,20,20\n`,
    ...{ 'images/train/1.jpg': await picture(), 'images/train/2.jpg': await picture() },
    'images/test/3.jpg': await picture(),
  })

  it('are a set for detection, a table a part', async () => {
    const root = await folderWith(await files())
    expect(await kindOf(await placeOf(root))).toBe('detect')
    const { kind, train, test, classes, problems } = await openData('detect', root, { validation: 0, size: 'own' })
    expect([kind, train.length, test?.length, classes, problems]).toEqual([
      ...['a table of boxes', 2, 1],
      ['cat', 'dog'],
      [],
    ])
    expect((await train.get(0)).boxes).toHaveLength(2)
  })

  it('name the pictures beside theirs that no row names', async () => {
    const more = { 'images/train/4.jpg': await picture(), 'elsewhere/5.jpg': await picture() }
    const root = await folderWith({ ...(await files()), ...more })
    const { notes } = await openData('detect', root, { validation: 0, size: 'own' })
    expect(notes).toEqual([
      'test_labels.csv: the category cat of other parts is not listed; there are no boxes of it in this part.',
      `${root}: one picture is not listed in test_labels.csv or train_labels.csv and ignored, such as images/train/4.jpg.`,
    ])
    const { problems } = await inspectOpened('detect', root, {})
    expect(problems).toContain(`${root}/images/train/4.jpg: there is no annotation for it.`)
  })

  it('are not taken for the classes of pictures unless the column is named', async () => {
    const root = await folderWith(await files())
    await expect(openData('classify', root)).rejects.toThrow(
      /the columns of test_labels\.csv are those of boxes.*: convoke train detect/,
    )
    const { classes } = await openData('classify', root, { labelColumn: 'class', validation: 0 })
    expect(classes).toEqual(['dog'])
  })

  it('are told from other tables by the names of their columns', async () => {
    const root = await folderWith({ 'a.csv': 'filename,label\n1.jpg,dog\n2.jpg,cat\n', '1.jpg': await picture() })
    expect(await kindOf(await placeOf(root))).toBe('classify')
  })
})

describe('data in a form that is not read', () => {
  const boxes = (program: string) => new RegExp(`a\\.json holds boxes as ${program} writes them.*COCO's JSON`)
  it.each([
    ['CreateML', [{ image: '1.jpg', annotations: [{ label: 'a', coordinates: { x: 1, y: 2, width: 3, height: 4 } }] }]],
    ['VIA', { '1.jpg99': { filename: '1.jpg', size: 99, regions: [] } }],
    ['VIA', { _via_settings: {}, _via_img_metadata: {} }],
    ['LabelMe', { version: '5.0', shapes: [], imagePath: '1.jpg' }],
    ['Label Studio', [{ id: 1, data: { image: '1.jpg' }, annotations: [] }]],
  ])('is named: %s', async (program, json) => {
    const root = await folderWith({ 'a.json': JSON.stringify(json), '1.jpg': await picture() })
    await expect(openData('detect', root, whole)).rejects.toThrow(boxes(program))
    const kind = kindOf(await placeOf(root)).then((found) => inspectOpened(found as 'detect', root, {}))
    await expect(kind).rejects.toThrow(boxes(program))
  })

  it.each([
    ['a.jsonl', 'JSON in lines'],
    ['a.parquet', 'Parquet'],
    ['a.xlsx', 'a spreadsheet'],
  ])('is named, and what to convert it to: %s', async (file, form) => {
    const root = await folderWith({ [file]: '1\n', 'README.md': 'a set' })
    const told = `${root}: ${file} is ${form}, which is not supported. Convert it to CSV`
    for (const task of ['classify', 'text', 'sequence'] as const)
      await expect(openData(task, root)).rejects.toThrow(told)
    await expect(kindOf(await placeOf(root))).rejects.toThrow(told)
  })

  it('does not hide what is read beside it', async () => {
    const root = await folderWith({ 'a.jsonl': '{}\n', 'a.csv': 'text,label\nso good,pos\nso bad,neg\n'.repeat(9) })
    expect(await kindOf(await placeOf(root))).toBe('text')
  })
})

describe('a table of boxes that is named alone', () => {
  it('has its pictures looked at for their size, and for no more than they show', async () => {
    const rows = ['filename,width,height,class,xmin,ymin,xmax,ymax']
    const files: Files = {}
    for (const i of [1, 2, 3]) {
      files[`${i}.jpg`] = await picture()
      rows.push(`${i}.jpg,40,30,dog,6,6,20,20`)
    }
    const root = await folderWith({ ...files, 'boxes.csv': rows.join('\n') })
    const none = { validation: 0, test: 0 }
    for (const path of [`${root}/boxes.csv`, root]) {
      const { picture: form } = await openData('detect', path, none)
      expect(form).toEqual({ height: 30, width: 40, channels: 3 })
    }
  })
})
