// Random Fourier transforms: lengths of small factors, primes and everything between, over any axes.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { halvedShape } from '../../../../shapes/spectrum.ts'
import type { Allowance, Draw, FuzzCase, Operand } from './fuzz-case.ts'

interface Transform {
  readonly shape: readonly number[]
  readonly axes: readonly number[]
  readonly scale: number
}

function drawTransform(draw: Draw): Transform {
  const rank = draw.pick([1, 1, 2, 2, 3, 4])
  const most = draw.chance(0.1) ? [20_000, 200, 40, 12][rank - 1] : [700, 70, 20, 9][rank - 1]
  const smooth = (): number => {
    let length = 1
    while (draw.chance(0.8)) {
      const next = length * draw.pick([2, 2, 3, 4, 5, 7, 8])
      if (next > most) break
      length = next
    }
    return length
  }
  const shape = Array.from({ length: rank }, () => (draw.chance(0.5) ? smooth() : draw.size(most)))
  const all = shape.map((_, axis) => axis).sort(() => draw.unit() - 0.5)
  const axes = all.slice(0, draw.between(1, rank))
  const length = sizeOf(axes.map((axis) => shape[axis]))
  return { shape, axes, scale: draw.pick([1, 1, 1 / length, 1 / Math.sqrt(length), -0.3]) }
}

/** Errors are spread over all frequencies: a few standard deviations of them, whatever the size of a result. */
function allowanceOf({ shape, axes, scale }: Transform, x: Operand): Allowance {
  const length = sizeOf(axes.map((axis) => shape[axis]))
  let squares = 0
  for (let i = 0; i < x.data.length; i++) squares += x.data[i] * x.data[i]
  // A line alone may hold more than its share of what all lines do.
  const norm = Math.sqrt(squares) * 2
  const absolute = 12 * 2 ** -24 * Math.sqrt(2 + Math.log2(length)) * norm * Math.abs(scale)
  return { kind: 'ulps', ulps: 1, absolute }
}

export function drawFft(draw: Draw): FuzzCase<'fft'> {
  const transform = drawTransform(draw)
  const length = 2 * sizeOf(transform.shape)
  const x = draw.values('float32', length)
  return {
    kernel: 'fft',
    spec: { ...transform, inverse: draw.chance(0.5) },
    inputs: [x],
    outputs: [{ dtype: 'float32', length }],
    allowance: allowanceOf(transform, x),
  }
}

export function drawRfft(draw: Draw): FuzzCase<'rfft'> {
  const transform = drawTransform(draw)
  const x = draw.values('float32', sizeOf(transform.shape))
  const length = 2 * sizeOf(halvedShape(transform.shape, transform.axes))
  return {
    kernel: 'rfft',
    spec: transform,
    inputs: [x],
    outputs: [{ dtype: 'float32', length }],
    allowance: allowanceOf(transform, x),
  }
}

export function drawIrfft(draw: Draw): FuzzCase<'irfft'> {
  const transform = drawTransform(draw)
  const x = draw.values('float32', 2 * sizeOf(halvedShape(transform.shape, transform.axes)))
  return {
    kernel: 'irfft',
    spec: transform,
    inputs: [x],
    outputs: [{ dtype: 'float32', length: sizeOf(transform.shape) }],
    allowance: allowanceOf(transform, x),
  }
}
