// Rows in order, in every way that the plans choose among, bit for bit as the reference has them.

import { describe, expect, it, test } from 'vitest'
import type { DType, TypedArray } from '../../../backend.ts'
import { avx2, type Target, targets } from '../../program/index.ts'
import { newArray, randomNumbers } from '../testing/arrays.ts'
import { planned, reference } from '../testing/compare.ts'
import { planSort, planTopK } from './order.ts'

const dtypes = ['float32', 'int32', 'uint8', 'bool'] as const

/** All that is awkward to order, and many that are tied. */
function rowsOf(dtype: DType, length: number, seed: number): TypedArray {
  const next = randomNumbers(seed)
  const special: Readonly<Record<DType, readonly number[]>> = {
    float32: [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      0,
      2 ** -149,
      -(2 ** -149),
      3e38,
      -3e38,
    ],
    int32: [2 ** 31 - 1, -(2 ** 31), 1 - 2 ** 31, -1, 0],
    uint8: [0, 1, 127, 128, 255],
    bool: [0, 1],
  }
  const array = newArray(dtype, length)
  for (let i = 0; i < length; i++) {
    const pick = next()
    const any = dtype === 'uint8' ? next() * 256 : (next() - 0.5) * 2 ** Math.floor(next() * 31)
    if (dtype === 'bool' || pick < 0.3) array[i] = special[dtype][Math.floor(next() * special[dtype].length)]
    else array[i] = pick < 0.6 ? Math.round(any % 10) : any
  }
  return array
}

const outputsOf = (dtype: DType, length: number) =>
  [
    { dtype, length },
    { dtype: 'int32', length },
  ] as const

/** Numbers with their bits, but one NaN as good as another. */
const listed = (arrays: readonly TypedArray[]): number[][] => arrays.map((array) => [...array])

function checkSort(outer: number, length: number, dtype: DType, target: Target): void {
  const x = rowsOf(dtype, outer * length, length)
  for (const descending of [false, true]) {
    const spec = { outer, length, descending }
    const outputs = outputsOf(dtype, outer * length)
    const actual = planned(planSort(spec, dtype, target), [x], outputs)
    expect(listed(actual)).toEqual(listed(reference('sort', spec, [x], outputs)))
  }
}

describe.each(targets)('order for $name', (target) => {
  // One, less than a vector, a vector, more; the last by ranks and the first by digits; several tasks.
  const short = [
    [1, 1],
    [3, 2],
    [2, target.lanes],
    [40, target.lanes + 1],
    [2, 8 * target.lanes],
    [2, 8 * target.lanes + 1],
    [3, 200],
  ] as const
  test.each(short)('%i × %i sorted', (outer, length) => {
    for (const dtype of dtypes) checkSort(outer, length, dtype, target)
  })
  it('sorts a long row by larger digits', () => checkSort(1, 8200, 'float32', target))
  it('sorts rows of every order into one', () => {
    const rows = [
      Float32Array.from({ length: 300 }, (_, i) => i),
      Float32Array.from({ length: 300 }, (_, i) => -i),
      new Float32Array(300).fill(Number.NaN),
    ]
    for (const x of rows) {
      const outputs = outputsOf('float32', 300)
      const spec = { outer: 1, length: 300, descending: false }
      const [values, indices] = planned(planSort(spec, 'float32', target), [x], outputs)
      expect([...values]).toEqual([...x].sort((a, b) => a - b))
      expect([...indices]).toEqual([...indices.keys()].map((i) => (x[0] > x[1] ? 299 - i : i)))
    }
  })

  test.each([
    [1, 1, 1],
    [4, 5, 3],
    [3, 100, 1],
    [3, 100, 10],
    [2, 100, 99],
    [2, 100, 100],
    [2, 700, 5],
    [2, 400, 8 * target.lanes],
    [2, 400, 8 * target.lanes + 1],
    [40, 500, target.lanes + 1],
    [2, 3001, 150],
    [1, 40_003, 180],
  ])('the first of %i × %i: %i', (outer, length, k) => {
    for (const dtype of dtypes) {
      const x = rowsOf(dtype, outer * length, length + k)
      for (const largest of [false, true]) {
        const spec = { outer, length, k, largest }
        const outputs = outputsOf(dtype, outer * k)
        const actual = planned(planTopK(spec, dtype, target), [x], outputs)
        expect(listed(actual)).toEqual(listed(reference('topK', spec, [x], outputs)))
      }
    }
  })
  it('finds the first where every element takes a place of the list', () => {
    const x = Float32Array.from({ length: 150 }, (_, i) => i)
    const outputs = outputsOf('float32', 3)
    const plan = planTopK({ outer: 1, length: 150, k: 3, largest: true }, 'float32', target)
    expect(listed(planned(plan, [x], outputs))).toEqual([
      [149, 148, 147],
      [149, 148, 147],
    ])
  })
})

describe.each(targets)('the first of a row that is sampled for $name', (target) => {
  const [length, k] = [4000, 150]
  const first = (x: Float32Array, largest: boolean): number[] => {
    const plan = planTopK({ outer: 1, length, k, largest }, 'float32', target)
    expect(plan.name).toContain('by 11 bits')
    const [values, indices] = planned(plan, [x], outputsOf('float32', k))
    expect([...values]).toEqual([...indices].map((i) => x[i]))
    return [...indices]
  }
  const counted = Array.from({ length }, (_, i) => i)
  it('are found where the sample has nothing but the largest', () => {
    const x = Float32Array.from(counted, (i) => (Math.floor(i / target.lanes) % 4 === 0 ? 1e6 - i : -i))
    const order = counted.toSorted((a, b) => x[b] - x[a])
    expect(first(x, true)).toEqual(order.slice(0, k))
    expect(first(x, false)).toEqual(order.toReversed().slice(0, k))
  })
  it('are the ones with the least places where all are equal, or NaN', () => {
    for (const value of [0, Number.NaN]) {
      expect(first(new Float32Array(length).fill(value), true)).toEqual(counted.slice(0, k))
      expect(first(new Float32Array(length).fill(value), false)).toEqual(counted.slice(0, k))
    }
  })
})

describe('ways to order', () => {
  const named = (outer: number, length: number, k: number): string =>
    planTopK({ outer, length, k, largest: true }, 'float32', avx2).name
  it('are chosen by what they cost', () => {
    expect(named(1000, 1000, 10)).toBe('first few of float32, the largest first avx2')
    expect(named(1000, 1000, 500)).toBe('radix 8+8+8+8 of float32, the largest first avx2')
    expect(named(1, 10 ** 6, 1000)).toBe('first of float32, the largest first, by 16 bits and 8+8+8+8 avx2')
    expect(named(1000, 10, 5)).toBe('ranks of float32, the largest first avx2')
    expect(planSort({ outer: 1, length: 10 ** 6, descending: false }, 'float32', avx2).name).toBe(
      'radix 11+11+10 of float32, the smallest first avx2',
    )
  })
  it('take memory once for a single row, and for every thread where there are many', () => {
    const plan = (outer: number) => planSort({ outer, length: 10 ** 5, descending: false }, 'float32', avx2)
    const bytes = [4 * (2048 + 2048 + 1024), 8e5, 8e5]
    expect(plan(1)).toMatchObject({ scratch: bytes, workerScratch: [] })
    expect(plan(8)).toMatchObject({ scratch: [], workerScratch: bytes })
  })
})
