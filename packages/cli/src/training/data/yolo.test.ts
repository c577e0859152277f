// Boxes as YOLO has them, in the layouts that Ultralytics, Roboflow, LabelImg and Darknet write.

import { describe, expect, it } from 'vitest'
import { folderWith, pngOf } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { openData } from '../open-data.ts'
import { placeOf } from './place.ts'

type Files = Record<string, Uint8Array | string>

const whole = { validation: 0, test: 0, size: 'own' } as const

const picture = (grey: number) => pngOf({ shape: [20, 40, 1], data: new Uint8Array(800).fill(grey) })

/** Two pictures and labels of each part, the second without an object. */
async function parts(pictures: (part: string) => string, labels: (part: string) => string, names: readonly string[]) {
  const files: Files = {}
  for (const [at, part] of names.entries()) {
    files[`${pictures(part)}/${part}1.png`] = await picture(10 * at)
    files[`${pictures(part)}/${part}2.png`] = await picture(10 * at + 5)
    files[`${labels(part)}/${part}1.txt`] = '1 0.5 0.5 0.25 0.5\n'
    files[`${labels(part)}/${part}2.txt`] = ''
  }
  return files
}

const open = async (files: Files) => openData('detect', await folderWith(files), whole)

const lengths = ({ train, validation, test }: Awaited<ReturnType<typeof open>>) => [
  train.length,
  validation?.length ?? null,
  test?.length ?? null,
]

const three = ['train', 'val', 'test']

describe('boxes as YOLO has them', () => {
  it('as Ultralytics lays them out', async () => {
    const files = await parts(
      (part) => `images/${part}`,
      (part) => `labels/${part}`,
      three,
    )
    const yaml =
      '# pets\npath: ../datasets/pets\ntrain: images/train\nval: images/val\ntest: # none\nnames:\n  0: cat\n  1: dog\n'
    const opened = await open({ ...files, 'pets.yaml': yaml })
    expect([opened.kind, opened.classes, opened.problems]).toEqual(['YOLO boxes', ['cat', 'dog'], []])
    expect(lengths(opened)).toEqual([2, 2, null])
    expect((await opened.train.get(0)).boxes).toEqual([{ x: 20, y: 10, width: 10, height: 10, label: 1 }])
    expect((await opened.train.get(1)).boxes).toEqual([])
  })
  it('as Roboflow lays them out', async () => {
    const names = ['train', 'valid', 'test']
    const files = await parts(
      (part) => `${part}/images`,
      (part) => `${part}/labels`,
      names,
    )
    const yaml =
      "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\nnc: 2\nnames: ['cat', 'dog']\n\nroboflow:\n  license: CC BY 4.0\n"
    const opened = await open({ ...files, 'data.yaml': yaml })
    expect([lengths(opened), opened.classes, opened.notes]).toEqual([[2, 2, 2], ['cat', 'dog'], []])
  })
  it('without a data.yaml, in either order of folders', async () => {
    const inside = await parts(
      (part) => `images/${part}`,
      (part) => `labels/${part}`,
      three,
    )
    const outside = await parts(
      (part) => `${part}/images`,
      (part) => `${part}/labels`,
      three,
    )
    for (const files of [inside, outside]) {
      const opened = await open({ ...files, 'classes.txt': 'cat\ndog\n' })
      expect([lengths(opened), opened.classes]).toEqual([
        [2, 2, 2],
        ['cat', 'dog'],
      ])
    }
  })
  it('in one folder, the classes beside them', async () => {
    const files = await parts(
      () => 'p',
      () => 'p',
      ['a', 'b'],
    )
    const opened = await open({ ...files, 'p/classes.txt': 'cat\ndog\n' })
    expect([lengths(opened), opened.classes, opened.problems]).toEqual([[4, null, null], ['cat', 'dog'], []])
  })
  it('as Darknet lists them', async () => {
    const files = await parts(
      () => 'obj_train_data',
      () => 'obj_train_data',
      ['a', 'b'],
    )
    const lists = { 'train.txt': 'data/obj_train_data/a1.png\ndata/obj_train_data/a2.png\n', 'obj.names': 'cat\ndog\n' }
    const val = 'obj_train_data/b1.png\n'
    const opened = await open({ ...files, ...lists, 'val.txt': val })
    expect([lengths(opened), opened.classes]).toEqual([
      [2, 1, null],
      ['cat', 'dog'],
    ])
  })
  it('numbers classes that nothing names, and says so', async () => {
    const opened = await open(
      await parts(
        (part) => `images/${part}`,
        (part) => `labels/${part}`,
        ['train', 'val'],
      ),
    )
    expect(opened.classes).toEqual(['class 0', 'class 1'])
    expect(opened.notes).toEqual([expect.stringMatching(/: no file names the classes, so they are numbered\./)])
  })
  it('is what a folder is taken for', async () => {
    const files = await parts(
      (part) => `images/${part}`,
      (part) => `labels/${part}`,
      three,
    )
    expect(await kindOf(await placeOf(await folderWith(files)))).toBe('detect')
  })
  it('names a data.yaml that is none by its line, and one that would fill the memory', async () => {
    const files = await parts(
      () => 'images',
      () => 'labels',
      ['a', 'b'],
    )
    await expect(open({ ...files, 'data.yaml': 'names: [cat, dog\ntrain: images\n' })).rejects.toThrow(
      /data\.yaml, line \d: this is not YAML/,
    )
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (let i = 0; i < 9; i++) {
      const [own, next] = [String.fromCharCode(97 + i), String.fromCharCode(98 + i)]
      bomb.push(`${next}: &${next} [${Array(9).fill(`*${own}`).join(', ')}]`)
    }
    await expect(open({ ...files, 'data.yaml': bomb.join('\n') })).rejects.toThrow(
      /data\.yaml: this is not YAML \(Excessive/,
    )
  })
  it('names labels without a picture and pictures without labels', async () => {
    const files = await parts(
      () => 'images',
      () => 'labels',
      ['a', 'b'],
    )
    const more = { 'images/c.png': await picture(99), 'labels/d.txt': '0 0.5 0.5 1 1\n', 'classes.txt': 'cat\ndog\n' }
    const opened = await open({ ...files, ...more })
    expect(opened.problems).toEqual([expect.stringMatching(/labels\/d\.txt: there is no picture for it\.$/)])
    expect(opened.notes).toEqual([
      expect.stringMatching(/one picture has no label file and counts as without objects, such as images\/c\.png/),
    ])
  })
})
