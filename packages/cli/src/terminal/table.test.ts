import { expect, it } from 'vitest'
import { narrowTable, table } from './table.ts'

const rows = [
  ['class', 'precision', 'f1', 'examples'],
  ['cat', '55.56%', '66.67%', '6'],
]

it('is whole where it fits', () => {
  expect(narrowTable(rows, ['left'], [3, 1], 34)).toEqual(table(rows, ['left']))
})

it('drops the columns that matter least where it does not', () => {
  expect(narrowTable(rows, ['left'], [3, 1], 30)).toEqual(['class  precision      f1', 'cat       55.56%  66.67%'])
  expect(narrowTable(rows, ['left'], [3, 1], 20)).toEqual(['class      f1', 'cat    66.67%'])
  expect(narrowTable(rows, ['left'], [3, 1], 5)).toEqual(['class      f1', 'cat    66.67%'])
})
