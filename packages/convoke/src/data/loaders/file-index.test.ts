import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'

const find = (paths: readonly string[], name: string, options: Partial<data.FindOptions> = {}) => {
  const found = data.fileIndex(paths).find(name, { folders: [''], ...options })
  return 'path' in found ? found.path : found.problem
}

describe('the file that a name means', () => {
  const parts = ['train2017/7.jpg', 'val2017/7.jpg', 'val2017/9.jpg']
  it('is that of its own part, and never taken from another', () => {
    expect(find(parts, '7.jpg', { part: 'validation' })).toBe('val2017/7.jpg')
    expect(find(parts, '9.jpg', { part: 'train' })).toBe('not there; val2017/9.jpg belongs to another part')
  })
  it('is sought in the nearest folder first', () => {
    expect(find(['1.png', 'val/1.png'], '1.png', { folders: ['val', ''] })).toBe('val/1.png')
  })
  it('is never another of the same name where its folder says which is meant', () => {
    expect(find(['b/1.png'], 'a/1.png')).toBe('not there')
    expect(find(['b/1.png', 'c/2.png'], '/home/me/a/1.png')).toBe('not there')
  })
  it('is a problem where several fit', () => {
    expect(find(['x/a/1.png', 'x/b/1.png'], '1.png')).toBe('ambiguous: x/a/1.png, x/b/1.png end so')
  })
  it('is understood with the separators, prefixes and compositions that programs write', () => {
    const paths = ['a/1.png', 'b/1.png', 'caf\u00e9/2.png']
    expect(['a\\1.png', './b/1.png', 'a//1.png', 'cafe\u0301/2.png'].map((name) => find(paths, name))).toEqual([
      ...['a/1.png', 'b/1.png', 'a/1.png', 'caf\u00e9/2.png'],
    ])
    expect(['/home/me/set/a/1.png', 'C:\\set\\b\\1.png'].map((name) => find(paths, name))).toEqual([
      'a/1.png',
      'b/1.png',
    ])
    expect(find(['1.png', '2.png'], '/home/me/2.png')).toBe('2.png')
  })
})

describe('the file that a name without ending means', () => {
  const bare = (paths: readonly string[], name: string, part?: data.PartName) => {
    const found = data.bareIndex(paths).find(name, { folders: [''], part })
    return 'path' in found ? found.path : found.problem
  }
  it('is the one of that name, in the folder and the part that are meant', () => {
    const paths = ['train/1.png', 'test/1.jpg', 'test/a.b.png', 'other/2.PNG']
    expect(bare(paths, '1', 'train')).toBe('train/1.png')
    expect(bare(paths, 'test/1')).toBe('test/1.jpg')
    expect(bare(paths, 'a.b')).toBe('test/a.b.png')
    expect(bare(paths, '2')).toBe('other/2.PNG')
    expect(bare(paths, 'a')).toBe('not there')
  })
  it('is a problem where several differ in their ending alone', () => {
    expect(bare(['p/1.png', 'p/1.jpg'], '1')).toBe('ambiguous: p/1.png, p/1.jpg have that name')
    expect(bare(['a/1.png', 'b/1.png'], '1')).toBe('ambiguous: a/1, b/1 end so')
  })
})

describe('folders of classes', () => {
  const decode = async () => ({ shape: [1, 1, 1], data: Uint8Array.of(0) })
  const source = (...files: string[]) => data.memorySource('m', Object.fromEntries(files.map((file) => [file, ''])))
  it('are one class where their names differ in composition alone', async () => {
    const set = await data.pictureFolders(source('caf\u00e9/1.png', 'cafe\u0301/2.png', 'dog/1.png'), decode)
    expect(set.classes).toEqual(['caf\u00e9', 'dog'])
    expect([0, 1, 2].map((i) => set.labelOf!(i))).toEqual([0, 0, 1])
    const other = await data.pictureFolders(source('cafe\u0301/3.png'), decode, { classes: set.classes! })
    expect([other.length, other.labelOf!(0)]).toEqual([1, 0])
  })
  it('leave out an empty class and tell it where somebody hears', async () => {
    const heard: string[] = []
    const onProblem = (message: string): unknown => heard.push(message)
    const set = await data.pictureFolders(source('cat/1.png', 'dog/1.png', 'fish/a.txt'), decode, { onProblem })
    expect(set.classes).toEqual(['cat', 'dog'])
    expect(heard).toEqual(['m/fish: the class has no pictures. Add some, or remove the folder.'])
  })
})

describe('COCO records', () => {
  const decode = async () => ({ shape: [48, 64, 1], data: new Uint8Array(64 * 48) })
  const open = (annotations: string, polygons = false) => {
    const json = `{"images":[{"id":1,"file_name":"1.png","width":64,"height":48}],"categories":[{"id":7,"name":"a"}],"annotations":[${annotations}]}`
    const source = data.memorySource('c', { 'a.json': json, '1.png': 'x' })
    return data.cocoDataset(source, decode, { annotations: 'a.json', polygons })
  }
  const good = '{"image_id":1,"category_id":7,"bbox":[1,2,3,4]}'
  it('with faults of any type are named one by one, and the rest is read', async () => {
    const faulty = [
      ...['null', '7', '[]', '"x"', '{"image_id":1,"category_id":7}', '{"image_id":1,"category_id":7,"bbox":[1,2,3]}'],
      ...['{"image_id":1,"category_id":7,"bbox":[NaN,1,2,3]}', '{"image_id":{},"category_id":7,"bbox":[1,2,3,4]}'],
    ]
    const { dataset, problems, boxes } = await open([good, ...faulty].join(','))
    expect((await dataset.get(0)).boxes).toEqual([{ x: 2.5, y: 4, width: 3, height: 4, label: 0 }])
    expect([problems.length, boxes]).toEqual([faulty.length, 1])
  })
  it('that are there twice count once, and say so', async () => {
    const { boxes, problems } = await open(`${good},${good}`)
    expect([boxes, problems]).toEqual([1, ['a.json: one annotation is listed twice and counted once.']])
  })
  it('without a box are boxed around their polygons where asked', async () => {
    const outline = '{"image_id":1,"category_id":7,"segmentation":[[2,2,10,2,10,10],[4,4,12,4,6,9]]}'
    const { dataset, notes } = await open(outline, true)
    expect((await dataset.get(0)).boxes).toEqual([{ x: 7, y: 6, width: 10, height: 8, label: 0 }])
    expect(notes).toEqual(['a.json: one annotation has no bbox and is given the box around the polygon.'])
    const left = await open(`${good},${outline}`)
    expect([left.boxes, left.problems.length]).toEqual([1, 1])
  })
})
