import { describe, expect, it } from 'vitest'
import {
  type Attributes,
  expectClose,
  made,
  numbersOf,
  runOperator,
  shapeOf,
  whole,
} from '../../testing/run-operator.ts'
import type { Item } from '../value.ts'

const run = (inputs: readonly Item[], attributes: Attributes): Item[] =>
  runOperator('GroupQueryAttention', { inputs, attributes, outputs: 3, domain: 'com.microsoft', version: 1 })

// Two heads of one feature share their keys: in the cache a key 0 with value 4, and now a key ln 3 with value 8. The first head asks
// with 1: scores 0 and ln 3, weights 1/4 and 3/4. The second asks with 0: weights 1/2.
const ln3 = Math.log(3)
const cache = [made([0], [1, 1, 1, 1]), made([4], [1, 1, 1, 1])]
const lengths = [whole([1]), whole([2], [])]
const now = [made([1, 0], [1, 1, 2]), made([ln3], [1, 1, 1]), made([8], [1, 1, 1])]
const shared = { num_heads: 2, kv_num_heads: 1, scale: { float: 1 } }

describe('GroupQueryAttention', () => {
  it('lets heads share keys, and writes new ones behind the cache', () => {
    const [y, keys, values] = run([...now, ...cache, ...lengths], shared)
    expect(shapeOf(y)).toEqual([1, 1, 2])
    expectClose(numbersOf(y), [7, 6])
    expectClose(numbersOf(keys), [0, ln3])
    expectClose(numbersOf(values), [4, 8])
  })

  it('takes queries, keys and values packed', () => {
    const packed = [made([1, 0, ln3, 8], [1, 1, 4]), null, null]
    expectClose(numbersOf(run([...packed, ...cache, ...lengths], shared)[0]), [7, 6])
  })

  it('hides later steps, and those before a window', () => {
    const three = [made([0, 0, 0], [1, 3, 1]), made([0, 0, 0], [1, 3, 1]), made([1, 2, 6], [1, 3, 1])]
    const heads = { num_heads: 1, kv_num_heads: 1 }
    const prompt = [...three, null, null, whole([2]), whole([3], [])]
    expectClose(numbersOf(run(prompt, heads)[0]), [1, 1.5, 3])
    expectClose(numbersOf(run(prompt, { ...heads, local_window_size: 2 })[0]), [1, 1.5, 4])
  })

  it('leaves a share of the weights without a value', () => {
    // Scores 0 and ln 3 beside one of 0: 1 and 3 parts of 5; 0 and 0: 1 and 1 of 3.
    expectClose(numbersOf(run([...now, ...cache, ...lengths], { ...shared, smooth_softmax: 1 })[0]), [28 / 5, 4])
    const sink = [null, null, null, null, made([Math.log(2), 0])]
    // 1 and 3 parts of 6.
    expectClose(numbersOf(run([...now, ...cache, ...lengths, ...sink], shared)[0]), [28 / 6, 4])
  })

  it('goes on at another step in each example', () => {
    // The first example has two steps in its cache, the second one; values are 1, 2 and 3, and 1 and 3.
    const old = (a: number, b: number, c: number, d: number) => made([a, b, c, d], [2, 1, 2, 1])
    const given = [made([0, 0], [2, 1, 1]), made([0, 0], [2, 1, 1]), made([3, 3], [2, 1, 1])]
    const inputs = [...given, old(0, 0, 0, 0), old(1, 2, 1, 99), whole([2, 1]), whole([3], [])]
    const [y, , values] = run(inputs, { num_heads: 1, kv_num_heads: 1 })
    expectClose(numbersOf(y), [2, 2])
    expectClose(numbersOf(values), [1, 2, 3, 1, 3, 0])
  })

  it('turns queries and keys by their positions', () => {
    // Step 1 is turned by a quarter: the query (1, 0) and the key (1, 0) become (0, 1); the key in the cache stays (1, 0).
    const turned = [made([1, 0], [1, 1, 2]), made([1, 0], [1, 1, 2]), made([8, 0], [1, 1, 2])]
    const kept = [made([1, 0], [1, 1, 1, 2]), made([4, 0], [1, 1, 1, 2])]
    const angles = [made([1, 0], [2, 1]), made([0, 1], [2, 1])]
    const attributes = { num_heads: 1, kv_num_heads: 1, scale: { float: ln3 }, do_rotary: 1 }
    const [y, keys] = run([...turned, ...kept, ...lengths, ...angles], attributes)
    expectClose(numbersOf(y), [7, 0])
    expectClose(numbersOf(keys), [1, 0, 0, 1])
  })

  it('refuses heads and lengths that do not fit', () => {
    expect(() => run([...now, ...cache, ...lengths], { ...shared, kv_num_heads: 3 })).toThrow(
      '2 heads of queries cannot share 3 of keys',
    )
    expect(() => run([...now, null, null, ...lengths], shared)).toThrow('the cache holds 0 steps; 1 lie before')
    expect(() => run([...now, ...cache, whole([5]), whole([2], [])], shared)).toThrow('seqlens_k 5 does not fit')
    expect(() => run([now[0], now[1], null, ...cache, ...lengths], shared)).toThrow('must be given together')
  })
})
