import { describe, expect, test } from 'vitest'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import { conv } from '../../../reference/conv.ts'
import { targets } from '../../program/index.ts'
import { everyActivation } from '../testing/activations.ts'
import { largestError, randomFloats, sizeOf } from '../testing/numbers.ts'
import { checkPlan } from '../testing/run-plan.ts'
import { isSeparableSpec, planSeparable, separate } from './index.ts'

const outer = (column: Float32Array, row: Float32Array): Float32Array =>
  Float32Array.from(
    { length: column.length * row.length },
    (_, k) => column[Math.floor(k / row.length)] * row[k % row.length],
  )

const gaussian = (taps: number, sigma: number): Float32Array => {
  const values = Float64Array.from({ length: taps }, (_, i) =>
    Math.exp(-((i - (taps - 1) / 2) ** 2) / (2 * sigma ** 2)),
  )
  const sum = values.reduce((a, b) => a + b)
  return Float32Array.from(values, (value) => value / sum)
}

describe('a filter', () => {
  test('is separated into the factors it was made of, each within rounding', () => {
    for (const [height, width] of [
      [1, 1],
      [1, 7],
      [5, 3],
      [31, 31],
    ]) {
      const filter = outer(randomFloats(height, 1), randomFloats(width, 2))
      const factors = separate(filter, height, width)!
      expect(largestError(outer(factors.column, factors.row), filter)).toBeLessThan(2 ** -22)
    }
    expect(separate(outer(gaussian(31, 5), gaussian(31, 5)), 31, 31)).not.toBeNull()
    expect(separate([0, 0, 0, 0, 0, 0], 2, 3)).toEqual({ column: new Float32Array(2), row: new Float32Array(3) })
  })

  test('of higher rank, or with an infinite tap, is not separated', () => {
    expect(separate([1, 0, 0, 1], 2, 2)).toBeNull()
    expect(separate([0, 1, 0, 1, -4, 1, 0, 1, 0], 3, 3)).toBeNull()
    expect(separate([1, Number.POSITIVE_INFINITY], 1, 2)).toBeNull()
    const almost = outer(gaussian(9, 2), gaussian(9, 2))
    almost[40] *= 1 + 1e-6
    expect(separate(almost, 9, 9)).toBeNull()
  })
})

const specs: readonly ConvSpec[] = [
  convSpec('conv2d', [2, 11, 13, 1], [5, 7, 1, 1], { padding: 'same' }),
  convSpec('conv2d', [1, 3, 2, 1], [7, 9, 1, 1], { padding: 6 }),
  convSpec('conv2d', [1, 20, 9, 3], [3, 3, 1, 3], { padding: 'valid', groups: 3 }),
  convSpec('conv2d', [1, 6, 61, 5], [4, 11, 1, 5], {
    padding: [
      [2, 1],
      [9, 12],
    ],
    groups: 5,
  }),
]

function run(spec: ConvSpec, target: (typeof targets)[number], epilogue: Epilogue | null) {
  const shapes = convShapes(spec)
  const [height, width] = spec.kernel
  const x = randomFloats(sizeOf(shapes.input), 1)
  const filter = outer(randomFloats(height, 2), randomFloats(width, 3))
  const every = Float32Array.from(
    { length: sizeOf(shapes.filter) },
    (_, k) => filter[Math.floor(k / spec.outputChannels)],
  )
  const bias = epilogue?.bias ? [randomFloats(1, 4)] : []
  const residual = epilogue?.residual ? [randomFloats(sizeOf(shapes.output), 5)] : []
  const y = new Float32Array(sizeOf(shapes.output)).fill(Number.NaN)
  const wanted = new Float64Array(y.length)
  conv({ conv: spec, epilogue, precision: 'exact' }, [x, every, ...bias, ...residual], [wanted])
  checkPlan(planSeparable({ conv: spec, epilogue }, target), [x, every, ...bias, ...residual], [y])
  return { y, wanted }
}

describe.each(targets)('separable passes on $name', (target) => {
  test('equal the reference on odd sizes and touch no byte outside', () => {
    for (const spec of specs) {
      const { y, wanted } = run(spec, target, null)
      expect(largestError(y, wanted)).toBeLessThan(5e-6)
    }
  })

  test('add bias and residual and apply every activation, in rows of any number of vectors', () => {
    for (const activation of everyActivation) {
      for (const width of [13, 141]) {
        const spec = convSpec('conv2d', [1, 3, width, 1], [3, 7, 1, 1], { padding: 'same' })
        const { y, wanted } = run(spec, target, { bias: true, residual: true, activation })
        expect(largestError(y, wanted), `${activation.kind}, ${width} wide`).toBeLessThan(5e-6)
      }
    }
  })
})

test('separable passes refuse specs that are not theirs', () => {
  const dense = convSpec('conv2d', [1, 9, 9, 2], [3, 3, 2, 2], {})
  expect(isSeparableSpec(dense)).toBe(false)
  expect(() => planSeparable({ conv: dense, epilogue: null }, targets[0])).toThrow(
    'Separable passes: conv2d 3×3 2→2 @9×9 is not covered. Use the direct algorithm.',
  )
})

test('a kernel is factored to each of its own taps where two passes must be as exact as a sum', () => {
  const gaussian = (length: number, sigma: number) =>
    Array.from({ length }, (_, i) => Math.exp(-((i - (length - 1) / 2) ** 2) / (2 * sigma ** 2)))
  for (const [length, sigma] of [
    [13, 2.2],
    [61, 9.5],
    // Its corners are too small for float32 and have become 0.
    [61, 2],
  ]) {
    const row = gaussian(length, sigma)
    const sum = row.reduce((total, tap) => total + tap) ** 2
    const kernel = Float32Array.from(
      { length: length ** 2 },
      (_, i) => (row[Math.floor(i / length)] * row[i % length]) / sum,
    )
    const found = separate(kernel, length, length, 'each tap')
    expect(found).not.toBeNull()
    for (const [i, tap] of kernel.entries()) {
      const product = (found?.column[Math.floor(i / length)] ?? 0) * (found?.row[i % length] ?? 0)
      expect(Math.abs(product - tap)).toBeLessThanOrEqual(4 * 2 ** -24 * tap + 2 ** -149)
    }
    // A small tap that is off by a hundredth: nothing beside the largest, but not what was asked for.
    const off = kernel.slice()
    const small = off.findIndex((tap) => tap > 1e-12 && tap < 1e-6)
    if (small === -1) continue
    off[small] *= 1.01
    expect(separate(off, length, length, 'each tap')).toBeNull()
  }
})
