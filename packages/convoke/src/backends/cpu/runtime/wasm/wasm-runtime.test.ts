import { describe, expect, test } from 'vitest'
import { type Target, vectorProgram, wasm } from '../../program/index.ts'
import { createKeptCalls } from '../call-table.ts'
import { platform } from '../platform/node.ts'
import type { Platform } from '../platform/platform.ts'
import type { Runtime } from '../runtime.ts'
import { wasmRuntime } from './index.ts'

function runtimeOn(host: Platform, options: Parameters<typeof wasmRuntime>[1] = {}): Runtime {
  const found = wasmRuntime(host, { strict: true, ...options })
  if (!('runtime' in found)) throw new Error(found.reason)
  return found.runtime
}

/** y = i · x over n vectors. */
const scaled = (target: Target, factor: number) =>
  vectorProgram(`scaled ${factor}`, target, (b) => {
    const [x, y, scale] = [b.pointer('x'), b.pointer('y'), b.constant(factor)]
    b.loop(b.integer('n'), () => {
      b.store(y, 0, b.mul(scale, b.load(x)))
      b.advance(x, b.bytes)
      b.advance(y, b.bytes)
    })
  })

const alone: Platform = { ...platform, withoutThreads: 'the page is not cross-origin isolated' }

describe('the wasm runtime', () => {
  test('runs kernels on workers with the same bits as alone, and kernels they have not seen', async () => {
    const runtime = runtimeOn(platform, { threads: 3 })
    const [x, y] = [runtime.allocate(4 * 64), runtime.allocate(4 * 64 * 300)]
    x.float32().forEach((_, i, all) => {
      all[i] = Math.cos(i)
    })
    const kernels = Array.from({ length: 300 }, (_, i) => runtime.assemble(scaled(wasm, i)))
    const calls = kernels.map((kernel, i) => ({ kernel, values: [x.address, y.address + 4 * 64 * i, 16] }))
    const expected = Float32Array.from({ length: 64 * 300 }, (_, i) => Math.floor(i / 64) * x.float32()[i % 64])
    runtime.run(calls.slice(0, 10))
    // Workers come up in the background; runs before that are the calling thread's alone.
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (let turn = 0; turn < 200; turn++) {
      y.float32().fill(0)
      runtime.run(calls)
      expect(y.float32().every((value, i) => value === expected[i])).toBe(true)
    }
  })

  test('keeps its code within the budget over a thousand kernels, and runs dropped ones again', () => {
    const runtime = runtimeOn(platform, { threads: 2, codeBudget: 20_000 })
    const [x, y] = [runtime.allocate(64), runtime.allocate(64)]
    x.float32().fill(2)
    const kernels = Array.from({ length: 1000 }, (_, i) => runtime.assemble(scaled(wasm, i)))
    const { used } = runtime.memory()
    for (const turn of [0, 1]) {
      kernels.forEach((kernel, i) => {
        runtime.run([{ kernel, values: [x.address, y.address, 1] }])
        expect(y.float32()[0]).toBe(2 * i)
      })
      expect(runtime.code().used, `turn ${turn}`).toBeLessThanOrEqual(20_000)
      expect(runtime.memory().used - used).toBeLessThan(100_000)
    }
  })

  test('runs calls as they were kept, with kernels that were dropped since and made again', () => {
    const runtime = runtimeOn(platform, { threads: 1, codeBudget: 20_000 })
    const [x, y] = [runtime.allocate(64), runtime.allocate(64 * 2)]
    x.float32().fill(2)
    const calls = [3, 5].map((factor, i) => ({
      kernel: runtime.assemble(scaled(wasm, factor)),
      values: [x.address, y.address + 64 * i, 1],
    }))
    const kept = createKeptCalls()
    for (let turn = 0; turn < 4; turn++) {
      y.float32().fill(0)
      runtime.run(calls, [], kept)
      expect([y.float32()[0], y.float32()[16]]).toEqual([6, 10])
      expect(kept.written).toBeDefined()
      if (turn === 1) continue
      // More code than the budget holds.
      for (let i = 0; i < 20; i++) {
        runtime.run([{ kernel: runtime.assemble(scaled(wasm, 100 + i)), values: [x.address, y.address, 1] }])
      }
    }
  })

  test('works on one thread where memory cannot be shared, and says why', () => {
    const runtime = runtimeOn(alone)
    const y = runtime.allocate(64)
    y.float32().fill(3)
    runtime.run([{ kernel: runtime.assemble(scaled(wasm, 2)), values: [y.address, y.address, 4] }])
    expect([...y.float32()]).toEqual(Array(16).fill(6))
    expect(runtime.threads()).toBe(1)
    expect(runtime.description()).toContain('the page is not cross-origin isolated')
    expect(() => runtime.setThreads(2)).toThrow(/2 threads cannot share memory here/)
  })

  test.each([
    ['shared', platform],
    ['not shared', alone],
  ])('grows its memory under buffers that stay where they are: %s', (_, host) => {
    const runtime = runtimeOn(host)
    const first = runtime.allocate(64)
    first.float32().fill(1)
    const others = Array.from({ length: 4 }, () => runtime.allocate(2 ** 25))
    expect([...first.float32()]).toEqual(Array(16).fill(1))
    others[3].float32().fill(2)
    for (const other of others) runtime.free(other)
    const { reserved } = runtime.memory()
    for (let i = 0; i < 20; i++) runtime.free(runtime.allocate(2 ** 27))
    expect(runtime.memory().reserved).toBe(reserved)
  })

  test('refuses what 4 GiB cannot hold, with sizes, and goes on working', () => {
    const runtime = runtimeOn(alone)
    expect(() => runtime.allocate(2 ** 33, 'a tensor')).toThrow(/out of memory: a tensor needs 8 GiB/)
    expect(runtime.allocate(64).byteLength).toBe(64)
  })
})
