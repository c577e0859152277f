import { afterEach, describe, expect, it } from 'vitest'
import { add } from '../ops/index.ts'
import { memory, ones, tensor } from '../tensor/index.ts'
import type { Backend } from './backend.ts'
import { backends, currentBackend, useBackend } from './current.ts'
import { createReferenceBackend } from './reference/index.ts'

const first = currentBackend()
afterEach(async () => void (await useBackend(first)))

describe('backends', () => {
  it('lists every backend with a reason, the reference always available', () => {
    const list = backends()
    expect(list.find(({ name }) => name === 'reference')?.available).toBe(true)
    for (const { reason } of list) expect(reason.length).toBeGreaterThan(10)
  })
  it('the default is the best available', () => {
    expect(currentBackend().name).toBe(backends().find(({ available }) => available)?.name)
  })
})

describe('useBackend', () => {
  it('switches by name, and answers with the backend', async () => {
    expect((await useBackend('reference')).name).toBe('reference')
    expect(currentBackend().name).toBe('reference')
  })
  it('takes a backend of your own, which new tensors go to', async () => {
    const own = createReferenceBackend({ floats: 'float64' })
    await useBackend(own)
    expect(currentBackend()).toBe(own)
    expect(tensor([0.1]).item()).toBe(0.1)
  })
  it('carries tensors over when an op needs them, and frees the copies', async () => {
    await useBackend('reference')
    const x = tensor([1, 2])
    await useBackend(createReferenceBackend())
    const before = memory().buffers
    const y = add(x, x)
    expect(memory().buffers).toBe(before + 1)
    expect(y.toArray()).toEqual([2, 4])
    expect(x.toArray()).toEqual([1, 2])
  })
  it('refuses what is no backend, and says what there is', async () => {
    await expect(useBackend('cuda')).rejects.toThrow(/useBackend: there is no backend "cuda". Known: .*'reference'/)
    for (const wrong of [null, undefined, {}, 3]) {
      await expect(useBackend(wrong as unknown as Backend)).rejects.toThrow('neither a backend')
    }
    expect(currentBackend()).toBe(first)
  })
  it('says why a tensor of an asynchronous backend cannot be read at once', async () => {
    const { readSync: _, ...asynchronous } = createReferenceBackend()
    await useBackend({ ...asynchronous, name: 'remote' })
    const x = ones([2])
    expect(() => x.dataSync()).toThrow('dataSync: the remote backend only reads asynchronously. Use await x.data().')
    expect(Array.from(await x.data())).toEqual([1, 1])
    await useBackend('reference')
    expect(() => add(x, 1)).toThrow("Make the tensor again after useBackend('reference')")
  })
  it('gives memory back when a kernel fails', async () => {
    const failing: Backend = {
      ...createReferenceBackend(),
      run: () => {
        throw new Error('the device is lost')
      },
    }
    const x = ones([2])
    await useBackend(failing)
    const before = memory()
    expect(() => add(x, x)).toThrow('the device is lost')
    expect(memory()).toEqual(before)
  })
})
