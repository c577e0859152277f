import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, describeConv } from '../../../../shapes/conv-spec.ts'
import { relativeError } from '../../../../testing/check-op.ts'
import { type Target, targets } from '../../program/index.ts'
import { awkwardSpecs, randomSpec, specOf } from '../convolution/testing/specs.ts'
import { planned, randomArray, reference } from '../testing/compare.ts'
import { piecesWanted, planFilterGradient } from './plan.ts'

function check(spec: ConvSpec, target: Target, threads = 2): void {
  const { input, filter, output } = convShapes(spec)
  const inputs = [randomArray('float32', sizeOf(input), 1), randomArray('float32', sizeOf(output), 2)]
  const outputs = [{ dtype: 'float32', length: sizeOf(filter) }] as const
  const [actual] = planned(planFilterGradient(spec, target, threads), inputs, outputs)
  const [expected] = reference('convFilterGradient', { conv: spec, precision: 'exact' }, inputs, outputs)
  expect(relativeError(actual, expected), describeConv(spec)).toBeLessThan(2e-6)
}

describe.each(targets)('the filter gradient on $name', (target) => {
  test.each(awkwardSpecs.map((options) => [describeConv(specOf(options)), specOf(options)] as const))(
    'is that of the reference: %s',
    (_, spec) => check(spec, target),
  )

  test('is that of the reference on random convolutions', () => {
    for (let seed = 1; seed <= 40; seed++) check(randomSpec(seed), target)
  })
})

test('pieces of the tiles are as few as keep all threads busy', () => {
  expect([1, 2, 5].map((blocks) => piecesWanted(blocks, 1))).toEqual([1, 1, 1])
  expect([1, 2, 4].map((blocks) => piecesWanted(blocks, 2))).toEqual([4, 2, 1])
  // Five tasks leave one of two threads with three fifths of the work, ten with half.
  expect(piecesWanted(5, 2)).toBe(2)
  for (let blocks = 1; blocks <= 40; blocks++) {
    for (const threads of [2, 3, 4, 7, 16]) {
      expect(piecesWanted(blocks, threads) * blocks, `${blocks} blocks, ${threads} threads`).toBeGreaterThanOrEqual(
        2 * threads,
      )
    }
  }
})
