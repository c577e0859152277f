import { describe, expect, it, test } from 'vitest'
import { planExpression } from '../backends/cpu/kernels/elementwise/expression.ts'
import { firstDifference, planned, randomArray, reference } from '../backends/cpu/kernels/testing/compare.ts'
import { targets } from '../backends/cpu/program/index.ts'
import { derivatives } from './activation-derivatives.ts'
import { expressionOf, type Formula } from './formula.ts'

describe('a formula as an expression', () => {
  it('is one step a line, the same step once, and the result last', () => {
    const formula: Formula = (o, [g, x], [c]) => {
      const power = o.exp(o.negate(x))
      return o.multiply(o.where(o.less(x, c), o.exp(o.negate(x)), g), o.add(power, 2))
    }
    expect(expressionOf(formula, 2, 1).text.split('\n')).toEqual([
      'negate x1',
      'exp t0',
      'less x1 c0',
      'where t2 t1 x0',
      'add t1 2',
      'multiply t3 t4',
    ])
  })

  it('reads no input that it does not use, and numbers those that it does anew', () => {
    expect(expressionOf((o, [g, , y]) => o.multiply(g, y), 3, 0)).toEqual({ text: 'multiply x0 x1', used: [0, 2] })
  })

  it('gives a result that is an input, or an earlier step, as a step of its own', () => {
    expect(expressionOf((_, [g]) => g, 2, 0).text).toBe('multiply x0 1')
    const early: Formula = (o, [x]) => {
      const first = o.square(x)
      o.exp(x)
      return first
    }
    expect(expressionOf(early, 1, 0).text).toBe('square x0\nexp x0\nmultiply t0 1')
  })
})

describe.each(targets)('for $name', (target) => {
  test.each(Object.entries(derivatives))(
    'the derivative of %s fits the registers and is the reference’s',
    (kind, formula) => {
      const constants = kind === 'clip' ? [-0.5, 0.75] : [0.25]
      const { text, used } = expressionOf(formula, 3, constants.length)
      for (const length of [1, 17, 101]) {
        const inputs = used.map((i) => randomArray('float32', length, i + 1))
        const spec = { text, constants, shape: [length], strides: used.map(() => [1]) }
        const output = [{ dtype: 'float32', length }] as const
        const [actual] = planned(planExpression(spec, target), inputs, output)
        const [expected] = reference('expression', spec, inputs, output)
        // Of gradients up to 10: what is left of 1 − t² and of 1 + erf where they cancel.
        expect(firstDifference(actual, expected, 16, 4e-5)).toBeUndefined()
      }
    },
  )
})
