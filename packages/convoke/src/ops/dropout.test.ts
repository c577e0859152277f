import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { setThreads, threads } from '../backends/engine.ts'
import { ones, randomNormal, randomUniform } from '../tensor/index.ts'
import { availableBackends, checkOp, input, onBackend } from '../testing/check-op.ts'
import { dropout, sum } from './index.ts'

describe('dropout', () => {
  it('keeps its share of the values, scaled up', () => {
    const values = dropout(ones([100_000]), { rate: 0.3, seed: 4 }).dataSync()
    const kept = values.filter((value) => value !== 0)
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]))
    expect(Math.abs(kept.length / 100_000 - 0.7)).toBeLessThan(5 * Math.sqrt(0.21 / 100_000))
  })
  it('drops the same values in the gradient', () => {
    const x = ones([300])
    const { gradients } = valueAndGradients(() => sum(dropout(x, { seed: 9 })), [x])
    expect(gradients[0].toArray()).toEqual(dropout(x, { seed: 9 }).toArray())
  })
  it('has gradients of any order on every backend', async () => {
    await checkOp((x) => dropout(x, { rate: 0.4, seed: 2 }), [input([7, 13], 3)], { second: true })
  })
  it('refuses rates that leave nothing, and seeds that are no whole numbers', () => {
    expect(() => dropout([1], { rate: 1 })).toThrow(/rate is 1; it must be 0 or more and below 1/)
    expect(() => dropout([1], { seed: 0.5 })).toThrow(/seed is 0.5/)
    expect(dropout([1, 2], { rate: 0 }).toArray()).toEqual([1, 2])
  })
})

describe('random tensors', () => {
  it('have the same bits on every backend and any number of threads', async () => {
    const draw = (): string[] =>
      [
        randomNormal([70_001], { seed: 3, mean: 1, deviation: 2 }),
        randomUniform([301, 77], { seed: -5, low: -2, high: 7 }),
        dropout(ones([40_000]), { seed: 8 }),
      ].map((drawn) => Array.from(drawn.dataSync()).join())
    const before = threads()
    const found: string[][] = []
    for (const backend of availableBackends())
      await onBackend(backend, async () => {
        for (const count of backend === 'reference' ? [1] : [1, 2]) {
          if (backend !== 'reference') await setThreads(count)
          found.push(draw())
        }
      })
    await setThreads(before)
    expect(found.length).toBeGreaterThan(1)
    for (const other of found) expect(other).toEqual(found[0])
  })
  it('keep within their bounds', () => {
    const values = randomUniform([50_000], { seed: 1, low: -3, high: 5 }).dataSync()
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3)
    expect(Math.max(...values)).toBeLessThanOrEqual(5)
    expect(Math.max(...randomUniform([50_000], { seed: 1 }).dataSync())).toBeLessThan(1)
    expect(() => randomUniform([2], { low: -3e38, high: 3e38 })).toThrow(/distance a float32/)
  })
})
