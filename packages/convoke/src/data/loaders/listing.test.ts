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
      'd/a/1.bmp: the picture cannot be read (BMP is an unsupported format; convert it to PNG or JPEG; 1 byte). Replace or remove the file.',
      'd/a/2.HEIC: the picture cannot be read (HEIC is an unsupported format; convert it to PNG or JPEG; 1 byte). Replace or remove the file.',
      'd/b/3.png: the picture cannot be read (cannot; 1 byte). Replace or remove the file.',
    ])
  })

  it('in formats that are not read are counted by format', () => {
    expect(data.unreadText(['1.png', 'a.HEIC', 'b/c.heic', 'd.svg', 'e.CR2', 'f.txt'])).toBe(
      '2 pictures are HEIC, one is SVG, one is CR2 (raw data of a camera)',
    )
    expect(data.unreadNotes('d', ['1.png', 'a/b.psd'])).toEqual([
      'd: one picture is PSD, which cannot be read: convert to PNG or JPEG. For example a/b.psd.',
    ])
    expect([data.unreadText(['1.png', '2.avif']), data.unreadNotes('d', [])]).toEqual(['', []])
  })

  it('that make a class of nothing else are named with their format', async () => {
    const files = { 'a/1.png': '', 'b/1.svg': '', 'b/2.svg': '', 'c/1.png': '' }
    const decode = async () => ({ shape: [1, 1, 1], data: Uint8Array.of(0) })
    await expect(data.pictureFolders(data.memorySource('d', files), decode)).rejects.toThrow(
      'd/b: the class has no pictures. 2 pictures are SVG, which cannot be read: convert to PNG or JPEG.',
    )
  })

  it.each([
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'it is HEIC with another extension'],
    ['BM\x36\x10\0\0\0\0\0\0\x36\0\0\0', 'it is BMP with another extension'],
    ['8BPS\0\x01', 'it is PSD with another extension'],
    ['<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', 'it is SVG with another extension'],
    ['<!DOCTYPE html><title>404</title>', 'it is a web page, perhaps in place of the picture'],
    ['\0\0\0\x18ftypavif', 'cannot'],
    ['BM is how this text begins', 'cannot'],
  ])('are known by their first bytes: %j', (start, reason) => {
    expect(data.unreadReason('1.jpg', 'cannot', new Uint8Array(Buffer.from(start, 'latin1')))).toMatch(
      new RegExp(`^${reason}`),
    )
  })

  it('are told apart from what could not be looked into', async () => {
    const source = { ...data.memorySource('d', { 'a/1.png': '', 'a/.x': '' }), unreadable: async () => ['d/b: no.'] }
    expect(await data.listFiles(source)).toEqual({ paths: ['a/1.png'], clutter: ['a/.x'], unreadable: ['d/b: no.'] })
  })
})
