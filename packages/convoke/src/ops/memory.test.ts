// An op leaves nothing behind but its results: what it needs on the way is freed when it returns, scope or no scope.

import { expect, it } from 'vitest'
import { memory, ones } from '../tensor/index.ts'
import { tensorsOf, workingArguments } from '../testing/every-op.ts'
import { loosely } from '../testing/refusal.ts'
import * as ops from './index.ts'

/** Buffers alive after `body` once its results are disposed. */
function leftBy(body: () => unknown, given: readonly unknown[] = []): number {
  const before = memory().buffers
  for (const result of tensorsOf(body())) if (!given.flat().includes(result)) result.dispose()
  return memory().buffers - before
}

it.each(Object.keys(loosely))('%s leaves only its results', (op) => {
  const args = workingArguments[op]
  expect(leftBy(() => loosely[op](...args), args)).toBe(0)
})

const ones3 = ones([3, 3, 2, 1])

it('numbers, arrays and bytes that stand for tensors are freed, too', () => {
  const x = ones([1, 4, 4, 2])
  const bytes = ops.cast(x, 'uint8')
  const calls = [
    () => ops.add(x, 1),
    () => ops.where(1, 1, 0),
    () => ops.power(x, 2),
    () => ops.sum([1, 2, 3]),
    () => ops.relu(bytes),
    () => ops.conv2d(bytes, ones3, { bias: [1], activation: 'gelu' }),
    () => ops.batchNorm(x, { scale: [1, 2], bias: [3, 4], mean: [0, 0], variance: [1, 1] }),
    () => ops.softmax([[1, 2, 3]]),
  ]
  for (const call of calls) expect(leftBy(call), String(call)).toBe(0)
})

it('an input without a batch axis does not keep its memory beyond dispose', () => {
  const filter = ones([2, 2, 2, 1])
  const before = memory().buffers
  const x = ones([4, 4, 2])
  const y = ops.conv2d(x, filter, { padding: 'same' })
  x.dispose()
  expect(memory().buffers).toBe(before + 1)
  y.dispose()
})
