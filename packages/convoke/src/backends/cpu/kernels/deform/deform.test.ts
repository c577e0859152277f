import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { describeConv } from '../../../../shapes/conv-spec.ts'
import { relativeError } from '../../../../testing/check-op.ts'
import type { DeformSpec } from '../../../backend.ts'
import { type Target, targets } from '../../program/index.ts'
import { type SpecOptions, specOf } from '../convolution/testing/specs.ts'
import { randomNumbers } from '../testing/arrays.ts'
import { planned, reference } from '../testing/compare.ts'
import { planDeformUnfold, planDeformUnfoldGradient } from './plan.ts'

const cases: readonly (SpecOptions & { readonly offsetGroups: number; readonly masked: boolean })[] = [
  { size: [5, 6], channels: [1, 1], kernel: [3, 3], padding: 1, offsetGroups: 1, masked: false },
  { batch: 2, size: [4, 7], channels: [17, 1], kernel: [3, 3], padding: 1, offsetGroups: 1, masked: true },
  { size: [7, 5], channels: [6, 1], kernel: [2, 3], stride: 2, padding: 2, dilation: 2, offsetGroups: 2, masked: true },
  { batch: 2, size: [3, 3], channels: [68, 1], kernel: [1, 1], offsetGroups: 4, masked: false },
  { batch: 150, size: [3, 4], channels: [6, 1], kernel: [2, 2], offsetGroups: 2, masked: true },
  { size: [9, 8], channels: [70, 1], kernel: [5, 5], padding: 2, offsetGroups: 1, masked: true },
]

/** Offsets of a few pixels, some of them whole, some far outside. */
function offsetsOf(length: number): Float32Array {
  const next = randomNumbers(3)
  return Float32Array.from({ length }, () => {
    const kind = next()
    const value = (next() - 0.5) * 4
    return kind < 0.2 ? Math.round(value) : kind < 0.25 ? value * 1e9 : value
  })
}

function check(options: (typeof cases)[number], target: Target): void {
  const conv = specOf(options)
  const spec: DeformSpec = { conv, offsetGroups: options.offsetGroups, masked: options.masked }
  const pixels = conv.batch * sizeOf(conv.outputSize)
  const [taps, channels] = [sizeOf(conv.kernel), conv.inputChannels]
  const next = randomNumbers(5)
  const random = (length: number): Float32Array => Float32Array.from({ length }, () => next() * 2 - 1)
  const offsets = offsetsOf(pixels * spec.offsetGroups * taps * 2)
  const x = random(conv.batch * sizeOf(conv.inputSize) * channels)
  const mask = spec.masked ? [random(offsets.length / 2)] : []
  const columns = { dtype: 'float32', length: pixels * taps * channels } as const
  const inputs = [x, offsets, ...mask]
  const [actual] = planned(planDeformUnfold(spec, target), inputs, [columns])
  const [expected] = reference('deformUnfold', spec, inputs, [columns])
  expect(relativeError(actual, expected), describeConv(conv)).toBeLessThan(1e-6)

  const given = [random(columns.length), ...inputs]
  const outputs = inputs.map(({ length }) => ({ dtype: 'float32', length }) as const)
  const gradients = planned(planDeformUnfoldGradient(spec, target), given, outputs)
  reference('deformUnfoldGradient', spec, given, outputs).forEach((gradient, i) => {
    expect(relativeError(gradients[i], gradient), `gradient ${i}, ${describeConv(conv)}`).toBeLessThan(2e-6)
  })
}

describe.each(targets)('deformable im2col on $name', (target) => {
  test.each(cases)('is that of the reference, with its gradients: $channels $kernel, $offsetGroups groups', (options) =>
    check(options, target),
  )
})
