// Texts whose first word is their label.

import type { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { mood, rows, sentence, words } from '../../../test/reviews.ts'
import { type Opened, type OpenOptions, openData } from '../open-data.ts'

const whole = { validation: 0, test: 0 } as const

const texts = async (files: Readonly<Record<string, string>>, options: OpenOptions = whole) =>
  openData('text', await folderWith(files), options)

const counts = (opened: Opened<data.LabelledText>): Record<string, number> => {
  const { train, classes } = opened
  const all = Array.from({ length: train.length }, (_, i) => classes[train.labelOf!(i)])
  return Object.fromEntries(opened.classes.map((name) => [name, all.filter((own) => own === name).length]))
}
const textAt = async ({ train }: Opened<data.LabelledText>, index: number) => (await train.get(index)).text

describe('texts a line', () => {
  it('fastText: __label__ before each text, in train.txt and test.txt', async () => {
    const line = (i: number): string => `__label__${mood(i)} ${sentence(i)}, it "was, said`
    const opened = await texts({ 'train.txt': rows(10, line).join('\n'), 'test.txt': rows(4, line).join('\r\n') })
    expect([counts(opened), opened.test?.length, opened.problems, opened.notes]).toEqual([
      { neg: 5, pos: 5 },
      4,
      [],
      [],
    ])
    expect(await textAt(opened, 3)).toBe(`${sentence(3)}, it "was, said`)
    const several = await texts({ 'a.txt': [...rows(4, line), '__label__pos __label__neg both'].join('\n') })
    expect(several.problems).toEqual(['a.txt, line 5: the row has 3 fields; 2 are expected.'])
  })
  it('TREC and the like: a label, a space and a text, quoted or not, and said to be guessed', async () => {
    for (const line of [
      (i: number) => `DESC:${mood(i)} What is ${i}, and is it ${words[i % 10]} ?`,
      (i: number) => `DESC:${mood(i)} "What is ${i}, and is it ${words[i % 10]} ?"`,
    ]) {
      const opened = await texts({ 'questions.txt': rows(12, line).join('\n') })
      expect(counts(opened)).toEqual({ 'DESC:neg': 6, 'DESC:pos': 6 })
      expect(await textAt(opened, 3)).toBe('What is 3, and is it flat ?')
      expect(opened.notes).toEqual([expect.stringMatching(/first word of each line is taken as its label/)])
    }
    const named = await texts({ 'a.csv': ['label text', ...rows(12, (i) => `${mood(i)} "${sentence(i)}"`)].join('\n') })
    expect([counts(named), await textAt(named, 0)]).toEqual([{ neg: 6, pos: 6 }, sentence(0)])
  })
  it('prose without labels is refused, and not taken for classes that are called like the parts', async () => {
    const prose = rows(12, (i) => `${i % 2 ? 'The' : 'A'} film ${sentence(i)}`)
    const more = ['Nothing else happens', 'Somebody leaves']
    await expect(texts({ 'train.txt': [...prose, ...more].join('\n'), 'test.txt': more.join('\n') })).rejects.toThrow(
      'train.txt: the rows have one field; a label and a text are needed. Separate them by a comma, a semicolon or a tab',
    )
  })
})
