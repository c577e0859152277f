import { expect, it } from 'vitest'
import { fitted } from './wrap.ts'

it('breaks a sentence between words, set in as it begins', () => {
  expect(fitted('  300 examples to train on, 60 for validation', 24)).toBe(
    '  300 examples to train\n  on, 60 for validation',
  )
})

it('breaks what follows a number or a name below its beginning', () => {
  expect(fitted(' 1/12  3×3, 8 kernels: accuracy 11.67%', 24)).toBe(' 1/12  3×3, 8 kernels:\n       accuracy 11.67%')
})

it('leaves a table and a line that fits as they are', () => {
  const text = 'class  precision   recall      f1  examples\nshort enough'
  expect(fitted(text, 20)).toBe(text)
})

it('leaves everything as it is where nothing has columns', () => {
  expect(fitted('a sentence of some words', undefined)).toBe('a sentence of some words')
})

it('does not count the marks of bold text', () => {
  expect(fitted('\uFDD0twelve chars\uFDD1', 12)).toBe('\uFDD0twelve chars\uFDD1')
})
