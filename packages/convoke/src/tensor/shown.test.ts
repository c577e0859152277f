// What others see of a tensor: printed, compared, written as JSON, sent.

import { deepEqual, deepStrictEqual } from 'node:assert'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import { refusal } from '../testing/refusal.ts'
import { arange, ones, type Tensor, tensor, zeros } from './index.ts'

const square = (): Tensor =>
  tensor([
    [1, 2],
    [3, 4],
  ])
const other = tensor([
  [1, 2],
  [3, 5],
])

const gone = (): Tensor => {
  const x = square()
  x.dispose()
  return x
}

describe('a large tensor, printed', () => {
  it.each(availableBackends())('shows the ends of each axis on %s', (name) =>
    onBackend(name, () => {
      expect(inspect(arange(1001))).toBe('tensor float32 [1001] [0, 1, 2, …, 998, 999, 1000]')
      expect(String(arange(0, 2000, 1, 'int32'))).toBe('tensor int32 [2000] [0, 1, 2, …, 1997, 1998, 1999]')
      const bytes = tensor(
        Uint8Array.from({ length: 1210 }, (_, i) => i % 11),
        { shape: [110, 11] },
      )
      const row = '[0, 1, 2, …, 8, 9, 10]'
      expect(String(bytes)).toBe(`tensor uint8 [110, 11] [${[row, row, row, '…', row, row, row].join(',\n ')}]`)
    }),
  )
  it('shows short axes whole', () => {
    expect(String(zeros([2, 600]))).toBe('tensor float32 [2, 600] [[0, 0, 0, …, 0, 0, 0],\n [0, 0, 0, …, 0, 0, 0]]')
  })
})

describe('equality in tests', () => {
  it('is that of values, shape and dtype', () => {
    expect(square()).toEqual(square())
    expect(square()).toStrictEqual(square())
    expect({ list: [square()] }).toEqual({ list: [square()] })
    expect(square()).not.toEqual(other)
    expect({ list: [square()] }).not.toEqual({ list: [other] })
    expect(square()).not.toEqual(tensor([1, 2, 3, 4]))
    expect(ones([2])).not.toEqual(ones([2], 'int32'))
    expect(tensor(1)).not.toEqual(tensor(2))
    expect(ones([1])).not.toEqual(ones([]))
    expect(ones([0, 2])).not.toEqual(ones([0, 3]))
  })
  it('says both values where they differ', () => {
    const said = (body: () => void): string => {
      try {
        body()
      } catch (error) {
        return String(error)
      }
      return ''
    }
    expect(said(() => expect(square()).toEqual(other))).toContain('[[1, 2],\n [3, 4]] to deeply equal')
    expect(refusal(() => expect(gone()).toEqual(square()))).toContain('it has been disposed')
  })
  it('is identity to node:assert, which looks at own properties alone and must not take other values for equal', () => {
    for (const same of [deepEqual, deepStrictEqual]) {
      expect(() => same(square(), other)).toThrow('deep-equal')
      expect(() => same(square(), square())).toThrow('deep-equal')
      same({ x: other }, { x: other })
    }
  })
})

describe('as JSON', () => {
  it('has shape, dtype and nested values', () => {
    expect(JSON.stringify({ x: square() })).toBe('{"x":{"shape":[2,2],"dtype":"float32","values":[[1,2],[3,4]]}}')
    expect(JSON.stringify(tensor(7, { dtype: 'uint8' }))).toBe('{"shape":[],"dtype":"uint8","values":7}')
  })
  it.each<[string, Tensor]>([
    ['floats', tensor([0.1, -3e-39, 16777216])],
    ['what JSON has no number for', tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])],
    ['no elements', zeros([2, 0, 3])],
    ['one number', tensor(5)],
    ['truth', tensor([[true, false]])],
    ['bytes', tensor(new Uint8Array([0, 255]))],
  ])('%s make the same tensor again', (_, x) => {
    const again = tensor(JSON.parse(JSON.stringify(x)))
    expect([again.shape, again.dtype]).toEqual([x.shape, x.dtype])
    expect(again.dataSync()).toEqual(x.dataSync())
  })
  it('takes a flat typed array of values, too, and refuses other text and wrong lengths', () => {
    expect(tensor({ shape: [2, 1], values: new Int32Array([4, 5]) }).toJSON()).toEqual({
      shape: [2, 1],
      dtype: 'int32',
      values: [[4], [5]],
    })
    expect(refusal(() => tensor({ shape: [1], values: ['1'] }))).toContain('only numbers and booleans')
    expect(refusal(() => tensor({ shape: [3], values: [1, 2] }))).toContain('do not fill shape [3]')
    expect(refusal(() => tensor(square() as never))).toContain('the value is Tensor')
    expect(refusal(() => JSON.stringify(gone()))).toContain('it has been disposed')
  })
})

describe('what cannot keep the values refuses', () => {
  it('structuredClone and postMessage', () => {
    const way = /send x\.toJSON\(\), which tensor\(…\) takes back/
    expect(() => structuredClone(square())).toThrow(way)
    expect(() => structuredClone({ deep: [square()] })).toThrow(way)
    const { port1 } = new MessageChannel()
    expect(() => port1.postMessage(square())).toThrow(way)
    port1.close()
    expect(tensor(structuredClone(square().toJSON()))).toEqual(square())
  })
  it('operators, but on one element', () => {
    const loose = square() as unknown as number
    expect(refusal(() => loose + 1)).toContain('operators such as + and > take no tensors. Use add(x, y)')
    expect(refusal(() => loose > 2)).toContain('all(…).item() in an if')
    const one = tensor([[3]]) as unknown as number
    expect([one > 2, one * 2, `${tensor([3])}`]).toEqual([true, 6, 'tensor float32 [1] [3]'])
  })
})

it('is iterated over along its first axis', () => {
  expect([...square()]).toEqual([
    [1, 2],
    [3, 4],
  ])
  expect([...tensor([5, 6])]).toEqual([5, 6])
  expect([...tensor(7)]).toEqual([7])
  expect([...zeros([2, 0])]).toEqual([[], []])
})
