import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { concat, split } from '../../ops/index.ts'
import { ones, tensor } from '../../tensor/index.ts'
import { currentBackend, useBackend } from '../current.ts'
import { backends } from '../registry.ts'
import * as plans from './plan/index.ts'

vi.mock('./plan/index.ts', async (original) => {
  const actual = await original<typeof plans>()
  return { ...actual, planKernel: vi.fn(actual.planKernel) }
})

const usable = backends()
  .filter(({ name, available }) => available && (name === 'native' || name === 'wasm'))
  .map(({ name }) => name)
const before = currentBackend()
beforeEach(() => {
  vi.mocked(plans.planKernel).mockClear()
})
afterEach(() => useBackend(before))

test.each(usable)('thousands of tensors are joined and cut by a plan or two on %s', async (name) => {
  await useBackend(name)
  const parts = Array.from({ length: 2000 }, (_, i) => tensor([i, -i, i + 0.5]))
  vi.mocked(plans.planKernel).mockClear()
  const whole = concat(parts)
  const pieces = split(whole, 2000)
  expect(vi.mocked(plans.planKernel).mock.calls.length).toBeLessThanOrEqual(4)
  const expected = Array.from({ length: 2000 }, (_, i) => [i, -i, i + 0.5])
  expect([...whole.dataSync()]).toEqual(expected.flat())
  expect(pieces.map((piece) => piece.toArray())).toEqual(expected)
})

test.each(usable)('pieces that begin between words of four bytes keep their bytes on %s', async (name) => {
  await useBackend(name)
  const lengths = Array.from({ length: 40 }, (_, i) => (i * 7) % 13)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const numbers = Array.from({ length: total }, (_, i) => i % 251)
  const x = tensor(numbers, { dtype: 'uint8' })
  const pieces = split(x, lengths)
  let start = 0
  for (const [i, length] of lengths.entries()) {
    expect(pieces[i].toArray()).toEqual(numbers.slice(start, start + length))
    start += length
  }
  expect(concat(pieces).toArray()).toEqual(numbers)
  expect(concat([ones([3], 'uint8'), x]).toArray()).toEqual([1, 1, 1, ...numbers])
})
