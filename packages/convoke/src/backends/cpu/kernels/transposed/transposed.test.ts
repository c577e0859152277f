import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, describeConv } from '../../../../shapes/conv-spec.ts'
import { relativeError } from '../../../../testing/check-op.ts'
import type { Epilogue } from '../../../backend.ts'
import { type Target, targets } from '../../program/index.ts'
import { awkwardSpecs, randomSpec, specOf } from '../convolution/testing/specs.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { planTransposed } from './plan.ts'

function check(spec: ConvSpec, target: Target, epilogue: Epilogue | null = null, threads = 2): void {
  const { input, filter, output } = convShapes(spec)
  const inputs = [
    randomArray('float32', sizeOf(output), 1),
    randomArray('float32', sizeOf(filter), 2),
    ...(epilogue?.bias ? [randomArray('float32', spec.inputChannels, 3)] : []),
    ...(epilogue?.residual ? [randomArray('float32', sizeOf(input), 4)] : []),
  ]
  const outputs = [{ dtype: 'float32', length: sizeOf(input) }] as const
  const [actual] = planned(planTransposed(spec, epilogue, target, threads), inputs, outputs)
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
})
