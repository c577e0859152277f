import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { KernelSpecs } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import { randomNumbers } from '../testing/arrays.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planGatherElements, planScatterElements } from './elements.ts'
import { planGather, planScatterAdd } from './slices.ts'

const dtypes = ['float32', 'int32', 'uint8', 'bool'] as const

function randomIndices(count: number, length: number, seed: number): Int32Array {
  const next = randomNumbers(seed)
  return Int32Array.from({ length: count }, () => Math.floor(next() * length))
}

const slices: readonly KernelSpecs['gather'][] = [
  { outer: 1, length: 5, inner: 1, count: 3 },
  { outer: 3, length: 7, inner: 17, count: 5 },
  { outer: 1, length: 4, inner: 64, count: 9 },
  { outer: 2, length: 3, inner: 3, count: 40 },
  { outer: 4, length: 2, inner: 1, count: 6 },
  { outer: 2, length: 3, inner: 5, count: 0 },
  { outer: 2, length: 3, inner: 0, count: 4 },
  { outer: 40, length: 3, inner: 256, count: 2 },
  { outer: 1, length: 9, inner: 520, count: 64 },
]

const elements: readonly KernelSpecs['gatherElements'][] = [
  { shape: [5], indexShape: [9], axis: 0 },
  { shape: [3, 5], indexShape: [3, 4], axis: 1 },
  { shape: [6, 5], indexShape: [11, 5], axis: 0 },
  { shape: [2, 9, 37], indexShape: [2, 4, 37], axis: 1 },
  { shape: [4, 5, 6], indexShape: [3, 7, 2], axis: 1 },
  { shape: [3, 4, 2, 3, 4, 2], indexShape: [2, 3, 2, 2, 3, 1], axis: 0 },
  { shape: [3, 4, 2, 3, 4, 2, 2], indexShape: [2, 3, 1, 2, 3, 1, 1], axis: 0 },
  { shape: [2, 3], indexShape: [0, 3], axis: 0 },
]

describe.each(targets)('indexing for $name', (target) => {
  test.each(slices)('gathers $count slices of [$outer, $length, $inner], and adds them back', (spec) => {
    const indices = randomIndices(spec.count, spec.length, 3)
    for (const dtype of dtypes) {
      const x = randomArray(dtype, spec.outer * spec.length * spec.inner, 1)
      const output = [{ dtype, length: spec.outer * spec.count * spec.inner }] as const
      const [y] = planned(planGather(spec, dtype, target), [x, indices], output)
      expect([...y]).toEqual([...reference('gather', spec, [x, indices], output)[0]])
    }
    for (const dtype of ['float32', 'int32', 'uint8'] as const) {
      const updates = randomArray(dtype, spec.outer * spec.count * spec.inner, 2)
      const output = [{ dtype, length: spec.outer * spec.length * spec.inner }] as const
      const [y] = planned(planScatterAdd(spec, dtype, target), [updates, indices], output)
      const [expected] = reference('scatterAdd', spec, [updates, indices], output)
      expect(firstDifference(y, expected, 0, dtype === 'float32' ? 1e-4 : 0)).toBeUndefined()
    }
  })

  test.each(elements)('gathers and scatters elements of $shape by $indexShape on axis $axis', (spec) => {
    const indices = randomIndices(sizeOf(spec.indexShape), spec.shape[spec.axis], 5)
    for (const dtype of dtypes) {
      const x = randomArray(dtype, sizeOf(spec.shape), 1)
      const picked = [{ dtype, length: sizeOf(spec.indexShape) }] as const
      const [y] = planned(planGatherElements(spec, dtype, target), [x, indices], picked)
      expect([...y]).toEqual([...reference('gatherElements', spec, [x, indices], picked)[0]])

      const updates = randomArray(dtype, sizeOf(spec.indexShape), 2)
      const output = [{ dtype, length: sizeOf(spec.shape) }] as const
      for (const reduction of ['none', 'add'] as const) {
        const plan = planScatterElements({ ...spec, reduction }, dtype, target)
        const [result] = planned(plan, [x, indices, updates], output)
        const [expected] = reference('scatterElements', { ...spec, reduction }, [x, indices, updates], output)
        expect(firstDifference(result, expected, 0, dtype === 'float32' ? 1e-4 : 0)).toBeUndefined()
      }
    }
  })

  test('adds to one place in the order of the indices, whatever the calls share out', () => {
    // The order decides what is left of 2²⁴ + 1 + 1 − 2²⁴ in float32.
    const spec = { shape: [1, 1, 3000], indexShape: [1, 4, 3000], axis: 1, reduction: 'add' } as const
    const column = [2 ** 24, 1, 1, -(2 ** 24)]
    const updates = Float32Array.from({ length: 12000 }, (_, i) => column[Math.floor(i / 3000)])
    const inputs = [new Float32Array(3000), new Int32Array(12000), updates]
    const [y] = planned(planScatterElements(spec, 'float32', target), inputs, [{ dtype: 'float32', length: 3000 }])
    expect(new Set(y)).toEqual(new Set([0]))
  })
})
