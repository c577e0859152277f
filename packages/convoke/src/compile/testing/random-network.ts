// Networks drawn at random: what passes of `compile` rewrite, in every order.

import * as ops from '../../ops/index.ts'
import { full, randomNormal, type Tensor, tensor } from '../../tensor/index.ts'

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
  switch (draw(29)) {
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
    case 26:
    case 27: {
      // Behind a convolution these go into its filter and bias, or must not.
      const [shift, factor, way] = [weights([channels]), positive(), draw(4)]
      return same((x) => {
        if (way === 0) return ops.subtract(x, shift)
        if (way === 1) return ops.subtract(shift, x)
        return way === 2 ? ops.divide(x, factor) : ops.subtract(ops.multiply(x, factor), 0.25)
      })
    }
    case 16: {
      const groups = channels % 3 === 0 ? 3 : channels % 2 === 0 ? 2 : 1
      const [filter, bias] = [weights([3, 1, channels / groups, 2 * groups]), weights([2 * groups])]
      const options = { groups, bias, padding: 'same', activation: 'relu' } as const
      return { layer: (x) => ops.conv2d(x, filter, options), channels: 2 * groups }
    }
    case 17: {
      const out = widths[draw(3)]
      const filter = weights([2, 2, out, channels])
      const stride = draw(2) + 1
      return {
        layer: (x) => ops.convTranspose2d(x, filter, { stride: x.shape[1] * x.shape[2] > 40 ? 1 : stride }),
        channels: out,
      }
    }
    case 18:
      return same((x) => {
        const rows = ops.reshape(x, [x.shape[0], -1, channels])
        const scores = ops.softmax(ops.multiply(ops.matmul(rows, rows, { transposeB: true }), 0.3))
        return ops.reshape(ops.matmul(scores, rows), x.shape)
      })
    case 19:
      return same((x) => (x.shape[1] > 4 ? ops.averagePool(x, [2, 1]) : ops.resize(x, { scale: [2, 1] })))
    case 20:
      return same((x) => {
        const [first, ...rest] = ops.split(x, channels, 3)
        return ops.concat([...rest, first], 3)
      })
    case 21: {
      const [scale, bias] = [weights([channels]), weights([channels])]
      return same((x) => ops.layerNorm(x, { axes: [3], scale, bias }))
    }
    case 22:
      return same((x) =>
        ops.slice(
          ops.pad(x, [
            [0, 0],
            [1, 0],
            [0, 2],
            [0, 0],
          ]),
          [{}, {}, { start: 1 }, {}],
        ),
      )
    case 23: {
      const index = tensor(
        Int32Array.from({ length: channels }, () => draw(channels)),
        { shape: [channels] },
      )
      return same((x) => ops.gather(x, index, { axis: 3 }))
    }
    case 24:
      return same((x) => ops.where(ops.greater(x, 0), ops.multiply(x, 2), x))
    case 25:
      return same((x) => ops.multiply(ops.sort(x, { axis: 2 }), ops.rsqrt(ops.add(ops.mean(ops.square(x)), 1))))
    default:
      return same((x) => ops.softmax(ops.power(ops.abs(x), 2)))
  }
}

/** A network of the seed, and the shape of its input. */
export function drawnNetwork(seed: number): { readonly network: (x: Tensor) => Tensor[]; readonly shape: number[] } {
  const draw = drawsOf(seed ^ 0x9e3779b9)
  return { network: networkOf(seed), shape: [1 + draw(3), 1 + draw(7), 1 + draw(6), 3] }
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
