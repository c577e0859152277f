// Padding. With 1234 and two elements on each side:
//
//   constant  00|1234|00     reflect  21|1234|43     mirror  32|1234|32     edge  11|1234|44     wrap  34|1234|12
//
// The names are those of scipy.ndimage. numpy.pad and ONNX call `mirror` "reflect", and `reflect` "symmetric".

import { scope } from '../autodiff/gradients.ts'
import { record } from '../autodiff/tape.ts'
import type { StridedCopy } from '../backends/backend.ts'
import { type Extension, sourceIndex } from '../shapes/boundary.ts'
import { type Shape, sizeOf, stridesOf } from '../shapes/broadcast.ts'
import { check, checkOptions, show, showShape } from '../shapes/error.ts'
import { asTensor, checkWhole, fromData, full, numbers, type TensorLike } from '../tensor/create.ts'
import { runCopies } from '../tensor/run.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkChoice } from './arguments.ts'
import { gather } from './indexing.ts'
import { slice } from './movement.ts'

export type PadMode = 'constant' | Extension

export interface PadOptions {
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
    return pads.reduce((padded, [before, after], axis) => {
      if (before === 0 && after === 0) return padded
      const size = x.shape[axis]
      check(
        size > 0,
        () =>
          `pad: axis ${axis} of ${showShape(x.shape)} is empty; '${mode}' has nothing to repeat. Use mode 'constant'.`,
      )
      const indices = numbers('pad', before + size + after, (i) => sourceIndex(mode, i - before, size))
      return gather(padded, fromData(indices, [indices.length], 'int32'), { axis })
    }, x)
  })
}

function padConstant(x: Tensor, pads: readonly (readonly [number, number])[], value: number): Tensor {
  check(
    typeof value === 'number' && !Number.isNaN(value),
    () => `pad: the value is ${show(value)}; it must be a number.`,
  )
  checkWhole('pad', [value], x.dtype)
  const shape = x.shape.map((size, axis) => size + pads[axis][0] + pads[axis][1])
  const outputStrides = stridesOf(shape)
  const outputOffset = pads.reduce((sum, [before], axis) => sum + before * outputStrides[axis], 0)
  const spec = { shape: x.shape, inputOffset: 0, inputStrides: stridesOf(x.shape), outputOffset, outputStrides }
  const inside = x.shape.map((size, axis) => ({ start: pads[axis][0], stop: pads[axis][0] + size }))
  const large = sizeOf(shape) >= framedFrom && x.size > 0
  const frame = large ? framesOf(x.shape, pads, shape) : []
  const source = large ? full([], value, x.dtype) : x
  const copies = [{ source: x, spec }, ...frame.map((part) => ({ source, spec: part }))]
  const output = runCopies(copies, shape, x.dtype, large ? undefined : value)
  return record('pad', output, [x], [], (gradient) => [() => slice(gradient, inside)])
}

/** From so many elements on, writing what lies inside twice costs more than copies for every side. */
const framedFrom = 2 ** 17

/** One number to each side of each axis: as wide as the inside along the axes before, as wide as all along those behind. */
function framesOf(inner: Shape, pads: readonly (readonly [number, number])[], shape: Shape): StridedCopy[] {
  const outputStrides = stridesOf(shape)
  const inputStrides = shape.map(() => 0)
  return inner.flatMap((size, axis) =>
    pads[axis].flatMap((width, side) => {
      if (width === 0) return []
      const part = shape.map((whole, a) => (a < axis ? inner[a] : a === axis ? width : whole))
      const start = shape.map((_, a) => (a < axis ? pads[a][0] : a === axis && side === 1 ? pads[a][0] + size : 0))
      const outputOffset = start.reduce((sum, index, a) => sum + index * outputStrides[a], 0)
      return [{ shape: part, inputOffset: 0, inputStrides, outputOffset, outputStrides }]
    }),
  )
}
