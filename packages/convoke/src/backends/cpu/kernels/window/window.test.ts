import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { adaptivePoolSpec, type PoolGeometry, type PoolSpec, poolSpec } from '../../../../shapes/pool-spec.ts'
import type { AxisMap } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
import type { KernelPlan } from '../plan.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planAxisMap } from './axis-map.ts'
import { planAveragePool, planAveragePoolGradient, planMaxPool, planMaxPoolGradient } from './pool.ts'

const geometries: readonly (readonly [shape: readonly number[], geometry: PoolGeometry])[] = [
  [[2, 9, 3], { kernel: 2 }],
  [[1, 8, 8, 17], { kernel: 2 }],
  [[2, 7, 5, 1], { kernel: 3, stride: 2, padding: 1 }],
  [
    [1, 7, 9, 67],
    {
      kernel: [3, 2],
      stride: [1, 2],
      padding: [
        [1, 0],
        [0, 1],
      ],
      ceil: true,
    },
  ],
  [[1, 9, 9, 5], { kernel: 3, stride: 1, dilation: 2, padding: 'same' }],
  [[1, 5, 6, 7, 33], { kernel: [2, 3, 2], stride: [2, 1, 3], padding: 1 }],
  [[1, 4, 4, 130], { kernel: 4 }],
  // Axes that are not written out: windows that return, between edges that do not.
  [[1, 1033, 1], { kernel: 2 }],
  [[2, 1063, 3], { kernel: 5, stride: 2, dilation: 3, padding: [[7, 3]] }],
  [[1, 530, 1], { kernel: 3, stride: 1, padding: 1, ceil: true }],
  [
    [1, 1300, 2, 3],
    {
      kernel: [2, 2],
      stride: [2, 1],
      padding: [
        [1, 0],
        [0, 0],
      ],
    },
  ],
  [[2, 3, 1034, 1], { kernel: [3, 2], stride: [2, 2], padding: 1 }],
  [
    [1, 2, 530, 2, 2],
    {
      kernel: [2, 1, 2],
      stride: 1,
      padding: [
        [1, 1],
        [0, 0],
        [0, 0],
      ],
    },
  ],
  [[1, 530, 3, 2, 1], { kernel: [3, 2, 2], stride: 1, padding: 1 }],
  [[300, 3, 1], { kernel: 2, stride: 1 }],
  [[300, 2, 3, 1], { kernel: 2, stride: 1, padding: 1 }],
  // Channels that are not cut into calls of their own.
  [[2, 3, 1041], { kernel: 2, stride: 1, padding: 1 }],
  [[1, 530, 137], { kernel: 3, stride: 2 }],
  [[2, 4, 5, 1024], { kernel: [3, 2], stride: [1, 2], padding: 1, ceil: true }],
  [[1, 3, 2, 4, 531], { kernel: 2, stride: 1, dilation: [1, 1, 2], padding: 1 }],
]

const specs: readonly PoolSpec[] = [
  ...geometries.map(([shape, geometry]) => poolSpec('pool', shape, geometry)),
  adaptivePoolSpec('pool', [2, 7, 5, 3], [3, 2]),
  adaptivePoolSpec('pool', [1, 4, 3, 20], [6, 1]),
  adaptivePoolSpec('pool', [1, 5, 1], 1),
  adaptivePoolSpec('pool', [1, 1500, 2], 600),
  adaptivePoolSpec('pool', [2, 601, 1], 599),
  adaptivePoolSpec('pool', [2, 4, 3, 1030], [3, 2]),
  poolSpec('pool', [0, 4, 4, 3], { kernel: 2 }),
]

const inputLength = ({ batch, inputSize, channels }: PoolSpec) => batch * sizeOf(inputSize) * channels
const outputLength = ({ batch, outputSize, channels }: PoolSpec) => batch * sizeOf(outputSize) * channels
const label = (pool: PoolSpec) => `[${[pool.batch, ...pool.inputSize, pool.channels]}] to [${pool.outputSize}]`

/** A plan that there must be. */
function made(plan: KernelPlan | null): KernelPlan {
  if (plan === null) throw new Error('there is no plan')
  return plan
}

describe.each(targets)('a pooling for $name', (target) => {
  test.each(specs.map((pool) => [label(pool), pool] as const))('of %s finds maxima and where they are', (_, pool) => {
    const x = randomArray('float32', inputLength(pool), 4).map(Math.round) as Float32Array
    for (let i = 0; i < x.length; i += 11) x[i] = i % 2 ? Number.NaN : Number.NEGATIVE_INFINITY
    const length = outputLength(pool)
    const outputs = [
      { dtype: 'float32', length },
      { dtype: 'int32', length },
    ] as const
    const [values, indices] = planned(made(planMaxPool({ pool }, target)), [x], outputs)
    const [expected, places] = reference('maxPool', { pool }, [x], outputs)
    expect([...values]).toEqual([...expected])
    expect([...indices]).toEqual([...places])

    const g = randomArray('float32', length, 5)
    const input = [{ dtype: 'float32', length: inputLength(pool) }] as const
    const [back] = planned(made(planMaxPoolGradient({ pool }, target)), [g, indices], input)
    const [gradient] = reference('maxPoolGradient', { pool }, [g, places], input)
    expect(firstDifference(back, gradient, 4, 2e-5)).toBeUndefined()
  })

  test.each(specs.map((pool) => [label(pool), pool] as const))('of %s averages, and back', (_, pool) => {
    for (const divisor of ['one', 'inside', 'padded'] as const) {
      const x = randomArray('float32', inputLength(pool), 4)
      const output = [{ dtype: 'float32', length: outputLength(pool) }] as const
      const [y] = planned(made(planAveragePool({ pool, divisor }, target)), [x], output)
      const [means] = reference('averagePool', { pool, divisor }, [x], output)
      expect(firstDifference(y, means, 4, 2e-5)).toBeUndefined()

      const g = randomArray('float32', outputLength(pool), 5)
      const input = [{ dtype: 'float32', length: inputLength(pool) }] as const
      const [back] = planned(made(planAveragePoolGradient({ pool, divisor }, target)), [g], input)
      const [gradient] = reference('averagePoolGradient', { pool, divisor }, [g], input)
      expect(firstDifference(back, gradient, 4, 2e-5)).toBeUndefined()
    }
  })

  test('of many channels is no call for every strip of them', () => {
    const tasksOf = (plan: KernelPlan | null) => made(plan).steps.reduce((sum, { tasks }) => sum + tasks, 0)
    for (const shape of [
      [1, 64, 2 ** 22 + 1],
      [1, 8, 8, 2 ** 20],
      [3, 2, 2, 2, 2 ** 20 + 7],
    ]) {
      const pool = poolSpec('pool', shape, { kernel: 2 })
      expect(tasksOf(planMaxPool({ pool }, target))).toBeLessThan(1200)
      expect(tasksOf(planMaxPoolGradient({ pool }, target))).toBeLessThan(1200)
      expect(tasksOf(planAveragePool({ pool, divisor: 'inside' }, target))).toBeLessThan(1200)
      expect(tasksOf(planAveragePoolGradient({ pool, divisor: 'padded' }, target))).toBeLessThan(1200)
    }
  })

  test('of whole numbers averages without rounding where the mean is whole', () => {
    const pool = poolSpec('pool', [1, 3, 3, 2], { kernel: 3 })
    const x = Float32Array.from({ length: 18 }, (_, i) => i)
    const [y] = planned(
      made(planAveragePool({ pool, divisor: 'inside' }, target)),
      [x],
      [{ dtype: 'float32', length: 2 }],
    )
    expect([...y]).toEqual([8, 9])
  })
})

describe.each(targets)('a map along an axis for $name', (target) => {
  test.each([
    [2, 5, 3, 1],
    [1, 4, 7, 19],
    [3, 6, 6, 70],
    [0, 3, 2, 4],
    [2, 5, 3, 603],
    [1, 2, 4, 1024],
  ])(
    'of [%i, %i, inner] to %i, inner %i, agrees with the reference, and its adjoint',
    (outer, length, count, inner) => {
      const taps = 3
      const indices = Int32Array.from({ length: count * taps }, (_, i) => (i * 7) % length)
      const weights = Float64Array.from({ length: count * taps }, (_, i) => (i % 4 === 1 ? 0 : Math.sin(i)))
      for (const transposed of [false, true]) {
        const map: AxisMap = { outer, length, inner, count, taps, indices, weights, transposed }
        const [from, to] = transposed ? [count, length] : [length, count]
        const x = randomArray('float32', outer * from * inner, 3)
        const output = [{ dtype: 'float32', length: outer * to * inner }] as const
        const [y] = planned(made(planAxisMap(map, target)), [x], output)
        expect(firstDifference(y, reference('axisMap', map, [x], output)[0], 4, 1e-5)).toBeUndefined()
      }
    },
  )
})

describe.each(targets)('a map along an axis of repeating taps for $name', (target) => {
  test.each([
    [1, 1],
    [3, 2],
    [5, 1],
    [2, 517],
  ])('agrees with the same map written out, outer %i, inner %i, and so does its adjoint', (outer, inner) => {
    const [length, taps, period, step, turns] = [210, 3, 2, 3, 60]
    // Two outputs at the front, 60 pairs that each read three inputs further on, one at the end.
    const regions = [
      { first: 0, end: 2, row: 0, turns: 1, step: 0 },
      { first: 2, end: 122, row: 2, turns, step },
      { first: 122, end: 123, row: 4, turns: 1, step: 0 },
    ]
    const rows = [
      [0, 0, 1],
      [0, 1, 4],
      [1, 3, 5],
      [4, 5, 8],
      [206, 209, 209],
    ]
    const weightsOf = (row: number): number[] => [0.5, row === 3 ? 0 : -1, 0.25 * row]
    const common = { outer, length, inner, count: 123, taps }
    const indices = Int32Array.from(rows.flat())
    const weights = Float64Array.from(rows.flatMap((_, row) => weightsOf(row)))
    const rowOf = (o: number): number => (o < 2 ? o : o < 122 ? 2 + (o % period) : 4)
    const shiftOf = (o: number): number => (o < 2 || o === 122 ? 0 : step * Math.floor((o - 2) / period))
    const all = Array.from({ length: 123 }, (_, o) => o)
    const written = {
      ...{ ...common, indices: Int32Array.from(all.flatMap((o) => rows[rowOf(o)].map((i) => i + shiftOf(o)))) },
      weights: Float64Array.from(all.flatMap((o) => weightsOf(rowOf(o)))),
    }
    for (const transposed of [false, true]) {
      const [from, to] = transposed ? [123, length] : [length, 123]
      const x = randomArray('float32', outer * from * inner, 3)
      const output = [{ dtype: 'float32', length: outer * to * inner }] as const
      const [expected] = reference('axisMap', { ...written, transposed }, [x], output)
      const map: AxisMap = { ...common, indices, weights, regions, transposed }
      expect(firstDifference(reference('axisMap', map, [x], output)[0], expected)).toBeUndefined()
      expect(
        firstDifference(planned(made(planAxisMap(map, target)), [x], output)[0], expected, 4, 1e-5),
      ).toBeUndefined()
    }
  })
})

describe('plans of windows over millions of positions', () => {
  const target = targets[0]
  const pool = poolSpec('pool', [1, 2 ** 24, 1], { kernel: 3, stride: 2, padding: 1 })
  const tables = (plan: KernelPlan | null): number => made(plan).tables.reduce((sum, { length }) => sum + length, 0)
  const tasks = (plan: KernelPlan | null): number => made(plan).steps.reduce((sum, step) => sum + step.tasks, 0)
  const plans: readonly (readonly [string, () => KernelPlan | null])[] = [
    ['maxima', () => planMaxPool({ pool }, target)],
    ['the gradient of maxima', () => planMaxPoolGradient({ pool }, target)],
    ['means', () => planAveragePool({ pool, divisor: 'inside' }, target)],
    ['the gradient of means', () => planAveragePoolGradient({ pool, divisor: 'inside' }, target)],
    ['rows', () => planMaxPool({ pool: poolSpec('pool', [1, 2 ** 23, 3, 1], { kernel: 2, stride: 1 }) }, target)],
    ['images', () => planMaxPool({ pool: poolSpec('pool', [2 ** 22, 2, 2, 1], { kernel: 2 }) }, target)],
    ['planes', () => planMaxPool({ pool: poolSpec('pool', [1, 2 ** 21, 2, 2, 1], { kernel: 2 }) }, target)],
    [
      'adapted sizes',
      () => planAveragePool({ pool: adaptivePoolSpec('pool', [1, 3 << 20, 1], 2 << 20), divisor: 'one' }, target),
    ],
  ]
  test.each(plans)('keep no more for %s than for thousands', (_, make) => {
    expect(tables(make())).toBeLessThan(4096)
    expect(tasks(make())).toBeLessThan(1024)
  })

  test.each([false, true])(
    'keep no more for a map of wide positions than for narrow ones, adjoint %s',
    (transposed) => {
      const halves = { indices: Int32Array.of(0, 1, 2, 3), weights: Float64Array.of(0.5, 0.5, 0.5, 0.5) }
      for (const inner of [2 ** 20, 2 ** 24 + 1]) {
        const plan = planAxisMap({ outer: 2, length: 4, inner, count: 2, taps: 2, ...halves, transposed }, target)
        expect(tables(plan)).toBeLessThan(4096)
        expect(tasks(plan)).toBeLessThan(4096)
      }
    },
  )

  test('leave windows to loops that repeat nowhere and reach far', () => {
    const long = poolSpec('pool', [1, 2 ** 20, 1], { kernel: 2 ** 19, stride: 1, padding: 2 ** 18 })
    expect(planMaxPool({ pool: long }, target)).toBeNull()
    expect(planMaxPoolGradient({ pool: long }, target)).toBeNull()
  })
})
