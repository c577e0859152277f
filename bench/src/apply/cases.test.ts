import { expect, test } from 'vitest'
import { applyCases, irregular } from './cases.ts'

test('kernels of one’s own add up to 1 and are no column times a row', () => {
  const rows = irregular(5)
  expect(rows.flat().reduce((sum, value) => sum + value)).toBeCloseTo(1, 5)
  expect(rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0]).not.toBeCloseTo(0, 6)
})

test('a case has a name of its own', () => {
  expect(new Set(applyCases.map(({ name }) => name)).size).toBe(applyCases.length)
})
