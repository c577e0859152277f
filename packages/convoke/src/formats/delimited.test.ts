import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Delimiter, evenRows, guessDialect, parseDelimited } from './index.ts'

const fields = (text: string, delimiter?: Delimiter, quoted?: boolean) =>
  parseDelimited('t', text, delimiter, { quoted }).map((row) => row.fields)

describe('rows of delimited text', () => {
  it('end at a line feed, a carriage return, or both, and blank lines are none', () => {
    expect(fields('a,b\r1,2\r\n3,4\n\n  \n\r\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ])
    expect(parseDelimited('t', 'a\rb\r\n\r\n"x\r\ny\rz"\nc').map(({ line }) => line)).toEqual([1, 2, 4, 7])
  })
  it('may hold one quoted empty field', () => {
    expect(fields('a\n""\nb\n""')).toEqual([['a'], [''], ['b'], ['']])
  })
  it('come out as they were written, whatever is in their fields', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', ';', '|', '\t', '"', '\n', '\r', ' ', 'é') })
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        table,
        fc.constantFrom<Delimiter>(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n', '\r'),
        (rows, delimiter, end) => {
          const text = rows.map((row) => row.map((own) => `"${own.replaceAll('"', '""')}"`).join(delimiter)).join(end)
          expect(fields(text, delimiter, true)).toEqual(rows)
        },
      ),
    )
  })
  it('with text after a closing quotation mark say so', () => {
    const [good, bad] = parseDelimited('t', '"a" ,b\n"say "hi"",b')
    expect([good.fields, good.fault]).toEqual([['a', 'b'], undefined])
    expect(bad.fault).toMatch(/text follows the closing quotation mark of field 1/)
  })
  it('of numbers may be parted by runs of spaces', () => {
    expect(fields('  1.0   2.5\t3\n4 5 6 \n', ' ')).toEqual([
      ['1.0', '2.5', '3'],
      ['4', '5', '6'],
    ])
  })
  it('of another width are told with their lines and left out; empty fields beyond it are no loss', () => {
    const told: string[] = []
    const rows = parseDelimited('t', 'a,b\n1,2\n1,2,3\n"4\n4",5\n6\n7,8,,\n')
    const even = evenRows('t', rows, { header: true, tell: (problem) => told.push(problem) })
    expect(even.map((row) => row.fields)).toEqual([
      ['1', '2'],
      ['4\n4', '5'],
      ['7', '8'],
    ])
    expect(told).toEqual([
      't, line 3: the row has 3 fields; 2 are expected.',
      't, line 6: the row has 1 field; 2 are expected.',
    ])
  })
  it('without a header are as wide as most of them', () => {
    const told: string[] = []
    const rows = parseDelimited('t', 'a,b,c\n1,2\n3,4\n')
    evenRows('t', rows, { header: false, tell: (problem) => told.push(problem) })
    expect(told).toEqual(['t, line 1: the row has 3 fields; 2 are expected.'])
  })
})

describe('the delimiter', () => {
  const twenty = (row: (i: number) => string) => Array.from({ length: 20 }, (_, i) => row(i)).join('\n')
  it.each([
    ['commas', 'label,text\npos,fine; a bit long; but fine\nneg,dull', ','],
    ['semicolons, commas in the texts', twenty((i) => `pos;fine${', and sweet'.repeat(i % 4)}`), ';'],
    ['semicolons, commas as decimal points', twenty((i) => `1,${i};2,5;a`), ';'],
    ['commas, texts quoted with semicolons', twenty((i) => `pos,"fine${'; and sweet'.repeat(i % 4)}"`), ','],
    ['tabs, a comma in each text', twenty(() => 'ham\thello, you'), '\t'],
    ['bars', twenty((i) => `pos|fine, ${i}|x`), '|'],
    ['spaces between numbers', twenty((i) => `  1.0000000e+00  -7.9e-01  ${i}.5`), ' '],
    ['commas between numbers and spaces', twenty((i) => `1.5, 2.5, ${i}`), ','],
    ['commas, an unquoted comma in some texts', twenty((i) => `pos,fine${i % 5 ? '' : ', really'}`), ','],
    ['nothing', 'one\ntwo\nthree words here', ','],
    ['what the first line says', 'sep=|\na,b|c,d\n1,2|3,4', '|'],
  ] as const)('is judged over many lines: %s', (_, text, delimiter) => {
    expect(guessDialect(text).delimiter).toBe(delimiter)
  })
  it('that a first line announces is no row', () => {
    expect(parseDelimited('t', 'sep=;\r\na;b', ';')).toEqual([{ line: 2, fields: ['a', 'b'] }])
  })
  it('is the preferred one where most rows have it', () => {
    expect(guessDialect(`${twenty(() => 'x;y\tz')}`, { prefer: ';' }).delimiter).toBe(';')
  })
})

describe('quotation marks between tabs', () => {
  it('count where every field that begins with one ends with one', () => {
    expect(guessDialect('"a b"\t1\n"c ""d"""\t0\ne\t1')).toEqual({ delimiter: '\t', quoted: true })
  })
  it('count where a quoted text holds a tab or a line break', () => {
    expect(guessDialect('label\ttext\n1\t"a\tb"\n0\t"c\nd"\n1\te\n')).toEqual({ delimiter: '\t', quoted: true })
  })
  it('are text where they are in texts as people write them', () => {
    expect(guessDialect('ham\t"hi" she said\nspam\t"win\nham\tok')).toEqual({ delimiter: '\t', quoted: false })
  })
})
