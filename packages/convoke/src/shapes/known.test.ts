import { describe, expect, it, vi } from 'vitest'
import { createKnown, createKnownBy, textOf } from './known.ts'

describe('what was made before', () => {
  it('is given again for the same key, and made anew for another', () => {
    const known = createKnown<object>()
    const first = known('a', () => ({}))
    expect(known('a', () => ({}))).toBe(first)
    expect(known('b', () => ({}))).not.toBe(first)
  })

  it('is forgotten when there is too much of it, or when it is not worth keeping', () => {
    const few = createKnown<object>(2)
    const first = few('a', () => ({}))
    few('b', () => ({}))
    few('c', () => ({}))
    expect(few('a', () => ({}))).not.toBe(first)
    const short = createKnown<number[]>(8, (list) => list.length < 2)
    const make = vi.fn(() => [1, 2])
    short('a', make)
    short('a', make)
    expect(make).toHaveBeenCalledTimes(2)
  })

  it('is kept for each object by itself', () => {
    const known = createKnownBy<object, object>()
    const [one, two] = [{}, {}]
    const first = known(one, '', () => ({}))
    expect(known(one, '', () => ({}))).toBe(first)
    expect(known(two, '', () => ({}))).not.toBe(first)
  })

  it('is not made of an error', () => {
    const known = createKnown<number>()
    expect(() =>
      known('a', () => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(known('a', () => 7)).toBe(7)
  })
})

describe('options as text', () => {
  it.each<[string, unknown, unknown]>([
    ['a number and its text', 2, '2'],
    ['nothing and null', undefined, null],
    ['a bigint and a number', 2n, 2],
    ['no number and null', Number.NaN, null],
    ['a list and its text', [1, 2], '1,2'],
  ])('tells %s apart', (_, a, b) => {
    expect(textOf(a)).not.toBe(textOf(b))
  })
})
