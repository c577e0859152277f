import { describe, expect, it } from 'vitest'
import { randomSource } from '../tensor/index.ts'
import * as nn from './index.ts'
import * as init from './initializers.ts'

const fan = { in: 50, out: 200 }
const draw = (initializer: init.Initializer, shape = [100, 100]) => initializer(shape, fan, randomSource(3))
const deviation = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)

describe('initialisers', () => {
  it.each([
    ['glorotUniform', init.glorotUniform(), Math.sqrt(2 / 250)],
    ['glorotNormal', init.glorotNormal(), Math.sqrt(2 / 250)],
    ['heUniform', init.heUniform(), Math.sqrt(2 / 50)],
    ['heNormal', init.heNormal(), Math.sqrt(2 / 50)],
    ['heNormalFanOut', init.heNormalFanOut(), Math.sqrt(2 / 200)],
    ['lecunNormal', init.lecunNormal(), Math.sqrt(1 / 50)],
    ['lecunUniform', init.lecunUniform(), Math.sqrt(1 / 50)],
    ['fanInUniform', init.fanInUniform(), 1 / Math.sqrt(3 * 50)],
    ['normal', init.normal(0.3), 0.3],
  ] as const)('%s has the deviation its paper asks for', (_, initializer, expected) => {
    expect(deviation(draw(initializer)) / expected).toBeCloseTo(1, 1)
  })

  it.each([
    ['Conv2d', nn.Conv2d, { in: 8, out: 12, kernel: 3, groups: 4 }, { in: 9 * 2, out: 9 * 3 }],
    ['Conv2d without groups', nn.Conv2d, { in: 8, out: 12, kernel: 3 }, { in: 9 * 8, out: 9 * 12 }],
    // As PyTorch does, the fan of a transposed filter is read from its output side.
    ['ConvTranspose2d', nn.ConvTranspose2d, { in: 8, out: 12, kernel: 3, groups: 4 }, { in: 9 * 3, out: 9 * 2 }],
  ] as const)('of %s count the weights that meet at one value of a group', (_, layer, options, expected) => {
    const seen: init.Fan[] = []
    const weight: init.Initializer = (shape, fan) => {
      seen.push(fan)
      return new Float32Array(shape.reduce((a, b) => a * b, 1))
    }
    layer({ ...options, initialize: { weight } }).initialize(1)
    expect(seen).toEqual([expected])
  })

  it('of a depthwise convolution count the taps that read one value', () => {
    const seen: init.Fan[] = []
    const weight: init.Initializer = (shape, fan) => {
      seen.push(fan)
      return new Float32Array(shape.reduce((a, b) => a * b, 1))
    }
    nn.DepthwiseConv2d({ channels: 6, multiplier: 2, kernel: 3, initialize: { weight } }).initialize(1)
    expect(seen).toEqual([{ in: 9, out: 18 }])
  })

  it('truncatedNormal stays within two deviations', () => {
    const values = draw(init.truncatedNormal(0.5))
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1)
    expect(deviation(values)).toBeCloseTo(0.5 * 0.88, 1)
  })

  it.each([
    ['more rows than columns', [3, 2, 4]],
    ['more columns than rows', [3, 8]],
  ])('orthogonal is orthonormal on the shorter side, with %s', (_, shape) => {
    const values = draw(init.orthogonal(2), shape)
    const columns = shape[shape.length - 1]
    const rows = values.length / columns
    const at = (i: number, j: number) => (rows < columns ? values[i * columns + j] : values[j * columns + i])
    const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < count; b++) {
        let product = 0
        for (let j = 0; j < length; j++) product += at(a, j) * at(b, j)
        expect(product).toBeCloseTo(a === b ? 4 : 0, 5)
      }
    }
  })
})
