import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convTransposeSpec, describeConv } from '../../../../shapes/conv-spec.ts'
import type { Epilogue, KernelSpecs } from '../../../backend.ts'
import { avx2, targets } from '../../program/index.ts'
import { specOf } from '../convolution/testing/specs.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { isPointwiseAdjoint, planMatmul, planPointwiseAdjoint } from './plan-matmul.ts'
import { isLongRow, planRow } from './row.ts'

type Spec = KernelSpecs['matmul']

const product = (m: number, n: number, k: number, options: Partial<Spec> = {}): Spec => ({
  ...{ batch: 1, m, n, k, transposeA: false, transposeB: false, strideA: 0, strideB: 0 },
  ...options,
})

const both = { transposeA: true, transposeB: true }

const cases: readonly (readonly [string, Spec])[] = [
  ['a number', product(1, 1, 1)],
  ['a row by a matrix', product(1, 37, 19)],
  ['a matrix by a column', product(31, 1, 17)],
  ['odd sizes', product(29, 53, 31)],
  ['a few rows', product(5, 35, 13)],
  ['a transposed left matrix', product(27, 18, 11, { transposeA: true })],
  ['a transposed right matrix', product(27, 45, 11, { transposeB: true })],
  ['a few rows by a transposed matrix', product(3, 23, 35, { transposeB: true })],
  ['both transposed', product(25, 17, 20, both)],
  ['a batch', product(7, 17, 5, { batch: 3, strideA: 35, strideB: 85 })],
  ['a batch, packed', product(25, 17, 5, { batch: 2, strideA: 125, strideB: 85 })],
  ['a batch, transposed', product(25, 19, 5, { batch: 2, strideA: 125, strideB: 95, ...both })],
  ['a large transposed left matrix', product(121, 127, 69, { transposeA: true })],
  ['a large transposed batch', product(125, 131, 65, { batch: 2, strideA: 125 * 65, strideB: 131 * 65, ...both })],
  ['a large transposed matrix by a batch', product(121, 127, 69, { batch: 2, strideB: 127 * 69, transposeA: true })],
  ['a batch by one matrix', product(9, 20, 6, { batch: 4, strideA: 54 })],
  ['one matrix by a batch', product(9, 20, 6, { batch: 3, strideB: 120 })],
  ['more small matrices than tasks', product(3, 2, 4, { batch: 259, strideA: 12, strideB: 8 })],
  ['more than tasks, packed', product(24, 3, 1, { batch: 257, strideA: 24, strideB: 3 })],
  ['more than tasks, both transposed', product(2, 3, 3, { batch: 258, strideA: 6, strideB: 9, ...both })],
]

describe.each(targets)('a matrix product for $name', (target) => {
  it.each(cases)('multiplies %s within its buffers', (_, spec) => {
    const { batch, m, n, k, strideA, strideB } = spec
    const inputs = [
      randomArray('float32', strideA === 0 ? m * k : batch * m * k, 1),
      randomArray('float32', strideB === 0 ? k * n : batch * k * n, 2),
    ]
    const description = { dtype: 'float32', length: batch * m * n } as const
    const [y] = planned(planMatmul(spec, target, 2), inputs, [description])
    const [expected] = reference('matmul', spec, inputs, [description])
    y.forEach((value, i) => {
      expect(Math.abs(value - expected[i]), `[${i}] ${value} ${expected[i]}`).toBeLessThan(2e-3)
    })
  })
})

it('of a batch writes down no more than some hundred tasks, however many matrices there are', () => {
  for (const m of [2, 32]) {
    const spec = product(m, 2, 2, { batch: 2 ** 22, strideA: 2 * m, strideB: 4 })
    const { steps } = planMatmul(spec, avx2, 2)
    const tasks = steps.reduce((sum, step) => sum + step.tasks, 0)
    expect(tasks).toBeGreaterThan(100)
    expect(tasks).toBeLessThanOrEqual(512)
  }
})

const pointwise: readonly ConvSpec[] = [
  specOf({ size: [1], channels: [1, 1], kernel: [1] }),
  specOf({ batch: 2, size: [3, 5], channels: [17, 5], kernel: [1, 1] }),
  specOf({ batch: 3, size: [2, 3, 2], channels: [35, 19], kernel: [1, 1, 1] }),
  specOf({ size: [7, 7], channels: [70, 33], kernel: [1, 1] }),
]

const epilogues: readonly (Epilogue | null)[] = [
  null,
  { bias: true, residual: false, activation: { kind: 'relu' } },
  { bias: true, residual: true, activation: { kind: 'gelu' } },
  { bias: false, residual: true, activation: null },
]

describe.each(targets)('the adjoint of a pointwise convolution for $name', (target) => {
  it.each(pointwise.map((spec) => [describeConv(spec), spec] as const))('is that of the reference: %s', (_, conv) => {
    expect(isPointwiseAdjoint(conv)).toBe(true)
    const { input, filter, output } = convShapes(conv)
    for (const epilogue of epilogues) {
      const inputs = [
        randomArray('float32', sizeOf(output), 1),
        randomArray('float32', sizeOf(filter), 2),
        ...(epilogue?.bias ? [randomArray('float32', conv.inputChannels, 3)] : []),
        ...(epilogue?.residual ? [randomArray('float32', sizeOf(input), 4)] : []),
      ]
      const outputs = [{ dtype: 'float32', length: sizeOf(input) }] as const
      const [x] = planned(planPointwiseAdjoint(conv, epilogue, target, 2), inputs, outputs)
      const [expected] = reference('convTranspose', { conv, epilogue, precision: 'exact' }, inputs, outputs)
      x.forEach((value, i) => {
        expect(Math.abs(value - expected[i]), `[${i}] ${value} ${expected[i]}`).toBeLessThan(2e-3)
      })
    }
  })
})

it('is no single product where output padding adds pixels, or taps are skipped', () => {
  const padded = convTransposeSpec('test', [2, 5, 5, 3], [1, 1, 20, 3], { dilation: 2, outputPadding: 1 })
  const strided = specOf({ size: [5, 5], channels: [3, 4], kernel: [1, 1], stride: 2 })
  const grouped = specOf({ size: [5, 5], channels: [4, 4], kernel: [1, 1], groups: 2 })
  expect([padded, strided, grouped].map(isPointwiseAdjoint)).toEqual([false, false, false])
})

describe.each(targets)('a row by a large matrix for $name', (target) => {
  it.each([
    [300, 7],
    [1031, 10],
    [2500, 4],
  ])('of %i columns and %i rows agrees with the reference, the same bits for any number of threads', (n, k) => {
    const spec = product(1, n, k)
    const [a, b] = [randomArray('float32', k, 1), randomArray('float32', k * n, 2)]
    const output = [{ dtype: 'float32', length: n }] as const
    const [y] = planned(planRow(spec, target, 1), [a, b], output)
    const [expected] = reference('matmul', spec, [a, b], output)
    for (let i = 0; i < n; i++) expect(Math.abs(y[i] - expected[i])).toBeLessThan(1e-4 * k)
    expect(planned(planRow(spec, target, 3), [a, b], output)[0]).toEqual(y)
  })
})

it('only a long row is multiplied so', () => {
  expect(isLongRow(product(1, 2048, 2048))).toBe(true)
  for (const spec of [product(2, 2048, 2048), product(1, 64, 64), product(1, 2048, 2048, { transposeB: true })]) {
    expect(isLongRow(spec)).toBe(false)
  }
})
