// Kernels along one axis: argReduce, cumulativeSum, gather and scatter, topK, sort, axisMap.

import type { AxisMap } from '../../backends/backend.ts'
import type { Cell } from '../../compile/program.ts'
import { oneRegion, rowOf } from '../../shapes/map-regions.ts'
import type { IndexRange } from '../../tensor/witness.ts'
import { plainOrder } from '../value.ts'
import { float, int, text } from './draft.ts'
import { dimsOf, firstOrder, isPlain } from './form.ts'
import { Pointwise } from './functions.ts'
import { applied, type Matrix } from './matrices.ts'
import type { Scene, Translate, Translations } from './scene.ts'

const translateArgReduce: Translate<'argReduce'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { form, axis, at } = cells.along(x, spec)
  const operator = spec.op === 'argMax' ? 'ArgMax' : 'ArgMin'
  const dims = draft.dimsOf(form.name).filter((_, i) => i !== at)
  const found = draft.node(operator, [form.name], dims, { axis: int(at), keepdims: int(0) })
  const shape = form.shape.filter((_, i) => i !== axis)
  const order = form.order.filter((one) => one !== axis).map((one) => (one > axis ? one - 1 : one))
  cells.put(y, { shape, order, name: draft.cast(found, 'int32') })
}

const translateCumulativeSum: Translate<'cumulativeSum'> = ({ spec, inputs: [x], outputs: [y] }, { draft, cells }) => {
  const { form, at } = cells.along(x, spec)
  const axis = draft.constant(`${draft.path}.axis`, 'int64', [], BigInt64Array.of(BigInt(at)), 'numbers')
  const name = draft.node('CumSum', [form.name, axis], draft.dimsOf(form.name), {
    ...(spec.exclusive && { exclusive: int(1) }),
    ...(spec.reverse && { reverse: int(1) }),
  })
  cells.put(y, { ...form, name })
}

/** Indices as they lie in memory. */
function indicesOf({ cells }: Scene, indices: Cell): { readonly name: string; readonly shape: readonly number[] } {
  const form = cells.formsOf(indices).find(({ order }) => isPlain(order))
  return form ?? { name: cells.as(indices, [indices.length], [0], 'indices'), shape: [indices.length] }
}

const translateGather: Translate<'gather'> = ({ spec, inputs: [x, indices], outputs: [y] }, scene) => {
  const { draft, cells } = scene
  const { outer, length, inner } = spec
  const places = indicesOf(scene, indices)
  const put = (name: string, before: readonly number[], after: readonly number[], axis: number): void => {
    const shape = [...before, ...places.shape, ...after]
    const made = draft.node('Gather', [name, places.name], shape, { axis: int(axis) })
    cells.put(y, { shape, order: plainOrder(shape.length), name: made })
  }
  if (cells.isConstant(x)) {
    const shape = [...(outer === 1 ? [] : [outer]), length, ...(inner === 1 ? [] : [inner])]
    const axis = outer === 1 ? 0 : 1
    return put(
      cells.as(x, shape, plainOrder(shape.length), 'weight'),
      shape.slice(0, axis),
      shape.slice(axis + 1),
      axis,
    )
  }
  const { form, axis, at } = cells.along(x, spec)
  if (places.shape.length === 1) {
    // One axis for another: the order of the axes may stay what it is.
    const shape = form.shape.with(axis, places.shape[0])
    const dims = draft.dimsOf(form.name).with(at, places.shape[0])
    const name = draft.node('Gather', [form.name, places.name], dims, { axis: int(at) })
    cells.put(y, { shape, order: form.order, name })
    return
  }
  return put(cells.as(x, form.shape), form.shape.slice(0, axis), form.shape.slice(axis + 1), axis)
}

/** Sums of the rows that share an index: a product with a matrix of ones where they belong. */
const translateScatterAdd: Translate<'scatterAdd'> = ({ spec, inputs: [x, indices], outputs: [y] }, scene) => {
  const { draft, cells } = scene
  const { outer, length, inner, count } = spec
  const updates = cells.as(x, [outer, count, inner])
  const places = cells.as(indices, [count], [0], 'indices')
  const depth = draft.constant(`${draft.path}.depth`, 'int64', [], BigInt64Array.of(BigInt(length)), 'numbers')
  const pair = draft.floats('off-on', [2], [0, 1])
  const hot = draft.node('OneHot', [places, depth, pair], [length, count], { axis: int(0) })
  const shape = [outer, length, inner]
  cells.put(y, { shape, order: [0, 1, 2], name: draft.node('MatMul', [hot, updates], shape) })
}

const translateGatherElements: Translate<'gatherElements'> = (
  { spec, inputs: [x, indices], outputs: [y] },
  { draft, cells },
) => {
  const { shape, indexShape, axis } = spec
  const name = draft.node('GatherElements', [cells.as(x, shape), cells.as(indices, indexShape)], indexShape, {
    axis: int(axis),
  })
  cells.put(y, { shape: indexShape, order: plainOrder(indexShape.length), name })
}

const translateScatterElements: Translate<'scatterElements'> = ({ spec, inputs, outputs: [y] }, { draft, cells }) => {
  const { shape, indexShape, axis, reduction } = spec
  const [x, indices, updates] = inputs
  if (reduction === 'add' && draft.opset < 16) {
    throw draft.refusal('adds values at indices, which ONNX supports from opset 16 on. Give opset: 16 or more.')
  }
  const given = [cells.as(x, shape), cells.as(indices, indexShape), cells.as(updates, indexShape)]
  const name = draft.node('ScatterElements', given, shape, {
    axis: int(axis),
    ...(reduction === 'add' && { reduction: text('add') }),
  })
  cells.put(y, { shape, order: plainOrder(shape.length), name })
}

function largest(
  { draft, cells, uses }: Scene,
  x: Cell,
  outputs: readonly Cell[],
  { outer, length, k, descending }: { outer: number; length: number; k: number; descending: boolean },
): void {
  const { form, axis, at } = cells.along(x, { outer, length, inner: 1 })
  const dims = draft.dimsOf(form.name).with(at, k)
  const shape = form.shape.with(axis, k)
  const count = draft.indices('k', [1], [k])
  const attributes = { axis: int(at), ...(descending ? {} : { largest: int(0) }) }
  const [values, places] = draft.emit('TopK', [form.name, count], [dims, dims], attributes)
  cells.put(outputs[0], { ...form, shape, name: values })
  const [, indices] = outputs
  if (uses.readers.has(indices) || uses.outputs.has(indices)) {
    cells.put(indices, { ...form, shape, name: draft.cast(places, 'int32') })
  }
}

const translateTopK: Translate<'topK'> = ({ spec, inputs: [x], outputs }, scene) =>
  largest(scene, x, outputs, { ...spec, descending: spec.largest })

const translateSort: Translate<'sort'> = ({ spec, inputs: [x], outputs }, scene) =>
  largest(scene, x, outputs, { ...spec, k: spec.length })

/** The map as a matrix of as many rows as there are outputs. */
function matrixOf({ length, count, taps, indices, weights, regions, transposed }: AxisMap): Matrix {
  const values = new Float64Array(count * length)
  for (const region of regions ?? oneRegion(count)) {
    for (let output = region.first; output < region.end; output++) {
      const { row, shift } = rowOf(region, output)
      for (let t = 0; t < taps; t++) {
        const weight = weights[row * taps + t]
        if (weight !== 0) values[output * length + indices[row * taps + t] + shift] += weight
      }
    }
  }
  if (!transposed) return { rows: count, columns: length, values }
  const turned = Float64Array.from(values, (_, i) => values[(i % count) * length + Math.floor(i / count)])
  return { rows: length, columns: count, values: turned }
}

/** How ONNX's Resize computes. */
export interface Resizing {
  readonly mode: 'nearest' | 'linear' | 'cubic'
  readonly coordinates: 'half_pixel' | 'align_corners' | 'asymmetric'
  readonly rounding?: string
  readonly a?: number
}

const candidates: readonly Resizing[] = [
  { mode: 'nearest', coordinates: 'asymmetric', rounding: 'floor' },
  { mode: 'nearest', coordinates: 'half_pixel', rounding: 'round_prefer_floor' },
  { mode: 'nearest', coordinates: 'half_pixel', rounding: 'floor' },
  { mode: 'linear', coordinates: 'half_pixel' },
  { mode: 'linear', coordinates: 'align_corners' },
  { mode: 'linear', coordinates: 'asymmetric' },
  { mode: 'cubic', coordinates: 'half_pixel', a: -0.75 },
  { mode: 'cubic', coordinates: 'half_pixel', a: -0.5 },
  { mode: 'cubic', coordinates: 'align_corners', a: -0.75 },
  { mode: 'cubic', coordinates: 'align_corners', a: -0.5 },
]

/** What ONNX's Resize does to an axis, as a matrix. */
function resizing({ mode, coordinates, rounding, a = 0 }: Resizing, rows: number, columns: number): Float64Array {
  const values = new Float64Array(rows * columns)
  const scale = rows / columns
  for (let o = 0; o < rows; o++) {
    const x =
      coordinates === 'half_pixel'
        ? (o + 0.5) / scale - 0.5
        : coordinates === 'asymmetric'
          ? o / scale
          : rows === 1
            ? 0
            : (o * (columns - 1)) / (rows - 1)
    const put = (at: number, weight: number): void => {
      values[o * columns + Math.min(columns - 1, Math.max(0, at))] += weight
    }
    const below = Math.floor(x)
    const part = x - below
    if (mode === 'nearest') put(rounding === 'floor' ? below : Math.ceil(x - 0.5), 1)
    else if (mode === 'linear') {
      put(below, 1 - part)
      put(below + 1, part)
    } else {
      const near = (s: number): number => ((a + 2) * s - (a + 3)) * s * s + 1
      const far = (s: number): number => ((a * s - 5 * a) * s + 8 * a) * s - 4 * a
      const weights = [far(1 + part), near(part), near(1 - part), far(2 - part)]
      for (const [i, weight] of weights.entries()) put(below - 1 + i, weight)
    }
  }
  return values
}

/** What ONNX's Resize does along the axis, where it does the same; run-times resize pixels, and cubically only to more of them in pictures. */
function resizingOf({ rows, columns, values }: Matrix, rank: number): Resizing | undefined {
  if (rows < 2 || columns < 2 || rows * columns > 2 ** 22 || rank < 3 || rank > 5) return undefined
  return candidates.find((candidate) => {
    if (candidate.mode === 'cubic' && (rank !== 4 || rows < columns)) return false
    const own = resizing(candidate, rows, columns)
    return own.every((value, i) => Math.abs(value - values[i]) < 1e-6)
  })
}

const translateAxisMap: Translate<'axisMap'> = ({ spec, inputs: [x], outputs: [y] }, scene) => {
  const { draft, cells, uses } = scene
  const { outer, inner } = spec
  const matrix = matrixOf(spec)
  const { form, axis, at } = cells.along(x, { outer, length: matrix.columns, inner })
  const rank = form.shape.length
  const shape = form.shape.with(axis, matrix.rows)
  const kind = axis > 0 && axis < rank - 1 ? resizingOf(matrix, rank) : undefined
  if (kind === undefined) {
    cells.put(y, { ...form, shape, name: applied(draft, form.name, at, matrix) })
    return
  }
  const order = firstOrder(rank)
  // One Resize for all axes that are resized alike, one after the other.
  const before = scene.resized.get(x)
  const joins =
    before !== undefined && before.kind === kind && uses.readers.get(x)?.length === 1 && !uses.outputs.has(x)
  const source = joins ? before.source : cells.as(x, form.shape, order)
  scene.resized.set(y, { kind, source })
  const [from, dims] = [draft.dimsOf(source), dimsOf(shape, order)]
  const ratios = dims.map((size, i) => size / from[i])
  // Scales say more of other sizes, if they give this one as they are rounded.
  const scales = ratios.map(Math.fround)
  const exact = scales.every(
    (scale, i) => Math.floor(scale * from[i]) === dims[i] && Math.floor(Math.fround(scale * from[i])) === dims[i],
  )
  const sizes = exact ? ['', draft.floats('scales', [rank], scales)] : ['', '', draft.lengths(dims, 'sizes')]
  const name = draft.node('Resize', [source, ...sizes], dims, {
    mode: text(kind.mode),
    coordinate_transformation_mode: text(kind.coordinates),
    ...(kind.rounding !== undefined && { nearest_mode: text(kind.rounding) }),
    ...(kind.a !== undefined && { cubic_coeff_a: float(kind.a) }),
  })
  cells.put(y, { shape, order, name })
}

/** Indices that JavaScript checks: those below 0 count from the end where it lets them. */
export function indicesChecked(
  { limit, least }: IndexRange,
  [x]: readonly Cell[],
  [y]: readonly Cell[],
  { draft, cells }: Scene,
): void {
  const form = cells.formOf(x)
  if (least === 0) {
    cells.put(y, form)
    return
  }
  const p = new Pointwise(draft, draft.dimsOf(form.name))
  const wrapped = p.add(form.name, p.number(limit, 'int32'))
  cells.put(y, { ...form, name: p.where(p.less(form.name, p.number(0, 'int32')), wrapped, form.name) })
}

export const indexing: Translations = {
  argReduce: translateArgReduce,
  cumulativeSum: translateCumulativeSum,
  gather: translateGather,
  scatterAdd: translateScatterAdd,
  gatherElements: translateGatherElements,
  scatterElements: translateScatterElements,
  topK: translateTopK,
  sort: translateSort,
  axisMap: translateAxisMap,
}
