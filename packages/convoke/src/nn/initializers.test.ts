import { describe, expect, it } from 'vitest'
import { randomSource } from '../tensor/index.ts'
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
