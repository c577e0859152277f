import { expect, it } from 'vitest'
import { tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import { weightNorm } from './weight-norm.ts'

it('brings every channel to the length of its gain', () => {
  const w = weightNorm(
    tensor([
      [3, 0],
      [4, -2],
    ]),
    tensor([10, 1]),
  )
  expect(w.toArray()).toEqual([
    [expect.closeTo(6), expect.closeTo(0)],
    [expect.closeTo(8), expect.closeTo(-1)],
  ])
})

it('agrees with float64 and central differences, to second order', async () => {
  await checkOp(weightNorm, [input([2, 3, 5], 1), input([5], 2)], { second: true, tolerance: 1e-5 })
})

it('refuses a gain of another size', () => {
  expect(() => weightNorm(tensor([[1, 2]]), tensor([1]))).toThrow('weightNorm: the gain has shape [1]')
})
