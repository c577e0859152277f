// Series as the UCR and UEA archives publish them.

import { describe, expect, it } from 'vitest'
import { folderWith } from '../../../test/data-files.ts'
import { kindOf } from '../../dataset/inspect/detect.ts'
import { openData } from '../open-data.ts'
import { placeOf } from './place.ts'

const whole = { validation: 0, test: 0 } as const

const rows = (from: number) => Array.from({ length: 6 }, (_, i) => [(i % 2) + 1, from + i, from - i, i])

const tsv = (from: number) =>
  rows(from)
    .map((row) => row.join('\t'))
    .join('\n')
const ts = (from: number) =>
  `@problemName G\n@timeStamps false\n@univariate true\n@classLabel true 1 2\n@data\n${rows(from)
    .map(([label, ...own]) => `${own.join(',')}:${label}`)
    .join('\n')}`
const arff = (from: number) =>
  `@relation G\n@attribute a numeric\n@attribute b numeric\n@attribute c numeric\n@attribute target {1,2}\n@data\n${rows(
    from,
  )
    .map(([label, ...own]) => [...own, label].join(','))
    .join('\n')}`

const pair = (name: string, ending: string, write: (from: number) => string) => ({
  [`${name}_TRAIN${ending}`]: write(0),
  [`${name}_TEST${ending}`]: write(100),
})

describe('series of the archives', () => {
  it.each([
    ['.tsv', tsv],
    ['.txt', tsv],
    ['', tsv],
    ['.ts', ts],
    ['.arff', arff],
  ])('a pair NAME_TRAIN%s and NAME_TEST', async (ending, write) => {
    for (const name of ['G', 'G/G']) {
      const root = await folderWith({ ...pair(name, ending, write), 'README.md': 'words' })
      expect(await kindOf(await placeOf(root))).toBe('sequence')
      const opened = await openData('sequence', root, whole)
      expect([opened.train.length, opened.test?.length, opened.classes]).toEqual([6, 6, ['1', '2']])
      const { input, target } = await opened.test!.get(1)
      expect([input.shape, [...input.data], target.data[0]]).toEqual([[3, 1], [101, 99, 1], 1])
    }
  })
  it('in several forms at once are read once, and the rest is told', async () => {
    const root = await folderWith({ ...pair('G', '.ts', ts), ...pair('G', '.arff', arff), ...pair('G', '.txt', tsv) })
    const { kind, notes } = await openData('sequence', root, whole)
    expect(kind).toBe('series as .ts files have them')
    expect(notes).toEqual([
      expect.stringMatching(/: G_TEST\.arff, G_TRAIN\.arff beside G_TEST\.ts, G_TRAIN\.ts are ignored\./),
    ])
  })
  it('in several folders are several sets, of which one is to be named', async () => {
    const root = await folderWith({ ...pair('A/A', '.ts', ts), ...pair('B/B', '.tsv', tsv) })
    await expect(openData('sequence', root, whole)).rejects.toThrow(
      /there are 2 sets of series, in A, B\. Open one of them: .*\/A\.$/,
    )
  })
  it('as ARFF are no texts or pictures', async () => {
    const root = await folderWith({ 'a.arff': arff(0) })
    for (const task of ['text', 'classify'] as const)
      await expect(openData(task, root, whole)).rejects.toThrow(/a\.arff is Weka's ARFF, which is not supported/)
  })
  it('of a program in TypeScript are none', async () => {
    const root = await folderWith({ 'a.ts': 'export const data = 1\n' })
    await expect(openData('sequence', root, whole)).rejects.toThrow(/there are no series/)
  })
})
