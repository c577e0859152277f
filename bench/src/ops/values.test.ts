import { add, multiply } from 'convoke'
import { describe, expect, it } from 'vitest'
import { ratioOf } from './measure.ts'
import { difference, differenceOf, ownValues, reordered, tensorsOf, weightsOf } from './values.ts'

describe('values of two engines', () => {
  it('are the same within rounding, not-a-number and infinities included', () => {
    expect(
      difference([1, Number.NaN, Number.POSITIVE_INFINITY], [1 + 1e-6, Number.NaN, Number.POSITIVE_INFINITY]),
    ).toBeNull()
    // 1e-7 beside numbers of a mean of 0.5 is rounding of what they were made of.
    expect(difference([1, 1e-7], [1, 0])).toBeNull()
  })

  it('differ where one is off, is no number, or is missing', () => {
    expect(difference([1, 2.001], [1, 2])).toBe('2.001 in place of 2 at 1')
    expect(difference([Number.NaN], [1])).toBe('NaN in place of 1 at 0')
    expect(difference([1], [Number.NaN])).toBe('1 in place of NaN at 0')
    expect(difference([Number.NEGATIVE_INFINITY], [Number.POSITIVE_INFINITY])).toBe(
      '-Infinity in place of Infinity at 0',
    )
    expect(difference([1], [1, 2])).toBe('1 numbers in place of 2')
  })

  it('name the gradient that is off', () => {
    const same = { result: [1], gradients: [[1], [2]] }
    expect(differenceOf(same, { result: [1], gradients: [[1], [3]] })).toBe('gradient 2: 2 in place of 3 at 0')
  })

  it('are those of the sum times weights, in the order of the peers', () => {
    const input = { shape: [1, 2, 2, 3], order: [0, 3, 1, 2] }
    const x = Float32Array.from({ length: 12 }, (_, i) => i)
    const y = Float32Array.from({ length: 12 }, (_, i) => 10 * i)
    // Element (row, column, channel) is 6·row + 3·column + channel.
    const first = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]
    expect([...reordered(x, input)]).toEqual(first)
    const task = {
      ...{ op: 'multiply', size: '', inputs: [input, input], order: input.order },
      run: ([a, b]: Parameters<typeof ownValues>[1]) => multiply(a, add(b, 1)),
    }
    const inputs = tensorsOf(task.inputs, [x, y])
    const { result, gradients, weights } = ownValues(task, inputs, true)
    const w = weightsOf(12)
    expect([...weights]).toEqual(first.map((at) => w[at]))
    expect(Array.from(result)).toEqual(first.map((at) => at * (10 * at + 1)))
    expect(Array.from(gradients[1])).toEqual(first.map((at) => Math.fround(w[at] * at)))
  })
})

describe('the ratio of a row', () => {
  it('is the median of neighbouring turns, of the better peer', () => {
    expect(ratioOf([1, 2, 4], [[2, 4, 4], undefined])).toBe(2)
    expect(
      ratioOf(
        [1, 2, 4],
        [
          [2, 4, 4],
          [1, 1, 1],
        ],
      ),
    ).toBe(0.5)
    expect(ratioOf([1], [undefined, undefined])).toBeNull()
  })
})
