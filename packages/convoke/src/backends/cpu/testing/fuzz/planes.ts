// Random pictures between interleaved samples and planes, and their extremes.

import { type Draw, type FuzzCase, rounded } from './fuzz-case.ts'

const sample = ['uint8', 'float32'] as const

/** Now and then enough for several tasks. */
const drawPixels = (draw: Draw): number => draw.size(draw.chance(0.1) ? 40_000 : 300)

export function drawToPlanes(draw: Draw): FuzzCase<'toPlanes'> {
  const [channels, pixels] = [draw.between(1, 4), drawPixels(draw)]
  const length = channels * pixels
  return {
    kernel: 'toPlanes',
    spec: { channels },
    inputs: [draw.values(draw.pick(sample), length)],
    outputs: [{ dtype: 'float32', length }],
    allowance: rounded,
  }
}

/** Multiples of 1/8 by powers of two: nothing is rounded before halves are. */
export function drawFromPlanes(draw: Draw): FuzzCase<'fromPlanes'> {
  const [channels, pixels, dtype] = [draw.between(1, 4), drawPixels(draw), draw.pick(sample)]
  const length = channels * pixels
  const data = Float32Array.from({ length }, () => draw.between(-4096, 4096) / 8)
  const bytes = dtype === 'uint8'
  if (bytes || draw.chance(0.5))
    data[draw.below(length)] = draw.pick([Number.NaN, Number.POSITIVE_INFINITY, -1e30, 3e38])
  const most = bytes ? draw.pick([1, 200, 255]) : draw.pick([null, 1, 65535])
  return {
    kernel: 'fromPlanes',
    spec: {
      ...{ channels, absolute: draw.chance(0.3), whole: bytes || draw.chance(0.5), most },
      ...{ scale: 2 ** draw.between(-3, 3), offset: draw.pick([0, 128, -0.5]) },
    },
    inputs: [{ dtype: 'float32', data }],
    outputs: [{ dtype, length }],
    allowance: rounded,
  }
}

export function drawExtremes(draw: Draw): FuzzCase<'extremes'> {
  const x = draw.values('float32', draw.chance(0.05) ? 0 : drawPixels(draw))
  if (x.data.length > 0 && draw.chance(0.2))
    x.data[draw.below(x.data.length)] = draw.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])
  return {
    kernel: 'extremes',
    spec: {},
    inputs: [x],
    outputs: [{ dtype: 'float32', length: 2 }],
    allowance: rounded,
  }
}
