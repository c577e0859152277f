import { describe, expect, test } from 'vitest'
import { memoriesOf, type UpdateRule } from '../../../update-rule.ts'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planSumOfSquares } from './sum-of-squares.ts'
import { planUpdate } from './update.ts'

const flags = [false, true]

const rules: readonly UpdateRule[] = [
  ...flags.flatMap((momentum) => flags.map((nesterov): UpdateRule => ({ kind: 'sgd', momentum, nesterov }))),
  ...flags.map((amsgrad): UpdateRule => ({ kind: 'adam', amsgrad })),
  ...flags.flatMap((centered) => flags.map((momentum): UpdateRule => ({ kind: 'rmsprop', centered, momentum }))),
  { kind: 'adagrad' },
  { kind: 'adadelta' },
  { kind: 'average' },
]

const lengths = [1, 3, 17, 0, 101]
const float32 = 'float32'

/** Averages of squares from 1 to 2, other numbers small: what is rooted stays well above 0. */
const operandsOf = (rule: UpdateRule): Float32Array[] =>
  lengths.flatMap((length, tensor) =>
    Array.from({ length: 2 + memoriesOf(rule) }, (_, k) => {
      const values = randomArray(float32, length, 10 * tensor + k) as Float32Array
      const average = k >= 2 && !(rule.kind === 'rmsprop' && k > 2)
      return values.map((x) => (average ? 1 + Math.abs(x) / 10 : x / 40))
    }),
  )

describe.each(targets)('a step of an optimiser for $name', (target) => {
  test.each(rules)('of %j agrees with the reference', (rule) => {
    const coefficients = Float32Array.of(0.5, 0.125, 0.3, 0.9, 0.1, 0.2, 0.8, 0.7, 0.01, 0.6)
    const inputs = [coefficients, ...operandsOf(rule)]
    const outputs = lengths.flatMap((length) =>
      Array.from({ length: 1 + memoriesOf(rule) }, () => ({ dtype: float32, length }) as const),
    )
    const actual = planned(planUpdate({ rule }, inputs, target), inputs, outputs)
    const expected = reference('update', { rule }, inputs, outputs)
    actual.forEach((data, i) => {
      expect(firstDifference(data, expected[i], 8, 1e-6), `output ${i}`).toBeUndefined()
    })
  })

  test('keeps a NaN in the largest average of squares', () => {
    const rule: UpdateRule = { kind: 'adam', amsgrad: true }
    const one = (value: number) => Float32Array.of(value)
    const inputs = [new Float32Array(10).fill(0.5), one(1), one(1), one(1), one(1), one(Number.NaN)]
    const outputs = Array.from({ length: 4 }, () => ({ dtype: float32, length: 1 }) as const)
    const [x, , second, largest] = planned(planUpdate({ rule }, inputs, target), inputs, outputs)
    expect([x[0], second[0], largest[0]]).toEqual([Number.NaN, 0.78125, Number.NaN])
  })
})

describe.each(targets)('a sum of squares for $name', (target) => {
  test.each([[[1]], [[3, 17]], [[0, 4999, 1]], [[20_000]], [[0]]])('of tensors of %j elements', (sizes) => {
    const inputs = sizes.map((length, k) => randomArray(float32, length, k))
    const output = [{ dtype: float32, length: 1 }] as const
    const [actual] = planned(planSumOfSquares(inputs, target), inputs, output)
    const [expected] = reference('sumOfSquares', {}, inputs, output)
    expect(firstDifference(actual, expected, 8)).toBeUndefined()
  })
})
