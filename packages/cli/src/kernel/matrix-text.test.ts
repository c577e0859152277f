import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMatrix, formatNumber, parseMatrix, parseMatrixJson } from './matrix-text.ts'

describe('parseMatrix', () => {
  it.each([
    [
      '1 0 -1; 2 0 -2; 1 0 -1',
      [
        [1, 0, -1],
        [2, 0, -2],
        [1, 0, -1],
      ],
    ],
    [
      '1,0\n0,1\n',
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      '1, 2;\r\n 3 ,4',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['1/4 .5 -2e-1 +3.', [[0.25, 0.5, -0.2, 3]]],
    ['\uFEFF7', [[7]]],
  ])('reads %j', (text, rows) => {
    expect(parseMatrix(text, 'kernel')).toEqual(rows)
  })

  it('reads back whatever numbers are written', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 4 })
          .chain((n) => fc.array(fc.array(finite, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 4 })),
        (rows) => {
          expect(
            parseMatrix(
              rows.map((row) => row.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join(' ')).join(';'),
              'k',
            ),
          ).toEqual(rows)
        },
      ),
    )
  })

  it.each([
    ['', /kernel is empty/],
    [' ; \n', /kernel is empty/],
    ['1 2; 3', /row 2 has 1 number, row 1 has 2/],
    ['1 two; 3 4', /row 1 holds "two"/],
    ['1 2; 3 NaN', /row 2 holds "NaN"/],
    ['1 Infinity', /row 1 holds "Infinity"/],
    ['1e999', /1e999, which is not a finite number/],
    ['1/0', /1\/0, which is not a finite number/],
    ['1,,2', /nothing between two commas/],
    ['0x10', /"0x10"/],
    ['--1', /"--1"/],
  ])('refuses %j', (text, message) => {
    expect(() => parseMatrix(text, 'kernel')).toThrow(message)
  })
})

describe('parseMatrixJson', () => {
  it('reads rows, an object that holds them, and what `convoke kernels NAME --json` prints', () => {
    for (const text of ['[[1,2],[3,4]]', '{"kernel":[[1,2],[3,4]]}', '[{"name":"a","kernel":[[1,2],[3,4]]}]']) {
      expect(parseMatrixJson(text, 'kernel')).toEqual([
        [1, 2],
        [3, 4],
      ])
    }
  })

  it.each([
    ['[[1,2],[3]]', /row 2 has 1 number, row 1 has 2/],
    ['[[1,"2"]]', /row 1 holds "2"/],
    ['[[1,null]]', /row 1 holds null/],
    ['[[1e999]]', /not a finite number/],
    ['[]', /no rows/],
    ['[[]]', /no rows/],
    ['3', /no rows/],
    ['[[1,2', /not valid JSON/],
  ])('refuses %s', (text, message) => {
    expect(() => parseMatrixJson(text, 'kernel')).toThrow(message)
  })
})

describe('formatting', () => {
  it('writes numbers without noise', () => {
    expect([0.1 + 0.2, -0, 2, 1 / 3].map((value) => formatNumber(value))).toEqual(['0.3', '0', '2', '0.333333'])
    expect(formatMatrix([[1, -2]])).toEqual([['1', '-2']])
    expect(formatMatrix([[0.25, 0, 1 / 3]])).toEqual([['0.2500', '0', '0.3333']])
  })
})
