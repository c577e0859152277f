// Windows over axes long enough that plans no longer write them out, against numbers known in closed form.

import { expect, test } from 'vitest'
import { valueAndGradients } from '../autodiff/gradients.ts'
import { currentBackend, useBackend } from '../backends/current.ts'
import { backends } from '../backends/registry.ts'
import { ones, tensor, zeros } from '../tensor/create.ts'
import { heapHeldBy } from '../testing/live-heap.ts'
import { multiply } from './arithmetic.ts'
import { conv1d, conv2d, convTranspose1d } from './conv.ts'
import { deformConv2d } from './deform.ts'
import { square } from './elementwise.ts'
import { adaptiveAveragePool, adaptiveMaxPool, maxPool } from './pooling.ts'
import { resize } from './resize.ts'
import { sum } from './stretch.ts'
import { unfold } from './unfold.ts'

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
    const start = performance.now()
    const { result, bytes } = heapHeldBy(() => ({
      gradients: valueAndGradients(() => sum(maxPool(x, 2)), [x]).gradients,
      half: resize(x, { size: length / 2 }),
      odd: resize(x, { size: length / 2 - 1, mode: 'nearest' }),
    }))
    const { gradients, half, odd } = result
    expect(bytes).toBeLessThan(60e6)
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
      const start = performance.now()
      const padding = 2 ** 20
      const { result, bytes } = heapHeldBy(() => ({
        y: conv1d(ones([1, 4, 1]), ones([3, 1, 1]), { padding, bias: [0.5] }).dataSync(),
        around: conv2d(ones([1, 2, 2, 1]), ones([3, 3, 1, 1]), { padding: 300 }).dataSync(),
        none: conv2d(ones([1, 512, 512, 0]), ones([3, 3, 0, 1]), { padding: 1 }).dataSync(),
      }))
      const { y, around, none } = result
      expect(y.length).toBe(2 * padding + 2)
      expect([...y.subarray(padding - 3, padding + 5)]).toEqual([0.5, 1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 0.5])
      expect([y[0], y[padding - 3], y.at(-1)]).toEqual([0.5, 0.5, 0.5])
      // Every tap meets every pixel once.
      expect([...around].reduce((sum, value) => sum + value, 0)).toBe(36)
      expect(none.every((value) => value === 0)).toBe(true)
      expect(performance.now() - start).toBeLessThan(10_000)
      expect(bytes).toBeLessThan(60e6)
    } finally {
      await useBackend(before)
    }
  },
)

/** Whole numbers of −3 … 3, so that sums are exact in any order. */
const whole = (shape: readonly number[], step: number) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => ((i * step) % 7) - 3)
  return { data, value: tensor(data, { shape }) }
}

test.each(usable)(
  'convolutions of more taps than outputs, and their gradients, are those of the definition on %s',
  async (name) => {
    const before = currentBackend()
    await useBackend(name)
    try {
      for (const [batch, groups, inner, outer, stride, dilation, padding] of [
        [1, 1, 1, 1, 1, 1, 0],
        [2, 2, 2, 3, 3, 2, 4],
        [1, 3, 1, 1, 2, 1, 1],
        [2, 1, 3, 2, 2, 3, 5],
      ]) {
        const [taps, outputs] = [9001, 5]
        const inputs = (outputs - 1) * stride + (taps - 1) * dilation + 1 - 2 * padding + (stride - 1)
        const [channels, made] = [groups * inner, groups * outer]
        const x = whole([batch, inputs, channels], 5)
        const filter = whole([taps, inner, made], 3)
        const g = whole([batch, outputs, made], 4)
        const options = { groups, stride, dilation, padding, precision: 'exact' } as const
        const y = new Float32Array(g.data.length)
        const toX = new Float32Array(x.data.length)
        const toFilter = new Float32Array(filter.data.length)
        for (let k = 0; k < toFilter.length; k++) {
          const [co, ci, tap] = [k % made, Math.floor(k / made) % inner, Math.floor(k / (made * inner))]
          for (let n = 0; n < batch; n++) {
            for (let o = 0; o < outputs; o++) {
              const i = o * stride + tap * dilation - padding
              if (i < 0 || i >= inputs) continue
              const from = (n * inputs + i) * channels + Math.floor(co / outer) * inner + ci
              const to = (n * outputs + o) * made + co
              y[to] += x.data[from] * filter.data[k]
              toX[from] += g.data[to] * filter.data[k]
              toFilter[k] += x.data[from] * g.data[to]
            }
          }
        }
        expect(conv1d(x.value, filter.value, options).dataSync()).toEqual(y)
        const { gradients } = valueAndGradients(
          () => sum(multiply(conv1d(x.value, filter.value, options), g.value)),
          [x.value, filter.value],
        )
        expect(gradients[0].dataSync().findIndex((value, i) => value !== toX[i])).toBe(-1)
        expect(gradients[1].dataSync().findIndex((value, i) => value !== toFilter[i])).toBe(-1)
      }
    } finally {
      await useBackend(before)
    }
  },
)

test.each(usable)('a convolution by a filter of a million taps is planned without them on %s', async (name) => {
  const before = currentBackend()
  await useBackend(name)
  try {
    const [x, filter] = [ones([1, length, 1]), ones([length - 3, 1, 1])]
    const { result, bytes } = heapHeldBy(() => valueAndGradients(() => sum(conv1d(x, filter)), [filter, x]))
    const { gradients } = result
    // Four outputs, each of which every tap meets once.
    expect(gradients[0].dataSync().every((value) => value === 4)).toBe(true)
    expect([...gradients[1].dataSync().subarray(0, 5)]).toEqual([1, 2, 3, 4, 4])
    expect(bytes).toBeLessThan(60e6)
  } finally {
    await useBackend(before)
  }
})

test.each(usable)('a stride of half a million is not planned phase by phase on %s', async (name) => {
  const before = currentBackend()
  await useBackend(name)
  try {
    const stride = 2 ** 19
    const x = ones([1, 2 * stride + 3, 1])
    const filter = tensor([1, 2, 4], { shape: [3, 1, 1] })
    const { result, bytes } = heapHeldBy(() => ({
      gradients: valueAndGradients(() => sum(conv1d(x, filter, { stride })), [x, filter]).gradients,
      spread: convTranspose1d(tensor([1, 10, 100], { shape: [1, 3, 1] }), filter, { stride, bias: [0.5] }),
      unfolded: valueAndGradients(() => sum(unfold(x, 3, { stride })), [x]).gradients[0],
    }))
    const { gradients, spread, unfolded } = result
    expect(bytes).toBeLessThan(60e6)
    // Three windows, which share nothing: each tap meets three samples.
    const at = (data: ArrayLike<number>, first: number) => Array.from({ length: 5 }, (_, i) => data[first + i - 1] ?? 0)
    const toX = gradients[0].dataSync()
    for (const window of [0, 1, 2]) expect(at(toX, window * stride)).toEqual([0, 1, 2, 4, 0])
    expect([...gradients[1].dataSync()]).toEqual([3, 3, 3])
    expect(spread.shape).toEqual([1, 2 * stride + 3, 1])
    const [near, far] = [at(spread.dataSync(), stride), at(spread.dataSync(), 2 * stride)]
    expect(near).toEqual([0.5, 10.5, 20.5, 40.5, 0.5])
    expect(far.slice(0, 4)).toEqual([0.5, 100.5, 200.5, 400.5])
    expect(at(unfolded.dataSync(), stride)).toEqual([0, 1, 1, 1, 0])
  } finally {
    await useBackend(before)
  }
})

test.each(usable)('windows that never repeat are worked out without an object each on %s', async (name) => {
  const before = currentBackend()
  await useBackend(name)
  try {
    // 1048583 is a prime: no two of the windows lie alike.
    const [inputs, outputs] = [1_048_583, 524_297]
    const x = tensor(
      Float32Array.from({ length: inputs }, (_, i) => i % 1000),
      { shape: [1, inputs, 1] },
    )
    const start = process.cpuUsage()
    const pooled = adaptiveAveragePool(x, outputs).dataSync()
    const [toX] = valueAndGradients(() => sum(adaptiveMaxPool(x, outputs)), [x]).gradients
    const { user, system } = process.cpuUsage(start)
    // An object for each window and each of its axes took five times as long.
    expect((user + system) / 1e6).toBeLessThan(1.5)
    for (const o of [0, 1, 262_148, outputs - 1]) {
      const [first, end] = [Math.floor((o * inputs) / outputs), Math.ceil(((o + 1) * inputs) / outputs)]
      let total = 0
      for (let i = first; i < end; i++) total += i % 1000
      expect(pooled[o]).toBeCloseTo(total / (end - first), 3)
    }
    let routed = 0
    for (const share of toX.dataSync()) routed += share
    expect(routed).toBe(outputs)
  } finally {
    await useBackend(before)
  }
})

test.each(usable)('a deformable convolution of many groups is not planned group by group on %s', async (name) => {
  const before = currentBackend()
  await useBackend(name)
  try {
    for (const [batch, groups, inner, outer, offsetGroups] of [
      [1, 2048, 1, 1, 1],
      [2, 3, 2, 4, 6],
      [1500, 2, 1, 3, 2],
    ]) {
      const x = whole([batch, 5, 4, groups * inner], 5)
      const filter = whole([3, 2, inner, groups * outer], 3)
      const offsets = zeros([batch, 3, 3, 12 * offsetGroups])
      const start = process.cpuUsage()
      const deformed = valueAndGradients(
        () => sum(square(deformConv2d(x.value, filter.value, offsets, { groups }))),
        [x.value, filter.value],
      )
      const { user, system } = process.cpuUsage(start)
      expect((user + system) / 1e6).toBeLessThan(3)
      // Nothing is moved, so it is a convolution.
      const plain = valueAndGradients(
        () => sum(square(conv2d(x.value, filter.value, { groups, precision: 'exact' }))),
        [x.value, filter.value],
      )
      for (const side of [0, 1]) {
        const [found, expected] = [deformed.gradients[side].dataSync(), plain.gradients[side].dataSync()]
        expect(found.findIndex((value, i) => value !== expected[i])).toBe(-1)
      }
      expect(deformed.value.dataSync()[0]).toBeCloseTo(plain.value.dataSync()[0], -2)
    }
  } finally {
    await useBackend(before)
  }
})

test.each(usable)('windows and convolutions over many channels take little of the heap on %s', async (name) => {
  const before = currentBackend()
  await useBackend(name)
  try {
    const channels = 2 ** 18 + 5
    const x = ones([1, 4, channels])
    const filter = ones([2, 1, channels])
    const { result, bytes } = heapHeldBy(() => [
      ...valueAndGradients(() => sum(unfold(x, 2)), [x]).gradients,
      ...valueAndGradients(() => sum(maxPool(x, 2)), [x]).gradients,
      ...valueAndGradients(() => sum(conv1d(x, filter, { groups: channels })), [x, filter]).gradients,
    ])
    const [folded, pooled, toX, toFilter] = result
    expect(bytes).toBeLessThan(60e6)
    // Samples are in one, two, two and one windows of two; the first of two equals is the larger; three outputs a channel.
    const ofLast = (data: ArrayLike<number>, rows: number) =>
      Array.from({ length: rows }, (_, row) => data[(row + 1) * channels - 1])
    expect(ofLast(folded.dataSync(), 4)).toEqual([1, 2, 2, 1])
    expect(ofLast(pooled.dataSync(), 4)).toEqual([1, 0, 1, 0])
    expect(ofLast(toX.dataSync(), 4)).toEqual([1, 2, 2, 1])
    expect(ofLast(toFilter.dataSync(), 2)).toEqual([3, 3])
  } finally {
    await useBackend(before)
  }
})
