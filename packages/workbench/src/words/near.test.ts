import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from './near.ts'

describe('a misspelt name', () => {
  const tasks = ['classify', 'segment', 'detect', 'text', 'sequence', 'generate']

  it.each([
    ['clasify', 'classify'],
    ['Classify', 'classify'],
    ['segmnet', 'segment'],
    ['txt', 'text'],
    ['detection', 'detect'],
    ['sequences', 'sequence'],
  ])('%s means %s', (given, meant) => {
    expect(nearest(given, tasks)).toBe(meant)
    expect(didYouMean(given, tasks)).toBe(` Did you mean ${meant}?`)
  })

  it.each(['', 'x', 'ab', 'photos', 'train'])('“%s” means none of them', (given) => {
    expect(nearest(given, tasks)).toBeNull()
    expect(didYouMean(given, tasks)).toBe('')
  })

  it('means nothing where nothing is known', () => expect(nearest('text', [])).toBeNull())
})
