import { expect, it } from 'vitest'
import { isAsked, macsOf, nameOf, recurrentCases } from './cases.ts'

it('counts the products of the input and of the state, three times with backward', () => {
  const [lstm, trained] = recurrentCases
  expect([nameOf(lstm), nameOf(trained)]).toEqual(['LSTM 16×100×128 → 256', 'LSTM 16×100×128 → 256, with backward'])
  expect(macsOf(lstm)).toBe(16 * 100 * 4 * 256 * (128 + 256))
  expect(macsOf(trained)).toBe(3 * macsOf(lstm))
})

it('names every row apart, and asks something of four', () => {
  expect(new Set(recurrentCases.map(nameOf)).size).toBe(recurrentCases.length)
  expect(recurrentCases.filter(isAsked)).toHaveLength(4)
})
