// Pictures with masks in the layouts in which they are published, and what the options say of them.

import { data } from 'convoke'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { UsageError } from '../../errors.ts'
import { type OpenOptions, openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const whole = { validation: 0, test: 0 } as const

type Files = Record<string, Uint8Array | string>

const photo = (width = 4, height = 4, background = '#456789') =>
  sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer()

/** A mask of 4 × 4 pixels, its rows of these values. */
const mask = (...rows: readonly number[]) =>
  pngOf({ shape: [4, 4, 1], data: Uint8Array.from({ length: 16 }, (_, p) => rows[p >> 2]) })

const open = async (files: Files, options: OpenOptions = whole) => openData('segment', await folderWith(files), options)

const namesIn = (set: data.Dataset<data.MaskedPicture> | null): string[] | null =>
  set && Array.from({ length: set.length }, (_, i) => set.nameOf!(i).replace(/^.*\//, ''))

describe('a class that only some parts have pixels of', () => {
  const parts = async (train: Promise<Uint8Array>, val: Promise<Uint8Array>): Promise<Files> => ({
    ...{ 'train/images/1.jpg': await photo(), 'train/masks/1.png': await train },
    ...{ 'val/images/2.jpg': await photo(4, 4, '#987654'), 'val/masks/2.png': await val },
  })
  it('is named', async () => {
    const { warnings } = await open(await parts(mask(0, 0, 1, 1), mask(0, 2, 2, 3)))
    expect(warnings).toEqual([
      '“class 2”, “class 3” are classes that occur in validation and not in the training: they cannot be learnt, and examples of them count as errors.',
    ])
    expect((await open(await parts(mask(0, 2, 1, 1), mask(0, 2, 2, 2)))).warnings).toEqual([])
  })
  it('is not the ignored value', async () => {
    expect((await open(await parts(mask(0, 0, 1, 1), mask(0, 1, 1, 255)))).warnings).toEqual([])
  })
})

describe('folders of pictures and of masks', () => {
  const lay = async (...paths: string[]): Promise<Files> => {
    const files: Files = {}
    for (const path of paths) files[path] = /jpg$/.test(path) ? await photo() : await mask(0, 1, 1, 2)
    return files
  }
  it.each([
    ['train/#.jpg', 'train_masks/#_mask.png', 'val/#.jpg', 'val_masks/#_mask.png'],
    ['train_images/#.jpg', 'train_masks/#.png', 'val_images/#.jpg', 'val_masks/#.png'],
    ['train/#.jpg', 'trainannot/#.png', 'val/#.jpg', 'valannot/#.png'],
    ['train/#.jpg', 'train_labels/#_L.png', 'val/#.jpg', 'val_labels/#_L.png'],
    ['leftImg8bit/train/x/#_leftImg8bit.jpg', 'gtFine/train/x/#_gtFine_labelIds.png']
      .concat(['leftImg8bit/val/x/#_leftImg8bit.jpg', 'gtFine/val/x/#_gtFine_labelIds.png'])
      .concat(['gtFine/train/x/#_gtFine_color.png', 'gtFine/val/x/#_gtFine_instanceIds.png']),
    ['images/training/#.jpg', 'annotations/training/#.png', 'images/validation/#.jpg', 'annotations/validation/#.png'],
  ])('are paired, and are not classes: %j, %j, …', async (...paths) => {
    const root = await folderWith(await lay(...paths.flatMap((path) => ['1', '2'].map((i) => path.replace('#', i)))))
    const { train, validation, problems, masks } = await openData('segment', root, whole)
    expect([train.length, validation?.length, problems, masks!.values]).toEqual([2, 2, [], [0, 1, 2]])
    await expect(openData('classify', root, whole)).rejects.toThrow('Use: convoke train segment.')
    expect(await kindOf(await placeOf(root))).toBe('segment')
  })
  it('belong to no part where they lie beside the folders of parts', async () => {
    const { train, validation, problems } = await open(
      await lay(
        ...['images/train/1.jpg', 'masks/train/1.png', 'images/val/2.jpg', 'masks/val/2.png'],
        ...['images/3.jpg', 'masks/3.png'],
      ),
    )
    expect([namesIn(train), namesIn(validation)]).toEqual([['1.jpg'], ['2.jpg']])
    expect(problems).toEqual([expect.stringMatching(/images\/3\.jpg: it is not in the folder of a part/)])
  })
  it('are warned of where lists name a picture for two parts', async () => {
    const { warnings } = await open({
      ...(await lay('JPEGImages/1.jpg', 'SegmentationClass/1.png', 'JPEGImages/2.jpg', 'SegmentationClass/2.png')),
      ...{ 'ImageSets/Segmentation/train.txt': '1\n', 'ImageSets/Segmentation/val.txt': '1\n2\n' },
    })
    expect(warnings).toEqual([expect.stringMatching(/^one picture is in train and validation.*JPEGImages\/1\.jpg/)])
  })
  it.each([
    [['images/1.jpg', 'annotations/trimaps/1.png']],
    [['images/default/1.jpg', 'masks/1.png']],
    [['images/a/b/x/1.jpg', 'masks/c/x/1.png']],
  ])('are paired below the folder that all have in common: %j', async (paths) => {
    expect(namesIn((await open(await lay(...paths))).train)).toEqual(['1.jpg'])
  })
  it('are paired in no other way where the plain one fits any', async () => {
    const { train, problems } = await open(await lay('images/1.jpg', 'images/x/2.jpg', 'masks/1.png', 'masks/y/2.png'))
    expect([namesIn(train), problems.length]).toEqual([['1.jpg'], 2])
  })
})

describe("PASCAL VOC's layout for pixels", () => {
  async function voc(lists: Readonly<Record<string, string>>, names = ['2007_01', '2007_02', '2007_03', '2007_04']) {
    const files: Files = Object.fromEntries(
      Object.entries(lists).map(([name, text]) => [`ImageSets/Segmentation/${name}.txt`, text]),
    )
    for (const [i, name] of names.entries()) {
      files[`JPEGImages/${name}.jpg`] = await photo()
      files[`SegmentationClass/${name}.png`] = await mask(0, 0, i + 1, 255)
    }
    return files
  }

  it('is divided by ImageSets/Segmentation; what no list names stays out', async () => {
    const lists = { train: '2007_03\n2007_01\n', val: '2007_02\r\n', trainval: '2007_01\n2007_02\n2007_03\n' }
    const { train, validation, test, problems } = await open(await voc(lists))
    expect([namesIn(train)!.sort(), namesIn(validation), test]).toEqual([
      ['2007_01.jpg', '2007_03.jpg'],
      ['2007_02.jpg'],
      null,
    ])
    expect(problems).toEqual([])
  })

  it('is divided by lists that lie beside the set, of which other texts are told apart', async () => {
    const lists = { train: '2007_03\n', val: '2007_02\n' }
    const moved = async (texts: Readonly<Record<string, string>>) => ({
      ...(await voc({})),
      ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${name}.txt`, text])),
    })
    const { train, validation } = await open(await moved(lists))
    expect([namesIn(train), namesIn(validation)]).toEqual([['2007_03.jpg'], ['2007_02.jpg']])
    const notes = await open(await moved({ train: 'Taken by bus and train.\n' }))
    expect(namesIn(notes.train)).toHaveLength(4)
  })

  it('takes trainval where there is no train', async () => {
    const { train, validation } = await open(await voc({ trainval: '2007_01\n2007_04', test: '2007_02\n' }))
    expect([namesIn(train), validation]).toEqual([['2007_01.jpg', '2007_04.jpg'], null])
  })

  it('names what a list has and the folders have not', async () => {
    const { train, problems } = await open(await voc({ train: '2007_01\n2007_02\n2007_09\n' }))
    expect(train.length).toBe(2)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/2007_09/)
  })

  it('has pictures that are listed for boxes alone, in JPEGImages without a mask, and says nothing of them', async () => {
    const files = await voc({ train: '2007_01\n2007_02\n' })
    for (const name of ['2008_01', '2008_02']) files[`JPEGImages/${name}.jpg`] = await photo()
    const { train, problems } = await open(files)
    expect([train.length, problems]).toEqual([2, []])
  })
})

describe('several folders of masks', () => {
  it('are not mixed: the one that is read is named, and so are the others', async () => {
    const files: Files = {
      ...{
        'images/1.jpg': await photo(),
        'masks/1.png': await mask(0, 0, 1, 1),
        'labels/1.png': await mask(0, 2, 3, 4),
      },
      'SegmentationClass/1.png': await mask(5, 5, 5, 6),
    }
    const { notes, masks } = await open(files)
    expect(masks!.values).toEqual([0, 1])
    expect(notes![0]).toMatch(/the masks are those in masks\/; labels\/ and SegmentationClass\/ beside it are ignored/)
    for (const name of ['labels/1.png', 'SegmentationClass/1.png']) delete files[name]
    expect((await open(files)).notes).toEqual([])
  })
})

describe('values of masks, as options say them', () => {
  const files = async (): Promise<Files> => ({
    'images/1.jpg': await photo(),
    'masks/1.png': await mask(0, 7, 7, 255),
  })

  it('are the classes, with their names', async () => {
    const { classes, train } = await open(await files(), {
      ...whole,
      maskValues: ['7', '#000000', '255:255:255'],
      maskNames: ['leaf', 'soil', 'sky'],
    })
    expect(classes).toEqual(['leaf', 'soil', 'sky'])
    expect([...(await train.get(0)).mask.data].filter((_, p) => p % 4 === 0)).toEqual([1, 0, 0, 2])
  })

  it('are refused where one stands there twice in two forms, or is ignored as well', async () => {
    for (const [options, message] of [
      [{ maskValues: ['0', '0:0:0', '7'] }, /0 and 0:0:0, which are the same value/],
      [{ maskValues: ['#070707', '7'] }, /#070707 and 7, which are the same value/],
      [{ maskValues: ['1', '01'] }, /the same value/],
      [{ maskValues: ['0', '7', '255'], ignoreValues: ['#ffffff'] }, /255 is a class by --mask-values and ignored/],
      [{ maskValues: ['0', '255:0:256'] }, /0 to 255/],
      [{ ignoreValues: ['5000000000'] }, /end at 4294967295/],
    ] as const) {
      const opening = open(await files(), { ...whole, ...options })
      await expect(opening).rejects.toThrow(message)
      await expect(opening).rejects.toThrow(UsageError)
    }
  })

  it('that are ignored get the label that counts nowhere', async () => {
    const { classes, train } = await open(await files(), { ...whole, ignoreValues: ['7'] })
    expect(classes).toHaveLength(2)
    expect([...(await train.get(0)).mask.data].filter((_, p) => p % 4 === 0)).toEqual([
      0,
      data.ignoredLabel,
      data.ignoredLabel,
      1,
    ])
  })
})

describe('classes that a layout tells', () => {
  const city = async (kind: string, own: Promise<Uint8Array>): Promise<Files> => ({
    ...{ 'leftImg8bit/train/bonn/bonn_000001_000019_leftImg8bit.png': await photo() },
    [`gtFine/train/bonn/bonn_000001_000019_gtFine_${kind}.png`]: await own,
  })
  const colours = (...rows: readonly (readonly number[])[]) =>
    pngOf({ shape: [4, 4, 3], data: Uint8Array.from({ length: 48 }, (_, i) => rows[Math.floor(i / 12)][i % 3]) })
  it.each([
    ['labelIds', mask(0, 7, 26, 26), [7, 26]],
    ['labelTrainIds', mask(255, 0, 13, 13), [0, 13]],
    ['color', colours([0, 0, 0], [128, 64, 128], [0, 0, 142], [0, 0, 142]), ['#804080', '#00008e']],
  ] as const)('of Cityscapes by %s', async (kind, own, values) => {
    const { classes, masks, notes, train } = await open(await city(kind, own))
    expect([classes, masks!.values.map(data.valueText)]).toEqual([['road', 'car'], values.map(String)])
    expect(notes![0]).toMatch(/: the classes are those of Cityscapes/)
    expect([...(await train.get(0)).mask.data].filter((_, p) => p % 4 === 0)).toEqual([-1, 0, 1, 1])
  })
  it('of Cityscapes by their train ids, where several kinds lie side by side', async () => {
    const files = {
      ...(await city('labelIds', mask(0, 7, 7, 26))),
      ...(await city('labelTrainIds', mask(255, 0, 0, 13))),
    }
    expect((await open({ ...files, ...(await city('color', mask(0, 0, 0, 0))) })).masks!.values).toEqual([0, 13])
  })
  it('are not taken for those of masks with other values', async () => {
    for (const own of [mask(0, 1, 2, 2), mask(0, 7, 40, 40)])
      expect((await open(await city('labelIds', own))).classes).toEqual(['class 0', 'class 1', 'class 2'])
  })
  it('of CamVid in folders such as trainannot, 11 being none', async () => {
    const eleven = await pngOf({ shape: [4, 4, 1], data: Uint8Array.from({ length: 16 }, (_, p) => Math.min(p, 11)) })
    const { classes, masks } = await open({ 'train/1.png': await photo(), 'trainannot/1.png': eleven })
    expect([classes.length, classes[3], masks!.ignore]).toEqual([11, 'road', [11]])
    const other = await open({ 'train/1.png': await photo(), 'train_masks/1.png': eleven })
    expect([other.classes.length, other.masks!.ignore]).toEqual([12, []])
  })
})
