import { afterEach, describe, expect, it } from 'vitest'
import { add } from '../ops/index.ts'
import { memory, ones, tensor } from '../tensor/index.ts'
import type { Backend } from './backend.ts'
import { currentBackend, useBackend } from './current.ts'
import { createReferenceBackend } from './reference/index.ts'
import { backends, registerBackend } from './registry.ts'

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

describe('registerBackend', () => {
  const reportOf = (name: string) => backends().find((report) => report.name === name)
  const described = { describe: () => 'a backend for tests' }

  it('lets a backend be found by name, opened once', async () => {
    let times = 0
    const open = () => {
      times++
      return createReferenceBackend({ floats: 'float64' })
    }
    registerBackend({ ...described, name: 'double', open })
    expect(reportOf('double')).toMatchObject({ available: true, reason: expect.stringContaining('for tests') })
    await useBackend('double')
    expect(tensor([0.1]).item()).toBe(0.1)
    expect(times).toBe(1)
    expect(() => registerBackend({ ...described, name: 'double', open })).toThrow('the backend "double" already exists')
  })
  it('waits for one that takes its time, while the default is there at once', async () => {
    let arrive: (backend: Backend) => void = () => {}
    const device = new Promise<Backend>((resolve) => {
      arrive = resolve
    })
    registerBackend({ ...described, name: 'device', open: () => device })
    expect(reportOf('device')).toMatchObject({
      available: false,
      reason: expect.stringContaining('opens asynchronously'),
    })
    expect(currentBackend()).toBe(first)
    const chosen = useBackend('device')
    arrive({ ...createReferenceBackend(), name: 'device' })
    expect((await chosen).name).toBe('device')
    expect(reportOf('device')?.available).toBe(true)
  })
  it('says why one that failed to open is not there', async () => {
    registerBackend({ ...described, name: 'broken', open: () => Promise.reject(new Error('no adapter')) })
    await expect(useBackend('broken')).rejects.toThrow("useBackend: 'broken' is not available here: no adapter.")
    expect(reportOf('broken')).toEqual({ name: 'broken', available: false, reason: 'no adapter' })
    expect(currentBackend()).toBe(first)
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
