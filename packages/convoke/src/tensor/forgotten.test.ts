import { afterAll, describe, expect, test } from 'vitest'
import { scope } from '../autodiff/gradients.ts'
import { currentBackend, useBackend } from '../backends/current.ts'
import { createDryBackend } from '../backends/dry/index.ts'
import { backends } from '../backends/registry.ts'
import { relu } from '../ops/activations.ts'
import { add } from '../ops/arithmetic.ts'
import { ones } from './create.ts'
import { allocateStorage, letGo, memory, type Storage } from './storage.ts'
import type { Tensor } from './tensor.ts'

const before = currentBackend()
afterAll(async () => {
  await useBackend(before)
})
const usable = backends()
  .filter(({ name, available }) => available && name !== 'reference')
  .map(({ name }) => name)

describe.each(usable)('tensors that nobody disposes, on %s', (name) => {
  test.each([2 ** 20, 2 ** 14])(
    'come back within a loop that never leaves to the event loop, %i at a time',
    async (length) => {
      await useBackend(name)
      const start = memory().bytes
      const times = Math.ceil(2 ** 29 / (8 * length))
      let most = 0
      for (let i = 0; i < times; i++) {
        relu(ones([length]))
        most = Math.max(most, memory().bytes - start)
      }
      // Half a GiB went by.
      expect(most).toBeLessThan(200e6)
    },
  )

  test('come back however small they are', async () => {
    await useBackend(name)
    const [x, start] = [ones([100]), memory().buffers]
    let most = 0
    for (let i = 0; i < 600_000; i++) {
      relu(x)
      if (i % 1000 === 0) most = Math.max(most, memory().buffers - start)
    }
    expect(most).toBeLessThan(400_000)
    expect(x.dataSync()[99]).toBe(1)
  }, 120_000)

  test('come back where they left a scope, and not while a handle is left', async () => {
    await useBackend(name)
    const start = memory().bytes
    const held: Tensor[] = []
    let most = 0
    for (let i = 0; i < 100; i++) {
      const y = scope(() => add(ones([2 ** 20]), i))
      if (i % 50 === 0) held.push(y)
      most = Math.max(most, memory().bytes - start)
    }
    expect(most).toBeLessThan(200e6)
    expect(held.map((tensor) => tensor.dataSync()[2 ** 20 - 1])).toEqual([1, 51])
    for (const tensor of held) tensor.dispose()
  })

  test('come back with what they were assigned, once', async () => {
    await useBackend(name)
    const start = memory().bytes
    for (let i = 0; i < 60; i++) {
      const [a, b] = [ones([2 ** 20]), ones([2 ** 20])]
      a.assign(b)
      b.dispose()
    }
    expect(memory().bytes - start).toBeLessThan(200e6)
  })
})

test('more tensors than a heap has room for are refused in words', () => {
  const backend = createDryBackend()
  const taken: Storage[] = []
  try {
    expect(() => {
      for (let i = 0; i < 2 ** 22; i++) taken.push(allocateStorage(backend, 'float32', 1))
    }).toThrow(/^allocate: out of memory: 2097152 tensors are alive\. Dispose them, or use scope\(\)\.$/)
  } finally {
    taken.forEach(letGo)
  }
}, 120_000)
