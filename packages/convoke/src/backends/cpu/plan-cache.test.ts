import { describe, expect, test } from 'vitest'
import { type Circumstances, createPlanCache } from './plan-cache.ts'

const on = (length: number, more: Partial<Circumstances> = {}): Circumstances => ({
  ...{ inputs: [{ dtype: 'float32', length }], outputs: [{ dtype: 'float32', length }], threads: 1, separable: false },
  ...more,
})

describe('a cache of plans', () => {
  test('finds a plan by what its spec says, and only where everything else is the same', () => {
    const cache = createPlanCache<string>(8, () => {})
    cache.add(cache.familyOf('unary', { op: 'exp', activation: null }), on(5), 'five')
    const again = cache.familyOf('unary', { op: 'exp', activation: null })
    expect(cache.find(again, on(5))?.value).toBe('five')
    const inputs = [{ dtype: 'int32', length: 5 }] as const
    for (const other of [on(6), on(5, { threads: 2 }), on(5, { separable: true }), on(5, { inputs })]) {
      expect(cache.find(again, other)).toBeUndefined()
    }
    expect(cache.find(cache.familyOf('unary', { op: 'log', activation: null }), on(5))).toBeUndefined()
    expect(cache.find(cache.familyOf('fill', { op: 'exp', activation: null }), on(5))).toBeUndefined()
  })

  test('is not misled by a spec whose parts change, frozen or not', () => {
    const cache = createPlanCache<string>(8, () => {})
    const shape = [2, 3]
    const spec = Object.freeze({ shape })
    cache.add(cache.familyOf('copy', spec), on(6), 'two by three')
    shape[0] = 3
    shape[1] = 2
    expect(cache.find(cache.familyOf('copy', spec), on(6))).toBeUndefined()
  })

  test('tells kernels apart that are given the same frozen spec', () => {
    const cache = createPlanCache<string>(8, () => {})
    const spec = Object.freeze({ alpha: 1 })
    cache.add(cache.familyOf('conv', spec), on(4), 'there')
    cache.add(cache.familyOf('convTranspose', spec), on(4), 'back')
    expect(cache.find(cache.familyOf('conv', spec), on(4))?.value).toBe('there')
    expect(cache.find(cache.familyOf('convTranspose', spec), on(4))?.value).toBe('back')
  })

  test('drops the plan longest unused', () => {
    const dropped: string[] = []
    const cache = createPlanCache<string>(2, (value) => dropped.push(value))
    const family = cache.familyOf('unary', { op: 'exp' })
    cache.add(family, on(1), 'one')
    cache.add(family, on(2), 'two')
    cache.find(family, on(1))
    cache.add(family, on(3), 'three')
    expect(dropped).toEqual(['two'])
    expect([1, 2, 3].map((n) => cache.find(family, on(n))?.value)).toEqual(['one', undefined, 'three'])
  })

  test('drops plans until those that are left cost no more than they may', () => {
    const dropped: number[] = []
    const cache = createPlanCache<number>(8, (value) => dropped.push(value), { costOf: (value) => value, most: 10 })
    const family = cache.familyOf('unary', { op: 'exp' })
    cache.add(family, on(1), 4)
    cache.add(family, on(2), 5)
    cache.add(family, on(3), 1)
    expect(dropped).toEqual([])
    cache.add(family, on(4), 6)
    expect(dropped).toEqual([4, 5])
    // One that costs more than all may is kept alone: it is in use.
    cache.add(family, on(5), 50)
    expect(dropped).toEqual([4, 5, 1, 6])
    cache.add(family, on(6), 2)
    expect(dropped).toEqual([4, 5, 1, 6, 50])
  })
})
