import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sizeOf, stridesOf } from '../../../../shapes/broadcast.ts'
import type { DType, StridedCopy } from '../../../backend.ts'
import { interpret, type Target, targets } from '../../program/index.ts'
import { newArray } from '../testing/arrays.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { checkPlan } from '../testing/run-plan.ts'
import { planCopy } from './copy.ts'

/** x of `shape` with its axes in another order, written row-major. */
function permutation(shape: readonly number[], order: readonly number[]): StridedCopy {
  const strides = stridesOf(shape)
  const to = order.map((axis) => shape[axis])
  return {
    shape: to,
    ...{ inputOffset: 0, inputStrides: order.map((axis) => strides[axis]), outputOffset: 0 },
    outputStrides: stridesOf(to),
  }
}

function compare(spec: StridedCopy, dtype: DType, input: number, output: number, target: Target): void {
  const x = randomArray(dtype, input, 7)
  const sizes = [{ dtype, length: output }] as const
  const [y] = planned(planCopy(spec, dtype, target), [x], sizes)
  // What the copy does not address must stay: the plan's output starts as 77 everywhere.
  const [expected, touched] = [x, newArray(dtype, input).fill(1)].map(
    (data) => reference('copy', spec, [data], sizes)[0],
  )
  expect([...y]).toEqual([...expected].map((value, i) => (touched[i] ? value : 77)))
}

describe.each(targets)('a strided copy for $name', (target) => {
  test.each([
    [
      [1, 1],
      [1, 0],
    ],
    [
      [3, 17],
      [1, 0],
    ],
    [
      [17, 3],
      [1, 0],
    ],
    [
      [2, 3, 61],
      [0, 2, 1],
    ],
    [
      [2, 61, 3],
      [0, 2, 1],
    ],
    [
      [5, 2, 9, 2],
      [0, 2, 3, 1],
    ],
    [
      [4, 1000],
      [1, 0],
    ],
    [
      [1000, 4],
      [1, 0],
    ],
    [
      [300, 3, 5],
      [0, 2, 1],
    ],
    [
      [3, 2, 40],
      [2, 1, 0],
    ],
    [
      [2, 7, 3, 40],
      [1, 3, 0, 2],
    ],
    [
      [33, 47],
      [1, 0],
    ],
    [
      [2, 5, 7, 3],
      [0, 3, 1, 2],
    ],
    [
      [2, 3, 5, 7],
      [0, 2, 3, 1],
    ],
    [
      [3, 4, 5],
      [2, 1, 0],
    ],
    [
      [2, 19, 2, 18],
      [2, 3, 0, 1],
    ],
    [
      [2, 2, 2, 2, 2, 3, 2],
      [6, 4, 2, 0, 5, 3, 1],
    ],
    [
      [0, 4],
      [1, 0],
    ],
  ])('permutes %j by %j', (shape, order) => {
    for (const dtype of ['float32', 'uint8'] as const) {
      compare(permutation(shape, order), dtype, sizeOf(shape), sizeOf(shape), target)
    }
  })

  test('reads every second element, and backwards', () => {
    for (const dtype of ['int32', 'bool'] as const) {
      const common = { shape: [3, 5], inputOffset: 0, outputOffset: 2, outputStrides: [7, 1] } as const
      compare({ ...common, inputStrides: [10, 2] }, dtype, 30, 30, target)
      compare({ ...common, inputOffset: 14, inputStrides: [-5, -1] }, dtype, 15, 30, target)
    }
  })

  test('turns long rows round, in whole vectors and what is left of them', () => {
    for (const length of [15, 16, 37]) {
      const spec = {
        shape: [3, length],
        ...{ inputOffset: length - 1, inputStrides: [length, -1], outputOffset: 0, outputStrides: [length, 1] },
      }
      for (const dtype of ['float32', 'int32', 'uint8'] as const) compare(spec, dtype, 3 * length, 3 * length, target)
    }
  })

  test('writes into a part of a larger output and leaves the rest alone', () => {
    const spec = {
      shape: [4, 19],
      ...{ inputOffset: 0, inputStrides: [19, 1], outputOffset: 4, outputStrides: [40, 1] },
    }
    for (const dtype of ['float32', 'uint8'] as const) compare(spec, dtype, 76, 160, target)
    compare({ ...spec, outputStrides: [40, 2] }, 'float32', 76, 161, target)
  })

  test('moves bytes four at a time where they come in aligned fours', () => {
    const spec = { shape: [3, 64], inputOffset: 8, inputStrides: [80, 1], outputOffset: 0, outputStrides: [64, 1] }
    compare(spec, 'uint8', 260, 192, target)
    const [step] = planCopy(spec, 'uint8', target).steps
    const [same] = planCopy(spec, 'int32', target).steps
    expect(step.program).toBe(same.program)
  })

  test('repeats by standing still', () => {
    const tile = { inputOffset: 0, outputOffset: 0, shape: [3, 4, 2, 5], inputStrides: [0, 5, 0, 1] }
    compare({ ...tile, outputStrides: stridesOf(tile.shape) }, 'float32', 20, 120, target)
    const broadcast = { inputOffset: 0, outputOffset: 0, shape: [6, 21], inputStrides: [1, 0] }
    compare({ ...broadcast, outputStrides: [21, 1] }, 'uint8', 6, 126, target)
  })

  test('transposes strips longer than one call takes', () => {
    compare(permutation([5, 2100], [1, 0]), 'float32', 10500, 10500, target)
    compare(permutation([2100, 5], [1, 0]), 'float32', 10500, 10500, target)
  })
})

test('any permutation of any shape agrees with the reference', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
  const orders = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length },
      ),
    ),
  )
  fc.assert(
    fc.property(orders, fc.constantFrom(...targets), ([shape, order], target) => {
      const spec = permutation(shape, order)
      const x = randomArray('float32', sizeOf(shape), 1)
      const y = new Float32Array(sizeOf(shape))
      checkPlan(planCopy(spec, 'float32', target), [x], [y], interpret)
      expect([...y]).toEqual([...reference('copy', spec, [x], [{ dtype: 'float32', length: x.length }])[0]])
    }),
    { numRuns: 150 },
  )
})
