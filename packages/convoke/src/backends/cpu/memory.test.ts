// Memory over a long life: training, changing shapes, and more than 32-bit addresses reach.

import { freemem } from 'node:os'
import { describe, expect, test } from 'vitest'
import { sizeOf } from '../../shapes/broadcast.ts'
import { type ConvSpec, convShapes } from '../../shapes/conv-spec.ts'
import { currentBackend, useBackend } from '../current.ts'
import * as kernels from '../kernels/index.ts'
import { createCpuBackend } from './backend.ts'
import { specOf } from './kernels/convolution/testing/specs.ts'
import { nativeRuntime } from './runtime/native/index.ts'
import { platform } from './runtime/platform/node.ts'
import type { RuntimeOrReason } from './runtime/runtime.ts'
import { wasmRuntime } from './runtime/wasm/index.ts'
import { train } from './testing/fuzz/soak.ts'

const codeBudget = 2 ** 20

const makers: readonly (readonly [string, () => RuntimeOrReason])[] = [
  ['native', () => nativeRuntime(platform, { threads: 2, codeBudget })],
  ['wasm', () => wasmRuntime(platform, { threads: 2, codeBudget })],
]

describe.each(makers)('the engine on %s', (name, make) => {
  const found = make()
  if (!('runtime' in found)) {
    test.skip(`is not tested: ${found.reason}`, () => {})
    return
  }
  const { runtime } = found

  test('trains for 500 steps in constant memory', async () => {
    const before = currentBackend()
    await useBackend(createCpuBackend(runtime))
    try {
      const { changes, firstLoss, lastLoss, before: first, after } = train(runtime, 500)
      expect(after).toEqual(first)
      expect(changes).toBe(0)
      expect(lastLoss).toBeLessThan(firstLoss / 2)
    } finally {
      await useBackend(before)
    }
  })

  test('keeps code and tables within bounds over 1,000 shapes', () => {
    const backend = createCpuBackend(runtime)
    const shapes = Array.from({ length: 1000 }, (_, i) => shapeOf(i))
    const run = (conv: ConvSpec): void => {
      const { input, filter, output } = convShapes(conv)
      const buffers = [input, filter, output].map((shape) => backend.allocate('float32', sizeOf(shape)))
      for (const buffer of buffers) backend.write(buffer, new Float32Array(buffer.length))
      backend.run(kernels.conv, { conv, epilogue: null, precision: 'exact' }, buffers.slice(0, 2), buffers.slice(2))
      for (const buffer of buffers) backend.release(buffer)
    }
    const uses: number[] = []
    shapes.forEach((conv, i) => {
      run(conv)
      // Every kernel that one run needs may stand beside the budget's.
      expect(runtime.code().used, `${name} after ${i + 1} shapes`).toBeLessThanOrEqual(codeBudget)
      if (i % 100 === 99) uses.push(runtime.memory().used)
    })
    // 512 plans are kept: from there on, those that come replace those that go.
    const [full, last] = [uses[5], uses[9]]
    expect(last).toBeLessThan(full * 1.25)
    // What all 1,000 would have left behind grows by the tables of the other 400.
    const kept = uses[5] - uses[0]
    // Tables differ in size: from nine output channels on, tiles of eight lanes are two vectors wide and more in number.
    expect(last - uses[5]).toBeLessThan(kept / 3)
  })
})

/** The `i`-th of a thousand distinct convolutions, small but with tables and programs of their own. */
const shapeOf = (i: number): ConvSpec =>
  specOf({
    size: [5 + (i % 10), 5 + (Math.floor(i / 10) % 10)],
    channels: [3, 5 + Math.floor(i / 100)],
    kernel: [3, 1 + (i % 3)],
    padding: 1,
  })

test('tensors take more than 4 GiB in all on native', ({ skip }) => {
  const found = nativeRuntime(platform, { threads: 1 })
  if (!('runtime' in found)) return skip(found.reason)
  const each = 2 ** 28
  const count = 5
  const needed = each * 4 * (count + 1)
  if (freemem() < needed * 1.3) return skip(`this needs ${needed / 2 ** 30} GiB of free memory`)
  const backend = createCpuBackend(found.runtime)
  const buffers = Array.from({ length: count }, () => backend.allocate('float32', each))
  const ends = { shape: [2], inputStrides: [1], outputStrides: [each - 1], inputOffset: 0, outputOffset: 0 }
  const pick = { shape: [2], inputStrides: [each - 1], outputStrides: [1], inputOffset: 0, outputOffset: 0 }
  const [pair, read] = [backend.allocate('float32', 2), backend.allocate('float32', 2)]
  buffers.forEach((buffer, i) => {
    backend.write(pair, [i + 1, -i - 1])
    backend.run(kernels.copy, ends, [pair], [buffer])
  })
  buffers.forEach((buffer, i) => {
    backend.run(kernels.copy, pick, [buffer], [read])
    expect([...backend.readSync!(read)]).toEqual([i + 1, -i - 1])
  })
  expect(found.runtime.memory().used).toBeGreaterThan(2 ** 32)
  for (const buffer of buffers) backend.release(buffer)
  found.runtime.trim()
})
