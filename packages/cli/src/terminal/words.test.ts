import { describe, expect, test } from 'vitest'
import { counted, duration, exactNumber, measureText, percent, rate, theClass } from './words.ts'

describe('numbers in words', () => {
  test.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 0 s'],
    [60, '1 min 0 s'],
    [75, '1 min 15 s'],
    [119.97, '2 min 0 s'],
    [239.6, '4 min 0 s'],
    [3599.4, '59 min 59 s'],
    [3599.6, '1 h 0 min'],
    [7170, '1 h 59 min'],
    [7199.6, '2 h 0 min'],
    [7500, '2 h 5 min'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })

  test.each([
    [1, 2, '100.00%'],
    [0, 2, '0.00%'],
    [0.5, 2, '50.00%'],
    [0.12345, 1, '12.3%'],
    [0.99996, 2, '99.996%'],
    [0.999, 0, '99.9%'],
    [1e-4, 1, '0.01%'],
    [1e-7, 2, '0.00001%'],
    [1e-12, 2, '< 0.000001%'],
    [1 - 1e-12, 2, '> 99.999999%'],
    [Number.NaN, 2, '–'],
  ])('a share of %d with %d decimals is %s', (share, decimals, text) => {
    expect(percent(share, decimals)).toBe(text)
  })

  test.each([
    ['examples', 0, '0'],
    ['examples', 1, '1'],
    ['boxes', 1, '1'],
    ['pixels', 1234567, '1,234,567'],
    ['recall', 1, '100.00%'],
    ['recall', 0, '0.00%'],
    ['ap50', Number.NaN, '–'],
    ['accuracy', 0.99996, '99.996%'],
    ['loss', 1, '1.0000'],
    ['loss', 1e-7, '1.00e-7'],
    ['discriminator loss', 0.25, '0.2500'],
  ])('%s of %d is shown as %s', (name, value, text) => {
    expect(measureText(name, value)).toBe(text)
  })

  test.each([
    [65535, '65535'],
    [65534.6, '65535'],
    [-65535, '-65535'],
    [1234567, '1234567'],
    [255, '255'],
    [0.123456, '0.1235'],
    [12.3456, '12.35'],
    [999.96, '1000'],
    [-0, '0'],
  ])('%d to four digits is %s', (value, text) => {
    expect(exactNumber(value, 4)).toBe(text)
  })

  test.each([
    [0.1 + 0.2, '0.3'],
    [0.003, '0.003'],
    [0.003 * 0.1, '0.0003'],
    [1 / 3, '0.3333'],
    [1e-7, '1e-7'],
  ])('a rate of %d is %s', (value, text) => {
    expect(rate(value)).toBe(text)
  })

  test('counts agree with their nouns', () => {
    expect([0, 1, 2, 1000].map((count) => counted(count, 'class', 'classes'))).toEqual([
      ...['0 classes', '1 class', '2 classes', '1,000 classes'],
    ])
    expect(counted(1, 'epoch')).toBe('1 epoch')
  })

  test('a class that is called class 1 is not the class class 1', () => {
    expect(['cat', 'class 1', 'classic', 'Class A'].map(theClass)).toEqual([
      ...['the class cat', 'class 1', 'the class classic', 'Class A'],
    ])
  })
})
