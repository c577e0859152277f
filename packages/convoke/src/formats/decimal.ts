// Numbers with a decimal comma, as many languages write them: 1,5 and 1.234,5.

import type { Row } from './delimited.ts'

/**
 * How the numbers of a table are written.
 *
 *   'point'      no number has a comma
 *   'comma'      1,5 beside no 1.5: the comma is the decimal sign
 *   'mixed'      1,5 beside 1.5
 *   'ambiguous'  every comma parts digits as thousands do: 1,234 may be 1.234 or 1234
 */
export type Decimals = 'point' | 'comma' | 'mixed' | 'ambiguous'

/** 1,5 · ,5 · -0,5e3 · 1.234,5; a minus may be a typographic one. */
const withComma = /^[+\-\u2212]?(?:\d*|\d{1,3}(?:\.\d{3})+),\d+(?:e[+\-\u2212]?\d+)?$/i
const withPoint = /^[+\-\u2212]?\d*\.\d+(?:e[+-]?\d+)?$/i
const asThousands = /^[+\-\u2212]?[1-9]\d{0,2}(?:,\d{3})+$/

/** How numbers are written in the fields of `rows`; those that are no numbers do not count. */
export function decimalsOf(rows: readonly Row[]): Decimals {
  let [commas, points, sure] = [false, false, false]
  for (const { fields } of rows) {
    for (const field of fields) {
      if (!field.includes(',')) {
        points ||= field.includes('.') && withPoint.test(field.trim())
        continue
      }
      const text = field.trim()
      if (asThousands.test(text)) commas = true
      else sure ||= withComma.test(text)
    }
  }
  if (sure) return points ? 'mixed' : 'comma'
  return commas ? (points ? 'mixed' : 'ambiguous') : 'point'
}

/** The same rows with a point where a number has a decimal comma. */
export const withDecimalPoints = (rows: readonly Row[]): Row[] =>
  rows.map((row) => ({ ...row, fields: row.fields.map(pointed) }))

function pointed(field: string): string {
  const text = field.trim()
  return withComma.test(text) ? text.replaceAll('.', '').replace(',', '.') : field
}
