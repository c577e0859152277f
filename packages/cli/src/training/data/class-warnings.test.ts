import { describe, expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { openData } from '../open-data.ts'
import { classWarnings } from './class-warnings.ts'

describe('names of classes that may not be meant', () => {
  it('are those that hardly differ', () => {
    expect(classWarnings(['Positive', 'negative', 'positive'])).toEqual([
      '“Positive” and “positive” are 2 classes, whose names hardly differ. If they are one class, spell its name the same way.',
    ])
    expect(classWarnings(['traffic_light', 'Traffic  Light', 'ＣＡＲ', 'car'])).toHaveLength(2)
    expect(classWarnings(['yes', 'yes\u200b', '１', '1', 'A', 'a\u00ad'])).toHaveLength(2)
  })

  it('are those that stand for nothing', () => {
    expect(classWarnings(['0', '1', 'NaN'])).toEqual([
      '“NaN” is read as a class. If it stands for a missing value, leave its examples out.',
    ])
  })

  it('are not letters of either case, signs of numbers, or words beside longer ones', () => {
    expect(classWarnings(['A', 'a', '-1', '1', '+1', 'cat', 'cats', 'none', 'nano', '猫', 'ネコ', 'ねこ'])).toEqual([])
  })

  it('are told where data is opened', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${['ham', 'Ham', 'spam'][i % 3]},message of ${i} words\n`)
    const root = await folderWith({ 'a.csv': `label,text\n${rows.join('')}` })
    const { warnings, classes } = await openData('text', root, { validation: 0, test: 0 })
    expect(classes).toHaveLength(3)
    expect(warnings!.join()).toMatch(/“ham” and “Ham” are 2 classes/)
  })
})

describe('one name, whichever way its accents are composed,', () => {
  const [one, two] = ['caf\u00e9', 'cafe\u0301']

  it('is one class in a table', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${[one, two, 'thé'][i % 3]},a cup of ${i} words\n`)
    const root = await folderWith({ 'a.csv': `label,text\n${rows.join('')}` })
    const { train, classes } = await openData('text', root, { validation: 0, test: 0 })
    expect(classes).toEqual([one, 'thé'])
    expect(await Promise.all([0, 1, 2].map(async (i) => (await train.get(i)).label))).toEqual([0, 0, 1])
  })

  it('is one class in folders of texts', async () => {
    const root = await folderWith({
      [`${one}/1.txt`]: 'one',
      [`${two}/2.txt`]: 'two words',
      'thé/3.txt': 'three',
    })
    expect((await openData('text', root, { validation: 0, test: 0 })).classes).toEqual([one, 'thé'])
  })
})
