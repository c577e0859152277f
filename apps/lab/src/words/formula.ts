// Numbers inside a formula, with their signs as one writes them by hand.

import { showNumber } from './numbers.ts'

/** `1.6 − 0.1`: a negative number is taken away. */
export const sumText = (values: readonly number[]): string =>
  values
    .map((value, i) => {
      const text = showNumber(i === 0 ? value : Math.abs(value))
      return i === 0 ? text : `${value < 0 ? '−' : '+'} ${text}`
    })
    .join(' ')

/** `1.6 × (−0.1)`: behind any other sign, a negative number is in parentheses. */
export const operandText = (value: number): string => (value < 0 ? `(${showNumber(value)})` : showNumber(value))

/** Numbers with the same sign between them. */
export const operationText = (values: readonly number[], sign: '+' | '−' | '×' | '÷'): string =>
  sign === '+'
    ? sumText(values)
    : values.map((value, i) => (i === 0 ? showNumber(value) : operandText(value))).join(` ${sign} `)
