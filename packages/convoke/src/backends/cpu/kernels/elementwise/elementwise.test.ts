import { describe, expect, test } from 'vitest'
import { broadcastShapes, broadcastStrides, sizeOf } from '../../../../shapes/broadcast.ts'
import type { BinaryOp, DType, KernelSpecs } from '../../../backend.ts'
import { avx512, targets } from '../../program/index.ts'
import { firstDifference, planned, randomArray, reference } from '../testing/compare.ts'
import { planBinary } from './binary.ts'
import { planCast } from './cast.ts'
import { planFill } from './fill.ts'
import { planSelect } from './select.ts'

const dtypes: readonly DType[] = ['float32', 'int32', 'uint8', 'bool']

const arithmetic: readonly BinaryOp[] = [
  ...(['add', 'subtract', 'multiply', 'divide', 'floorDivide', 'remainder', 'power', 'maximum'] as const),
  ...(['minimum', 'atan2'] as const),
]
const comparisons: readonly BinaryOp[] = ['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual']
const logic: readonly BinaryOp[] = ['logicalAnd', 'logicalOr', 'logicalXor']

/** Shapes that between them have every kind of inner axis, and axes that merge. */
const shapes: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[37], [37]],
  [[], [19]],
  [[3, 17], [17]],
  [
    [5, 1],
    [5, 23],
  ],
  [
    [2, 1, 3],
    [1, 4, 3],
  ],
  [
    [2, 3, 1, 5, 1],
    [1, 3, 4, 1, 2],
  ],
  [[0, 4], [4]],
  [[1], [1]],
]

function binarySpec(op: BinaryOp, a: readonly number[], b: readonly number[]): KernelSpecs['binary'] {
  const shape = broadcastShapes(op, a, b)
  return { op, shape, strides: [broadcastStrides(a, shape), broadcastStrides(b, shape)] }
}

const specials = [0, -0, 1, -1, 0.5, -2.5, 3, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e10]

/** Every special beside every other. */
const pairs = (): [Float32Array, Float32Array] => [
  Float32Array.from(specials.flatMap((a) => specials.map(() => a))),
  Float32Array.from(specials.flatMap(() => specials)),
]

describe.each(targets)('an elementwise kernel for $name', (target) => {
  test.each(shapes)('adds %j and %j by broadcasting', (a, b) => {
    const spec = binarySpec('add', a, b)
    const inputs = [randomArray('float32', sizeOf(a), 1), randomArray('float32', sizeOf(b), 2)]
    const output = [{ dtype: 'float32', length: sizeOf(spec.shape) }] as const
    const [y] = planned(planBinary(spec, ['float32', 'float32', 'float32'], target), inputs, output)
    expect([...y]).toEqual([...reference('binary', spec, inputs, output)[0]])
  })

  test.each(shapes)('compares bytes of %j and %j by broadcasting', (a, b) => {
    const spec = binarySpec('less', a, b)
    const inputs = [randomArray('uint8', sizeOf(a), 1), randomArray('uint8', sizeOf(b), 2)]
    const output = [{ dtype: 'bool', length: sizeOf(spec.shape) }] as const
    const [y] = planned(planBinary(spec, ['uint8', 'uint8', 'bool'], target), inputs, output)
    expect([...y]).toEqual([...reference('binary', spec, inputs, output)[0]])
  })

  test.each([...arithmetic, ...comparisons, ...logic])('%s treats zeros, infinities and NaN as the reference', (op) => {
    const inputs = pairs()
    const { length } = inputs[0]
    const spec = binarySpec(op, [length], [length])
    const dtype = arithmetic.includes(op) ? 'float32' : 'bool'
    const output = [{ dtype, length }] as const
    const [y] = planned(planBinary(spec, ['float32', 'float32', dtype], target), inputs, output)
    const found = firstDifference(y, reference('binary', spec, inputs, output)[0], 3)
    const at = Number.parseInt(found?.slice(1) ?? '0', 10)
    expect(found && `${op}(${inputs[0][at]}, ${inputs[1][at]}) ${found}`).toBeUndefined()
  })

  test.each([
    ['floorDivide', 0],
    ['remainder', 0.5],
    ['power', 2],
    ['atan2', 3],
  ] as const)('%s of floats of all sizes is within its bound', (op, bound) => {
    const length = 2001
    const exponents = randomArray('float32', length, 8)
    const a = Float32Array.from(randomArray('float32', length, 4), (v, i) => v * 2 ** exponents[i])
    const b = op === 'power' ? randomArray('float32', length, 5) : randomArray('float32', length, 6)
    const base = op === 'power' ? a.map(Math.abs) : a
    const spec = binarySpec(op, [length], [length])
    const output = [{ dtype: 'float32', length }] as const
    const [y] = planned(planBinary(spec, ['float32', 'float32', 'float32'], target), [base, b], output)
    const exact = (x: number, z: number): number => {
      if (op === 'power') return x ** z
      if (op === 'atan2') return Math.atan2(x, z)
      return op === 'floorDivide' ? Math.floor(x / z) : x - z * Math.floor(x / z)
    }
    const expected = base.map((x, i) => exact(x, b[i]))
    expect(firstDifference(y, expected, bound)).toBeUndefined()
  })

  test.each(['add', 'subtract', 'multiply', 'maximum', 'minimum', 'floorDivide', 'remainder'] as const)(
    '%s of int32 is exact, with wraparound',
    (op) => {
      const edges = [0, 1, -1, 7, -7, 2 ** 30, -(2 ** 30) - 1, 2 ** 31 - 1, -(2 ** 31), 12345678, -87654321, 65537]
      const inputs = [
        Int32Array.from(edges.flatMap((a) => edges.map(() => a))),
        Int32Array.from(edges.flatMap(() => edges)),
      ]
      const { length } = inputs[0]
      const spec = binarySpec(op, [length], [length])
      const output = [{ dtype: 'int32', length }] as const
      const [y] = planned(planBinary(spec, ['int32', 'int32', 'int32'], target), inputs, output)
      expect([...y]).toEqual([...reference('binary', spec, inputs, output)[0]])
    },
  )

  test.each(['equal', 'greaterEqual', 'lessEqual', 'notEqual', 'greater', 'logicalXor'] as const)(
    '%s of int32 gives bool',
    (op) => {
      const inputs = [randomArray('int32', 61, 3), randomArray('int32', 61, 4)]
      const spec = binarySpec(op, [61], [61])
      const output = [{ dtype: 'bool', length: 61 }] as const
      const [y] = planned(planBinary(spec, ['int32', 'int32', 'bool'], target), inputs, output)
      expect([...y]).toEqual([...reference('binary', spec, inputs, output)[0]])
    },
  )

  test('a result goes into the dtype of the output, whatever it was computed in', () => {
    const inputs = [Int32Array.of(7, -7, 9), Int32Array.of(2, 2, -3)]
    for (const [op, dtype] of [
      ['less', 'float32'],
      ['add', 'float32'],
      ['divide', 'float32'],
      ['divide', 'int32'],
    ] as const) {
      const spec = binarySpec(op, [3], [3])
      const output = [{ dtype, length: 3 }] as const
      const [y] = planned(planBinary(spec, ['int32', 'int32', dtype], target), inputs, output)
      expect([...y]).toEqual([...reference('binary', spec, inputs, output)[0]])
    }
  })

  test('steps over rows of any stride', () => {
    const spec: KernelSpecs['binary'] = {
      op: 'subtract',
      shape: [3, 5],
      strides: [
        [1, 3],
        [10, 2],
      ],
    }
    const inputs = [randomArray('float32', 15, 1), randomArray('float32', 30, 2)]
    const output = [{ dtype: 'float32', length: 15 }] as const
    const [y] = planned(planBinary(spec, ['float32', 'float32', 'float32'], target), inputs, output)
    expect([...y]).toEqual([...reference('binary', spec, inputs, output)[0]])
  })

  test.each(dtypes)('selects %s by a condition of every dtype', (choice) => {
    for (const condition of dtypes) {
      const spec = {
        shape: [4, 19],
        strides: [
          [19, 1],
          [0, 1],
          [1, 0],
        ],
      }
      const inputs = [randomArray(condition, 76, 1), randomArray(choice, 19, 2), randomArray(choice, 4, 3)]
      inputs[0][5] = 0
      const output = [{ dtype: choice, length: 76 }] as const
      const [y] = planned(planSelect(spec, [condition, choice], target), inputs, output)
      expect([...y]).toEqual([...reference('select', spec, inputs, output)[0]])
    }
  })

  test.each(dtypes.flatMap((from) => dtypes.map((to): [DType, DType] => [from, to])))('casts %s to %s', (from, to) => {
    const edges = [...specials, -1e20, 254.9, 255, 256, -0.9, 2 ** 31, -(2 ** 31), 2 ** 31 - 128, 300, 77.7, 1, 0, 200]
    const x = from === 'float32' ? Float32Array.from(edges) : randomArray(from, 29, 4)
    if (from === 'int32') x.set([300, -5, 2 ** 31 - 1, -(2 ** 31)])
    const output = [{ dtype: to, length: x.length }] as const
    const [y] = planned(planCast({ to }, from, x.length, target), [x], output)
    expect([...y]).toEqual([...reference('cast', { to }, [x], output)[0]])
  })

  test.each(dtypes)('fills %s', (dtype) => {
    for (const value of [0, 1, -3.7, 300]) {
      const output = [{ dtype, length: 35 }] as const
      const [y] = planned(planFill({ value }, dtype, 35, target), [], output)
      expect([...y]).toEqual([...reference('fill', { value }, [], output)[0]])
    }
  })
})

test('shapes that differ only in sizes share one program', () => {
  const dtypesOf = ['float32', 'float32', 'float32'] as const
  const program = (a: number[], b: number[]) => planBinary(binarySpec('add', a, b), dtypesOf, avx512).steps[0].program
  expect(program([7, 3], [3])).toBe(program([100, 64], [64]))
  expect(program([7, 3], [3])).not.toBe(program([7, 3], [7, 3]))
})

test('work is cut into grains that depend on the sizes alone and cover every element once', () => {
  const dtypesOf = ['float32', 'float32', 'float32'] as const
  const plan = planBinary(binarySpec('add', [300, 1000], [1000]), dtypesOf, avx512)
  const [{ program, tasks, argumentsOf }] = plan.steps
  const named = Array.from({ length: tasks }, (_, task) =>
    Object.fromEntries(argumentsOf(task).map((value, i) => [program.arguments[i].name, value])),
  )
  const elements = named.map(({ trips0, vectors, rest }) => Number(trips0) * (Number(vectors) * 16 + Number(rest)))
  expect(tasks).toBeGreaterThan(4)
  expect(elements.reduce((sum, count) => sum + count, 0)).toBe(300_000)
})
