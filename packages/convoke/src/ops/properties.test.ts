// The mathematics of convolution, each law on 200 random configurations.

import fc from 'fast-check'
import { describe, it } from 'vitest'
import { type Tensor, zeros } from '../tensor/index.ts'
import { type AnyConv, anyConv, geometryOf, random, runs } from '../testing/arbitrary.ts'
import { expectClose, inner } from '../testing/close.ts'
import * as ops from './index.ts'

const seeds = fc.integer({ min: 1, max: 1e6 })
const holds = (property: (config: AnyConv) => void, configurations = anyConv()): void =>
  fc.assert(fc.property(configurations, property), runs)

const operands = (config: AnyConv): [Tensor, Tensor] => [
  random(config.inputShape, config.seed),
  random(config.filterShape, config.seed + 1),
]

describe('conv', () => {
  it('is linear in its input and in its filter', () =>
    holds((config) => {
      const [x, f] = operands(config)
      const [x2, f2] = [random(config.inputShape, config.seed + 2), random(config.filterShape, config.seed + 3)]
      const y = (a: Tensor, b: Tensor): Tensor => ops.conv(a, b, geometryOf(config))
      const mix = (a: Tensor, b: Tensor): Tensor => ops.add(ops.multiply(a, 2), ops.multiply(b, -0.5))
      expectClose(y(mix(x, x2), f), mix(y(x, f), y(x2, f)))
      expectClose(y(x, mix(f, f2)), mix(y(x, f), y(x, f2)))
    }))

  it('shifts its output by one when its input shifts by one stride', () =>
    holds((config) => {
      const [x, f] = operands(config)
      config.stride.forEach((step, axis) => {
        // A frame of zeros wider than kernel and shift: nothing leaves the picture.
        const frame = config.stride.map((s, a) => (config.filterShape[a] - 1) * config.dilation[a] + s)
        const pads = (shift: number): [number, number][] => [
          [0, 0],
          ...frame.map((width, a): [number, number] =>
            a === axis ? [width + shift, width + step - shift] : [width, width],
          ),
          [0, 0],
        ]
        const options = { ...geometryOf(config), padding: 'valid' as const }
        const [still, moved] = [0, step].map((shift) => ops.conv(ops.pad(x, pads(shift)), f, options))
        const cut = (y: Tensor, start: number, stop: number | undefined): Tensor =>
          ops.slice(y, [...Array<null>(axis + 1).fill(null), { start, stop }])
        expectClose(cut(moved, 1, undefined), cut(still, 0, -1))
      })
    }))

  it('has convTranspose as its adjoint: ⟨conv(x, f), y⟩ = ⟨x, convTranspose(y, f)⟩', () =>
    holds((config) => {
      const [x, f] = operands(config)
      const y = ops.conv(x, f, geometryOf(config))
      const weights = random(y.shape, config.seed + 2)
      // A strided conv does not read what lies behind its last window, so the size cannot always be asked for.
      const read = y.shape.slice(1, -1).map((size, axis) => {
        const [before, after] = config.padding[axis]
        const windows = (size - 1) * config.stride[axis] + (config.filterShape[axis] - 1) * config.dilation[axis] + 1
        const all = config.inputShape[axis + 1]
        const limit = Math.max(config.stride[axis], config.dilation[axis])
        return Math.min(all, windows - before - after + limit - 1)
      })
      const back = ops.convTranspose(weights, f, { ...geometryOf(config), outputSize: read })
      const seen = ops.slice(x, [null, ...read.map((stop) => ({ stop }))])
      const rest = config.inputShape.map((size, axis): [number, number] => [0, size - back.shape[axis]])
      expectClose(inner(y, weights), inner(seen, back))
      expectClose(inner(y, weights), inner(x, ops.pad(back, rest)))
    }))

  it('names of padding equal the explicit pads they stand for', () =>
    holds((config) => {
      const [x, f] = operands(config)
      const options = { stride: config.stride, dilation: config.dilation, groups: config.groups }
      for (const name of ['same', 'same-lower', 'causal'] as const) {
        const pads = config.stride.map((step, axis): [number, number] => {
          const reach = (config.filterShape[axis] - 1) * config.dilation[axis]
          if (name === 'causal') return [reach, 0]
          const size = config.inputShape[axis + 1]
          const total = Math.max(0, (Math.ceil(size / step) - 1) * step + reach + 1 - size)
          const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)]
          return name === 'same' ? [small, large] : [large, small]
        })
        const framed = ops.pad(x, [[0, 0], ...pads, [0, 0]])
        const named = ops.conv(x, f, { ...options, padding: name })
        expectClose(named, ops.conv(framed, f, options))
        expectClose(named, ops.conv(x, f, { ...options, padding: pads }))
      }
      const framed = ops.pad(x, [[0, 0], ...config.padding, [0, 0]])
      expectClose(ops.conv(x, f, geometryOf(config)), ops.conv(framed, f, options))
    }))

  it('treats the examples of a batch one by one', () =>
    holds((config) => {
      const [x, f] = operands(config)
      const whole = ops.conv(x, f, geometryOf(config))
      const parts = ops.split(x, config.inputShape[0]).map((part) => ops.conv(part, f, geometryOf(config)))
      expectClose(whole, ops.concat(parts))
    }))

  it('in groups is one convolution a group', () =>
    holds((config) => {
      const [x, f] = operands(config)
      const { groups, ...rest } = geometryOf(config)
      const xs = ops.split(x, groups, -1)
      const fs = ops.split(f, groups, -1)
      expectClose(
        ops.conv(x, f, geometryOf(config)),
        ops.concat(
          xs.map((part, g) => ops.conv(part, fs[g], rest)),
          -1,
        ),
      )
    }))

  it('dilated is conv with zeros put between the taps', () =>
    holds((config) => {
      const [x, f] = operands(config)
      const rank = config.stride.length
      let stuffed = f
      for (let axis = 0; axis < rank; axis++) {
        const taps = ops.split(stuffed, stuffed.shape[axis], axis)
        const gap = zeros(stuffed.shape.with(axis, config.dilation[axis] - 1))
        stuffed = ops.concat(
          taps.flatMap((tap, i) => (i === 0 ? [tap] : [gap, tap])),
          axis,
        )
      }
      const { dilation: _, ...rest } = geometryOf(config)
      expectClose(ops.conv(x, f, geometryOf(config)), ops.conv(x, stuffed, rest))
    }))

  it('is unfold times the filter as a matrix', () =>
    holds(
      (config) => {
        const [x, f] = operands(config)
        const { groups: _, ...rest } = geometryOf(config)
        const kernel = config.filterShape.slice(0, -2)
        const matrix = ops.reshape(f, [-1, config.filterShape.at(-1) as number])
        expectClose(ops.conv(x, f, rest), ops.matmul(ops.unfold(x, kernel, rest), matrix))
      },
      anyConv({ groups: 1 }),
    ))

  it('with every axis of the kernel 1 and stride 1 is a matrix product of the channels', () =>
    holds(
      (config) => {
        const [, f] = operands({
          ...config,
          filterShape: config.filterShape.map((n, axis, all) => (axis < all.length - 2 ? 1 : n)),
        })
        const x = random(config.inputShape, config.seed)
        const flat = ops.reshape(f, f.shape.slice(-2))
        expectClose(ops.conv(x, f), ops.matmul(x, flat))
      },
      anyConv({ groups: 1 }),
    ))
})

describe('relatives of conv', () => {
  it('depthwiseConv is conv with one group a channel', () =>
    fc.assert(
      fc.property(anyConv({ groups: 1 }), fc.integer({ min: 1, max: 3 }), (config, multiplier) => {
        const { groups: _, ...rest } = geometryOf(config)
        const channels = config.inputShape.at(-1) as number
        const kernel = config.filterShape.slice(0, -2)
        const x = random(config.inputShape, config.seed)
        const f = random([...kernel, channels, multiplier], config.seed + 1)
        const grouped = ops.reshape(f, [...kernel, 1, channels * multiplier])
        expectClose(ops.depthwiseConv(x, f, rest), ops.conv(x, grouped, { ...rest, groups: channels }))
      }),
      runs,
    ))

  it('fold is the adjoint of unfold', () =>
    holds((config) => {
      const { groups: _, ...rest } = geometryOf(config)
      const kernel = config.filterShape.slice(0, -2)
      const x = random(config.inputShape, config.seed)
      const columns = ops.unfold(x, kernel, rest)
      const weights = random(columns.shape, config.seed + 1)
      expectClose(inner(columns, weights), inner(x, ops.fold(weights, config.inputShape, kernel, rest)))
    }))

  it('convTranspose with stride is convTranspose without, of an input with zeros put in between', () =>
    holds((config) => {
      const f = random(config.filterShape.with(-2, config.filterShape.at(-2) as number), config.seed + 1)
      const shape = [1, ...config.stride.map((_, axis) => (axis % 2) + 2), config.filterShape.at(-1) as number]
      const y = random(shape, config.seed)
      let stuffed = y
      config.stride.forEach((step, axis) => {
        const at = axis + 1
        const gap = zeros(stuffed.shape.with(at, step - 1))
        const parts = ops.split(stuffed, stuffed.shape[at], at)
        stuffed = ops.concat(
          parts.flatMap((part, i) => (i === 0 ? [part] : [gap, part])),
          at,
        )
      })
      const { dilation, groups, stride } = config
      expectClose(
        ops.convTranspose(y, f, { stride, dilation, groups }),
        ops.convTranspose(stuffed, f, { dilation, groups }),
      )
    }))

  it('convolve is correlate with the kernel flipped, and commutes in full mode', () =>
    fc.assert(
      fc.property(
        anyConv({ groups: 1 }),
        fc.constantFrom('full', 'same', 'valid' as const),
        fc.constantFrom('zero', 'reflect', 'mirror', 'edge', 'wrap' as const),
        seeds,
        (config, mode, boundary, seed) => {
          const { dilation, stride } = config
          const x = random(
            dilation.map((d, axis) => (config.filterShape[axis] - 1) * d + 1 + (config.inputShape[axis + 1] % 3)),
            seed,
          )
          const k = random(config.filterShape.slice(0, -2), seed + 1)
          const options = { mode, boundary, dilation, stride } as const
          expectClose(ops.convolve(x, k, options), ops.correlate(x, ops.flip(k), options))
          expectClose(ops.convolve(x, k, { mode: 'full' }), ops.convolve(k, x, { mode: 'full' }))
        },
      ),
      runs,
    ))
})
