import { expect, test } from 'vitest'
import { targets } from '../../program/index.ts'
import { planned, randomArray } from '../testing/compare.ts'
import { planComplexMultiply } from './complex-multiply.ts'

test.each(targets)('complex products are those of the definition, conjugates too, for $name', (target) => {
  for (const pairs of [1, 3, 8, 37, 20001]) {
    const [x, y] = [randomArray('float32', 2 * pairs, 1), randomArray('float32', 2 * pairs, 2)]
    for (const sign of [1, -1]) {
      const output = [{ dtype: 'float32', length: 2 * pairs }] as const
      const [z] = planned(planComplexMultiply({ conjugate: sign < 0 }, 2 * pairs, target), [x, y], output)
      for (let i = 0; i < 2 * pairs; i += 2) {
        const [a, b, c, d] = [x[i], x[i + 1], y[i], sign * y[i + 1]]
        const within = 4e-7 * (Math.abs(a) + Math.abs(b)) * (Math.abs(c) + Math.abs(d))
        expect(Math.abs(z[i] - (a * c - b * d))).toBeLessThanOrEqual(within)
        expect(Math.abs(z[i + 1] - (a * d + b * c))).toBeLessThanOrEqual(within)
      }
    }
  }
})
