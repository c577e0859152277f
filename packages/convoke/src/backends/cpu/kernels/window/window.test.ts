import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { adaptivePoolSpec, type PoolGeometry, type PoolSpec, poolSpec } from '../../../../shapes/pool-spec.ts'
import type { AxisMap } from '../../../backend.ts'
import { targets } from '../../program/index.ts'
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
]

const specs: readonly PoolSpec[] = [
  ...geometries.map(([shape, geometry]) => poolSpec('pool', shape, geometry)),
  adaptivePoolSpec('pool', [2, 7, 5, 3], [3, 2]),
  adaptivePoolSpec('pool', [1, 4, 3, 20], [6, 1]),
  adaptivePoolSpec('pool', [1, 5, 1], 1),
  poolSpec('pool', [0, 4, 4, 3], { kernel: 2 }),
]

const inputLength = ({ batch, inputSize, channels }: PoolSpec) => batch * sizeOf(inputSize) * channels
const outputLength = ({ batch, outputSize, channels }: PoolSpec) => batch * sizeOf(outputSize) * channels
const label = (pool: PoolSpec) => `[${[pool.batch, ...pool.inputSize, pool.channels]}] to [${pool.outputSize}]`

describe.each(targets)('a pooling for $name', (target) => {
  test.each(specs.map((pool) => [label(pool), pool] as const))('of %s finds maxima and where they are', (_, pool) => {
    const x = randomArray('float32', inputLength(pool), 4).map(Math.round) as Float32Array
    for (let i = 0; i < x.length; i += 11) x[i] = i % 2 ? Number.NaN : Number.NEGATIVE_INFINITY
    const length = outputLength(pool)
    const outputs = [
      { dtype: 'float32', length },
      { dtype: 'int32', length },
    ] as const
    const [values, indices] = planned(planMaxPool({ pool }, target), [x], outputs)
    const [expected, places] = reference('maxPool', { pool }, [x], outputs)
    expect([...values]).toEqual([...expected])
    expect([...indices]).toEqual([...places])

    const g = randomArray('float32', length, 5)
    const input = [{ dtype: 'float32', length: inputLength(pool) }] as const
    const [back] = planned(planMaxPoolGradient({ pool }, target), [g, indices], input)
    const [gradient] = reference('maxPoolGradient', { pool }, [g, places], input)
    expect(firstDifference(back, gradient, 4, 2e-5)).toBeUndefined()
  })

  test.each(specs.map((pool) => [label(pool), pool] as const))('of %s averages, and back', (_, pool) => {
    for (const divisor of ['one', 'inside', 'padded'] as const) {
      const x = randomArray('float32', inputLength(pool), 4)
      const output = [{ dtype: 'float32', length: outputLength(pool) }] as const
      const [y] = planned(planAveragePool({ pool, divisor }, target), [x], output)
      const [means] = reference('averagePool', { pool, divisor }, [x], output)
      expect(firstDifference(y, means, 4, 2e-5)).toBeUndefined()

      const g = randomArray('float32', outputLength(pool), 5)
      const input = [{ dtype: 'float32', length: inputLength(pool) }] as const
      const [back] = planned(planAveragePoolGradient({ pool, divisor }, target), [g], input)
      const [gradient] = reference('averagePoolGradient', { pool, divisor }, [g], input)
      expect(firstDifference(back, gradient, 4, 2e-5)).toBeUndefined()
    }
  })

  test('of whole numbers averages without rounding where the mean is whole', () => {
    const pool = poolSpec('pool', [1, 3, 3, 2], { kernel: 3 })
    const x = Float32Array.from({ length: 18 }, (_, i) => i)
    const [y] = planned(planAveragePool({ pool, divisor: 'inside' }, target), [x], [{ dtype: 'float32', length: 2 }])
    expect([...y]).toEqual([8, 9])
  })
})

describe.each(targets)('a map along an axis for $name', (target) => {
  test.each([
    [2, 5, 3, 1],
    [1, 4, 7, 19],
    [3, 6, 6, 70],
    [0, 3, 2, 4],
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
        const [y] = planned(planAxisMap(map, target), [x], output)
        expect(firstDifference(y, reference('axisMap', map, [x], output)[0], 4, 1e-5)).toBeUndefined()
      }
    },
  )
})
