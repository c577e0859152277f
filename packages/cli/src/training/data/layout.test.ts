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
  it.each(['VOC', 'VOC in parts', 'XML beside', 'COCO'])('%s: detection', async (layout) => {
    for (const task of ['classify', 'segment'] as const)
      expect(await refused(layout, task)).toMatch(/laid out for another task: .* Use: convoke train detect\.$/)
    expect(await refused(layout, 'detect')).toBe('opened')
  })
  it('YOLO: not read, and how to go on', async () => {
    for (const task of ['classify', 'detect'] as const)
      expect(await refused('YOLO', task)).toMatch(
        /hold boxes as YOLO has them, which are not read\. Convert them to COCO's/,
      )
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
