import { describe, expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec, describeConv } from '../../../../../shapes/conv-spec.ts'
import { convFilterGradient } from '../../../../reference/conv.ts'
import { avx512, type Target, targets } from '../../../program/index.ts'
import { gradientGains } from '../../../testing/gains.ts'
import { largestError, randomFloats, sizeOf } from '../../testing/numbers.ts'
import { checkPlan } from '../../testing/run-plan.ts'
import type { OutputTile } from '../cook-toom.ts'
import { oddSpecs, spec } from '../testing/odd-specs.ts'
import { gradientErrorBound, typicalGradientError } from './error-bound.ts'
import { gradientLayout } from './layout.ts'
import { planWinogradGradient } from './plan.ts'

const tiles: readonly OutputTile[] = [2, 4]

interface Run {
  readonly filter: Float32Array
  readonly wanted: Float64Array
  /** The proven bound for data in −1 … 1. */
  readonly bound: number
}

function run(conv: ConvSpec, tile: OutputTile, target: Target, roundBytes?: number): Run {
  const shapes = convShapes(conv)
  const x = randomFloats(sizeOf(shapes.input), 1)
  const y = randomFloats(sizeOf(shapes.output), 2)
  const filter = new Float32Array(sizeOf(shapes.filter)).fill(Number.NaN)
  const wanted = new Float64Array(filter.length)
  convFilterGradient({ conv, precision: 'exact' }, [x, y], [wanted])
  checkPlan(planWinogradGradient(conv, tile, target, roundBytes), [x, y], [filter])
  const layout = gradientLayout(conv, tile, roundBytes)
  return { filter, wanted, bound: gradientErrorBound(layout) * layout.tiles }
}

/** Channels in more than one panel, the last of them narrower, on either side. */
const panelSpecs: readonly ConvSpec[] = [spec(1, [3, 6], [133, 5], 1), spec(1, [6, 3], [3, 261], 1, [1, 2])]

const largerSpecs: readonly ConvSpec[] = [
  spec(1, [1, 1], [1, 1], 2, 1, 5),
  spec(2, [6, 9], [17, 3], 'same', 1, 5),
  spec(1, [11, 7], [5, 35], 'valid', 1, 5),
  spec(1, [12, 9], [3, 5], 3, [2, 1], 5),
]

/** Errors themselves stay at rounding level, where the bound is loose on such data. */
const rounding = (conv: ConvSpec): number => 2e-6 * Math.sqrt(conv.batch * sizeOf(conv.outputSize))

describe.each(targets)('the Winograd gradient of a filter on $name', (target) => {
  test.each(tiles)('F(%i, 3) stays within its proven bound on odd sizes and touches no byte outside', (tile) => {
    for (const each of [...oddSpecs, ...panelSpecs]) {
      const { filter, wanted, bound } = run(each, tile, target)
      const error = largestError(filter, wanted)
      expect(error, describeConv(each)).toBeLessThan(bound)
      expect(error, describeConv(each)).toBeLessThan(rounding(each))
    }
  })

  test('F(2, 5) stays within its proven bound on odd sizes and touches no byte outside', () => {
    for (const each of largerSpecs) {
      const { filter, wanted, bound } = run(each, 2, target)
      const error = largestError(filter, wanted)
      expect(error, describeConv(each)).toBeLessThan(bound)
      expect(error, describeConv(each)).toBeLessThan(rounding(each))
    }
  })

  test('adds up rounds, and blocks of tiles within them', () => {
    const each = spec(1, [50, 47], [3, 5], 1)
    const layout = gradientLayout(each, 4, 0)
    expect(layout.rounds.length).toBeGreaterThan(1)
    expect(layout.roundTiles % layout.blockTiles).toBeGreaterThan(0)
    expect(layout.roundTiles).toBeGreaterThan(layout.blockTiles)
    const { filter, wanted, bound } = run(each, 4, target, 0)
    expect(largestError(filter, wanted)).toBeLessThan(Math.min(bound, rounding(each)))
  })
})

test.each([
  [2, 3],
  [4, 3],
  [2, 5],
] as const)('the error of the gradient by F(%i, %i) is typically what its documentation says', (tile, taps) => {
  for (const size of [8, 40]) {
    const each = spec(1, [size, size], [2, 16], 'same', 1, taps)
    const { filter, wanted } = run(each, tile, avx512)
    const rms = (values: ArrayLike<number>) => Math.hypot(...Array.from(values))
    const relative = rms(filter.map((value, i) => value - wanted[i])) / rms(wanted)
    const typical = typicalGradientError(gradientLayout(each, tile))
    expect(relative).toBeLessThan(typical)
    expect(relative).toBeGreaterThan(typical / 4)
  }
})

test('scratch stays within 9 MB whatever the layer, and a sum is added to once for a block of tiles', () => {
  for (const each of [
    spec(1, [7, 7], [2048, 2048], 'same'),
    spec(64, [56, 56], [64, 64], 'same'),
    spec(32, [224, 224], [3, 64], 'same'),
    spec(8, [64, 64], [512, 300], 'same', 1, 5),
  ]) {
    for (const tile of each.kernel[0] === 3 ? tiles : [2 as const]) {
      const layout = gradientLayout(each, tile)
      expect(layout.rounds.reduce((sum, { count }) => sum + count, 0)).toBe(layout.tiles)
      const { scratch } = planWinogradGradient(each, tile, avx512)
      expect(scratch.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(9e6)
    }
  }
})

test('the Winograd gradient is chosen for many pixels and channels, and not where transforms cost more than they save', () => {
  for (const target of targets) {
    const gain = (each: ConvSpec): number => gradientGains(each, target)[0].gain
    expect(gain(spec(8, [56, 56], [64, 64], 'same'))).toBeGreaterThan(2)
    expect(gain(spec(8, [14, 14], [256, 256], 'same'))).toBeGreaterThan(1.5)
    expect(gain(spec(8, [28, 28], [32, 64], 'same', 1, 5))).toBeGreaterThan(1.5)
    expect(gain(spec(1, [7, 7], [512, 512], 'same'))).toBeLessThan(1)
    expect(gain(spec(8, [56, 56], [1, target.lanes], 'same'))).toBeLessThan(1)
    expect(gradientGains(spec(8, [56, 56], [64, target.lanes - 1], 'same'), target)).toEqual([])
    expect(gradientGains(spec(0, [56, 56], [64, 64], 'same'), target)).toEqual([])
  }
})

test('the Winograd gradient refuses what is not a convolution of stride 1, and says what to do', () => {
  const strided = convSpec('conv2d', [1, 9, 9, 4], [3, 3, 4, 4], { stride: 2 })
  expect(() => planWinogradGradient(strided, 4, avx512)).toThrow('is not covered. Use the direct algorithm.')
  expect(gradientGains(strided, avx512)).toEqual([])
})
