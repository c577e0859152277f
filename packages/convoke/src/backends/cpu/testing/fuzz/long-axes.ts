// Windows and convolutions over long axes: lengths to 2²⁴, most of them short, in every place of a shape, with edges of every kind. Plans
// that keep or do something for each position show under a small heap: --max-old-space-size=256.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { type ConvSpec, convShapes, convSpec } from '../../../../shapes/conv-spec.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import { mapRegions } from '../../../../shapes/map-regions.ts'
import { adaptivePoolSpec, type PoolSpec, poolSpec } from '../../../../shapes/pool-spec.ts'
import type { Epilogue } from '../../../backend.ts'
import type { CaseSource } from './fuzz.ts'
import { createDraw, type Draw, type FuzzCase, rounded } from './fuzz-case.ts'
import { drawAveragePool, drawAveragePoolGradient, drawMaxPool, drawMaxPoolGradient } from './linear.ts'

/** A length whose logarithm is small more often than not. */
const longLength = (draw: Draw): number => Math.max(4, Math.floor(2 ** (3 + 21 * draw.unit() ** 3)))

/** Elements of a shape at most: what 2²⁴ samples of one channel have. */
const mostElements = 2 ** 24

/** A batch, spatial axes and channels, one of them long. */
function drawShape(draw: Draw): number[] {
  for (;;) {
    const rank = draw.pick([1, 1, 1, 2, 2, 3])
    const shape = [draw.between(1, 2), ...Array.from({ length: rank }, () => draw.between(2, 4)), draw.between(1, 3)]
    const at = draw.chance(0.15) ? 0 : draw.between(1, rank)
    const long = shape.map((size, axis) => (axis === at ? longLength(draw) : size))
    if (sizeOf(long) <= mostElements) return long
  }
}

/** Draws until the numbers make sense. */
function attempt<T>(make: () => T): T {
  for (;;) {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
    }
  }
}

const drawPool = (draw: Draw): PoolSpec =>
  attempt(() => {
    const shape = drawShape(draw)
    const each = <T>(make: (size: number) => T): T[] => shape.slice(1, -1).map(make)
    if (draw.chance(0.2)) {
      const target = each((size) =>
        Math.max(1, draw.chance(0.7) ? Math.floor((size * draw.between(1, 3)) / 4) : draw.between(1, 9)),
      )
      return adaptivePoolSpec('fuzz', shape, target)
    }
    return poolSpec('fuzz', shape, {
      ...{ kernel: each(() => draw.between(1, 5)), stride: each(() => draw.between(1, 4)) },
      ...{ dilation: each(() => (draw.chance(0.7) ? 1 : draw.between(2, 30))), ceil: draw.chance(0.3) },
      padding: each((): [number, number] => [draw.below(4), draw.below(4)]),
    })
  })

/** Elements that a convolution's operands have at most: each is met by several taps. */
const mostConvolved = 2 ** 21

function drawSpec(draw: Draw): ConvSpec {
  return attempt(() => {
    const shape = drawShape(draw)
    const rank = shape.length - 2
    const each = <T>(make: () => T): T[] => Array.from({ length: rank }, make)
    const groups = draw.chance(0.3) ? shape[rank + 1] : 1
    const padding = each((): [number, number] => [
      draw.chance(0.1) ? longLength(draw) : draw.below(4),
      draw.chance(0.1) ? longLength(draw) : draw.below(4),
    ])
    const filter = [...each(() => draw.between(1, 3)), shape[rank + 1] / groups, groups * draw.between(1, 2)]
    const conv = convSpec('fuzz', shape, filter, {
      ...{ padding, groups, stride: each(() => draw.between(1, 3)), dilation: each(() => draw.between(1, 3)) },
    })
    const { input, output } = convShapes(conv)
    if (Math.max(sizeOf(input), sizeOf(output)) > mostConvolved) throw new ConvokeError('too large')
    return conv
  })
}

const result = (length: number) => [{ dtype: 'float32', length } as const]

function drawEpilogue(draw: Draw): Epilogue | null {
  return draw.chance(0.5) ? null : { bias: draw.chance(0.5), residual: draw.chance(0.5), activation: null }
}

function drawConv(draw: Draw): FuzzCase<'conv' | 'convTranspose'> {
  const conv = drawSpec(draw)
  const { input, filter, output } = convShapes(conv)
  const forward = draw.chance(0.5)
  const [from, to] = forward ? [input, output] : [output, input]
  const epilogue = drawEpilogue(draw)
  return {
    ...{ kernel: forward ? 'conv' : 'convTranspose', spec: { conv, epilogue, precision: 'fast' } },
    inputs: [
      ...[draw.values('float32', sizeOf(from)), draw.values('float32', sizeOf(filter))],
      ...(epilogue?.bias ? [draw.values('float32', to[to.length - 1])] : []),
      ...(epilogue?.residual ? [draw.values('float32', sizeOf(to))] : []),
    ],
    outputs: result(sizeOf(to)),
    allowance: { kind: 'sum', terms: sizeOf(filter) / (forward ? conv.outputChannels : conv.groups) + 2 },
  }
}

function drawFilterGradient(draw: Draw): FuzzCase<'convFilterGradient'> {
  const conv = drawSpec(draw)
  const { input, filter, output } = convShapes(conv)
  return {
    ...{ kernel: 'convFilterGradient', spec: { conv, precision: 'fast' } },
    inputs: [draw.values('float32', sizeOf(input)), draw.values('float32', sizeOf(output))],
    outputs: result(sizeOf(filter)),
    allowance: { kind: 'sum', terms: conv.batch * sizeOf(conv.outputSize) },
  }
}

function drawUnfold(draw: Draw): FuzzCase<'unfold' | 'fold'> {
  const conv = drawSpec(draw)
  const pixels = sizeOf(convShapes(conv).input)
  const columns = conv.batch * sizeOf(conv.outputSize) * sizeOf(conv.kernel) * conv.inputChannels
  const unfolds = draw.chance(0.5)
  return {
    ...{ kernel: unfolds ? 'unfold' : 'fold', spec: { conv } },
    inputs: [draw.values('float32', unfolds ? pixels : columns)],
    outputs: result(unfolds ? columns : pixels),
    allowance: unfolds ? rounded : { kind: 'sum', terms: sizeOf(conv.kernel) },
  }
}

/** A map whose taps return, as resizing has them: `period` outputs read `step` inputs further on. */
function drawMap(draw: Draw): FuzzCase<'axisMap'> {
  const [outer, inner] = [draw.between(1, 3), draw.between(1, 3)]
  const [period, step, taps] = [draw.between(1, 5), draw.between(1, 5), draw.between(1, 4)]
  const turns = Math.ceil(longLength(draw) / (5 * Math.max(period, step)))
  const count = turns * period + draw.below(period)
  const length = turns * step + draw.between(1, 5)
  const first = (o: number): number => Math.floor((o * step) / period) - Math.floor(taps / 2)
  const regions = mapRegions(count, length, { period, step }, first, (o) => first(o) + taps - 1)
  const rows = regions.reduce((sum, region) => sum + (region.end - region.first) / region.turns, 0)
  const indices = new Int32Array(rows * taps)
  for (const region of regions) {
    for (let i = 0; i < (region.end - region.first) / region.turns; i++) {
      for (let t = 0; t < taps; t++) {
        const at = first(region.first + i) + t
        indices[(region.row + i) * taps + t] = Math.min(length - 1, Math.max(0, at))
      }
    }
  }
  const weights = Float64Array.from(indices, () => (draw.chance(0.1) ? 0 : 2 * draw.unit() - 1))
  const transposed = draw.chance(0.4)
  const [near, far] = [outer * length * inner, outer * count * inner]
  return {
    kernel: 'axisMap',
    spec: { outer, length, inner, count, taps, indices, weights, regions, transposed },
    inputs: [draw.values('float32', transposed ? far : near)],
    outputs: [{ dtype: 'float32', length: transposed ? near : far }],
    allowance: { kind: 'sum', terms: transposed ? (period + 4) * taps * 6 : taps },
  }
}

const kinds: readonly ((draw: Draw) => FuzzCase)[] = [
  (draw) => drawMaxPool(draw, drawPool(draw)),
  (draw) => drawMaxPoolGradient(draw, drawPool(draw)),
  (draw) => drawAveragePool(draw, drawPool(draw)),
  (draw) => drawAveragePoolGradient(draw, drawPool(draw)),
  drawMap,
  drawConv,
  drawConv,
  drawFilterGradient,
  drawUnfold,
]

export const longCases: CaseSource = {
  draw: (seed, index) => {
    const draw = createDraw(seed, index)
    return draw.pick(kinds)(draw)
  },
  options: '--long ',
}
