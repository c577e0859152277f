// Random matrix products, reductions, running sums, poolings and maps along an axis.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import { ConvokeError } from '../../../../shapes/error.ts'
import { adaptivePoolSpec, type PoolSpec, poolSpec } from '../../../../shapes/pool-spec.ts'
import * as kernels from '../../../kernels/index.ts'
import { drawShape, dtypes } from './elementwise.ts'
import type { Allowance, Draw, FuzzCase, Operand } from './fuzz-case.ts'
import { rounded } from './fuzz-case.ts'

export const sum = (terms: number): Allowance => ({ kind: 'sum', terms })

export function drawMatmul(draw: Draw): FuzzCase<'matmul'> {
  const [m, n] = [draw.size(draw.chance(0.2) ? 300 : 70), draw.size(70)]
  const k = draw.chance(0.03) ? 0 : draw.size(draw.chance(0.2) ? 600 : 70)
  const batch = draw.chance(0.6) ? 1 : draw.between(2, 4)
  const stride = (size: number): number => (draw.chance(0.3) ? 0 : size)
  const [strideA, strideB] = [stride(m * k), stride(k * n)]
  const [transposeA, transposeB] = [draw.chance(0.4), draw.chance(0.4)]
  return {
    kernel: 'matmul',
    spec: { batch, m, n, k, transposeA, transposeB, strideA, strideB },
    inputs: [
      draw.values('float32', m * k * (strideA === 0 ? 1 : batch), 1),
      draw.values('float32', k * n * (strideB === 0 ? 1 : batch), 1),
    ],
    outputs: [{ dtype: 'float32', length: batch * m * n }],
    allowance: sum(k),
  }
}

/** Ties, NaN and infinities among ordinary numbers. */
function withExtremes(draw: Draw, operand: Operand): Operand {
  if (operand.dtype !== 'float32') return operand
  const { data } = operand
  for (let i = 0; i < data.length; i++) {
    if (draw.chance(0.3)) data[i] = Math.round(data[i])
    if (draw.chance(0.01)) data[i] = draw.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0])
  }
  return operand
}

export function drawReduce(draw: Draw): FuzzCase<'reduce'> {
  const op = draw.pick(['sum', 'sum', 'product', 'max', 'min'] as const)
  const extreme = op === 'max' || op === 'min'
  const shape = drawShape(draw, op === 'product' ? 400 : draw.chance(0.1) ? 60_000 : 3000, extreme ? 0 : 0.05)
  const axes = shape.map((_, axis) => axis).filter(() => draw.chance(0.5))
  const length = sizeOf(shape.filter((_, axis) => !axes.includes(axis)))
  const terms = sizeOf(axes.map((axis) => shape[axis]))
  const wide = op === 'product' && terms > 30
  const dtype = extreme ? draw.pick(dtypes) : wide ? 'float32' : draw.pick(['float32', 'int32'] as const)
  const x = draw.values(dtype, sizeOf(shape), op === 'product' ? 3 : 10)
  if (wide) for (let i = 0; i < x.data.length; i++) x.data[i] = (x.data[i] < 0 ? -1 : 1) * (0.9 + 0.2 * draw.unit())
  const products: Allowance = { kind: 'ulps', ulps: 1 + terms }
  return {
    kernel: 'reduce',
    spec: { op, shape, axes },
    inputs: [extreme ? withExtremes(draw, x) : x],
    outputs: [{ dtype, length }],
    allowance: op === 'sum' ? sum(terms) : op === 'product' ? products : rounded,
  }
}

export const drawAxis = (draw: Draw) => ({
  outer: draw.size(20),
  length: draw.size(draw.chance(0.1) ? 500 : 40),
  inner: draw.chance(0.4) ? 1 : draw.size(40),
})

export function drawArgReduce(draw: Draw): FuzzCase<'argReduce'> {
  const axis = drawAxis(draw)
  const x = draw.values(draw.pick(dtypes), axis.outer * axis.length * axis.inner)
  return {
    kernel: 'argReduce',
    spec: { ...axis, op: draw.pick(['argMax', 'argMin']) },
    inputs: [withExtremes(draw, x)],
    outputs: [{ dtype: 'int32', length: axis.outer * axis.inner }],
    allowance: rounded,
  }
}

export function drawCumulativeSum(draw: Draw): FuzzCase<'cumulativeSum'> {
  const axis = drawAxis(draw)
  const dtype = draw.pick(['float32', 'int32'] as const)
  const length = axis.outer * axis.length * axis.inner
  return {
    kernel: 'cumulativeSum',
    spec: { ...axis, exclusive: draw.chance(0.5), reverse: draw.chance(0.5) },
    inputs: [draw.values(dtype, length)],
    outputs: [{ dtype, length }],
    allowance: sum(axis.length),
  }
}

function drawPool(draw: Draw): PoolSpec {
  for (;;) {
    const rank = draw.pick([1, 2, 2, 3])
    const each = <T>(make: () => T): T[] => Array.from({ length: rank }, make)
    const most = [70, 16, 7][rank - 1]
    const shape = [draw.between(1, 3), ...each(() => draw.size(most)), draw.size(70)]
    try {
      if (draw.chance(0.2))
        return adaptivePoolSpec(
          'fuzz',
          shape,
          each(() => draw.size(most)),
        )
      const kernel = each(() => draw.between(1, 4))
      const stride = draw.chance(0.4) ? kernel : each(() => draw.between(1, 3))
      const padding = each((): [number, number] => [draw.below(3), draw.below(3)])
      const dilation = each(() => (draw.chance(0.7) ? 1 : draw.between(1, 3)))
      return poolSpec('fuzz', shape, { kernel, stride, padding, dilation, ceil: draw.chance(0.3) })
    } catch (error) {
      // The window does not fit: draw again.
      if (!(error instanceof ConvokeError)) throw error
    }
  }
}

const inputLength = ({ batch, inputSize, channels }: PoolSpec) => batch * sizeOf(inputSize) * channels
const outputLength = ({ batch, outputSize, channels }: PoolSpec) => batch * sizeOf(outputSize) * channels

export function drawMaxPool(draw: Draw, pool: PoolSpec = drawPool(draw)): FuzzCase<'maxPool'> {
  const length = outputLength(pool)
  return {
    kernel: 'maxPool',
    spec: { pool },
    inputs: [withExtremes(draw, draw.values('float32', inputLength(pool)))],
    outputs: [
      { dtype: 'float32', length },
      { dtype: 'int32', length },
    ],
    allowance: rounded,
  }
}

/** The windows' places are those of random numbers. */
export function drawMaxPoolGradient(draw: Draw, pool: PoolSpec = drawPool(draw)): FuzzCase<'maxPoolGradient'> {
  const [length, inputs] = [outputLength(pool), inputLength(pool)]
  const indices = new Int32Array(length)
  kernels.maxPool.loops({ pool }, [draw.values('float32', inputs).data], [new Float32Array(length), indices])
  return {
    kernel: 'maxPoolGradient',
    spec: { pool },
    inputs: [draw.values('float32', length), { dtype: 'int32', data: indices }],
    outputs: [{ dtype: 'float32', length: inputs }],
    allowance: sum(pool.adaptive ? sizeOf(pool.outputSize) : sizeOf(pool.kernel)),
  }
}

export function drawAveragePool(draw: Draw, pool: PoolSpec = drawPool(draw)): FuzzCase<'averagePool'> {
  return {
    kernel: 'averagePool',
    spec: { pool, divisor: draw.pick(['one', 'inside', 'padded']) },
    inputs: [draw.values('float32', inputLength(pool))],
    outputs: [{ dtype: 'float32', length: outputLength(pool) }],
    allowance: sum(pool.adaptive ? sizeOf(pool.inputSize) : sizeOf(pool.kernel)),
  }
}

export function drawAveragePoolGradient(draw: Draw, pool: PoolSpec = drawPool(draw)): FuzzCase<'averagePoolGradient'> {
  return {
    kernel: 'averagePoolGradient',
    spec: { pool, divisor: draw.pick(['one', 'inside', 'padded']) },
    inputs: [draw.values('float32', outputLength(pool))],
    outputs: [{ dtype: 'float32', length: inputLength(pool) }],
    allowance: sum(pool.adaptive ? sizeOf(pool.outputSize) : sizeOf(pool.kernel)),
  }
}

export function drawAxisMap(draw: Draw): FuzzCase<'axisMap'> {
  const axis = drawAxis(draw)
  const [count, taps, transposed] = [draw.size(60), draw.between(1, 5), draw.chance(0.4)]
  const indices = Int32Array.from({ length: count * taps }, () => draw.below(axis.length))
  const weights = Float64Array.from({ length: count * taps }, () => (draw.chance(0.1) ? 0 : 2 * draw.unit() - 1))
  const [near, far] = [axis.outer * axis.length * axis.inner, axis.outer * count * axis.inner]
  return {
    kernel: 'axisMap',
    spec: { ...axis, count, taps, indices, weights, transposed },
    inputs: [draw.values('float32', transposed ? far : near)],
    outputs: [{ dtype: 'float32', length: transposed ? near : far }],
    allowance: sum(transposed ? count * taps : taps),
  }
}
