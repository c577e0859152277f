import { describe, expect, it } from 'vitest'
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
