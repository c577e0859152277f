import { describe, expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { Padding } from '../../../../shapes/padding.ts'
import type { Epilogue } from '../../../backend.ts'
import { conv, convTranspose } from '../../../reference/conv.ts'
import { type Target, targets } from '../../program/index.ts'
import { interpretPlan } from '../testing/interpret-plan.ts'
import { adjointSpec, type OutputTile, packFilter, planWinograd, winogradLayout } from './index.ts'

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Reproducible numbers in −1 … 1 (a 32-bit linear congruential generator). */
function numbers(length: number, seed: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

const spec = (
  batch: number,
  [height, width]: readonly [number, number],
  [inputs, outputs]: readonly [number, number],
  padding: Padding,
): ConvSpec => convSpec('conv2d', [batch, height, width, inputs], [3, 3, inputs, outputs], { padding })

function largestError(a: Float32Array, b: ArrayLike<number>): number {
  return a.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - b[i]) || (Number.isNaN(value) ? Infinity : 0)),
    0,
  )
}

function run(
  conv2d: ConvSpec,
  tile: OutputTile,
  target: Target,
  epilogue: Epilogue | null = null,
): [Float32Array, Float64Array] {
  const shapes = convShapes(conv2d)
  const x = numbers(sizeOf(shapes.input), 1)
  const filter = numbers(sizeOf(shapes.filter), 2)
  const bias = epilogue?.bias ? [numbers(conv2d.outputChannels, 3)] : []
  const residual = epilogue?.residual ? [numbers(sizeOf(shapes.output), 4)] : []
  const y = new Float32Array(sizeOf(shapes.output)).fill(Number.NaN)
  const wanted = new Float64Array(y.length)
  conv({ conv: conv2d, epilogue, precision: 'exact' }, [x, filter, ...bias, ...residual], [wanted])
  const packed = packFilter(winogradLayout(conv2d, tile, target), filter, target)
  interpretPlan(planWinograd({ conv: conv2d, epilogue }, tile, target), [x, packed, ...bias, ...residual], [y])
  return [y, wanted]
}

const specs: readonly ConvSpec[] = [
  spec(1, [1, 1], [1, 1], 1),
  spec(1, [3, 3], [3, 5], 'valid'),
  spec(2, [5, 7], [17, 3], 'same'),
  spec(
    1,
    [9, 6],
    [4, 37],
    [
      [0, 2],
      [3, 1],
    ],
  ),
  spec(3, [4, 11], [19, 33], 4),
]

describe.each(targets)('Winograd on $name', (target) => {
  test.each([2, 4] as const)('F(%i×%i, 3×3) equals the reference on odd sizes and touches no byte outside', (tile) => {
    for (const each of specs) {
      const [y, wanted] = run(each, tile, target)
      expect(largestError(y, wanted)).toBeLessThan(1e-5 * each.inputChannels + 1e-5)
    }
  })
})
void convTranspose
void adjointSpec
