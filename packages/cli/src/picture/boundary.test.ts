import { describe, expect, it } from 'vitest'
import { type Boundary, insideOf } from './boundary.ts'
import { centreOf, place } from './placement.ts'

const beyond = (boundary: Boundary, size: number, reach: number): string =>
  Array.from({ length: size + 2 * reach }, (_, i) => 'abcdefgh'[insideOf(i - reach, size, boundary)] ?? '0').join('')

describe('insideOf', () => {
  it.each<[Boundary, string]>([
    ['zero', '00000abcd00000'],
    ['reflect', 'ddcbaabcddcbaa'],
    ['mirror', 'bcdcbabcdcbabc'],
    ['edge', 'aaaaaabcdddddd'],
    ['wrap', 'dabcdabcdabcda'],
  ])('%s repeats without end, as scipy.ndimage and NumPy do', (boundary, expected) => {
    expect(beyond(boundary, 4, 5)).toBe(expected)
  })

  it('knows only one value of a single pixel', () => {
    for (const boundary of ['reflect', 'mirror', 'edge', 'wrap'] as const)
      expect(beyond(boundary, 1, 3)).toBe('aaaaaaa')
  })
})

describe('place', () => {
  const options = { padding: 'same', boundary: 'zero', stride: [1, 1], dilation: [1, 1] } as const

  it('keeps the size and centres as scipy.signal does: an even kernel reaches one further before', () => {
    const [rows, columns] = place([2, 3], [5, 7], options)
    expect([rows.output, rows.before, rows.after]).toEqual([5, 1, 0])
    expect([columns.output, columns.before, columns.after]).toEqual([7, 1, 1])
    expect([...rows.source]).toEqual([-1, 0, 1, 2, 3, 4])
  })

  it('takes pixels before and after, strides and dilation an axis', () => {
    const [rows, columns] = place([3, 3], [10, 10], {
      ...options,
      padding: [1, 2, 3, 4],
      stride: [2, 1],
      dilation: [1, 3],
    })
    expect([rows.before, rows.after, rows.output]).toEqual([1, 2, 6])
    expect([columns.before, columns.after, columns.extent, columns.output]).toEqual([3, 4, 7, 11])
  })

  it('full gives every position that touches the input', () => {
    expect(place([3, 4], [5, 5], { ...options, padding: 'full' }).map(({ output }) => output)).toEqual([7, 8])
  })

  it('finds the pixel under the middle of a window, or the nearest', () => {
    const [rows] = place([3, 3], [5, 5], { ...options, padding: 'full' })
    expect(Array.from({ length: 7 }, (_, i) => centreOf(rows, i))).toEqual([0, 0, 1, 2, 3, 4, 4])
    const [even] = place([2, 2], [5, 5], { ...options, padding: 'valid', stride: [2, 2] })
    expect([centreOf(even, 0), centreOf(even, 1)]).toEqual([1, 3])
  })

  it('refuses a kernel that exceeds the padded input', () => {
    expect(() => place([3, 7], [5, 5], { ...options, padding: 'valid' })).toThrow(
      /spans 7 columns, the padded input has 5/,
    )
  })
})
