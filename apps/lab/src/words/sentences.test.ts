import { afterEach, describe, expect, it } from 'vitest'
import { language } from './language.ts'
import { noted, sentences } from './sentences.ts'

afterEach(() => {
  language.value = 'en'
})

describe('Remarks and sentences', () => {
  it.each([
    ['en', 'Channel (0: all)', 'One. Two.'],
    ['zh', 'Channel（0: all）', 'One.Two.'],
  ] as const)('have the marks of %s', (tongue, ...expected) => {
    language.value = tongue
    expect([noted('Channel', '0: all'), sentences(['One.', 'Two.'])]).toEqual(expected)
  })
})
