// Folders that are laid out for one task, opened for another.

import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { openData } from '../open-data.ts'
import type { TaskName } from './opened.ts'

const picture = await pngOf({ shape: [8, 8, 1], data: Uint8Array.from({ length: 64 }, (_, i) => (i < 32 ? 0 : 255)) })
const xml =
  '<annotation><object><name>a</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object></annotation>'
const coco = JSON.stringify({
  images: [{ id: 1, file_name: '0.png' }],
  categories: [{ id: 1, name: 'a' }],
  annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 4, 4] }],
})

const many = (...names: string[]): Record<string, Uint8Array | string> =>
  Object.fromEntries(
    names.flatMap((name) =>
      Array.from({ length: 4 }, (_, i) => {
        const path = name.replace('#', String(i))
        return [path, /\.png$/.test(path) ? picture : /\.xml$/.test(path) ? xml : '0 0.5 0.5 0.25 0.25\n']
      }),
    ),
  )

const layouts: Record<string, Record<string, Uint8Array | string>> = {
  'masks beside': many('images/#.png', 'masks/#.png'),
  'masks in parts': many('train/images/#.png', 'train/masks/#.png', 'val/images/#.png', 'val/masks/#.png'),
  'VOC masks': many('JPEGImages/#.png', 'SegmentationClass/#.png'),
  'masks by name': many('p/#.png', 'p/#_mask.png'),
  'masks by name in classes': many('benign/#.png', 'benign/#_mask.png', 'malign/#.png', 'malign/#_mask.png'),
  VOC: many('JPEGImages/#.png', 'Annotations/#.xml'),
  'VOC in parts': many('train/images/#.png', 'train/annotations/#.xml', 'test/images/#.png', 'test/annotations/#.xml'),
  'XML beside': many('p/#.png', 'p/#.xml'),
  COCO: { ...many('images/#.png'), 'annotations/instances_train.json': coco },
  YOLO: many('images/train/#.png', 'labels/train/#.txt', 'images/val/#.png', 'labels/val/#.txt'),
  classes: many('cat/#.png', 'dog/#.png'),
  'classes in parts': many('train/cat/#.png', 'train/dog/#.png', 'test/cat/#.png', 'test/dog/#.png'),
}

const refused = async (layout: string, task: TaskName): Promise<string> => {
  const root = await folderWith(layouts[layout])
  return openData(task, root, { validation: 0, test: 0 }).then(
    () => 'opened',
    (error: Error) => error.message,
  )
}

describe('a folder that is laid out for another task', () => {
  it.each(Object.keys(layouts).filter((name) => name.includes('asks')))('%s: segmentation', async (layout) => {
    for (const task of ['classify', 'detect'] as const)
      expect(await refused(layout, task)).toMatch(/laid out for another task: .* Use: convoke train segment\.$/)
  })
  it.each(['VOC', 'VOC in parts', 'XML beside', 'COCO', 'YOLO'])('%s: detection', async (layout) => {
    for (const task of ['classify', 'segment'] as const)
      expect(await refused(layout, task)).toMatch(/laid out for another task: .* Use: convoke train detect\.$/)
    expect(await refused(layout, 'detect')).toBe('opened')
  })
  it.each(['classes', 'classes in parts'])('%s: classification', async (layout) => {
    expect(await refused(layout, 'detect')).toMatch(
      /without boxes\. To tell the classes apart: convoke train classify\.$/,
    )
    expect(await refused(layout, 'segment')).toMatch(
      /without masks\. To tell the classes apart: convoke train classify\.$/,
    )
    expect(await refused(layout, 'classify')).toBe('opened')
  })
  it('is opened all the same where class folders or a table say the class', async () => {
    const beside = many('cat/#.png', 'dog/#.png', 'cat/#.xml')
    const listed = { ...many('images/#.png', 'masks/#.png'), 'a.csv': 'file,label\nimages/0.png,x\nimages/1.png,y\n' }
    for (const files of [beside, listed])
      expect((await openData('classify', await folderWith(files), { validation: 0, test: 0 })).classes).toHaveLength(2)
  })
})

describe('data of which nothing counts', () => {
  const marked = (mark: string) => xml.replace('<bndbox>', `${mark}<bndbox>`)
  it('says that all boxes are crowds or difficult', async () => {
    const crowds = JSON.stringify({
      ...JSON.parse(coco),
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 4, 4], iscrowd: 1 }],
    })
    await expect(openData('detect', await folderWith({ '0.png': picture, 'a.json': crowds }))).rejects.toThrow(
      /: no box can be used\. The first problem: the only box is marked as a crowd \(iscrowd\), and such boxes are never trained on/,
    )
    const difficult = marked('<difficult>1</difficult>')
    const voc = { 'p/0.png': picture, 'p/0.xml': difficult, 'p/1.png': picture, 'p/1.xml': difficult }
    await expect(openData('detect', await folderWith(voc))).rejects.toThrow(
      /The first problem: all 2 boxes are marked as difficult, and such boxes are never trained on/,
    )
  })
  it('is called by its name where it is a single file', async () => {
    const captions = JSON.stringify({ images: [], annotations: [{ id: 1, image_id: 1, caption: 'a' }] })
    const root = await folderWith({ 'captions.json': captions, 'a.csv': 'label,text\n,\n', 'b.bin': 'x' })
    const cases: readonly (readonly [TaskName, string, RegExp])[] = [
      ['detect', 'captions.json', /captions\.json: there are no boxes\..* captions\.json \(captions\)\.$/],
      ['text', 'a.csv', /a\.csv: no text can be used/],
      ['classify', 'b.bin', /b\.bin: there are no pictures for classify/],
      ['segment', 'b.bin', /b\.bin: there must be a folder images/],
      ['sequence', 'b.bin', /b\.bin: there are no series/],
    ]
    for (const [task, file, message] of cases) {
      const said = await openData(task, `${root}/${file}`).catch((error: Error) => error.message)
      expect(said).toMatch(message)
      expect(String(said).startsWith(`${root}/${file}: `)).toBe(true)
    }
  })
})
