import { describe, expect, it } from 'vitest'
import { made, resultOf, runOperator, whole } from '../../testing/run-operator.ts'

const cache = made([1, 2, 3, 4, 5, 6], [2, 3, 1])
const update = made([10, 20, 30, 40], [2, 2, 1])

describe('TensorScatter', () => {
  it('writes the steps of each example at its own place', () => {
    expect(resultOf('TensorScatter', { inputs: [cache, update] })).toEqual([10, 20, 3, 30, 40, 6])
    const inputs = [cache, update, whole([1, 0])]
    expect(resultOf('TensorScatter', { inputs })).toEqual([1, 10, 20, 30, 40, 6])
    const other = [made([1, 2, 3, 4], [1, 2, 2]), made([9, 8], [1, 2, 1]), whole([1])]
    expect(resultOf('TensorScatter', { inputs: other, attributes: { axis: 2 } })).toEqual([1, 9, 3, 8])
  })

  it('begins again at the end of a circular cache', () => {
    const inputs = [cache, update, whole([2, 4])]
    expect(resultOf('TensorScatter', { inputs, attributes: { mode: 'circular' } })).toEqual([20, 2, 10, 4, 30, 40])
  })

  it('refuses places beyond the end, and shapes that do not fit', () => {
    const run = (...inputs: NonNullable<Parameters<typeof runOperator>[1]['inputs']>) =>
      runOperator('TensorScatter', { inputs })
    expect(() => run(cache, update, whole([2, 0]))).toThrow(/TensorScatter/)
    expect(() => run(cache, made([1, 2], [2, 1]))).toThrow('does not fit the cache')
    expect(() => run(cache, update, whole([1]))).toThrow('one number for each of 2 examples')
    const first = { inputs: [cache, update], attributes: { axis: 0 } }
    expect(() => runOperator('TensorScatter', first)).toThrow('axis 0 is that of the examples')
  })
})
