import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, describeConv } from '../../../../shapes/conv-spec.ts'
import { relativeError } from '../../../../testing/check-op.ts'
import type { Epilogue } from '../../../backend.ts'
import { type Target, targets } from '../../program/index.ts'
import { awkwardSpecs, randomSpec, specOf } from '../convolution/testing/specs.ts'
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

describe.each(targets)('folding columns on $name', (target) => {
  test.each(awkwardSpecs.map((options) => [describeConv(specOf(options)), specOf(options)] as const))(
    'is that of the reference: %s',
    (_, spec) => checkFold(spec, target),
  )

  test('is that of the reference on random convolutions', () => {
    for (let seed = 1; seed <= 40; seed++) checkFold(randomSpec(seed), target)
  })
})
