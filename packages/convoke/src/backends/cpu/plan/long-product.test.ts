// Products of matrices with hundreds of thousands of rows or columns, planned in stretches.

import { describe, expect, test } from 'vitest'
import { matmul } from '../../../ops/index.ts'
import { randomUniform } from '../../../tensor/index.ts'
import { useBackend } from '../../current.ts'

const rows = 300_007

/** Rows that are looked at: ends of the whole and of stretches. */
const seen = [0, 1, 131_071, 131_072, 262_143, 262_144, rows - 1]

describe.each(['native', 'wasm'])('a product of very many rows on %s', (backend) => {
  test.each([
    [3, 2, false, false],
    [5, 3, false, true],
    [4, 2, true, false],
    [3, 70, true, true],
  ])('is that of its definition: %i by %i, transposed %s %s', async (k, n, transposeA, transposeB) => {
    await useBackend(backend)
    const a = randomUniform(transposeA ? [k, rows] : [rows, k], { seed: 1 })
    const b = randomUniform(transposeB ? [n, k] : [k, n], { seed: 2 })
    const y = matmul(a, b, { transposeA, transposeB })
    const [left, right, product] = [a, b, y].map((tensor) => tensor.dataSync())
    for (const row of seen) {
      for (let column = 0; column < n; column++) {
        let sum = 0
        for (let i = 0; i < k; i++)
          sum += left[transposeA ? i * rows + row : row * k + i] * right[transposeB ? column * k + i : i * n + column]
        expect(product[row * n + column]).toBeCloseTo(sum, 5)
      }
    }
    for (const tensor of [a, b, y]) tensor.dispose()
  })
})

describe.each(['native', 'wasm'])('a product of very many columns on %s', (backend) => {
  const columns = rows
  test.each([
    [1, 2, 3, false, false],
    [1, 30, 3, true, false],
    [1, 3, 5, false, true],
    [3, 2, 4, false, false],
    [3, 25, 2, true, true],
  ])('is that of its definition: %i of %i by %i, transposed %s %s', async (batch, m, k, transposeA, transposeB) => {
    await useBackend(backend)
    const a = randomUniform(transposeA ? [batch, k, m] : [batch, m, k], { seed: 1 })
    const b = randomUniform(transposeB ? [batch, columns, k] : [batch, k, columns], { seed: 2 })
    const y = matmul(a, b, { transposeA, transposeB })
    const [left, right, product] = [a, b, y].map((tensor) => tensor.dataSync())
    for (let at = 0; at < batch * m; at++) {
      const [matrix, row] = [Math.floor(at / m), at % m]
      for (const column of seen) {
        let sum = 0
        for (let i = 0; i < k; i++) {
          const inLeft = transposeA ? i * m + row : row * k + i
          const inRight = transposeB ? column * k + i : i * columns + column
          sum += left[matrix * m * k + inLeft] * right[matrix * k * columns + inRight]
        }
        expect(product[at * columns + column]).toBeCloseTo(sum, 5)
      }
    }
    for (const tensor of [a, b, y]) tensor.dispose()
  })

  test('and shared by several left matrices', async () => {
    await useBackend(backend)
    const [a, b] = [randomUniform([3, 2, 4], { seed: 1 }), randomUniform([4, columns], { seed: 2 })]
    const y = matmul(a, b)
    const [left, right, product] = [a, b, y].map((tensor) => tensor.dataSync())
    for (let row = 0; row < 6; row++) {
      for (const column of seen) {
        let sum = 0
        for (let i = 0; i < 4; i++) sum += left[row * 4 + i] * right[i * columns + column]
        expect(product[row * columns + column]).toBeCloseTo(sum, 5)
      }
    }
    for (const tensor of [a, b, y]) tensor.dispose()
  })
})
