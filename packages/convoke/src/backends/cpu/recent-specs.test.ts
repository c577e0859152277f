import { describe, expect, test } from 'vitest'
import { createRecentSpecs } from './recent-specs.ts'

describe('the specs asked for last', () => {
  test('are found by what they say, in every part', () => {
    const recent = createRecentSpecs<string>()
    recent.add('copy', { shape: [2, 3], inputStrides: [3, 1] }, 'two by three')
    expect(recent.find('copy', { shape: [2, 3], inputStrides: [3, 1] })).toBe('two by three')
    for (const other of [
      { shape: [3, 2], inputStrides: [3, 1] },
      { shape: [2, 3], inputStrides: [3, 1], more: 1 },
      { shape: [2, 3] },
      { shape: [2, 3, 1], inputStrides: [3, 1] },
    ]) {
      expect(recent.find('copy', other)).toBeUndefined()
    }
    expect(recent.find('reduce', { shape: [2, 3], inputStrides: [3, 1] })).toBeUndefined()
  })

  test('tell the zeros apart, and know NaN again', () => {
    const recent = createRecentSpecs<string>()
    recent.add('fill', { value: 0 }, 'zero')
    expect(recent.find('fill', { value: -0 })).toBeUndefined()
    recent.add('fill', { value: -0 }, 'below')
    expect(recent.find('fill', { value: 0 })).toBeUndefined()
    recent.add('fill', { value: Number.NaN }, 'none')
    expect(recent.find('fill', { value: Number.NaN })).toBe('none')
  })

  test('are not changed by who gave them', () => {
    const recent = createRecentSpecs<string>()
    const shape = [2, 3]
    recent.add('copy', { shape }, 'two by three')
    shape[0] = 4
    expect(recent.find('copy', { shape })).toBeUndefined()
    expect(recent.find('copy', { shape: [2, 3] })).toBe('two by three')
  })

  test('are left to their text where they hold typed arrays or long lists', () => {
    const recent = createRecentSpecs<string>()
    for (const spec of [{ weights: new Float64Array(3) }, { list: new Array(100).fill(1) }]) {
      recent.add('axisMap', spec, 'kept')
      expect(recent.find('axisMap', spec)).toBeUndefined()
    }
  })
})
