// fft, rfft, irfft, complexMultiply; toPlanes, fromPlanes; extremes, sumOfSquares.

import type { Cell } from '../../compile/program.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { plainOrder } from '../value.ts'
import { type Attributes, type Draft, int } from './draft.ts'
import { reduced } from './elementwise.ts'
import { Pointwise } from './functions.ts'
import type { Scene, Translate, Translations } from './scene.ts'
import { slice } from './strided.ts'

/** Along axis `axis` of values whose last axis holds real and imaginary parts (or a real part alone). */
function transformed(
  draft: Draft,
  name: string,
  axis: number,
  { inverse = false, onesided = false }: { readonly inverse?: boolean; readonly onesided?: boolean },
): string {
  if (draft.opset < 17)
    throw draft.refusal('computes Fourier transforms, which ONNX supports from opset 17 on. Give opset: 17 or more.')
  const dims = draft.dimsOf(name)
  const lines = [sizeOf(dims.slice(0, axis)), dims[axis], sizeOf(dims.slice(axis + 1, -1)), dims[dims.length - 1]]
  // ONNX Runtime transforms the axis behind the batch.
  const flat = draft.node('Reshape', [name, draft.lengths(lines, 'shape')], lines)
  const turned = lines[2] === 1 ? [lines[0], lines[1], lines[3]] : [lines[0], lines[2], lines[1], lines[3]]
  const ready =
    lines[2] === 1
      ? draft.node('Reshape', [flat, draft.lengths(turned, 'shape')], turned)
      : draft.node('Transpose', [flat], turned, { perm: { type: 'ints', value: [0, 2, 1, 3] } })
  const rows = [sizeOf(turned.slice(0, -2)), lines[1], lines[3]]
  const even = draft.node('Reshape', [ready, draft.lengths(rows, 'shape')], rows)
  const length = onesided ? Math.floor(lines[1] / 2) + 1 : lines[1]
  const attributes: Attributes = {
    ...(draft.opset < 20 && { axis: int(1) }),
    ...(inverse && { inverse: int(1) }),
    ...(onesided && { onesided: int(1) }),
  }
  const place =
    draft.opset < 20 ? [] : ['', draft.constant(`${draft.path}.axis`, 'int64', [], BigInt64Array.of(1n), 'numbers')]
  const spectrum = draft.node('DFT', [even, ...place], [rows[0], length, 2], attributes)
  const back = [lines[0], lines[2], length, 2]
  const wide = draft.node('Reshape', [spectrum, draft.lengths(back, 'shape')], back)
  const final = [...dims.slice(0, axis), length, ...dims.slice(axis + 1, -1), 2]
  const placed =
    lines[2] === 1
      ? wide
      : draft.node('Transpose', [wide], [lines[0], length, lines[2], 2], {
          perm: { type: 'ints', value: [0, 2, 1, 3] },
        })
  return draft.node('Reshape', [placed, draft.lengths(final, 'shape')], final)
}

const scaled = (draft: Draft, name: string, by: number): string => {
  const p = new Pointwise(draft, draft.dimsOf(name))
  return Math.abs(by - 1) < 1e-12 ? name : p.multiply(name, p.number(by))
}

const translateFft: Translate<'fft'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { shape, axes, inverse, scale } = spec
  const whole = [...shape, 2]
  let name = cells.as(x, whole)
  for (const axis of axes) name = transformed(draft, name, axis, { inverse })
  // ONNX's inverse divides by the length.
  const lengths = inverse ? axes.reduce((product, axis) => product * shape[axis], 1) : 1
  cells.put(y, { shape: whole, order: plainOrder(whole.length), name: scaled(draft, name, scale * lengths) })
}

const halved = (shape: readonly number[], axes: readonly number[]): number[] => {
  const last = axes[axes.length - 1]
  return [...shape.with(last, Math.floor(shape[last] / 2) + 1), 2]
}

const translateRfft: Translate<'rfft'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { shape, axes, scale } = spec
  let name = cells.as(x, [...shape, 1])
  name = transformed(draft, name, axes[axes.length - 1], { onesided: true })
  for (const axis of axes.slice(0, -1)) name = transformed(draft, name, axis, {})
  const whole = halved(shape, axes)
  cells.put(y, { shape: whole, order: plainOrder(whole.length), name: scaled(draft, name, scale) })
}

const translateIrfft: Translate<'irfft'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { shape, axes, scale } = spec
  const whole = halved(shape, axes)
  const last = axes[axes.length - 1]
  let name = cells.as(x, whole)
  for (const axis of axes.slice(0, -1)) name = transformed(draft, name, axis, { inverse: true })
  // The frequencies that are left out are the conjugates of those that are there.
  const [n, half] = [shape[last], whole[last]]
  const mirrored = n - half
  if (mirrored > 0) {
    const cuts = [{ at: last, start: mirrored, step: -1, size: mirrored, length: half }]
    const dims = whole.with(last, mirrored)
    const turned = slice(draft, name, dims, cuts)
    const sign = draft.floats('conjugate', [2], [1, -1])
    const conjugate = draft.node('Mul', [turned, sign], dims)
    name = draft.node('Concat', [name, conjugate], whole.with(last, n), { axis: int(last) })
  }
  name = transformed(draft, name, last, { inverse: true })
  const real = slice(draft, name, [...shape, 1], [{ at: shape.length, start: 0, step: 1, size: 1, length: 2 }])
  const lengths = axes.reduce((product, axis) => product * shape[axis], 1)
  const result = scaled(draft, real, scale * lengths)
  cells.put(y, { shape: [...shape, 1], order: plainOrder(shape.length + 1), name: result })
}

const translateComplexMultiply: Translate<'complexMultiply'> = ({ spec, inputs, outputs: [y] }, { draft, cells }) => {
  // The lengths of the larger one: the other repeats in them.
  const found = inputs
    .filter((cell) => !cells.isConstant(cell))
    .flatMap((cell) => cells.formsOf(cell))
    .find(({ shape }) => shape.length > 1 && shape[shape.length - 1] === 2)
  const shape = found?.shape ?? [y.length / 2, 2]
  const last = shape.length - 1
  const single = shape.with(last, 1)
  const [[a, b], [c, d]] = inputs.map((cell) => {
    const both = cells.as(cell, shape)
    return [0, 1].map((start) => slice(draft, both, single, [{ at: last, start, step: 1, size: 1, length: 2 }]))
  })
  const p = new Pointwise(draft, single)
  const [ac, bd, ad, bc] = [p.multiply(a, c), p.multiply(b, d), p.multiply(a, d), p.multiply(b, c)]
  const real = spec.conjugate ? p.add(ac, bd) : p.subtract(ac, bd)
  const imaginary = spec.conjugate ? p.subtract(bc, ad) : p.add(ad, bc)
  const name = draft.node('Concat', [real, imaginary], shape, { axis: int(last) })
  cells.put(y, { shape, order: plainOrder(shape.length), name })
}

const floats = ({ draft, cells }: Scene, x: Cell, shape: readonly number[]): string => {
  const name = cells.as(x, shape)
  return x.dtype === 'float32' ? name : draft.cast(name, 'float32')
}

const translateToPlanes: Translate<'toPlanes'> = ({ spec: { channels }, inputs: [x], outputs: [y] }, scene) => {
  const pixels = x.length / channels
  // Only another order of the same axes.
  const name = floats(scene, x, [pixels, channels])
  scene.cells.put(y, { shape: [channels, pixels], order: [1, 0], name })
}

const translateFromPlanes: Translate<'fromPlanes'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { channels, absolute, scale, offset, most, whole } = spec
  const shape = [channels, x.length / channels]
  const p = new Pointwise(draft, shape)
  let name = cells.as(x, shape)
  if (absolute) name = p.node('Abs', [name])
  if (scale !== 1) name = p.multiply(name, p.number(scale))
  if (offset !== 0) name = p.add(name, p.number(offset))
  if (most !== null) {
    // Not a number becomes 0: it is not above it.
    const above = p.greater(name, p.number(0))
    name = p.where(above, p.node('Min', [name, p.number(most)]), p.number(0))
  }
  if (whole) name = p.node('Floor', [p.add(name, p.number(0.5))])
  if (y.dtype !== 'float32') name = p.cast(name, y.dtype)
  cells.put(y, { shape: [shape[1], channels], order: [1, 0], name })
}

const translateExtremes: Translate<'extremes'> = ({ inputs: [x], outputs: [y] }, { draft, cells }) => {
  const flat = cells.as(x, [x.length])
  const ends = (['min', 'max'] as const).map((op) => reduced(draft, op, flat, [0], true))
  cells.put(y, { shape: [2], order: [0], name: draft.node('Concat', ends, [2], { axis: int(0) }) })
}

const translateSumOfSquares: Translate<'sumOfSquares'> = ({ inputs, outputs: [y] }, { draft, cells }) => {
  const totals = inputs.map((x) => {
    const flat = cells.as(x, [x.length])
    return reduced(draft, 'sum', new Pointwise(draft, [x.length]).multiply(flat, flat), [0], true)
  })
  const p = new Pointwise(draft, [1])
  cells.put(y, { shape: [1], order: [0], name: totals.reduce((a, b) => p.add(a, b)) })
}

export const signals: Translations = {
  fft: translateFft,
  rfft: translateRfft,
  irfft: translateIrfft,
  complexMultiply: translateComplexMultiply,
  toPlanes: translateToPlanes,
  fromPlanes: translateFromPlanes,
  extremes: translateExtremes,
  sumOfSquares: translateSumOfSquares,
}
