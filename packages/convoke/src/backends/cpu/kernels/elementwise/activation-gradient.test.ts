import { describe, expect, test } from 'vitest'
import type { InvertibleActivation } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planActivationGradient } from './activation-gradient.ts'

const activations: readonly InvertibleActivation[] = [
  { kind: 'relu' },
  { kind: 'leakyRelu', alpha: 0.2 },
  { kind: 'clip', low: -0.5, high: 0.75 },
  { kind: 'sigmoid' },
  { kind: 'tanh' },
  { kind: 'hardSigmoid', alpha: 0.25, beta: 0.5 },
]

describe.each(targets)('the gradient of an activation for $name', (target) => {
  test.each(activations)('of $kind agrees with the reference', (activation) => {
    for (const length of [1, 3, 17, 101]) {
      const y = randomArray('float32', length, 2).map((x) => x / 10) as Float32Array
      for (const [i, kink] of [0, -0, 1, -0.5, 0.75, Number.NaN].entries()) if (3 * i < length) y[3 * i] = kink
      const inputs = [randomArray('float32', length, 1), y]
      const output = [{ dtype: 'float32', length }] as const
      const [actual] = planned(planActivationGradient({ activation }, length, target), inputs, output)
      const [expected] = reference('activationGradient', { activation }, inputs, output)
      expect(firstDifference(actual, expected, 3, 1e-6)).toBeUndefined()
    }
  })
})
