import { describe, expect, it } from 'vitest'
import { ConvokeError } from '../shapes/index.ts'
import * as formats from './index.ts'

const textOf = (text: string): string => formats.parseXml('f.xml', `<a>${text}</a>`).text

describe('references to characters', () => {
  it('mean the characters, in decimals and hexadecimals of either case', () => {
    expect(textOf('&#233;&#xe9;&#XE9;&#x1F600;&#9;.')).toBe('ééé😀\t.')
    expect(textOf('&amp;lt; &lt;&gt;&quot;&apos;')).toBe('&lt; <>"\'')
  })
  it('that are no characters are refused by name', () => {
    for (const reference of [
      '&#x110000;',
      '&#1114112;',
      '&#xD800;',
      '&#57343;',
      '&#0;',
      '&#x1F;',
      '&#9999999999999999;',
    ])
      expect(() => textOf(reference)).toThrow(`f.xml: ${reference} is not a character; the file is damaged.`)
  })
  it('that are unknown stay as they are', () => {
    expect(textOf('&nbsp; &toString; & &;')).toBe('&nbsp; &toString; & &;')
  })
})

it('a second document after the first is refused: none of it is ignored', () => {
  expect(() => formats.parseXml('f.xml', '<a><b/></a>\n<?xml version="1.0"?><a><c/></a>')).toThrow(
    'f.xml: <a> follows the end of <a>; the file holds more than one.',
  )
  expect(formats.parseXml('f.xml', '<a/><!-- end -->\n').name).toBe('a')
})

describe('160 KB of any one pattern', () => {
  const patterns: Readonly<Record<string, string>> = {
    ...{
      'open tags': '<a>',
      'half tags': '<',
      'half attributes': '<a b="',
      'open comments': '<!--',
      'half comments': '<!-',
    },
    ...{
      instructions: '<?',
      'open CDATA': '<![CDATA[',
      declarations: '<!D [',
      'closing brackets': ']]',
      quotes: '"\'',
    },
    ...{
      ampersands: '&',
      'half references': '&#',
      'long references': '&#1',
      spaces: ' ',
      'tags and spaces': '<a ',
      names: 'a',
    },
    ...{ 'closing tags': '</a>', 'empty tags': '<a/>', elements: '<a></a>', slashes: '</' },
  }
  it.each(Object.entries(patterns))('is read or refused in words in under a second: %s', (_, pattern) => {
    const many = pattern.repeat(Math.ceil(160_000 / pattern.length))
    for (const text of [many, `<r>${many}`, `<r>${many}</r>`]) {
      // Of the processor's time, which other programs do not spend.
      const start = process.cpuUsage()
      try {
        formats.parseXml('f.xml', text)
      } catch (error) {
        expect(error).toBeInstanceOf(ConvokeError)
      }
      expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
    }
  })
})
