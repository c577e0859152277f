import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, describeConv } from '../../../../shapes/conv-spec.ts'
import { relativeError } from '../../../../testing/check-op.ts'
import type { Epilogue } from '../../../backend.ts'
import { type Target, targets } from '../../program/index.ts'
import { awkwardSpecs, randomSpec, type SpecOptions, specOf } from '../convolution/testing/specs.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { planFold } from './fold.ts'
import { planNarrow } from './narrow.ts'
import { planTransposed } from './plan.ts'

const folded = (spec: ConvSpec): number =>
  spec.batch * sizeOf(spec.outputSize) * sizeOf(spec.kernel) * spec.inputChannels

function checkFold(spec: ConvSpec, target: Target): void {
  const inputs = [randomArray('float32', folded(spec), 1)]
  const outputs = [{ dtype: 'float32', length: sizeOf(convShapes(spec).input) }] as const
  const [actual] = planned(planFold(spec, null, target, 2), inputs, outputs)
  const [expected] = reference('fold', { conv: spec }, inputs, outputs)
  expect(relativeError(actual, expected), describeConv(spec)).toBeLessThan(2e-6)
}

function check(spec: ConvSpec, target: Target, epilogue: Epilogue | null = null, plan = planTransposed): void {
  const { input, filter, output } = convShapes(spec)
  const inputs = [
    randomArray('float32', sizeOf(output), 1),
    randomArray('float32', sizeOf(filter), 2),
    ...(epilogue?.bias ? [randomArray('float32', spec.inputChannels, 3)] : []),
    ...(epilogue?.residual ? [randomArray('float32', sizeOf(input), 4)] : []),
  ]
  const outputs = [{ dtype: 'float32', length: sizeOf(input) }] as const
  const [actual] = planned(plan(spec, epilogue, target, 2), inputs, outputs)
  const [expected] = reference('convTranspose', { conv: spec, epilogue, precision: 'exact' }, inputs, outputs)
  expect(relativeError(actual, expected), describeConv(spec)).toBeLessThan(2e-6)
}

describe.each(targets)('the transposed convolution on $name', (target) => {
  test.each(awkwardSpecs.map((options) => [describeConv(specOf(options)), specOf(options)] as const))(
    'is that of the reference: %s',
    (_, spec) => check(spec, target),
  )

  test('is that of the reference on random convolutions', () => {
    for (let seed = 1; seed <= 40; seed++) check(randomSpec(seed), target)
  })

  test('adds bias and residual and applies the activation where it stores', () => {
    const specs = [2, 5, 9, 11, 13].map((index) => specOf(awkwardSpecs[index]))
    for (const spec of specs) {
      check(spec, target, { bias: true, residual: false, activation: { kind: 'relu' } })
      check(spec, target, { bias: true, residual: true, activation: { kind: 'gelu' } })
      check(spec, target, { bias: false, residual: true, activation: { kind: 'clip', low: -300, high: 500 } })
    }
    // Rows that fill the widest tiles: the activation finds no register beyond its own.
    const wide = specOf({ size: [97], channels: [9, 4], kernel: [3], padding: 1 })
    for (const activation of [
      { kind: 'leakyRelu', alpha: 0.1 },
      { kind: 'clip', low: -300, high: 500 },
    ] as const) {
      check(wide, target, { bias: true, residual: true, activation })
    }
  })

  test('sums channels in passes where their filter outgrows the cache', () => {
    check(specOf({ size: [2, 3], channels: [35, 410], kernel: [3, 3], padding: 1 }), target, {
      ...{ bias: true, residual: false, activation: { kind: 'relu' } },
    })
  })
  test('fills vectors with the taps of few channels', () => {
    for (const index of [2, 4, 16, 17]) {
      const spec = specOf(awkwardSpecs[index])
      check(spec, target, null, planNarrow)
      check(spec, target, { bias: true, residual: true, activation: { kind: 'relu' } }, planNarrow)
    }
    for (let seed = 1; seed <= 40; seed++) {
      const spec = randomSpec(seed)
      if (spec.groups === 1) check(spec, target, null, planNarrow)
    }
  })
})

test('groups whose channels span two vectors leave room for their shuffles in the longest rows', () => {
  for (const target of targets) {
    for (const [inner, outer] of [
      [1, 5],
      [1, 8],
      [2, 7],
      [3, 16],
    ]) {
      check(specOf({ size: [97], channels: [2 * inner, 2 * outer], kernel: [3], groups: 2 }), target)
    }
  }
})

/** Kernels too wide to be written out. */
const wideSpecs: readonly SpecOptions[] = [
  { size: [700], channels: [1, 1], kernel: [301], stride: 2, padding: [[150, 3]] },
  { batch: 2, size: [131], channels: [19, 3], kernel: [127], padding: 60 },
  { size: [500], channels: [2, 17], kernel: [257], stride: 7, padding: 128 },
  { size: [400], channels: [3, 2], kernel: [160], dilation: 2, stride: 3, padding: [[0, 31]] },
  { size: [3, 270], channels: [5, 4], kernel: [2, 250], padding: 1 },
  { size: [260], channels: [6, 6], kernel: [250], padding: 100, groups: 6 },
  { size: [230], channels: [8, 12], kernel: [200], stride: 3, padding: 99, groups: 4 },
  { size: [2300], channels: [1, 1], kernel: [400], stride: 160 },
]

describe.each(targets)('wide kernels on $name', (target) => {
  test.each(wideSpecs.map((options) => [describeConv(specOf(options)), specOf(options)] as const))(
    'read their taps from a table: %s',
    (_, spec) => {
      expect(planTransposed(spec, null, target, 2).name).toMatch(/^wide transposed/)
      check(spec, target)
      checkFold(spec, target)
    },
  )

  test('never meet a zero beside y, which an infinite weight would make NaN', () => {
    for (const options of [wideSpecs[1], wideSpecs[6]]) {
      const spec = specOf(options)
      const { input, filter, output } = convShapes(spec)
      const inputs = [randomArray('float32', sizeOf(output), 1), randomArray('float32', sizeOf(filter), 2)]
      for (let i = 0; i < inputs[1].length; i += 1 + (inputs[1].length >> 1)) inputs[1][i] = Number.POSITIVE_INFINITY
      const outputs = [{ dtype: 'float32', length: sizeOf(input) }] as const
      const [actual] = planned(planTransposed(spec, null, target, 2), inputs, outputs)
      const [expected] = reference('convTranspose', { conv: spec, epilogue: null, precision: 'exact' }, inputs, outputs)
      const finite = Array.from(expected).flatMap((value, i) => (Number.isFinite(value) ? [i] : []))
      expect(finite.length, describeConv(spec)).toBeGreaterThan(0)
      for (const i of finite) expect(actual[i], `[${i}] of ${describeConv(spec)}`).not.toBeNaN()
    }
  })

  test('are folded a pixel at a time', () => {
    expect(planFold(specOf(wideSpecs[1]), null, target, 2).name).toMatch(/^wide fold 1x/)
    checkFold(specOf({ size: [7000], channels: [1, 1], kernel: [2000], stride: 3 }), target)
  })

  test('add bias and residual and apply the activation, and sum channels in passes', () => {
    const epilogue = { bias: true, residual: true, activation: { kind: 'gelu' } } as const
    check(specOf(wideSpecs[1]), target, epilogue)
    check(specOf(wideSpecs[6]), target, epilogue)
    check(specOf({ size: [140], channels: [33, 100], kernel: [130] }), target, epilogue)
  })
})

describe.each(targets)('folding columns on $name', (target) => {
  test.each(awkwardSpecs.map((options) => [describeConv(specOf(options)), specOf(options)] as const))(
    'is that of the reference: %s',
    (_, spec) => checkFold(spec, target),
  )

  test('is that of the reference on random convolutions', () => {
    for (let seed = 1; seed <= 40; seed++) checkFold(randomSpec(seed), target)
  })
})
