import { expect, it } from 'vitest'
import { operandText, operationText, sumText } from './formula.ts'

it('a sum takes negative numbers away, and keeps the sign of the first', () => {
  expect(sumText([1.6, -0.1])).toBe('1.6 − 0.1')
  expect(sumText([-2, 3, -4, 0])).toBe('−2 + 3 − 4 + 0')
  expect(sumText([5])).toBe('5')
})

it('a number too small to be written out keeps its sign', () => {
  expect(sumText([1, -1e-6])).toBe('1 − 1.00e−6')
})

it('other signs have negative numbers in parentheses behind them', () => {
  expect(operationText([1.6, -0.1], '+')).toBe('1.6 − 0.1')
  expect(operationText([1.6, -0.1], '−')).toBe('1.6 − (−0.1)')
  expect(operationText([-2, 3, -0.5], '×')).toBe('−2 × 3 × (−0.5)')
  expect(operationText([-2, 4], '÷')).toBe('−2 ÷ 4')
  expect([operandText(-1), operandText(0), operandText(1)]).toEqual(['(−1)', '0', '1'])
})
