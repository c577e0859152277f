// Random strided copies, gathers, scatters and selections.

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { DType } from '../../../backend.ts'
import { drawShape, dtypes } from './elementwise.ts'
import type { Draw, FuzzCase, Operand } from './fuzz-case.ts'
import { rounded } from './fuzz-case.ts'
import { drawAxis } from './linear.ts'

/** The extent of a strided walk: its lowest place, at most 0, and its highest, at least 0. */
function extent(shape: readonly number[], strides: readonly number[]): readonly [number, number] {
  const reach = shape.map((size, axis) => (size - 1) * strides[axis])
  const total = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0)
  return [total(reach.filter((value) => value < 0)), total(reach.filter((value) => value > 0))]
}

/** Strides that never meet, in any order of the axes, with gaps. */
function apart(draw: Draw, shape: readonly number[]): number[] {
  const order = shape.map((_, axis) => axis)
  if (draw.chance(0.5)) order.sort(() => draw.unit() - 0.5)
  const strides = shape.map(() => 0)
  let step = draw.chance(0.2) ? 2 : 1
  for (const axis of order.reverse()) {
    strides[axis] = step * (draw.chance(0.1) ? -1 : 1)
    step *= shape[axis] + (draw.chance(0.2) ? draw.below(3) : 0)
  }
  return strides
}

export function drawCopy(draw: Draw): FuzzCase<'copy'> {
  const dtype = draw.pick(dtypes)
  const shape = drawShape(draw, draw.chance(0.2) ? 20_000 : 1500, 0)
  const outputStrides = apart(draw, shape)
  const dense = apart(draw, shape)
  const inputStrides = draw.chance(0.7) ? dense : dense.map((stride) => (draw.chance(0.3) ? 0 : stride))
  const [inputLow, inputHigh] = extent(shape, inputStrides)
  const [outputLow, outputHigh] = extent(shape, outputStrides)
  const [before, after] = [draw.below(5), draw.below(5)]
  return {
    kernel: 'copy',
    spec: { shape, inputStrides, outputStrides, inputOffset: before - inputLow, outputOffset: after - outputLow },
    inputs: [draw.values(dtype, before - inputLow + inputHigh + 1 + draw.below(3))],
    outputs: [{ dtype, length: after - outputLow + outputHigh + 1 + draw.below(3) }],
    allowance: rounded,
  }
}

const indices = (draw: Draw, count: number, length: number): Operand => ({
  dtype: 'int32',
  data: Int32Array.from({ length: count }, () => draw.below(length)),
})

export function drawGather(draw: Draw): FuzzCase<'gather'> {
  const [axis, count, dtype] = [drawAxis(draw), draw.size(40), draw.pick(dtypes)]
  const { outer, length, inner } = axis
  return {
    kernel: 'gather',
    spec: { ...axis, count },
    inputs: [draw.values(dtype, outer * length * inner), indices(draw, count, length)],
    outputs: [{ dtype, length: outer * count * inner }],
    allowance: rounded,
  }
}

export function drawScatterAdd(draw: Draw): FuzzCase<'scatterAdd'> {
  const [axis, count, dtype] = [drawAxis(draw), draw.size(40), draw.pick(['float32', 'int32'] as const)]
  const { outer, length, inner } = axis
  return {
    kernel: 'scatterAdd',
    spec: { ...axis, count },
    inputs: [draw.values(dtype, outer * count * inner), indices(draw, count, length)],
    outputs: [{ dtype, length: outer * length * inner }],
    allowance: { kind: 'sum', terms: count },
  }
}

/** A shape, the shape of indices into it, and the axis they go along. */
function drawElements(draw: Draw) {
  const shape = [draw.size(12), ...drawShape(draw, 300, 0).slice(0, 3)]
  const axis = draw.below(shape.length)
  const indexShape = shape.map((size, at) => (at === axis ? draw.size(12) : draw.between(1, size)))
  return { shape, indexShape, axis, places: indices(draw, sizeOf(indexShape), shape[axis]) }
}

export function drawGatherElements(draw: Draw): FuzzCase<'gatherElements'> {
  const { places, ...spec } = drawElements(draw)
  const dtype = draw.pick(dtypes)
  return {
    kernel: 'gatherElements',
    spec,
    inputs: [draw.values(dtype, sizeOf(spec.shape)), places],
    outputs: [{ dtype, length: places.data.length }],
    allowance: rounded,
  }
}

export function drawScatterElements(draw: Draw): FuzzCase<'scatterElements'> {
  const { places, ...spec } = drawElements(draw)
  const reduction = draw.pick(['none', 'add'] as const)
  const dtype: DType = reduction === 'none' ? draw.pick(dtypes) : draw.pick(['float32', 'int32'] as const)
  const length = sizeOf(spec.shape)
  return {
    kernel: 'scatterElements',
    spec: { ...spec, reduction },
    inputs: [draw.values(dtype, length), places, draw.values(dtype, places.data.length)],
    outputs: [{ dtype, length }],
    allowance: reduction === 'none' ? rounded : { kind: 'sum', terms: 1 + spec.indexShape[spec.axis] },
  }
}

/** Rows with many ties. */
function drawRows(draw: Draw) {
  const length = draw.chance(0.1) ? draw.between(1, 10_000) : draw.size(300)
  const outer = length > 1000 ? 1 : draw.size(10)
  const dtype = draw.pick(dtypes)
  const x = draw.values(dtype, outer * length)
  for (let i = 0; i < x.data.length; i++) if (draw.chance(0.3)) x.data[i] = Math.round(x.data[i])
  return { outer, length, dtype, x }
}

const valuesAndPlaces = (dtype: DType, length: number) =>
  [
    { dtype, length },
    { dtype: 'int32', length },
  ] as const

export function drawTopK(draw: Draw): FuzzCase<'topK'> {
  const { outer, length, dtype, x } = drawRows(draw)
  const k = draw.between(1, draw.chance(0.5) ? Math.min(length, 40) : length)
  return {
    kernel: 'topK',
    spec: { outer, length, k, largest: draw.chance(0.5) },
    inputs: [x],
    outputs: valuesAndPlaces(dtype, outer * k),
    allowance: rounded,
  }
}

export function drawSort(draw: Draw): FuzzCase<'sort'> {
  const { outer, length, dtype, x } = drawRows(draw)
  return {
    kernel: 'sort',
    spec: { outer, length, descending: draw.chance(0.5) },
    inputs: [x],
    outputs: valuesAndPlaces(dtype, outer * length),
    allowance: rounded,
  }
}
