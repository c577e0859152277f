import { describe, expect, it } from 'vitest'
import { decimalsOf, guessDialect, parseDelimited, withDecimalPoints } from './index.ts'

const rows = (...lines: string[]) => parseDelimited('t', lines.join('\n'), ';')
const shown = (...lines: string[]) => withDecimalPoints(rows(...lines)).map(({ fields }) => fields)

describe('decimal commas', () => {
  it('are told from points, and from commas between thousands', () => {
    expect(decimalsOf(rows('a;b', '1;2.5'))).toBe('point')
    expect(decimalsOf(rows('a,b;c', '1;2'))).toBe('point')
    expect(decimalsOf(rows('1,5;2'))).toBe('comma')
    expect(decimalsOf(rows('0,125;2,250'))).toBe('comma')
    expect(decimalsOf(rows('1234,567;2'))).toBe('comma')
    expect(decimalsOf(rows('1,234;2', '1,5;3'))).toBe('comma')
    expect(decimalsOf(rows('1,5;2.5'))).toBe('mixed')
    expect(decimalsOf(rows('1,234;2.5'))).toBe('mixed')
    expect(decimalsOf(rows('1,234;-12,345', '1,234,567;2'))).toBe('ambiguous')
  })
  it('become points, in numbers and nowhere else', () => {
    expect(shown('x,y;1,5;-0,25; ,5 ;+3,0e-2', 'no 1,5;1.234,5;12;1,2,3;a')).toEqual([
      ['x,y', '1.5', '-0.25', '.5', '+3.0e-2'],
      ['no 1,5', '1234.5', '12', '1,2,3', 'a'],
    ])
  })
  it('do not part fields where semicolons, tabs or spaces do', () => {
    for (const delimiter of [';', '\t', ' '] as const)
      expect(
        guessDialect(['1,5 2,25 0', '1,0 2,0 1', '0,5 3,5 0'].join('\n').replaceAll(' ', delimiter)),
      ).toMatchObject({
        delimiter,
      })
  })
})
