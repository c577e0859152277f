// Laws of the ops around convolution, each on 200 random configurations.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { full, ones, type Tensor } from '../tensor/index.ts'
import { type AnyConv, anyConv, random, runs } from '../testing/arbitrary.ts'
import { differences, input, onBackend, relativeError, wideReference } from '../testing/check-op.ts'
import { expectClose, inner } from '../testing/close.ts'
import * as ops from './index.ts'

const seeds = fc.integer({ min: 1, max: 1e6 })
const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })

describe('pad', () => {
  const pads = (rank: number) =>
    fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })), {
      minLength: rank,
      maxLength: rank,
    })
  const padded = shapes.chain((shape) => fc.tuple(fc.constant(shape), pads(shape.length)))

  it('with a constant of 0 has the slice that takes it off again as its adjoint', () =>
    fc.assert(
      fc.property(padded, seeds, ([shape, sides], seed) => {
        const x = random(shape, seed)
        const y = ops.pad(x, sides)
        const weights = random(y.shape, seed + 1)
        const inside = ops.slice(
          weights,
          sides.map(([before], axis) => ({ start: before, stop: before + shape[axis] })),
        )
        expectClose(inner(y, weights), inner(x, inside))
        expectClose(
          ops.slice(
            y,
            sides.map(([before], axis) => ({ start: before, stop: before + shape[axis] })),
          ),
          x,
          1e-9,
        )
      }),
      runs,
    ))

  it('in every other mode has its gradient as its adjoint, and only repeats what is there', () =>
    fc.assert(
      fc.property(
        padded,
        fc.constantFrom('reflect', 'mirror', 'edge', 'wrap' as const),
        seeds,
        ([shape, sides], mode, seed) => {
          const x = random(shape, seed)
          const weights = random(
            shape.map((size, axis) => size + sides[axis][0] + sides[axis][1]),
            seed + 1,
          )
          const { value, gradients } = valueAndGradients(() => inner(ops.pad(x, sides, { mode }), weights), [x])
          expectClose(value, inner(x, gradients[0]))
          const values = new Set(x.dataSync())
          expect(Array.from(ops.pad(x, sides, { mode }).dataSync()).every((v) => values.has(v))).toBe(true)
        },
      ),
      runs,
    ))
})

/** A convolution's geometry that is valid for pooling: padding shorter than the window, no dilation over the input. */
const anyPool = anyConv({ groups: 1 }).map((config) => {
  const kernel = config.filterShape.slice(0, -2)
  const padding = config.padding.map(([before, after], axis): [number, number] => {
    const most = kernel[axis] - 1
    return [Math.min(before, most), Math.min(after, most)]
  })
  const dilation = config.dilation.map(() => 1)
  const shape = config.inputShape.map((size, axis, all) =>
    axis === 0 || axis === all.length - 1 ? size : Math.max(size, kernel[axis - 1]),
  )
  return { kernel, shape, seed: config.seed, options: { stride: config.stride, padding, dilation } }
})

describe('pooling', () => {
  it('of ones gives ones, and of any constant that constant', () =>
    fc.assert(
      fc.property(anyPool, fc.boolean(), fc.integer({ min: -8, max: 8 }), ({ kernel, shape, options }, ceil, value) => {
        const geometry = { ...options, ceil }
        const constant = full(shape, value)
        const pooled = ops.maxPool(constant, kernel, geometry)
        const expected = full(pooled.shape, value)
        expectClose(pooled, expected)
        expectClose(ops.averagePool(constant, kernel, geometry), expected)
        expectClose(
          ops.adaptiveAveragePool(constant, kernel),
          full([shape[0], ...kernel, shape.at(-1) as number], value),
        )
      }),
      runs,
    ))

  it('by maximum is nowhere less than by average, and by Lp nowhere less than the largest magnitude', () =>
    fc.assert(
      fc.property(anyPool, fc.boolean(), ({ kernel, shape, seed, options }, ceil) => {
        const x = random(shape, seed)
        const geometry = { ...options, ceil }
        const slack = (smaller: Tensor, larger: Tensor): number => ops.max(ops.subtract(smaller, larger)).item()
        expect(slack(ops.averagePool(x, kernel, geometry), ops.maxPool(x, kernel, geometry))).toBeLessThan(1e-6)
        const largest = ops.maxPool(ops.abs(x), kernel, geometry)
        expect(slack(largest, ops.lpPool(x, kernel, { ...geometry, p: 3 }))).toBeLessThan(1e-6)
      }),
      runs,
    ))

  it('by average with padding counted is conv with equal weights', () =>
    fc.assert(
      fc.property(anyPool, ({ kernel, shape, seed, options }) => {
        const x = random(shape, seed)
        const taps = kernel.reduce((product, size) => product * size, 1)
        const weights = full([...kernel, shape.at(-1) as number, 1], 1 / taps)
        expectClose(
          ops.averagePool(x, kernel, { ...options, countPadding: true }),
          ops.depthwiseConv(x, weights, options),
        )
      }),
      runs,
    ))

  it('unpooled puts every maximum where it was', () =>
    fc.assert(
      fc.property(anyPool, ({ kernel, shape, seed }) => {
        const x = random(shape, seed)
        const { values, indices } = ops.maxPoolWithIndices(x, kernel)
        const back = ops.maxUnpool(values, indices, shape.slice(1, -1))
        expectClose(ops.where(ops.notEqual(back, 0), x, 0), back, 1e-9)
        expectClose(ops.sum(back), ops.sum(values))
      }),
      runs,
    ))
})

describe('resize', () => {
  const modes = fc.constantFrom('nearest', 'bilinear', 'bicubic' as const)
  const conventions = fc.constantFrom(
    ...(['half-pixel', 'half-pixel-symmetric', 'pytorch-half-pixel', 'asymmetric'] as const),
    ...(['align-corners', 'align-corners-scaled'] as const),
  )
  it('of a constant is that constant, and is linear', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 1,
          maxLength: 3,
        }),
        modes,
        conventions,
        fc.boolean(),
        fc.boolean(),
        seeds,
        (axes, mode, coordinates, antialias, excludeOutside, seed) => {
          const size = axes.map(([, to]) => to)
          const shape = [2, ...axes.map(([from]) => from), 2]
          const options = { size, mode, coordinates, antialias, excludeOutside }
          expectClose(ops.resize(full(shape, 3), options), full([2, ...size, 2], 3))
          const [a, b] = [random(shape, seed), random(shape, seed + 1)]
          expectClose(ops.resize(ops.add(a, b), options), ops.add(ops.resize(a, options), ops.resize(b, options)))
        },
      ),
      runs,
    ))
  it('pixelUnshuffle undoes pixelShuffle, both ways round', () =>
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('crd', 'dcr' as const),
        seeds,
        ([batch, height, width], factor, channels, order, seed) => {
          const packed = random([batch, height, width, channels * factor * factor], seed)
          expectClose(ops.pixelUnshuffle(ops.pixelShuffle(packed, factor, { order }), factor, { order }), packed, 1e-9)
          const wide = random([batch, height * factor, width * factor, channels], seed)
          expectClose(ops.pixelShuffle(ops.pixelUnshuffle(wide, factor, { order }), factor, { order }), wide, 1e-9)
        },
      ),
      runs,
    ))
})

// Steps that keep the shape [batch, length, channels], smooth at the values the inputs take.
const steps: Record<string, (x: Tensor, f: Tensor) => Tensor> = {
  conv: (x, f) => ops.conv(x, f, { padding: 'same' }),
  dilated: (x, f) => ops.conv(x, f, { padding: 'causal', dilation: 2 }),
  transposed: (x, f) => ops.convTranspose(x, f, { padding: 'same' }),
  tanh: (x) => ops.tanh(x),
  gelu: (x) => ops.gelu(x),
  softmax: (x) => ops.softmax(x),
  layerNorm: (x) => ops.layerNorm(x, { epsilon: 0.5 }),
  squareRoot: (x) => ops.sqrt(ops.add(ops.square(x), 1)),
  centred: (x) => ops.subtract(x, ops.mean(x, { axes: 1, keepDims: true })),
  flipped: (x) => ops.flip(x, 1),
  pooled: (x) => ops.averagePool(x, 3, { stride: 1, padding: 1 }),
  resized: (x) => ops.resize(ops.resize(x, { size: 6 }), { size: x.shape[1] }),
  mixed: (x, f) => ops.matmul(x, ops.reshape(ops.slice(f, [{ stop: 1 }]), f.shape.slice(1))),
  running: (x) => ops.cumulativeSum(x, { axis: 1 }),
  residual: (x, f) => ops.add(x, ops.sin(ops.conv(x, f, { padding: 'same' }))),
}

it('gradients of random compositions agree with central differences', () =>
  onBackend(wideReference, () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 2, maxLength: 6 }),
        seeds,
        async (names, seed) => {
          const composed = (x: Tensor, f: Tensor): Tensor => names.reduce((y, name) => steps[name](y, f), x)
          const inputs = [input([1, 4, 2], seed), input([3, 2, 2], seed + 1, { scale: 0.7 })]
          const found = await differences(composed, inputs)
          found.analytic.forEach((gradient, index) => {
            expect(relativeError(gradient, found.numeric[index])).toBeLessThan(1e-6)
          })
        },
      ),
      runs,
    ),
  ))

it('every convolution of ones counts the taps inside the input', () =>
  fc.assert(
    fc.property(anyConv({ groups: 1 }), (config: AnyConv) => {
      const { stride, dilation, padding } = config
      const found = ops.conv(
        ones([1, ...config.inputShape.slice(1, -1), 1]),
        ones([...config.filterShape.slice(0, -2), 1, 1]),
        {
          ...{ stride, dilation, padding },
        },
      )
      const counts = stride.map((step, axis) =>
        Array.from({ length: found.shape[axis + 1] }, (_, o) => {
          const taps = Array.from(
            { length: config.filterShape[axis] },
            (_, t) => o * step - padding[axis][0] + t * dilation[axis],
          )
          return taps.filter((i) => i >= 0 && i < config.inputShape[axis + 1]).length
        }),
      )
      const expected = counts.reduce<number[]>((outer, line) => outer.flatMap((a) => line.map((b) => a * b)), [1])
      expect(Array.from(found.dataSync())).toEqual(expected)
    }),
    runs,
  ))
