// Axes turned round, so that what leaves at one end comes in at the other: one copy for each part that stays together.

import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { StridedCopy } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { type Shape, sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { runInto } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { sameNumbers } from './stretch.ts'

/** Axes turned in one pass, of twice as many parts each. */
const axesAtOnce = 3

/** Where a part of an axis is read, where it is written, and how long it is. */
interface Part {
  readonly from: number
  readonly to: number
  readonly length: number
}

function copiesOf(shape: Shape, shifts: readonly number[]): StridedCopy[] {
  const strides = stridesOf(shape)
  const parts = shape.map((size, axis): Part[] => {
    const shift = shifts[axis]
    const kept = size - shift
    const first: Part = { from: shift, to: 0, length: kept }
    return shift === 0 ? [first] : [first, { from: 0, to: kept, length: shift }]
  })
  const chosen = parts.reduce<Part[][]>(
    (lists, options) => lists.flatMap((list) => options.map((part) => [...list, part])),
    [[]],
  )
  return chosen.map((list) => ({
    shape: list.map(({ length }) => length),
    inputOffset: list.reduce((sum, { from }, axis) => sum + from * strides[axis], 0),
    inputStrides: strides,
    outputOffset: list.reduce((sum, { to }, axis) => sum + to * strides[axis], 0),
    outputStrides: strides,
  }))
}

/** Element i of the result along an axis is element (i + shift) mod size of x, for a shift from 0 to size − 1 an axis. */
export function rotate(x: Tensor, shifts: readonly number[]): Tensor {
  const turned = shifts.flatMap((shift, axis) => (shift === 0 ? [] : [axis]))
  if (turned.length === 0 || sizeOf(x.shape) === 0) return x
  if (turned.length > axesAtOnce) {
    const now = turned.slice(0, axesAtOnce)
    const part = (chosen: boolean) => shifts.map((shift, axis) => (now.includes(axis) === chosen ? shift : 0))
    return rotate(rotate(x, part(true)), part(false))
  }
  return apply(rotating, shifts, [x])
}

const rotating: Primitive<readonly number[]> = {
  name: 'rotate',
  made: sameNumbers,
  lower: (shifts, [x], outputs) => {
    for (const copy of copiesOf(x.shape, shifts)) runInto(kernels.copy, copy, [x], outputs)
  },
  adjoint: (g, shifts, shape) =>
    rotate(
      g,
      shifts.map((shift, axis) => (shift === 0 ? 0 : shape[axis] - shift)),
    ),
}
