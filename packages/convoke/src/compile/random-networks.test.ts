// Networks drawn at random, compiled and as they are: what passes rewrite, and where values lie, must never show.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { scope } from '../autodiff/index.ts'
import * as ops from '../ops/index.ts'
import { full, randomNormal, type Tensor, tensor } from '../tensor/index.ts'
import { availableBackends, onBackend, relativeError } from '../testing/check-op.ts'
import { compile } from './index.ts'

/** Whole numbers drawn one after the other, the same for one seed. */
type Draw = (below: number) => number

const drawsOf = (seed: number): Draw => {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Layer = (x: Tensor, earlier: readonly Tensor[]) => Tensor

/** Weights are drawn when the network is, not when it runs. */
function layerOf(draw: Draw, channels: number): { readonly layer: Layer; readonly channels: number } {
  const weights = (shape: number[], spread = 0.5): Tensor =>
    ops.multiply(randomNormal(shape, { seed: draw(1e6) }), spread)
  const positive = (): Tensor => ops.add(ops.abs(weights([channels])), 0.5)
  const same = (layer: Layer) => ({ layer, channels })
  const widths = [1, 3, 4, 8, 9]
  switch (draw(17)) {
    case 0: {
      const out = widths[draw(widths.length)]
      const kernel = 1 + draw(3)
      const [filter, bias] = [weights([kernel, kernel, channels, out]), weights([out])]
      const options = draw(2) === 0 ? {} : { bias }
      return { layer: (x) => ops.conv2d(x, filter, { padding: 'same', ...options }), channels: out }
    }
    case 1: {
      const filter = weights([3, 3, channels, 1])
      return same((x) => ops.depthwiseConv2d(x, filter, { padding: 'same' }))
    }
    case 2: {
      const out = widths[draw(widths.length)]
      const [filter, bias] = [weights([1, 1, out, channels]), weights([out])]
      return { layer: (x) => ops.convTranspose2d(x, filter, { bias }), channels: out }
    }
    case 3:
    case 4: {
      const options = {
        mean: weights([channels]),
        variance: positive(),
        scale: weights([channels]),
        bias: weights([channels]),
      }
      const activation = draw(2) === 0 ? 'relu' : null
      return same((x) => ops.batchNorm(x, { ...options, activation }))
    }
    case 5:
      return same((x) => ops.multiply(x, ops.sigmoid(x)))
    case 6:
      return same((x) => ops.divide(ops.multiply(x, ops.clip(ops.add(x, 3), 0, 6)), 6))
    case 7: {
      const root = full([], Math.SQRT2)
      return same((x) => ops.multiply(ops.multiply(x, ops.add(ops.erf(ops.divide(x, root)), 1)), 0.5))
    }
    case 8: {
      const [factor, shift] = [weights([channels]), weights([channels])]
      return same((x) => ops.add(shift, ops.multiply(x, factor)))
    }
    case 9: {
      const which = draw(8)
      return same((x, earlier) => {
        const fitting = earlier.filter(({ shape }) => shape.join() === x.shape.join())
        return fitting.length === 0 ? ops.relu(x) : ops.add(fitting[which % fitting.length], x)
      })
    }
    case 10: {
      const out = widths[draw(widths.length)]
      const [matrix, bias] = [weights([channels, out]), weights([out])]
      return { layer: (x) => ops.add(ops.matmul(x, matrix), bias), channels: out }
    }
    case 11:
      return same((x) => ops.subtract(x, ops.mean(x, { axes: [-1], keepDims: true })))
    case 12:
      return { layer: (x) => ops.concat([x, ops.tanh(x)], -1), channels: 2 * channels }
    case 13:
      return same((x) => (x.shape[1] > 2 && x.shape[2] > 2 ? ops.maxPool(x, 2) : ops.square(x)))
    case 14: {
      const gate = weights([channels, channels])
      return same((x) => ops.multiply(x, ops.sigmoid(ops.matmul(ops.mean(x, { axes: [1, 2], keepDims: true }), gate))))
    }
    case 15:
      return same((x) => ops.transpose(ops.leakyRelu(ops.transpose(x, [0, 2, 1, 3])), [0, 2, 1, 3]))
    default:
      return same((x) => ops.softmax(ops.power(ops.abs(x), 2)))
  }
}

function networkOf(seed: number): (x: Tensor) => Tensor[] {
  const draw = drawsOf(seed)
  const layers: Layer[] = []
  let channels = 3
  for (let count = 3 + draw(9); count > 0; count--) {
    const made = layerOf(draw, channels)
    layers.push(made.layer)
    channels = Math.min(made.channels, 64)
    if (made.channels > 64) break
  }
  // A value in the middle is a result as well: nothing may be folded over it.
  const shown = draw(layers.length)
  return (x) => {
    const values = [x]
    for (const layer of layers) values.push(layer(values[values.length - 1], values))
    return [values[values.length - 1], ops.reshape(values[shown + 1], [-1])]
  }
}

it.each(availableBackends())('random networks compute the same when they are compiled, on %s', async (backend) => {
  await onBackend(backend, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, height, width) => {
          scope(() => {
            const network = networkOf(seed)
            const shape = [1 + (seed % 3), height, width, 3]
            const fast = compile(network, [shape])
            for (const other of [1, 2]) {
              const x = randomNormal(shape, { seed: other })
              const [actual, expected] = [fast(x), network(x)]
              for (const [i, y] of actual.entries()) {
                expect(y.shape).toEqual(expected[i].shape)
                expect(relativeError(y.dataSync(), expected[i].dataSync())).toBeLessThan(3e-5)
              }
            }
            fast.dispose()
          })
        },
      ),
      { numRuns: Number(process.env.CONVOKE_CASES ?? 40) },
    )
  })
})

it('compiles one step', () => {
  expect(compile((x: Tensor) => ops.exp(x), [1])(tensor([0])).toArray()).toEqual([1])
})
