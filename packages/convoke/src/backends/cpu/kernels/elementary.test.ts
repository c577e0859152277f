import { expect, test } from 'vitest'
import { poolSpec } from '../../../shapes/pool-spec.ts'
import type { DType, KernelName, KernelSpecs, RankKernelName, TypedArray } from '../../backend.ts'
import { engineOf } from '../plan/index.ts'
import { avx512 } from '../program/index.ts'
import { kernelNamed, kernelNames } from '../testing/kernel-named.ts'
import { fallbacks } from './fallbacks.ts'
import { firstDifference, planned, randomArray, reference } from './testing/compare.ts'

/** Kernels whose plan is chosen among several ways, or takes part in such a choice. */
type Chosen =
  | ('conv' | 'convTranspose' | 'convFilterGradient' | 'correlate' | 'matmul')
  | ('unfold' | 'fold' | 'deformUnfold' | 'deformUnfoldGradient' | 'recurrence' | 'recurrenceGradient')
type Elementary = Exclude<KernelName, Chosen | RankKernelName>

const isElementary = (kernel: KernelName): boolean => 'only' in engineOf(kernelNamed(kernel))

const pool = poolSpec('pool', [1, 4, 4, 3], { kernel: 2 })
const axis = { outer: 2, length: 3, inner: 8 } as const
const strided = { shape: [48], inputOffset: 0, inputStrides: [1], outputOffset: 0, outputStrides: [1] } as const
const map = {
  ...axis,
  count: 2,
  taps: 1,
  indices: Int32Array.of(2, 0),
  weights: Float64Array.of(1, 2),
  transposed: false,
}

/** A small spec of every kernel, with the dtypes and lengths of its outputs; inputs are 48 float32 but where given. */
const examples: {
  readonly [K in Elementary]: {
    readonly spec: KernelSpecs[K]
    readonly inputs?: readonly TypedArray[]
    readonly outputs: readonly (readonly [DType, number])[]
  }
} = {
  fill: { spec: { value: 2 }, inputs: [], outputs: [['float32', 5]] },
  cast: { spec: { to: 'int32' }, outputs: [['int32', 48]] },
  copy: { spec: strided, outputs: [['float32', 48]] },
  unary: { spec: { op: 'abs', activation: null }, outputs: [['float32', 48]] },
  binary: {
    spec: { op: 'add', shape: [48], strides: [[1], [1]] },
    inputs: [randomArray('float32', 48, 1), randomArray('float32', 48, 2)],
    outputs: [['float32', 48]],
  },
  select: {
    spec: { shape: [48], strides: [[1], [1], [0]] },
    inputs: [randomArray('bool', 48, 1), randomArray('float32', 48, 2), randomArray('float32', 1, 3)],
    outputs: [['float32', 48]],
  },
  toPlanes: { spec: { channels: 3 }, outputs: [['float32', 48]] },
  fromPlanes: {
    spec: { channels: 3, absolute: false, scale: 2, offset: 1, most: null, whole: false },
    outputs: [['float32', 48]],
  },
  random: {
    spec: { distribution: 'normal', key: [1, 2], scale: 2, offset: 1 },
    inputs: [],
    outputs: [['float32', 77]],
  },
  dropout: { spec: { key: [1, 2], dropped: 2 ** 23, scale: 2 }, outputs: [['float32', 48]] },
  extremes: { spec: {}, outputs: [['float32', 2]] },
  topK: {
    spec: { outer: 6, length: 8, k: 3, largest: true },
    outputs: [
      ['float32', 18],
      ['int32', 18],
    ],
  },
  sort: {
    spec: { outer: 2, length: 24, descending: false },
    outputs: [
      ['float32', 48],
      ['int32', 48],
    ],
  },
  fft: { spec: { shape: [4, 6], axes: [1, 0], inverse: false, scale: 1 }, outputs: [['float32', 48]] },
  rfft: { spec: { shape: [6, 8], axes: [0, 1], scale: 1 }, outputs: [['float32', 60]] },
  irfft: { spec: { shape: [6, 6], axes: [1], scale: 1 / 6 }, outputs: [['float32', 36]] },
  reduce: { spec: { op: 'max', shape: [6, 8], axes: [1] }, outputs: [['float32', 6]] },
  argReduce: { spec: { ...axis, op: 'argMax' }, outputs: [['int32', 16]] },
  cumulativeSum: { spec: { ...axis, exclusive: true, reverse: false }, outputs: [['float32', 48]] },
  gather: {
    spec: { ...axis, count: 2 },
    inputs: [randomArray('float32', 48, 1), Int32Array.of(2, 0)],
    outputs: [['float32', 32]],
  },
  scatterAdd: {
    spec: { ...axis, count: 2 },
    inputs: [randomArray('float32', 32, 1), Int32Array.of(2, 0)],
    outputs: [['float32', 48]],
  },
  gatherElements: {
    spec: { shape: [6, 8], indexShape: [1, 8], axis: 0 },
    inputs: [randomArray('float32', 48, 1), Int32Array.of(2, 0, 5, 1, 1, 3, 4, 0)],
    outputs: [['float32', 8]],
  },
  scatterElements: {
    spec: { shape: [6, 8], indexShape: [1, 8], axis: 0, reduction: 'none' },
    inputs: [randomArray('float32', 48, 1), Int32Array.of(2, 0, 5, 1, 1, 3, 4, 0), randomArray('float32', 8, 2)],
    outputs: [['float32', 48]],
  },
  maxPool: {
    spec: { pool },
    outputs: [
      ['float32', 12],
      ['int32', 12],
    ],
  },
  maxPoolGradient: {
    spec: { pool },
    inputs: [randomArray('float32', 12, 1), Int32Array.of(0, 1, 5, 2, 6, 7, 8, 9, 12, 15, 14, 10)],
    outputs: [['float32', 48]],
  },
  averagePool: { spec: { pool, divisor: 'inside' }, outputs: [['float32', 12]] },
  averagePoolGradient: {
    spec: { pool, divisor: 'inside' },
    inputs: [randomArray('float32', 12, 1)],
    outputs: [['float32', 48]],
  },
  axisMap: { spec: map, outputs: [['float32', 32]] },
  update: {
    spec: { rule: { kind: 'average' } },
    inputs: [Float32Array.of(0.75, 0.25), randomArray('float32', 48, 1), randomArray('float32', 48, 2)],
    outputs: [['float32', 48]],
  },
  expression: {
    spec: { text: 'less x0 c0\nwhere t0 x0 x1', constants: [0.5], shape: [48], strides: [[1], [1]] },
    inputs: [randomArray('float32', 48, 1), randomArray('float32', 48, 2)],
    outputs: [['float32', 48]],
  },
  complexMultiply: {
    spec: { conjugate: true },
    inputs: [randomArray('float32', 48, 1), randomArray('float32', 48, 2)],
    outputs: [['float32', 48]],
  },
  reduceExpression: {
    spec: {
      ...{ op: 'sum', text: 'multiply x0 x1', constants: [], shape: [8, 6], axes: [1], scale: 0.5, root: false },
      strides: [
        [6, 1],
        [6, 1],
      ],
    },
    inputs: [randomArray('float32', 48, 1), randomArray('float32', 48, 2)],
    outputs: [['float32', 8]],
  },
  activationGradient: {
    spec: { activation: { kind: 'relu' } },
    inputs: [randomArray('float32', 48, 1), randomArray('float32', 48, 2)],
    outputs: [['float32', 48]],
  },
  softmaxLoss: {
    spec: { classes: 8 },
    inputs: [randomArray('float32', 48, 1), Int32Array.of(0, 7, 3, 3, 1, 4)],
    outputs: [
      ['float32', 6],
      ['float32', 6],
      ['float32', 6],
    ],
  },
  softmaxLossGradient: {
    spec: { classes: 8 },
    inputs: [
      ...[randomArray('float32', 6, 1), randomArray('float32', 48, 2).map((x) => x / 10)],
      ...[Int32Array.of(0, 7, 3, 3, 1, 4), new Float32Array(6).fill(1), new Float32Array(6).fill(2)],
    ],
    outputs: [['float32', 48]],
  },
  weightNorm: {
    spec: { channels: 8 },
    inputs: [randomArray('float32', 48, 1), randomArray('float32', 8, 2)],
    outputs: [['float32', 48]],
  },
  weightNormGradient: {
    spec: { channels: 8 },
    inputs: [48, 48, 8].map((length, k) => randomArray('float32', length, k)),
    outputs: [
      ['float32', 48],
      ['float32', 8],
    ],
  },
  moments: {
    spec: { channels: 8 },
    outputs: [
      ['float32', 8],
      ['float32', 8],
    ],
  },
  normalize: {
    spec: { channels: 8, epsilon: 0.1, relu: true, residual: true },
    inputs: [48, 8, 8, 8, 8, 48].map((length, k) => randomArray('float32', length, k).map((x) => Math.abs(x) / 10)),
    outputs: [['float32', 48]],
  },
  normalizeGradient: {
    spec: { channels: 8, epsilon: 0.1, relu: false },
    inputs: [48, 48, 8, 8, 8, 8].map((length, k) => randomArray('float32', length, k).map((x) => Math.abs(x) / 10)),
    outputs: [
      ['float32', 48],
      ['float32', 8],
      ['float32', 8],
    ],
  },
  normalizeGroups: {
    spec: { outer: 2, positions: 3, groups: 2, channels: 4, epsilon: 0.1, centred: true },
    inputs: [48, 8, 8].map((length, k) => randomArray('float32', length, k).map((x) => x / 10)),
    outputs: [48, 4, 4].map((length) => ['float32', length] as const),
  },
  normalizeGroupsGradient: {
    spec: { outer: 2, positions: 3, groups: 2, channels: 4, epsilon: 0.1, centred: true },
    inputs: [48, 48, 4, 4, 8].map((length, k) => randomArray('float32', length, k).map((x) => x / 10)),
    outputs: [48, 8, 8].map((length) => ['float32', length] as const),
  },
  softmax: {
    spec: { outer: 2, length: 6, inner: 4, log: false },
    inputs: [randomArray('float32', 48, 1).map((x) => x / 10)],
    outputs: [['float32', 48]],
  },
  softmaxGradient: {
    spec: { outer: 2, length: 6, inner: 4, log: false },
    inputs: [48, 48].map((length, k) => randomArray('float32', length, k).map((x) => x / 10)),
    outputs: [['float32', 48]],
  },
  sumOfSquares: { spec: {}, outputs: [['float32', 1]] },
}

function check<K extends Elementary>(kernel: K): string | undefined {
  const { spec, inputs = [randomArray('float32', 48, 1)], outputs } = examples[kernel]
  const described = outputs.map(([dtype, length]) => ({ dtype, length }))
  const dtypes = inputs.map((data, k) => ({
    dtype:
      kernel === 'select' && k === 0
        ? ('bool' as const)
        : data instanceof Int32Array
          ? ('int32' as const)
          : ('float32' as const),
    length: data.length,
  }))
  const engine = engineOf(kernelNamed(kernel))
  const plan = 'only' in engine ? engine.only(spec, dtypes, described, avx512) : null
  if (plan === null) return 'there is no plan'
  const actual = planned(plan, inputs, described)
  const expected = reference(kernel, spec, inputs, described)
  return actual.map((data, i) => firstDifference(data, expected[i], 2, 1e-5)).find((found) => found !== undefined)
}

test.each(Object.keys(examples) as Elementary[])('%s is planned from what a backend is asked to run', (kernel) => {
  expect(check(kernel)).toBeUndefined()
})

test('nothing is both planned and listed as a fallback, and every fallback says why', () => {
  for (const { kernel, reason } of fallbacks) {
    expect(isElementary(kernel)).toBe(false)
    expect(reason.length).toBeGreaterThan(40)
  }
})

test('every kernel of the contract has a plan or says why it has none', () => {
  expect(kernelNames.length).toBeGreaterThan(50)
  const unplanned = kernelNames.filter((name) => {
    const engine = engineOf(kernelNamed(name))
    return !('only' in engine) && !('plan' in engine) && !('ways' in engine)
  })
  expect(unplanned.sort()).toEqual(fallbacks.map(({ kernel }) => kernel).sort())
  expect(kernelNames.filter(isElementary).sort()).toEqual(Object.keys(examples).sort())
})

test('every kernel goes by its own name', () => {
  for (const name of kernelNames) expect(kernelNamed(name).name).toBe(name)
})
