import { describe, expect, it } from 'vitest'
import { gradients } from '../../autodiff/index.ts'
import { sum } from '../../ops/index.ts'
import { tensor } from '../../tensor/create.ts'
import { expectClose, made, numbersOf, resultOf, runOperator, shapeOf, whole } from '../../testing/run-operator.ts'
import { Value } from '../value.ts'

// Two keys whose scores are 0 and ln 3 (queries of one feature, scale 1): weights 1/4 and 3/4.
const ln3 = Math.log(3)
const q = made([1], [1, 1, 1, 1])
const k = made([0, ln3], [1, 1, 2, 1])
const v = made([4, 8], [1, 1, 2, 1])
const one = { scale: { float: 1 } }

describe('Attention', () => {
  it('weighs values by the softmax of scaled products', () => {
    expectClose(resultOf('Attention', { inputs: [q, k, v], attributes: one }), [7])
  })

  it('gives a query that sees no key zeros, and lets others be', () => {
    const mask = made([0, 0, 1, 0], [2, 2], 'bool')
    expectClose(resultOf('Attention', { inputs: [made([1, 1], [1, 1, 2, 1]), k, v, mask], attributes: one }), [0, 4])
  })

  it('keeps the gradient of a query that sees no key finite', () => {
    const mask = made([0, 0], [1, 2], 'bool')
    const x = tensor([[[[1]]]])
    const run = (): Value =>
      runOperator('Attention', { inputs: [Value.of(x), k, v, mask], attributes: one })[0] as Value
    const [gradient] = gradients(() => sum(run().plain), [x])
    expectClose(Array.from(gradient.dataSync()), [0])
  })

  it('hides what lies beyond a mask that ends early', () => {
    const inputs = [q, made([0, ln3, 5], [1, 1, 3, 1]), made([4, 8, 100], [1, 1, 3, 1]), made([0, 0], [1, 2])]
    expectClose(resultOf('Attention', { inputs, attributes: one }), [7])
  })

  it('counts the queries on from the past for the causal mask, and gives back the grown keys', () => {
    const past = [made([0], [1, 1, 1, 1]), made([4], [1, 1, 1, 1])]
    const now = [made([1, 1], [1, 1, 2, 1]), made([ln3, 0], [1, 1, 2, 1]), made([8, 4], [1, 1, 2, 1])]
    const run = { inputs: [...now, null, ...past], attributes: { ...one, is_causal: 1 }, outputs: 3 }
    const [y, keys] = runOperator('Attention', run)
    // The first query sees keys 0 and ln 3, the second 0, ln 3 and 0: (4 + 3·8 + 4) / 5.
    expectClose(numbersOf(y), [7, 32 / 5])
    expectClose(numbersOf(keys), [0, ln3, 0])
  })

  it('lets two heads share their keys', () => {
    expectClose(resultOf('Attention', { inputs: [made([1, 0], [1, 2, 1, 1]), k, v], attributes: one }), [7, 6])
  })

  it('sees only so far to either side', () => {
    const zeros = made([0, 0, 0], [1, 1, 3, 1])
    const attributes = { left_window_size: 1, right_window_size: 0 }
    const inputs = [zeros, zeros, made([1, 2, 6], [1, 1, 3, 1])]
    expectClose(resultOf('Attention', { inputs, attributes }), [1, 1.5, 4])
  })

  it('caps scores before they are masked', () => {
    const attributes = { ...one, softcap: { float: ln3 }, qk_matmul_output_mode: 1 }
    const [, , , scores] = runOperator('Attention', { inputs: [q, k, v], attributes, outputs: 4 })
    expectClose(numbersOf(scores), [0, ln3 * Math.tanh(1)])
  })

  it('refuses heads that do not divide', () => {
    const inputs = [made([1, 2, 3], [1, 1, 3]), made([1, 2], [1, 1, 2]), made([1, 2], [1, 1, 2])]
    const run = { inputs, attributes: { q_num_heads: 2, kv_num_heads: 1 } }
    expect(() => runOperator('Attention', run)).toThrow('does not divide into 2 heads')
  })

  it('gives zeros where there are no keys, and nothing where there are no examples', () => {
    expectClose(resultOf('Attention', { inputs: [q, made([], [1, 1, 0, 1]), made([], [1, 1, 0, 2])] }), [0, 0])
    const [y] = runOperator('Attention', {
      inputs: [made([], [0, 1, 2, 3]), made([], [0, 1, 4, 3]), made([], [0, 1, 4, 5])],
    })
    expect(shapeOf(y)).toEqual([0, 1, 2, 5])
  })
})

describe('RotaryEmbedding', () => {
  const inputs = [made([1, 2, 3, 4, 9], [1, 1, 5]), made([0, 0], [1, 2]), made([1, 1], [1, 2]), whole([0], [1, 1])]
  const attributes = { num_heads: 1, rotary_embedding_dim: 4 }

  it('turns halves against each other, and leaves the rest', () => {
    expectClose(resultOf('RotaryEmbedding', { inputs, attributes }), [-3, -4, 1, 2, 9])
  })

  it('turns neighbours', () => {
    const run = { inputs, attributes: { ...attributes, interleaved: 1 } }
    expectClose(resultOf('RotaryEmbedding', run), [-2, 1, -4, 3, 9])
  })
})

describe('CausalConvWithState', () => {
  it('reads steps before the first from its state, and gives the last ones back', () => {
    const inputs = [made([1, 2, 3], [1, 1, 3]), made([10, 1], [1, 1, 2]), null, made([5], [1, 1, 1])]
    const [y, state] = runOperator('CausalConvWithState', { inputs, outputs: 2 })
    expectClose(numbersOf(y), [51, 12, 23])
    expectClose(numbersOf(state), [3])
  })
})

describe('LinearAttention', () => {
  const heads = { q_num_heads: 1, kv_num_heads: 1, scale: { float: 1 } }
  const column = (...numbers: number[]): Value => made(numbers, [1, numbers.length, 1])

  it('adds up what was written', () => {
    // The state is 3·5, then 1·7 more.
    const inputs = [column(1, 2), column(3, 1), column(5, 7)]
    expectClose(resultOf('LinearAttention', { inputs, attributes: { ...heads, update_rule: 'linear' } }), [15, 44])
  })

  it('corrects what the key finds already, after it has faded', () => {
    // Step 2: the state 6 fades to 3; the key 1 finds 3 of the wanted 7; half of the missing 4 is written: 5.
    const inputs = [column(1, 1), column(1, 1), column(6, 7), null, column(0, Math.log(0.5)), column(1, 0.5)]
    expectClose(resultOf('LinearAttention', { inputs, attributes: heads }), [6, 5])
  })
})
