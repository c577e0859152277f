// maxPool and averagePool.

import type { Cell } from '../../compile/program.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { extentOf } from '../../shapes/padding.ts'
import { type PoolSpec, poolWindow, windowInside } from '../../shapes/pool-spec.ts'
import { type Attributes, type Draft, int, ints } from './draft.ts'
import { reduced } from './elementwise.ts'
import { dimsOf, firstOrder } from './form.ts'
import { applied } from './matrices.ts'
import type { Scene, Translate, Translations } from './scene.ts'
import { slice } from './strided.ts'

const inputShape = (pool: PoolSpec): number[] => [pool.batch, ...pool.inputSize, pool.channels]
const outputShape = (pool: PoolSpec): number[] => [pool.batch, ...pool.outputSize, pool.channels]

/** Padding at the end with which the windows that the sizes promise are all that there are. */
function ends(pool: PoolSpec): number[] {
  return pool.outputSize.map((size, axis) => {
    const extent = extentOf(pool.kernel[axis], pool.dilation[axis])
    const needed = (size - 1) * pool.stride[axis] + extent - pool.inputSize[axis] - pool.padding[axis][0]
    return Math.max(needed, pool.padding[axis][1])
  })
}

const isRead = ({ uses }: Scene, cell: Cell): boolean => uses.readers.has(cell) || uses.outputs.has(cell)

/** Windows side by side that fill an axis, as adaptive pools have where lengths divide. */
function asPlain(pool: PoolSpec): PoolSpec | null {
  if (!pool.adaptive) return pool
  if (pool.inputSize.some((size, axis) => size % pool.outputSize[axis] !== 0)) return null
  const kernel = pool.inputSize.map((size, axis) => size / pool.outputSize[axis])
  return { ...pool, kernel, stride: kernel, adaptive: false }
}

const geometry = (pool: PoolSpec, pads: readonly number[]): Attributes => ({
  kernel_shape: ints(pool.kernel),
  strides: ints(pool.stride),
  ...(pads.some((pad) => pad > 0) && { pads: ints(pads) }),
})

const translateMaxPool: Translate<'maxPool'> = ({ spec, inputs: [x], outputs: [y, places] }, scene) => {
  const { draft, cells } = scene
  const { pool: given } = spec
  const order = firstOrder(given.rank + 2)
  const shape = outputShape(given)
  const dims = dimsOf(shape, order)
  const source = cells.as(x, inputShape(given), order)
  const indexed = isRead(scene, places)
  const pool = asPlain(given)
  if (pool === null) {
    if (indexed)
      throw draft.refusal(
        'needs the indices of the maxima in adaptive windows of different lengths; no ONNX operator returns them.',
      )
    cells.put(y, { shape, order, name: unevenMaxima(draft, source, given) })
    return
  }
  if (pool.outputSize.every((size) => size === 1) && given.adaptive && !indexed) {
    cells.put(y, { shape, order, name: draft.node('GlobalMaxPool', [source], dims) })
    return
  }
  const pads = [...pool.padding.map(([before]) => before), ...ends(pool)]
  const attributes = {
    ...geometry(pool, pads),
    ...(pool.dilation.some((step) => step !== 1) && { dilations: ints(pool.dilation) }),
  }
  const [values, flat] = draft.emit('MaxPool', [source], indexed ? [dims, dims] : [dims], attributes)
  cells.put(y, { shape, order, name: values })
  if (!indexed) return
  // ONNX counts through all of the tensor, here each picture of a channel begins at 0.
  const size = draft.constant(
    `${draft.path}.pixels`,
    'int64',
    [],
    BigInt64Array.of(BigInt(sizeOf(pool.inputSize))),
    'numbers',
  )
  cells.put(places, { shape, order, name: draft.cast(draft.node('Mod', [flat, size], dims), 'int32') })
}

/** Axis by axis, each window by itself. */
function unevenMaxima(draft: Draft, source: string, pool: PoolSpec): string {
  return pool.outputSize.reduce((name, outputs, axis) => {
    const at = axis + 2
    const dims = draft.dimsOf(name)
    const parts = Array.from({ length: outputs }, (_, o) => {
      const { start, taps } = poolWindow(pool, axis, o)
      const part = slice(draft, name, dims.with(at, taps), [{ at, start, step: 1, size: taps, length: dims[at] }])
      return reduced(draft, 'max', part, [at], true)
    })
    return parts.length === 1 ? parts[0] : draft.node('Concat', parts, dims.with(at, outputs), { axis: int(at) })
  }, source)
}

const translateAveragePool: Translate<'averagePool'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { pool: given, divisor } = spec
  const order = firstOrder(given.rank + 2)
  const shape = outputShape(given)
  const dims = dimsOf(shape, order)
  const source = cells.as(x, inputShape(given), order)
  const pool = asPlain(given)
  if (pool === null) {
    const name = given.outputSize.reduce((value, outputs, axis) => {
      const columns = given.inputSize[axis]
      const values = new Float64Array(outputs * columns)
      for (let o = 0; o < outputs; o++) {
        const { start, taps } = poolWindow(given, axis, o)
        values.fill(divisor === 'one' ? 1 : 1 / taps, o * columns + start, o * columns + start + taps)
      }
      return applied(draft, value, axis + 2, { rows: outputs, columns, values })
    }, source)
    cells.put(y, { shape, order, name })
    return
  }
  if (given.adaptive && divisor !== 'one' && pool.outputSize.every((size) => size === 1)) {
    cells.put(y, { shape, order, name: draft.node('GlobalAveragePool', [source], dims) })
    return
  }
  const pads = [...pool.padding.map(([before]) => before), ...ends(pool)]
  const regular = pads.slice(pool.rank).every((pad, axis) => pad === pool.padding[axis][1])
  const still = pool.dilation.every((step) => step === 1)
  const padded = pads.some((pad) => pad > 0)
  if (still && (divisor === 'inside' || (divisor === 'padded' && regular))) {
    const counting = padded && divisor === 'padded' ? { count_include_pad: int(1) } : {}
    const name = draft.node('AveragePool', [source], dims, { ...geometry(pool, pads), ...counting })
    cells.put(y, { shape, order, name })
    return
  }
  // Sums of windows, divided by what belongs to each.
  const kernel = [pool.channels, 1, ...pool.kernel]
  const filter = draft.floats('window', kernel, new Float32Array(sizeOf(kernel)).fill(1))
  const sums = draft.node('Conv', [source, filter], dims, {
    ...{ kernel_shape: ints(pool.kernel), strides: ints(pool.stride), pads: ints(pads) },
    ...{ dilations: ints(pool.dilation), group: int(pool.channels) },
  })
  const counts = pool.outputSize.map((outputs, axis) =>
    Array.from({ length: outputs }, (_, o) =>
      divisor === 'one'
        ? 1
        : divisor === 'inside'
          ? windowInside(pool, axis, o).taps
          : poolWindow(pool, axis, o).counted,
    ),
  )
  const divisors = counts.reduce<number[]>((all, own) => all.flatMap((a) => own.map((b) => a * b)), [1])
  const name =
    divisor === 'one'
      ? sums
      : draft.node(
          'Div',
          [
            sums,
            draft.floats(
              'counts',
              [...pool.outputSize],
              divisors.map((n) => Math.max(n, 1)),
            ),
          ],
          dims,
        )
  cells.put(y, { shape, order, name })
}

export const pools: Translations = { maxPool: translateMaxPool, averagePool: translateAveragePool }
