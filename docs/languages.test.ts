// The guides in Chinese: as many as in English, with the same code, and punctuation as Chinese is set.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = (path: string): string => join(import.meta.dirname, path)
const namesIn = (path: string): string[] => readdirSync(folder(path)).filter((name) => name.endsWith('.md'))
const guides = namesIn('guides')

const fence = /^```.*?^```$/gms
const textOf = (path: string): string => readFileSync(folder(path), 'utf8')
const codeOf = (text: string): string[] => [...text.matchAll(fence)].map(([block]) => block)

/** The text without code and addresses of links. */
const proseOf = (text: string): string =>
  text
    .replaceAll(fence, '')
    .replaceAll(/`[^`\n]+`/g, '`')
    .replaceAll(/\]\([^)]*\)/g, ']')

const chinese = /\p{Script=Han}/u
const levels = (text: string): string[] =>
  [...text.replaceAll(fence, '').matchAll(/^#+(?= )/gm)].map(([marks]) => marks)

describe('guides in Chinese', () => {
  it('are there for every guide, and no others', () => {
    expect(guides.length).toBeGreaterThan(20)
    expect(namesIn('zh/guides')).toEqual(guides)
  })

  it.each(guides)('%s has the code of the English guide, block by block', (name) => {
    expect(codeOf(textOf(`zh/guides/${name}`))).toEqual(codeOf(textOf(`guides/${name}`)))
  })

  it.each(guides)('%s has the same headings, level by level', (name) => {
    expect(levels(textOf(`zh/guides/${name}`))).toEqual(levels(textOf(`guides/${name}`)))
  })

  it.each(guides)('%s has full-width punctuation in Chinese sentences', (name) => {
    const narrow = [
      ...proseOf(textOf(`zh/guides/${name}`)).matchAll(
        /.{0,12}(?:\p{Script=Han}[,;:?!(]|[,;?!)]\p{Script=Han}).{0,12}/gu,
      ),
    ]
    expect(narrow.map(([place]) => place)).toEqual([])
  })

  it.each(guides)('%s is in Chinese, paragraph by paragraph', (name) => {
    const paragraphs = proseOf(textOf(`zh/guides/${name}`)).split(/\n\s*\n/)
    const english = paragraphs.filter((text) => /[a-z]{3,} [a-z]{2,} [a-z]{2,}/i.test(text) && !chinese.test(text))
    expect(english).toEqual([])
  })
})
