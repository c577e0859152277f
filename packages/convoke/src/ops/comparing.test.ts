import { describe, expect, it } from 'vitest'
import { memory, ones, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import { refusal } from '../testing/refusal.ts'
import { allClose, eye, isClose, median, onesLike, stack, sum, tril, triu, unstack, zerosLike } from './index.ts'

const infinite = Number.POSITIVE_INFINITY
const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
])

describe('isClose', () => {
  it('is |a − b| ≤ absolute + relative · |b|', () => {
    // 1.00001 is 1 + 1e-5, on the edge: float32 puts it above, so that a wider tolerance is asked for.
    expect(isClose([1, 100, 0, 0], [1.000009, 100.0011, 1e-9, 1e-7]).toArray()).toEqual([1, 0, 1, 0])
    expect(isClose([10, 10], [11, 12], { relative: 0, absolute: 1 }).toArray()).toEqual([1, 0])
    expect(isClose([10, 12], [12, 10], { relative: 0.18, absolute: 0 }).toArray()).toEqual([1, 0])
  })
  it('holds infinities close to themselves alone, and NaN to nothing unless asked', () => {
    expect(
      isClose([infinite, -infinite, infinite, 1, infinite], [infinite, -infinite, -infinite, infinite, 1]).toArray(),
    ).toEqual([1, 1, 0, 0, 0])
    expect(isClose([Number.NaN, Number.NaN], [Number.NaN, 1]).toArray()).toEqual([0, 0])
    expect(isClose([Number.NaN, Number.NaN], [Number.NaN, 1], { equalNaN: true }).toArray()).toEqual([1, 0])
  })
  it('broadcasts, and tells whole numbers apart that no float holds', () => {
    expect(isClose(ones([2, 2]), [1, 2]).toArray()).toEqual([
      [1, 0],
      [1, 0],
    ])
    const whole = (value: number) => tensor([value], { dtype: 'int32' })
    expect(isClose(whole(2 ** 24 + 1), whole(2 ** 24 + 1), { relative: 0, absolute: 0 }).toArray()).toEqual([1])
  })
  it('refuses tolerances below 0 and options nobody reads', () => {
    expect(refusal(() => isClose(1, 1, { relative: -1 }))).toContain('relative is -1; it must be a number of 0 or more')
    expect(refusal(() => allClose(1, 1, { rtol: 1 } as never))).toContain('Known: relative, absolute, equalNaN')
  })
})

it('allClose is one boolean of JavaScript, and holds no memory', () => {
  const before = memory().buffers
  expect(allClose([0.1, 0.2], [0.1, 0.20000001])).toBe(true)
  expect(allClose([0.1, 0.2], [0.1, 0.201])).toBe(false)
  expect(allClose([], [])).toBe(true)
  expect(refusal(() => allClose([1, 2], [1, 2, 3]))).toContain('do not broadcast')
  expect(memory().buffers).toBe(before)
})

describe('eye, tril and triu', () => {
  it('have their diagonal where row and column are equal', () => {
    expect(eye(2, 3, 'int32')).toEqual(
      tensor(
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
        { dtype: 'int32' },
      ),
    )
    expect(eye(3)).toEqual(
      tensor([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]),
    )
    expect(eye(0).shape).toEqual([0, 0])
  })
  it('keep one side of a diagonal', () => {
    expect(tril(matrix).toArray()).toEqual([
      [1, 0, 0],
      [4, 5, 0],
      [7, 8, 9],
    ])
    expect(triu(matrix, 1).toArray()).toEqual([
      [0, 2, 3],
      [0, 0, 6],
      [0, 0, 0],
    ])
    expect(tril(matrix, -1).toArray()).toEqual([
      [0, 0, 0],
      [4, 0, 0],
      [7, 8, 0],
    ])
    expect(triu(matrix, -5)).toEqual(matrix)
    expect(sum(tril(matrix, -(2 ** 40))).item()).toBe(0)
  })
  it('work on batches of oblong matrices, and keep the dtype', () => {
    const x = ones([2, 2, 3], 'uint8')
    expect(triu(x).toArray()).toEqual(
      Array(2).fill([
        [1, 1, 1],
        [0, 1, 1],
      ]),
    )
    expect([triu(x).dtype, tril(ones([2, 2], 'bool')).dtype]).toEqual(['uint8', 'bool'])
  })
  it('have gradients', async () => {
    await checkOp((x) => tril(x, 1), [input([2, 3, 4])], { second: true })
    await checkOp((x) => triu(x), [input([3, 3])], { second: true })
  })
  it('refuse what is not a matrix and no whole diagonal', () => {
    expect(refusal(() => tril([1, 2]))).toContain('it must hold matrices')
    expect(refusal(() => triu(matrix, 0.5))).toContain('the diagonal is 0.5')
    expect(refusal(() => eye(-1))).toContain('the shape is [-1, -1]')
    expect(refusal(() => eye(2, 2, 'float16' as never))).toContain("Use 'float32'")
  })
})

it('onesLike and zerosLike take shape and dtype of another', () => {
  const x = tensor([[1, 2]], { dtype: 'int32' })
  expect(onesLike(x)).toEqual(ones([1, 2], 'int32'))
  expect(zerosLike(x, 'float32')).toEqual(tensor([[0, 0]]))
  expect(refusal(() => onesLike([1] as never))).toContain('it must be a tensor')
})

describe('unstack', () => {
  it('is the way back from stack, on any axis', () => {
    const columns = unstack(matrix, -1)
    expect(columns.map((column) => column.toArray())).toEqual([
      [1, 4, 7],
      [2, 5, 8],
      [3, 6, 9],
    ])
    expect(stack(columns, { axis: 1 })).toEqual(matrix)
    expect(unstack(tensor([5, 6])).map((one) => one.item())).toEqual([5, 6])
    expect(unstack(ones([2, 0]), 1)).toEqual([])
  })
  it('has gradients', () => checkOp((x) => stack(unstack(x, 1).reverse()), [input([2, 3, 2])], { second: true }))
})

describe('median', () => {
  it('is the element in the middle, or the mean of two', () => {
    expect(median([3, 1, 10]).item()).toBe(3)
    expect(median([3, 1, 10, 2]).item()).toBe(2.5)
    expect(median(matrix, { axes: 0 }).toArray()).toEqual([4, 5, 6])
    expect(median(matrix, { axes: 1, keepDims: true }).toArray()).toEqual([[2], [5], [8]])
    expect(median(tensor(7)).item()).toBe(7)
    const x = tensor(
      Float32Array.from({ length: 24 }, (_, i) => (i * 7) % 24),
      { shape: [2, 3, 4] },
    )
    // Rows i and i + 12 of the flat numbers, for each of the middle axis: worked out by sorting in JavaScript.
    const expected = [0, 1, 2].map((row) => {
      const all = [0, 1].flatMap((outer) => [0, 1, 2, 3].map((inner) => ((outer * 12 + row * 4 + inner) * 7) % 24))
      const ordered = all.sort((a, b) => a - b)
      return (ordered[3] + ordered[4]) / 2
    })
    expect(median(x, { axes: [0, 2] }).toArray()).toEqual(expected)
  })
  it('is NaN where any element is, and infinite where the middle is', () => {
    expect(
      median(
        [
          [1, Number.NaN, 2],
          [infinite, infinite, 0],
        ],
        { axes: 1 },
      ).toArray(),
    ).toEqual([Number.NaN, infinite])
  })
  it('sends its gradient to the middle', async () => {
    await checkOp((x) => median(x, { axes: 1 }), [input([3, 5])])
    await checkOp((x) => median(x, { axes: [0, -1] }), [input([2, 3, 2])])
  })
  it('refuses what is empty', () => {
    expect(refusal(() => median(ones([0, 2]), { axes: 0 }))).toContain('there is nothing to reduce')
  })
})
