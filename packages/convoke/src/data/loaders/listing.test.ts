import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'
import { isClutter, isPicture, naturalOrder, stemOf, withoutEnding } from './listing.ts'

describe('what is no data', () => {
  it.each([
    '.DS_Store',
    'a/.ipynb_checkpoints/1.png',
    '__MACOSX/a/._1.png',
    'Thumbs.db',
    'a/DESKTOP.INI',
    'a/1.png~',
    '@eaDir/1.png',
    'System Volume Information/x',
  ])('%s is hidden or belongs to the system', (path) => expect(isClutter(path)).toBe(true))

  it.each(['1.png', 'a/b.c/1.png', './a/1.png', '../set/1.png', 'thumbs/1.png', 'a.b/1', 'macosx/1.png'])(
    '%s is data',
    (path) => expect(isClutter(path)).toBe(false),
  )
})

describe('names of pictures', () => {
  it.each(['1.png', 'A/1.JPG', '../x/1.jfif', '/home/me/.cache/1.webp', 'x.tar.png', '图.tiff'])('%s is one', (path) =>
    expect(isPicture(path)).toBe(true),
  )
  it.each(['1.txt', 'png', '1.png.txt', 'a/._1.png', '.png', '1.png/x'])('%s is none', (path) =>
    expect(isPicture(path)).toBe(false),
  )
})

it('names lose one ending, and never a dot of a folder', () => {
  expect([stemOf('a.b/c.d.png'), stemOf('a.b/c'), withoutEnding('a.b/c'), withoutEnding('a/.x')]).toEqual([
    ...['c.d', 'c', 'a.b/c', 'a/.x'],
  ])
})

it('natural order counts numbers, and tells equal names apart', () => {
  expect(['10', '9', 'b', 'a'].sort(naturalOrder)).toEqual(['9', '10', 'a', 'b'])
  expect(naturalOrder('e\u0301', '\u00e9')).not.toBe(0)
})

describe('files of a folder', () => {
  it('are pictures by endings of any case, also where only some decoders read them', () => {
    const names = ['a.PNG', 'b.jfif', 'c.bmp', 'd.HEIC', 'e.heif', 'f.svg', 'g.txt', '.h.png', 'i.png~']
    expect(names.filter(data.isPicture)).toEqual(['a.PNG', 'b.jfif', 'c.bmp', 'd.HEIC', 'e.heif'])
  })

  it('that cannot be read because of their format are named with it, and others with what the decoder says', async () => {
    const decode: data.DecodePicture = async () => {
      throw new Error('cannot')
    }
    const files = { 'a/1.bmp': 'x', 'a/2.HEIC': 'x', 'b/3.png': 'x' }
    const set = await data.pictureFolders(data.memorySource('d', files), decode)
    const said = await Promise.all(
      [0, 1, 2].map(async (i) => {
        try {
          return await set.get(i)
        } catch (error) {
          return (error as Error).message
        }
      }),
    )
    expect(said).toEqual([
      'd/a/1.bmp: the picture cannot be read (BMP is a format that is not read; convert it to PNG or JPEG; 1 byte). Replace or remove the file.',
      'd/a/2.HEIC: the picture cannot be read (HEIC is a format that is not read; convert it to PNG or JPEG; 1 byte). Replace or remove the file.',
      'd/b/3.png: the picture cannot be read (cannot; 1 byte). Replace or remove the file.',
    ])
  })

  it('are told apart from what could not be looked into', async () => {
    const source = { ...data.memorySource('d', { 'a/1.png': '', 'a/.x': '' }), unreadable: async () => ['d/b: no.'] }
    expect(await data.listFiles(source)).toEqual({ paths: ['a/1.png'], clutter: ['a/.x'], unreadable: ['d/b: no.'] })
  })
})
