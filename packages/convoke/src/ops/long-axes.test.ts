// Windows over axes long enough that plans no longer write them out, against numbers known in closed form.

import { expect, test } from 'vitest'
import { valueAndGradients } from '../autodiff/gradients.ts'
import { backends, currentBackend, useBackend } from '../backends/current.ts'
import { ones, tensor } from '../tensor/create.ts'
import { conv1d, conv2d } from './conv.ts'
import { maxPool } from './pooling.ts'
import { resize } from './resize.ts'
import { sum } from './stretch.ts'

const length = 2 ** 20
const usable = backends()
  .filter(({ name, available }) => available && name !== 'reference')
  .map(({ name }) => name)

test.each(usable)('a first pooling and resize of a million samples take little of the heap on %s', async (name) => {
  const before = currentBackend()
  await useBackend(name)
  try {
    const x = tensor(
      Float32Array.from({ length }, (_, i) => i % 1000),
      { shape: [1, length, 1] },
    )
    const heap = process.memoryUsage().heapUsed
    const start = performance.now()
    const { gradients } = valueAndGradients(() => sum(maxPool(x, 2)), [x])
    const half = resize(x, { size: length / 2 })
    const odd = resize(x, { size: length / 2 - 1, mode: 'nearest' })
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(60e6)
    expect(performance.now() - start).toBeLessThan(10_000)
    // Each pair's second sample is the larger, and a half is the mean of a pair.
    expect([...gradients[0].dataSync().subarray(length - 8)]).toEqual([0, 1, 0, 1, 0, 1, 0, 1])
    const [at, sample] = [400_123, 800_246]
    expect(half.dataSync()[at]).toBe((sample % 1000) + 0.5)
    expect(odd.dataSync()[at]).toBe(Math.ceil(((at + 0.5) * length) / (length / 2 - 1) - 1) % 1000)
  } finally {
    await useBackend(before)
  }
})

test.each(usable)(
  'convolutions of padding and of no channels are not planned position by position on %s',
  async (name) => {
    const before = currentBackend()
    await useBackend(name)
    try {
      const heap = process.memoryUsage().heapUsed
      const start = performance.now()
      const padding = 2 ** 20
      const y = conv1d(ones([1, 4, 1]), ones([3, 1, 1]), { padding, bias: [0.5] }).dataSync()
      expect(y.length).toBe(2 * padding + 2)
      expect([...y.subarray(padding - 3, padding + 5)]).toEqual([0.5, 1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 0.5])
      expect([y[0], y[padding - 3], y.at(-1)]).toEqual([0.5, 0.5, 0.5])
      const around = conv2d(ones([1, 2, 2, 1]), ones([3, 3, 1, 1]), { padding: 300 }).dataSync()
      // Every tap meets every pixel once.
      expect([...around].reduce((sum, value) => sum + value, 0)).toBe(36)
      const none = conv2d(ones([1, 512, 512, 0]), ones([3, 3, 0, 1]), { padding: 1 }).dataSync()
      expect(none.every((value) => value === 0)).toBe(true)
      expect(performance.now() - start).toBeLessThan(10_000)
      expect(process.memoryUsage().heapUsed - heap).toBeLessThan(60e6)
    } finally {
      await useBackend(before)
    }
  },
)
