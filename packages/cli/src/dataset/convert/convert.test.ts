// Data sets from one layout to another and back: the same examples, in the same parts, of the same classes.

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { data } from 'convoke'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { folder } from '../../../test/run.ts'
import { listedOrder } from '../../training/data/class-order.ts'
import type { Examples } from '../../training/data/opened.ts'
import { type LayoutTask, layouts } from '../../training/layouts/index.ts'
import { bytePng } from '../../training/layouts/mask-png.ts'
import { readParts } from '../../training/open-data.ts'
import { convertData } from './run.ts'

type Files = Record<string, Uint8Array | string>

const plain = { followLinks: false, json: false } as const

const convert = async (from: string, to: string, more = {}): Promise<string> => {
  const target = join(await folder(), 'set')
  await convertData(from, target, { to, ...plain, ...more })
  return target
}

const shortHash = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex').slice(0, 12)

/** What an example is, whatever its file is called. */
async function meaningOf(set: data.Dataset<object>, index: number, classes: readonly string[]): Promise<unknown> {
  const { image, label, boxes, mask, input, target } = (await set.get(index)) as Partial<
    data.ClassifiedPicture & data.BoxedPicture & data.MaskedPicture & data.SequencePair
  >
  const file = await set.fileOf?.(index).read()
  return {
    ...(image && { shape: image.shape }),
    ...(file && { file: shortHash(file) }),
    ...(label !== undefined && { class: classes[label] }),
    ...(boxes && {
      boxes: boxes
        .map(({ x, y, width, height, label: own, ignore }) => [
          classes[own],
          ...[x, y, width, height].map((value) => Math.round(value * 1e4) / 1e4),
          ignore === true,
        ])
        .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    }),
    ...(mask && { mask: Array.from(mask.data, (own) => classes[own] ?? null).join() }),
    ...(input && { input, target: classes[target!.data[0]] }),
  }
}

/** All that a set holds, by part, in an order of its own. */
async function contentOf<T extends LayoutTask>(task: T, path: string) {
  const { parts, place } = await readParts(task, path, { size: 'own' })
  const order = task === 'segment' ? null : await listedOrder(place, parts.classes)
  const { train, validation, test, classes, problems } = parts
  const all: Record<string, readonly string[]> = {}
  for (const [part, set] of Object.entries({ train, validation, test }) as [string, data.Dataset<Examples[T]>][]) {
    if (set === undefined) continue
    const own = await Promise.all(Array.from({ length: set.length }, (_, i) => meaningOf(set, i, classes)))
    all[part] = own.map((one) => JSON.stringify(one)).sort()
  }
  return { all, classes: order ?? classes, problems }
}

/** Pictures of different contents; the same seed draws the same. */
const picture = (seed: number, height = 12, width = 16): Uint8Array =>
  bytePng({
    height,
    width,
    channels: 3,
    bytes: Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7 + seed * 31) % 256),
  })

const parts = ['train', 'val', 'test'] as const

const names = ['dog', 'cat', 'traffic light'] as const

/** Draws a whole number below `count` from a stream that a number starts. */
function drawer(start: number): (count: number) => number {
  let state = (start * 2_654_435_761 + 1) >>> 0
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

const drawn: { readonly [T in LayoutTask]: (seed: number, divided: boolean) => Files } = {
  classify(seed, divided) {
    const files: Files = { 'classes.txt': `${names.join('\n')}\n` }
    for (const [p, part] of (divided ? parts : ['train']).entries())
      for (const [c, name] of names.entries())
        for (let i = 0; i < 2 + ((seed + c) % 2); i++)
          files[`${divided ? `${part}/` : ''}${name}/${i}.png`] = picture(seed + 100 * p + 10 * c + i)
    return files
  },
  detect(seed, divided) {
    const draw = drawer(seed)
    const files: Files = { 'data.yaml': `names: ${JSON.stringify(names)}\n` }
    for (const [p, part] of (divided ? parts : ['train']).entries())
      for (let i = 0; i < 4; i++) {
        const own = divided ? `/${part}` : ''
        files[`images${own}/${i}.png`] = picture(seed + 100 * p + i)
        // The first always has one of each class; others may have none.
        const boxes = Array.from({ length: i === 0 ? 3 : draw(3) }, (_, b) => {
          const [width, height] = [2 + draw(8), 2 + draw(6)]
          const [x, y] = [draw(16 - width) + width / 2, draw(12 - height) + height / 2]
          return `${i === 0 ? b : draw(3)} ${x / 16} ${y / 12} ${width / 16} ${height / 12}`
        })
        files[`labels${own}/${i}.txt`] = [...new Set(boxes)].join('\n')
      }
    return files
  },
  segment(seed, divided) {
    const draw = drawer(seed)
    const files: Files = { 'classes.txt': '0 ground\n1 road 2\n2 sky\n' }
    for (const [p, part] of (divided ? parts : ['train']).entries())
      for (let i = 0; i < 3; i++) {
        const own = divided ? `${part}/` : ''
        const [left, top] = [2 + draw(12), 2 + draw(8)]
        files[`${own}images/${i}.png`] = picture(seed + 100 * p + i)
        const bytes = Uint8Array.from({ length: 192 }, (_, at) => (at % 16 < left ? 0 : at / 16 < top ? 1 : 2))
        files[`${own}masks/${i}.png`] = bytePng({ height: 12, width: 16, channels: 1, bytes })
      }
    return files
  },
  sequence(seed, divided) {
    const draw = drawer(seed)
    const row = (at: number): string =>
      `${Array.from({ length: 5 }, () => Math.fround((draw(2000) - 1000) / 300)).join(',')}:${['up', 'down'][at % 2]}`
    const write = () =>
      `@problemName a\n@univariate true\n@classLabel true up down\n@data\n${Array.from({ length: 6 }, (_, i) => row(i)).join('\n')}\n`
    return divided ? { 'Waves_TRAIN.ts': write(), 'Waves_TEST.ts': write() } : { 'Waves.ts': write() }
  },
}

/** Layouts whose files cannot state in what order classes come. */
const unordered = ['sequence ucr', 'sequence csv']

describe('data in another layout and back', () => {
  for (const task of Object.keys(drawn) as LayoutTask[]) {
    const own = layouts[task].map(({ name }) => name)
    const pairs = own.flatMap((a) => own.filter((b) => b !== a).map((b) => [a, b] as const))
    it(`has the same examples: ${task}, ${own.join(', ')}`, async () => {
      const anyPair = fc.constantFrom(...pairs)
      await fc.assert(
        fc.asyncProperty(anyPair, fc.integer({ min: 0, max: 60 }), fc.boolean(), async ([a, b], seed, divided) => {
          const from = await folderWith(drawn[task](seed, divided))
          const before = await contentOf(task, from)
          expect(before.problems).toEqual([])
          const first = await convert(from, a, { task })
          const second = await convert(first, b, { task })
          const back = await convert(second, a, { task })
          for (const [layout, path] of [
            [a, first],
            [b, second],
            [a, back],
          ] as const) {
            const { all, classes, problems } = await contentOf(task, path)
            expect([layout, all, problems]).toEqual([layout, before.all, []])
            const ordered = ![a, b].some((one) => unordered.includes(`${task} ${one}`))
            if (ordered) expect([layout, classes]).toEqual([layout, before.classes])
            else expect([...classes].sort()).toEqual([...before.classes].sort())
          }
        }),
        { numRuns: pairs.length, seed: 7 },
      )
    }, 240_000)
  }

  it('keeps marks of what does not count, and says where a layout has none', async () => {
    const object = (mark: number, x: number) =>
      `<object><name>cat</name><difficult>${mark}</difficult><bndbox><xmin>${x}</xmin><ymin>2</ymin><xmax>${x + 3}</xmax><ymax>9</ymax></bndbox></object>`
    const from = await folderWith({
      'JPEGImages/1.png': picture(1),
      'Annotations/1.xml': `<annotation>${object(0, 2)}${object(1, 8)}</annotation>`,
    })
    const before = await contentOf('detect', from)
    for (const to of ['coco', 'roboflow', 'labelimg', 'csv'])
      expect((await contentOf('detect', await convert(from, to))).all).toEqual(before.all)
    const target = join(await folder(), 'set')
    const { notes } = await convertData(from, target, { to: 'yolo', ...plain })
    expect(notes).toContainEqual(expect.stringMatching(/one box that is marked as difficult or crowds is left out/))
    expect(await readFile(join(target, 'labels/1.txt'), 'utf8')).toBe('0 0.1875 0.4166666667 0.25 0.6666666667\n')
  })

  it('keeps pixels that count nowhere, and refuses colours, which have no form for them', async () => {
    const mask = bytePng({ height: 2, width: 4, channels: 1, bytes: Uint8Array.of(0, 0, 1, 255, 0, 1, 1, 0) })
    const other = bytePng({ height: 2, width: 4, channels: 1, bytes: Uint8Array.of(0, 255, 1, 2, 0, 1, 1, 2) })
    const from = await folderWith({
      ...{
        'images/1.png': picture(1, 2, 4),
        'masks/1.png': mask,
        'images/2.png': picture(2, 2, 4),
        'masks/2.png': other,
      },
      'classes.txt': 'a\nb\nc\n',
    })
    const before = await contentOf('segment', from)
    expect(before.all['train'].join()).toContain('a,a,b,,')
    for (const to of ['voc', 'cityscapes', 'camvid'])
      expect((await contentOf('segment', await convert(from, to))).all).toEqual(before.all)
    await expect(convert(from, 'camvid-colours')).rejects.toThrow(/some pixels count nowhere, .* Use --to camvid\./)
  })

  it('copies pictures byte for byte, and writes those of packed files as PNG', async () => {
    const from = await folderWith(drawn.classify(1, true))
    const to = await convert(from, 'kaggle')
    expect(await readFile(join(to, 'train/dog_0.png'))).toEqual(
      Buffer.from(await readFile(join(from, 'train/dog/0.png'))),
    )
    const rows = Array.from({ length: 8 }, (_, i) => [
      i % 2,
      ...Array.from({ length: 64 }, (_unused, p) => (p * 3 + i) % 256),
    ])
    const pixels = await folderWith({
      'train.csv': [['label', ...Array.from({ length: 64 }, (_, p) => `p${p}`)], ...rows]
        .map((row) => row.join(','))
        .join('\n'),
    })
    const { all } = await contentOf('classify', await convert(pixels, 'folders'))
    expect(all['train']).toHaveLength(8)
  })

  it('of nobody overwrites anything, and leaves nothing of a failure', async () => {
    const from = await folderWith(drawn.classify(1, false))
    const full = await folderWith({ 'a.txt': 'mine' })
    await expect(convertData(from, full, { to: 'csv', ...plain })).rejects.toThrow(
      /exists and is not empty; nothing is overwritten/,
    )
    expect(await readdir(full)).toEqual(['a.txt'])
    await expect(convertData(from, join(from, 'new'), { to: 'csv', ...plain })).rejects.toThrow(
      /are inside one another/,
    )
    const slashes = await folderWith({
      'a.csv': 'file,label\n1.png,a/../../b\n2.png,c\n',
      '1.png': picture(1),
      '2.png': picture(2),
    })
    const root = await folder()
    await expect(convertData(slashes, join(root, 'set'), { to: 'folders', ...plain })).rejects.toThrow(
      'the class "a/../../b" cannot be the name of a folder. Write a table in place of folders: --to csv.',
    )
    expect(await readdir(root)).toEqual([])
  })

  it('leaves out pictures that cannot be read, and says so', async () => {
    const from = await folderWith({ ...drawn.classify(2, false), 'dog/bad.png': 'no picture' })
    const target = join(await folder(), 'set')
    const { notes, parts: own } = await convertData(from, target, { to: 'kaggle', ...plain })
    expect(notes).toContainEqual(expect.stringMatching(/dog\/bad\.png: the picture cannot be read; it is left out\.$/))
    expect(own).toEqual([{ part: 'all', examples: 7 }])
  })

  it('copies nothing behind a link that leads out of the folder, unless it is asked to', async () => {
    const outside = await folderWith({ 'secret.png': picture(9) })
    const from = await folderWith(drawn.classify(2, false))
    await symlink(join(outside, 'secret.png'), join(from, 'dog/link.png'))
    await expect(convert(from, 'csv')).rejects.toThrow(
      /dog\/link\.png: the file is a link, or is in a linked folder, that leads out of/,
    )
    const to = await convert(from, 'csv', { followLinks: true })
    expect(await readdir(join(to, 'images'))).toContain('link.png')
  })

  it('is refused for a layout that there is not, and for data that has none', async () => {
    const from = await folderWith(drawn.classify(1, false))
    await expect(convert(from, 'yollo')).rejects.toThrow(/there is no layout "yollo"\. There are .*yolo/)
    await expect(convert(from, 'csv', { task: 'text' })).rejects.toThrow(/--task is "text"/)
    const texts = await folder()
    await mkdir(join(texts, 'a'))
    await writeFile(join(texts, 'a.csv'), 'text,label\nso good it is,pos\nso bad it is,neg\n'.repeat(9))
    await expect(convert(join(texts, 'a.csv'), 'csv')).rejects.toThrow(/is data for text, which has no other layouts/)
  })
})
