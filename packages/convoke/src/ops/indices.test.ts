// Indices on a backend that cannot be read at once, as a GPU's cannot: the reference without its `readSync`.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Backend,
  createReferenceBackend,
  currentBackend,
  gather,
  gatherElements,
  oneHot,
  tensor,
  useBackend,
} from '../index.ts'

const { readSync: _, ...device } = createReferenceBackend()
let before: Backend

beforeAll(async () => {
  before = currentBackend()
  await useBackend({ ...device, name: 'device' })
})
afterAll(() => useBackend(before))

const x = () => tensor([10, 20, 30, 40])
const values = async (y: { data(): Promise<ArrayLike<number>> }) => Array.from(await y.data())

describe('indices on a backend that cannot be read at once', () => {
  it('count from the end where they are negative, as numbers and as a tensor', async () => {
    expect(await values(gather(x(), [0, -1, -4]))).toEqual([10, 40, 10])
    expect(await values(gather(x(), tensor([0, -1, -4], { dtype: 'int32' })))).toEqual([10, 40, 10])
    expect(await values(gatherElements(x(), tensor([3, -2], { dtype: 'int32' })))).toEqual([40, 30])
  })
  it('are refused as numbers where they are outside', () => {
    expect(() => gather(x(), [0, 4])).toThrow('gather: index 4 is outside an axis of length 4. Use -4 to 3.')
    expect(() => oneHot([0, -1], 3)).toThrow('oneHot: index -1 is outside an axis of length 3. Use 0 to 2.')
    expect(() => gather(x(), [0.5])).toThrow('element 0 is 0.5')
  })
  it('never reach a kernel from outside: a tensor is brought into range', async () => {
    expect(await values(gather(x(), tensor([-9, 9, 1], { dtype: 'int32' })))).toEqual([10, 40, 20])
    expect(await values(oneHot(tensor([-1, 7], { dtype: 'int32' }), 2))).toEqual([1, 0, 0, 1])
  })
  it('keep their shape', () => {
    expect(
      gather(x(), [
        [0, 1],
        [2, 3],
      ]).shape,
    ).toEqual([2, 2])
  })
})
