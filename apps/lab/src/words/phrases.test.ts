import { afterEach, describe, expect, it } from 'vitest'
import { language } from './language.ts'
import { beside, listed, named, within } from './phrases.ts'

afterEach(() => {
  language.value = 'en'
})

describe('phrases', () => {
  it.each([
    ['en', 'Found: disc', 'Output, row 1, column 2', 'depth, width', 'a 1; b 2'],
    ['zh', 'Found：disc', 'Output，row 1，column 2', 'depth、width', 'a 1；b 2'],
  ] as const)('are put together as one does in %s', (tongue, ...expected) => {
    language.value = tongue
    expect([
      named('Found', 'disc'),
      within('Output', 'row 1', 'column 2'),
      listed(['depth', 'width']),
      beside(['a 1', 'b 2']),
    ]).toEqual(expected)
  })
})
