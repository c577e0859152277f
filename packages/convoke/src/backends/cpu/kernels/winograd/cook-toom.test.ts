import { describe, expect, test } from 'vitest'
import { algorithmOf, cookToom } from './cook-toom.ts'
import { amplification } from './error-bound.ts'

describe.each([
  ['F(2, 3)', algorithmOf(2)],
  ['F(4, 3)', algorithmOf(4)],
  ['F(3, 2)', cookToom(3, 2, [0, 2, -1 / 2])],
] as const)('%s', (_, { output, filter, input, outputs, taps, size }) => {
  test('is the bilinear form of correlation: Σ_p Aᵀ[i][p] G[p][j] Bᵀ[p][k] = 1 where k = i + j, else 0', () => {
    for (let i = 0; i < outputs; i++) {
      for (let j = 0; j < taps; j++) {
        for (let k = 0; k < size; k++) {
          const sum = output[i].reduce((total, a, p) => total + a * filter[p][j] * input[p][k], 0)
          expect(sum).toBeCloseTo(k === i + j ? 1 : 0, 13)
        }
      }
    }
  })

  test('has input and output transforms that are exact in float32', () => {
    for (const value of [...output, ...input].flat()) expect(Math.fround(value)).toBe(value)
  })
})

test('the points 0, ±5/8, ±3/2 keep numbers four times smaller than 0, ±1, ±2', () => {
  expect(amplification(algorithmOf(2))).toBe(64)
  expect(amplification(algorithmOf(4))).toBeCloseTo(563.85, 1)
  expect(amplification(cookToom(4, 3, [0, 1, -1, 2, -2]))).toBe(2304)
})

test('repeated points are refused', () => {
  expect(() => cookToom(2, 3, [0, 1, 1])).toThrow('F(2, 3) at [0, 1, 1]: give 3 distinct points.')
})
