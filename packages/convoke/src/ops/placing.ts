// Parts taken out of tensors and put into larger ones: each is the adjoint of the other.

import { apply, type Place, type Primitive } from '../autodiff/primitive.ts'
import type { StridedCopy } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { type Shape, sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { full } from '../tensor/create.ts'
import { runInto } from '../tensor/run.ts'
import { copyOf, sameNumbers } from './stretch.ts'

/** So many elements of an axis. */
export interface Part extends Place {
  readonly count: number
}

/** The copy that reads the parts, of these lengths, of a tensor of `whole`. */
function readingOf(parts: readonly Part[], whole: Shape, lengths: Shape): StridedCopy {
  const strides = stridesOf(whole)
  let offset = 0
  const steps = parts.map(({ start, step }, axis) => {
    offset += start * strides[axis]
    return step * strides[axis]
  })
  return copyOf(lengths, steps, sizeOf(lengths) === 0 ? 0 : offset)
}

export const slicing: Primitive<readonly Part[], 'copy'> = {
  name: 'slice',
  shape: (parts) => parts.map(({ count }) => count),
  made: sameNumbers,
  kernel: kernels.copy,
  kernelSpec: (parts, [x], shape) => readingOf(parts, x.shape, shape),
  places: (parts) => parts,
  adjoint: (g, parts, shape) => apply(placing, { parts, shape, value: 0, framed: false }, [g]),
}

interface Placing {
  /** Where each element goes, along each axis of the result. */
  readonly parts: readonly Part[]
  readonly shape: Shape
  /** Of what is not written to. */
  readonly value: number
  /** Whether what lies around is written side by side, in place of everything before. */
  readonly framed: boolean
}

/** Elements put into a larger tensor: padding, and with 0 the adjoint of `slice`. */
export const placing: Primitive<Placing> = {
  name: 'pad',
  shape: ({ shape }) => shape,
  places: ({ parts }) => parts.map(({ start, step }) => ({ start: -start / step, step: 1 / step })),
  // What fills every place has nothing around it.
  made: ({ parts }, [x], shape) => (x.size === sizeOf(shape) ? sameNumbers(parts, [x], shape) : undefined),
  lower: ({ parts, value, framed }, [x], outputs, shape) => {
    const { inputOffset: outputOffset, inputStrides: outputStrides } = readingOf(parts, shape, x.shape)
    const copy = { ...copyOf(x.shape, stridesOf(x.shape)), outputOffset, outputStrides }
    if (!framed && x.size !== sizeOf(shape)) runInto(kernels.fill, { value }, [], outputs)
    runInto(kernels.copy, copy, [x], outputs)
    if (!framed) return
    const number = full([], value, x.dtype)
    for (const frame of framesOf(parts, shape)) runInto(kernels.copy, frame, [number], outputs)
  },
  adjoint: (g, { parts }) => apply(slicing, parts, [g]),
}

/** One number to each side of each axis: as wide as the inside along the axes before, as wide as all along those behind. */
function framesOf(parts: readonly Part[], shape: Shape): StridedCopy[] {
  const outputStrides = stridesOf(shape)
  const inputStrides = shape.map(() => 0)
  return parts.flatMap(({ start: before, count }, axis) =>
    [before, shape[axis] - before - count].flatMap((width, side) => {
      if (width === 0) return []
      const part = shape.map((whole, a) => (a < axis ? parts[a].count : a === axis ? width : whole))
      const from = shape.map((_, a) => (a < axis ? parts[a].start : a === axis && side === 1 ? before + count : 0))
      const outputOffset = from.reduce((sum, index, a) => sum + index * outputStrides[a], 0)
      return [{ shape: part, inputOffset: 0, inputStrides, outputOffset, outputStrides }]
    }),
  )
}
