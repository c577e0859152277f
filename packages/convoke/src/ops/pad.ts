// Padding. With 1234 and two elements on each side:
//
//   constant  00|1234|00     reflect  21|1234|43     mirror  32|1234|32     edge  11|1234|44     wrap  34|1234|12
//
// The names are those of scipy.ndimage. numpy.pad and ONNX call `mirror` "reflect", and `reflect` "symmetric".

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { StridedCopy } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { type Extension, sourceIndex } from '../shapes/boundary.ts'
import { type Shape, sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { asTensor, checkWhole, fromData, numbers, type TensorLike } from '../tensor/create.ts'
import { runInto } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkChoice } from './arguments.ts'
import { addSlices, slicesAt } from './indexing.ts'
import { placing } from './placing.ts'

/** What `pad` fills with: one value, or the input continued beyond its edges in one of the ways of `Extension`. */
export type PadMode = 'constant' | Extension

/** The options of `pad`. */
export interface PadOptions {
  /** What lies beyond the edges: 'constant' when not given. */
  readonly mode?: PadMode | undefined
  /** What 'constant' pads with; 0 when not given. */
  readonly value?: number | undefined
}

/**
 * Elements added before and after each axis: `pads` is one `[before, after]` an axis. The modes are drawn above; any
 * amount of padding works, repeating the pattern.
 *
 * @example
 * pad(tensor([1, 2, 3, 4]), [[2, 2]], { mode: 'mirror' }).toArray()  // [3, 2, 1, 2, 3, 4, 3, 2]
 */
export function pad(value: TensorLike, pads: readonly (readonly [number, number])[], options: PadOptions = {}): Tensor {
  return scope(() => {
    const x = asTensor('pad', 'x', value)
    checkOptions('pad', options, ['mode', 'value'])
    const mode = options.mode ?? 'constant'
    checkChoice('pad', 'the mode', mode, ['constant', 'reflect', 'mirror', 'edge', 'wrap'])
    check(
      Array.isArray(pads) &&
        pads.length === x.rank &&
        pads.every(
          (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0),
        ),
      () =>
        `pad: the pads are ${show(pads)}; give [before, after] of 0 or more for each axis of shape ${showShape(x.shape)}.`,
    )
    if (pads.every(([before, after]) => before === 0 && after === 0)) return x
    if (mode === 'constant') return padConstant(x, pads, options.value ?? 0)
    pads.forEach(([before, after], axis) => {
      check(
        x.shape[axis] > 0 || (before === 0 && after === 0),
        () =>
          `pad: axis ${axis} of ${showShape(x.shape)} is empty; '${mode}' has nothing to repeat. Use mode 'constant'.`,
      )
    })
    return padRepeated(x, pads, mode)
  })
}

/** From so many elements on, one pass of several copies costs less than a pass for every axis. */
const piecedFrom = 2 ** 16
/** Copies at most, instead of a pass for every axis. */
const mostPieces = 32

/** Copies of pieces where they are few and the tensor is large, else picked axis by axis. */
function padRepeated(x: Tensor, pads: readonly (readonly [number, number])[], mode: Extension): Tensor {
  const padded = pads.flatMap(([before, after], axis) => (before === 0 && after === 0 ? [] : [axis]))
  const steps = padded.map((axis) => {
    const [before, after] = pads[axis]
    const size = x.shape[axis]
    return { axis, places: numbers('pad', before + size + after, (i) => sourceIndex(mode, i - before, size)) }
  })
  const shape = x.shape.map((size, axis) => pads[axis][0] + size + pads[axis][1])
  const pieces = sizeOf(shape) < piecedFrom ? null : piecesOf(x.shape, shape, steps)
  if (pieces === null) {
    return steps.reduce((current, { axis, places }) => slicesAt(current, indicesOf(places), axis), x)
  }
  return apply(repeating, { steps, pieces, shape }, [x])
}

/** Which place of an axis each of the padded axis takes. */
interface Places {
  readonly axis: number
  readonly places: Float64Array
}

interface Repeated {
  readonly steps: readonly Places[]
  readonly pieces: readonly StridedCopy[]
  readonly shape: Shape
}

const repeating: Primitive<Repeated> = {
  name: 'padRepeated',
  shape: ({ shape }) => shape,
  lower: ({ pieces }, inputs, outputs) => {
    for (const piece of pieces) runInto(kernels.copy, piece, inputs, outputs)
  },
  adjoint: (g, { steps }, from) =>
    steps.reduce(
      (sum, { axis, places }) => addSlices(sum, indicesOf(places), axis, sum.shape.with(axis, from[axis])),
      g,
    ),
}

const indicesOf = (places: Float64Array): Tensor => fromData(places, [places.length], 'int32')

/** Places along an axis that follow each other by one step: −1, 0 or 1. */
interface Run {
  readonly from: number
  readonly step: number
  readonly to: number
  readonly length: number
}

function runsOf(places: Float64Array): Run[] {
  const runs: Run[] = []
  for (let to = 0; to < places.length; ) {
    const step = to + 1 < places.length ? places[to + 1] - places[to] : 0
    const steady = Math.abs(step) <= 1
    let length = 1
    while (steady && to + length < places.length && places[to + length] - places[to + length - 1] === step) length++
    runs.push({ from: places[to], step: steady ? step : 0, to, length })
    to += length
  }
  return runs
}

/** A copy for every choice of one run an axis; null where those are many. */
function piecesOf(inner: Shape, shape: Shape, steps: readonly Places[]): StridedCopy[] | null {
  const runs = inner.map((size): Run[] => [{ from: 0, step: 1, to: 0, length: size }])
  for (const { axis, places } of steps) runs[axis] = runsOf(places)
  if (sizeOf(runs.map((list) => list.length)) > mostPieces) return null
  const [inputStrides, outputStrides] = [stridesOf(inner), stridesOf(shape)]
  const choices = runs.reduce<Run[][]>(
    (lists, list) => lists.flatMap((some) => list.map((run) => [...some, run])),
    [[]],
  )
  return choices.map((list) => ({
    shape: list.map(({ length }) => length),
    inputOffset: list.reduce((sum, { from }, axis) => sum + from * inputStrides[axis], 0),
    inputStrides: list.map(({ step }, axis) => step * inputStrides[axis]),
    outputOffset: list.reduce((sum, { to }, axis) => sum + to * outputStrides[axis], 0),
    outputStrides,
  }))
}

function padConstant(x: Tensor, pads: readonly (readonly [number, number])[], value: number): Tensor {
  check(
    typeof value === 'number' && !Number.isNaN(value),
    () => `pad: the value is ${show(value)}; it must be a number.`,
  )
  checkWhole('pad', [value], x.dtype)
  const parts = pads.map(([start], axis) => ({ start, step: 1, count: x.shape[axis] }))
  const shape = x.shape.map((size, axis) => size + pads[axis][0] + pads[axis][1])
  return apply(placing, { parts, shape, value, framed: sizeOf(shape) >= framedFrom && x.size > 0 }, [x])
}

/** From so many elements on, writing what lies inside twice costs more than copies for every side. */
const framedFrom = 2 ** 17
