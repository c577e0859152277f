import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as ops from './index.ts'

describe('arithmetic agrees with float64 and central differences under broadcasting', () => {
  const pairs = [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[], [2, 2]],
  ] as const
  const smooth = { add: ops.add, subtract: ops.subtract, multiply: ops.multiply, divide: ops.divide, atan2: ops.atan2 }
  for (const [name, op] of Object.entries(smooth)) {
    it.each(pairs)(`${name} of %j and %j`, (a, b) =>
      checkOp((x, y) => op(x, y), [input(a, 1), input(b, 2)], { second: true, tolerance: 1e-5 }),
    )
  }
  it('maximum, minimum, remainder, floorDivide', async () => {
    for (const op of [ops.maximum, ops.minimum, ops.remainder, ops.floorDivide]) {
      await checkOp((x, y) => op(x, y), [input([3, 4], 5), input([4], 6)])
    }
  })
  it('power of positive bases', () =>
    checkOp((x, y) => ops.power(x, y), [input([2, 3], 1, { offset: 2 }), input([3], 2)], {
      second: true,
      tolerance: 1e-5,
    }))
  it('power of negative bases to whole exponents', () =>
    checkOp((x) => ops.power(x, 3), [input([2, 3])], { second: true }))
  it('where', () =>
    checkOp((x, y) => ops.where(ops.greater(x, 0), x, y), [input([2, 3]), input([3], 4)], { second: true }))
  it('broadcastTo', () => checkOp((x) => ops.broadcastTo(x, [4, 2, 3]), [input([2, 1])], { second: true }))
})

describe('dtypes', () => {
  it('compute small whole numbers without wrapping', () => {
    const bytes = tensor(new Uint8Array([200, 100]))
    expect(ops.add(bytes, bytes).toArray()).toEqual([400, 200])
    expect(ops.multiply(bytes, 3).dtype).toBe('int32')
    expect(ops.sum(tensor([true, true, false])).item()).toBe(2)
  })
  it('divide to float32, and float32 wins over whole numbers', () => {
    expect(ops.divide(tensor([1], { dtype: 'int32' }), 2).toArray()).toEqual([0.5])
    expect(ops.add(tensor([1], { dtype: 'int32' }), 0.5).toArray()).toEqual([1.5])
    expect(ops.add(tensor([1], { dtype: 'int32' }), 1).dtype).toBe('int32')
  })
  it('compare to bool', () => {
    expect(ops.greater([1, 2, 3], 2).toArray()).toEqual([0, 0, 1])
    expect(ops.lessEqual([1, 2, 3], 2).dtype).toBe('bool')
    expect(ops.logicalXor([0, 1, 1], [0, 0, 1]).toArray()).toEqual([0, 1, 0])
  })
  it('cast towards zero, saturating', () => {
    expect(ops.cast(tensor([1.9, -1.9, 300, -5, Number.NaN]), 'uint8').toArray()).toEqual([1, 0, 255, 0, 0])
    expect(ops.cast(tensor([1e12, -1e12]), 'int32').toArray()).toEqual([2147483647, -2147483648])
    expect(ops.cast(tensor([0, 0.2]), 'bool').toArray()).toEqual([0, 1])
  })
  it('give remainders the sign of the divisor', () => {
    expect(ops.remainder([7, -7, 7, -7], [3, 3, -3, -3]).toArray()).toEqual([1, 2, -2, -1])
    expect(ops.floorDivide(tensor([7, -7], { dtype: 'int32' }), 2).toArray()).toEqual([3, -4])
  })
})

describe('gradients where functions have kinks', () => {
  const gradientAt = (f: (x: ReturnType<typeof tensor>) => ReturnType<typeof tensor>, values: number[]) => {
    const x = tensor(values)
    return valueAndGradients(() => ops.sum(f(x)), [x]).gradients[0].toArray()
  }
  it('are finite', () => {
    expect(gradientAt((x) => ops.power(x, 2), [0, -1])).toEqual([0, -2])
    expect(gradientAt((x) => ops.power(x, 0), [0, 5])).toEqual([0, 0])
    expect(gradientAt(ops.abs, [0])).toEqual([0])
    expect(gradientAt(ops.relu, [0])).toEqual([0])
    expect(gradientAt((x) => ops.norm(x), [0, 0])).toEqual([0, 0])
    expect(gradientAt((x) => ops.maximum(x, 1), [1, 2, 0])).toEqual([0.5, 1, 0])
  })
  it('do not let the branch not taken through', () => {
    expect(gradientAt(ops.elu, [1000])).toEqual([1])
    expect(gradientAt(ops.selu, [1000]) as number[]).toEqual([Math.fround(1.0507009873554805)])
  })
})

it('shapes that do not broadcast are named', () => {
  expect(() => ops.add(tensor([1, 2, 3]), tensor([1, 2]))).toThrow('add: shapes [3] and [2] do not broadcast')
})
