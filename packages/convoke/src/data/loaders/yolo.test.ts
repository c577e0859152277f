import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'

/** A "picture": its height and width. */
const decode: data.DecodePicture = async (bytes) => {
  const [height, width] = new TextDecoder().decode(bytes).split(' ').map(Number)
  return { shape: [height, width, 1], data: new Uint8Array(height * width) }
}

const read = (files: Readonly<Record<string, string | Uint8Array>>, options: data.YoloOptions = {}) =>
  data.yoloDataset(data.memorySource('set', files), decode, options)

/** The boxes of a picture of 100 × 200 pixels with such a label file. */
const boxes = async (label: string, options: data.YoloOptions = {}) => {
  const { dataset, problems } = await read({ 'images/1.jpg': '100 200', 'labels/1.txt': label }, options)
  return { boxes: dataset.boxesOf!(0), problems, classes: dataset.classes }
}

describe("YOLO's labels", () => {
  it('are a class and a box in shares of the picture', async () => {
    const { boxes: own, classes } = await boxes('1 0.5 0.25 0.25 0.5\n')
    expect(own).toEqual([{ x: 100, y: 25, width: 50, height: 50, label: 1 }])
    expect(classes).toEqual(['class 0', 'class 1'])
  })
  it('may be the corners of an outline, of which the box around it counts', async () => {
    expect((await boxes('0 0.1 0.2 0.4 0.3 0.2 0.7\n')).boxes).toEqual([
      {
        x: expect.closeTo(50, 9),
        y: expect.closeTo(45, 9),
        width: expect.closeTo(60, 9),
        height: expect.closeTo(50, 9),
        label: 0,
      },
    ])
  })
  it('may say how sure a network was, and have points where the set says so', async () => {
    const box = [{ x: 100, y: 50, width: 40, height: 20, label: 0 }]
    expect((await boxes('0 0.5 0.5 0.2 0.2 0.91')).boxes).toEqual(box)
    expect((await boxes('0 0.5 0.5 0.2 0.2 0.9 0.9 2 0.1 0.1 1', { keypoints: true })).boxes).toEqual(box)
  })
  it('that are missing or empty say that there is no object', async () => {
    const files = { 'images/1.jpg': '9 9', 'images/2.jpg': '9 9', 'images/3.jpg': '9 9' }
    const {
      dataset,
      problems,
      unlabelled,
      boxes: count,
    } = await read({
      ...{ ...files, 'labels/1.txt': '', 'labels/2.txt': '\n0 0.5 0.5 1 1\r\n' },
    })
    expect(Array.from({ length: 3 }, (_, i) => dataset.boxesOf!(i).length)).toEqual([0, 1, 0])
    expect([problems, unlabelled, count]).toEqual([[], ['images/3.jpg'], 1])
  })
  it('that are faulty are left out and named by their line', async () => {
    const lines = ['0 0.5 0.5 0.2 0.2', '0 0.5 nan 0.2 0.2', '7 0.5 0.5 0.2 0.2', '0 0.5 0.5 -0.2 0.2', '0 50 20 10 10']
    const more = ['0 0.5 0.5 0.2', '0.5 0.5 0.5 0.2 0.2', '0 0.5 0.5 0.2 0', '0 0.5 0.5 0.2 0.2', '0 0.5 1e999 0.2 0.2']
    const { boxes: own, problems } = await boxes([...lines, ...more].join('\n'), { classes: ['a', 'b'] })
    expect(own).toHaveLength(1)
    expect(problems).toEqual([
      'labels/1.txt, line 2: "nan" is not a number. The line is left out.',
      'labels/1.txt, line 3: the class is 7; there are 2, counted from 0. The line is left out.',
      'labels/1.txt, line 4: -0.2 is not a share of the picture; centre, width and height are from 0 to 1, not in pixels. The line is left out.',
      'labels/1.txt, line 5: 50 is not a share of the picture; centre, width and height are from 0 to 1, not in pixels. The line is left out.',
      'labels/1.txt, line 6: there are 4 numbers; it must be a class and four (centre, width, height), or a class and the corners of an outline. The line is left out.',
      'labels/1.txt, line 7: the class is 0.5; there are 2, counted from 0. The line is left out.',
      'labels/1.txt, line 8: the box has no area. The line is left out.',
      'labels/1.txt, line 9: the object is listed already; it counts once.',
      'labels/1.txt, line 10: "1e999" is not a number. The line is left out.',
    ])
  })
  it('may reach over the edge by rounding, and are told where they reach farther', async () => {
    const rounded = await boxes('0 0.500001 0.5 1 1')
    expect([rounded.boxes, rounded.problems]).toEqual([
      [{ x: expect.closeTo(100, 3), y: 50, width: expect.closeTo(200, 3), height: 100, label: 0 }],
      [],
    ])
    expect((await boxes('0 0.875 0.5 0.5 0.5')).problems).toEqual([
      expect.stringMatching(/^labels\/1\.txt: the box \[125, 25, 225, 75\] reaches outside the picture of 200×100/),
    ])
  })
  it('lie beside their pictures in all the usual ways', () => {
    const found = (picture: string, text: string) => data.yoloLabels([picture, text]).get(picture)
    for (const [picture, text] of [
      ['a.jpg', 'a.txt'],
      ['images/train/a.jpg', 'labels/train/a.txt'],
      ['train/images/a.jpg', 'train/labels/a.txt'],
      ['images/images/a.jpg', 'images/labels/a.txt'],
      ['obj_train_data/a.jpg', 'obj_train_data/a.txt'],
    ])
      expect(found(picture, text)).toBe(text)
    expect(found('train/images/a.jpg', 'val/labels/a.txt')).toBeUndefined()
  })
  it('that are no text cost their picture, and no other', async () => {
    const files = { 'images/1.jpg': '9 9', 'images/2.jpg': '9 9', 'labels/2.txt': '0 0.5 0.5 1 1' }
    const { dataset, problems } = await read({ ...files, 'labels/1.txt': Uint8Array.of(0xff, 0x80, 0xc0, 0x30) })
    expect([dataset.length, dataset.nameOf!(0)]).toEqual([1, 'images/2.jpg'])
    expect(problems).toEqual([expect.stringMatching(/^set\/labels\/1\.txt.*The picture is left out\.$/)])
  })
  it('end the reading where there are none', async () => {
    await expect(read({ 'images/1.jpg': '9 9' })).rejects.toThrow(
      'set: no picture has a label file. That of images/1.jpg would be labels/1.txt or Labels/1.txt or label/1.txt or images/1.txt.',
    )
  })
})

describe('a data.yaml', () => {
  const config = (value: unknown) => data.yoloConfig('data.yaml', value)
  it('names classes in a list or by numbers', () => {
    expect(config({ names: ['cat', 'dog'], nc: 2 }).classes).toEqual(['cat', 'dog'])
    expect(config({ names: { 1: 'dog', 0: 'cat' } }).classes).toEqual(['cat', 'dog'])
    expect(config({ names: [7, true] }).classes).toEqual(['7', 'true'])
  })
  it.each([
    [{ names: ['cat'], nc: 2 }, 'data.yaml: nc is 2, and there are 1 names. They must agree.'],
    [{ names: { 0: 'cat', 2: 'dog' } }, /names has the number "2"; 2 names are numbered 0 to 1, without gaps/],
    [{ names: { 5000000000: 'cat' } }, /names has the number "5000000000"/],
    [{ names: ['cat', null] }, /the name of class 1 is null/],
    [{ names: ['cat', 'cat'] }, /two classes are called "cat"/],
    [{ names: 'cat' }, /names is "cat"; it must be a list/],
    [{ names: ['cat'], train: 3 }, /train is 3; it must be a path/],
    [{ names: ['cat'], path: 3 }, /path is 3; it must be the folder/],
    [[], /it must hold members/],
  ])('is refused in words: %j', (value, message) => {
    expect(() => config(value)).toThrow(message)
  })

  const files = ['train/images/1.jpg', 'valid/images/2.jpg', 'images/test/3.jpg', 'lists/val.txt']
  const parts = (value: object, paths: readonly string[] = files, lines: readonly string[] = []) =>
    data.yoloParts('data.yaml', config({ names: ['a'], ...value }), paths, async () => lines)
  it.each([
    ['train/images'],
    ['./train/images/'],
    ['../train/images'],
    ['/content/pets-3/train/images'],
    ['C:\\pets\\train\\images'],
    ['../../../etc/train/images'],
    ['train'],
  ])('finds the part of %s among the files of the set', async (train) => {
    expect((await parts({ train })).parts).toEqual({ train: ['train/images/1.jpg'] })
  })
  it('has parts below path, in several folders, and in lists', async () => {
    expect(
      (await parts({ path: '/data/pets', train: ['train/images', 'valid/images'], test: 'images/test' })).parts,
    ).toEqual({
      train: ['train/images/1.jpg', 'valid/images/2.jpg'],
      test: ['images/test/3.jpg'],
    })
    const listed = await parts({ train: 'train/images', val: 'lists/val.txt' }, files, [
      '/home/me/valid/images/2.jpg',
      'x/9.jpg',
    ])
    expect(listed.parts.validation).toEqual(['valid/images/2.jpg'])
    expect(listed.notes).toEqual(['lists/val.txt: one picture of the list cannot be found here.'])
  })
  it('that gives two parts the same pictures lets them count once', async () => {
    const found = await parts({ train: 'train/images', val: 'train/images' })
    expect(found.parts).toEqual({ train: ['train/images/1.jpg'] })
    expect(found.notes).toEqual(['data.yaml: the pictures of validation are also in train; they are used there only.'])
  })
  it('that names a folder which is not there says so', async () => {
    await expect(parts({ train: 'nowhere' })).rejects.toThrow(
      /train is nowhere, and there is no such folder with pictures\. Name/,
    )
    const found = await parts({ train: 'train/images', test: 'test/images' }, ['train/images/1.jpg', 'images/9.jpg'])
    expect(found.parts).toEqual({ train: ['train/images/1.jpg'] })
    expect(found.notes).toEqual([
      'data.yaml: test is test/images, and there is no such folder with pictures; the part is left out.',
    ])
  })
})
