import { expect, test } from 'vitest'
import { cannotChange, specText } from './spec-text.ts'

test('specs that differ are different texts', () => {
  const specs = [
    { a: [1, 2] },
    { a: [12] },
    { a: ['1', '2'] },
    { a: '1,2,' },
    { a: [[1], 2] },
    { a: 0 },
    { a: -0 },
    { a: Number.POSITIVE_INFINITY },
    { a: Number.NEGATIVE_INFINITY },
    { a: null },
    { a: undefined },
    { a: { b: 1 } },
    { a: Object.freeze({ b: 1 }) },
    { a: Object.freeze({ b: 2 }) },
    { a: true },
    { a: 'true' },
  ]
  const texts = specs.map(specText)
  expect(new Set(texts).size).toBe(specs.length)
  expect(specs.map(specText)).toEqual(texts)
})

test('an object is the same for good where it is frozen through and through', () => {
  const deep = Object.freeze({ a: Object.freeze([1, Object.freeze({ b: 2 })]) })
  expect([1, null, 'text', deep].map(cannotChange)).toEqual([true, true, true, true])
  expect([{ a: 1 }, Object.freeze({ a: [1] }), Object.freeze([{}])].map(cannotChange)).toEqual([false, false, false])
})
