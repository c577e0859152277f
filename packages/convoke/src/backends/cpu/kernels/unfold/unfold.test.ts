import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, describeConv } from '../../../../shapes/conv-spec.ts'
import { type Target, targets } from '../../program/index.ts'
import { awkwardSpecs, randomSpec, specOf } from '../convolution/testing/specs.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { planUnfold } from './unfold.ts'

function check(spec: ConvSpec, target: Target): void {
  const { input, output } = convShapes(spec)
  const inputs = [randomArray('float32', sizeOf(input), 1)]
  const length = (sizeOf(output) / spec.outputChannels) * sizeOf(spec.kernel) * spec.inputChannels
  const outputs = [{ dtype: 'float32', length }] as const
  const [actual] = planned(planUnfold(spec, target), inputs, outputs)
  const [expected] = reference('unfold', { conv: spec }, inputs, outputs)
  expect(actual, describeConv(spec)).toEqual(expected)
}

describe.each(targets)('unfolding on $name', (target) => {
  test.each(awkwardSpecs.map((options) => [describeConv(specOf(options)), specOf(options)] as const))(
    'copies exactly what the reference does: %s',
    (_, spec) => check(spec, target),
  )

  test('copies exactly what the reference does on random convolutions', () => {
    for (let seed = 1; seed <= 30; seed++) check(randomSpec(seed), target)
  })
})
