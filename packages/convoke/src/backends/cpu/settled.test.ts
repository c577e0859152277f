import { expect, it } from 'vitest'
import { convSpec } from '../../shapes/conv-spec.ts'
import { availableBackends, onBackend } from '../../testing/check-op.ts'
import type { Buffer, KernelSpecs } from '../backend.ts'
import { currentBackend } from '../current.ts'
import * as kernels from '../kernels/index.ts'

const spec: KernelSpecs['conv'] = {
  conv: convSpec('test', [1, 6, 6, 16], [1, 1, 16, 32], {}),
  ...{ epilogue: null, precision: 'fast', training: false },
}

it.each(availableBackends().filter((name) => name !== 'reference'))(
  'a settled filter serves the kernel that packed it, and nobody else, on %s',
  async (name) => {
    await onBackend(name, () => {
      const backend = currentBackend()
      const of = (length: number, at: (i: number) => number): Buffer => {
        const buffer = backend.allocate('float32', length)
        backend.write(
          buffer,
          Float32Array.from({ length }, (_, i) => at(i)),
        )
        return buffer
      }
      const x = of(6 * 6 * 16, (i) => (i % 7) - 3)
      const filter = of(16 * 32, (i) => (i % 5) - 2)
      const y = backend.allocate('float32', 6 * 6 * 32)
      const run = (): Float32Array => {
        backend.run(kernels.conv, spec, [x, filter], [y])
        return backend.readSync?.(y) as Float32Array
      }
      // Before anything is packed there is nothing to go without.
      backend.settle?.(filter)
      const expected = run()
      expect(expected[0]).toBe(
        Array.from({ length: 16 }, (_, c) => ((c % 7) - 3) * (((32 * c) % 5) - 2)).reduce((a, b) => a + b),
      )
      backend.settle?.(filter)
      expect(run()).toEqual(expected)
      expect(() => backend.readSync?.(filter)).toThrow('Only the packed form of this buffer is left')
      expect(() => backend.write(filter, new Float32Array(16 * 32))).toThrow('Only the packed form')
      const copy = backend.allocate('float32', 16 * 32)
      expect(() => backend.run(kernels.unary, { op: 'negate', activation: null }, [filter], [copy])).toThrow(
        'Only the packed form',
      )
      // Written to, or for another kernel, it is refused; what was there stays.
      expect(run()).toEqual(expected)
      for (const buffer of [x, filter, y, copy]) backend.release(buffer)
    })
  },
)
