// Receptive fields of a whole network, followed primitive by primitive while it runs dry. What pools over all positions to
// scale or shift each (statistics of normalisations, gates) is left out; where paths meet, the widest counts.

import type { Applied, Place } from '../autodiff/primitive.ts'
import type { AxisMap, Buffer, KernelSpecs } from '../backends/backend.ts'
import { type Shape, sizeOf } from '../shapes/broadcast.ts'
import type { ConvSpec } from '../shapes/conv-spec.ts'
import { largestOf, smallestOf } from '../shapes/extremes.ts'
import { greatestCommonDivisor, oneRegion, rowOf } from '../shapes/map-regions.ts'
import { type PoolSpec, poolWindow } from '../shapes/pool-spec.ts'
import {
  type AxisView,
  adaptiveView,
  pointView,
  type ReceptiveField,
  receptiveField,
  transposedViews,
  windowView,
  windowViews,
} from '../shapes/receptive-field.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** How values of a buffer look at the network's input; `axes` is null where every value sees all of it. */
export interface Field {
  readonly batch: number
  readonly spatial: readonly number[]
  readonly axes: readonly (readonly AxisView[])[] | null
  /** What its values are made of, and how they look at each: several where paths meet, none for the input itself. */
  readonly sources: readonly Source[]
}

interface Source {
  readonly field: Field
  readonly views: readonly AxisView[]
}

/** Positions along each spatial axis of the input: values depend on all places whose every index is among them. */
export type SeenPart = readonly (readonly number[])[]

export interface FieldTracer {
  /** Names the network's input: `[batch, ...spatial, channels]`, or int32 tokens `[batch, length]`. */
  begin(buffer: Buffer, spatial: readonly number[], batch: number): void
  /** Follows one primitive. */
  follow(applied: Applied): void
  /** Says that the values of a buffer see everything. */
  widen(buffer: Buffer): void
  /** One field an axis of the input; null where all of it is seen, undefined where the buffer does not depend on it. */
  fieldOf(buffer: Buffer): readonly ReceptiveField[] | null | undefined
  /** The same with all that is known of it, for `seenFrom`. */
  known(buffer: Buffer): Field | undefined
}

/** What repeats a tensor lies in its memory until it is written out. */
const bufferOf = ({ hold }: Tensor): Buffer => hold.storage!.buffer

export function traceFields(): FieldTracer {
  const fields = new WeakMap<Buffer, Field>()
  return {
    begin: (buffer, spatial, batch) => {
      fields.set(buffer, { batch, spatial, axes: spatial.map(() => []), sources: [] })
    },
    follow: (applied) => {
      const results = fieldsAfter(
        applied,
        applied.inputs.map((input) => fields.get(bufferOf(input))),
      )
      results.forEach((result, i) => {
        const buffer = bufferOf(applied.outputs[i])
        if (result !== undefined) fields.set(buffer, widest([fields.get(buffer), result])!)
      })
    },
    widen: (buffer) => {
      const field = fields.get(buffer)
      if (field !== undefined) fields.set(buffer, { ...field, axes: null, sources: [] })
    },
    fieldOf: (buffer) => {
      const field = fields.get(buffer)
      return field === undefined ? undefined : (field.axes?.map((chain) => receptiveField(chain)) ?? null)
    },
    known: (buffer) => fields.get(buffer),
  }
}

/** Values that see everything give way to those that see a part, so that statistics and gates do not count. */
function widest(fields: readonly (Field | undefined)[]): Field | undefined {
  const known = fields.filter((field) => field !== undefined)
  const local = known.filter((field) => field.axes !== null)
  const reach = ({ axes }: Field): number =>
    Math.max(0, largestOf((axes ?? []).map((chain) => receptiveField(chain).size)))
  if (local.length === 0) return known[0]
  const best = local.reduce((one, field) => (reach(field) > reach(one) ? field : one))
  const different = [...new Set(local)].filter(({ spatial }) => spatial.length === best.spatial.length)
  if (different.length === 1) return best
  return { ...best, sources: different.map((field) => ({ field, views: best.spatial.map(() => pointView) })) }
}

/** The field after windows over the spatial axes; everything, where the axes are no longer those of the input. */
function through(field: Field | undefined, spatial: readonly number[], views: readonly AxisView[]): Field | undefined {
  if (field === undefined) return undefined
  const { axes } = field
  const next = axes === null || axes.length !== views.length ? null : axes.map((chain, axis) => [...chain, views[axis]])
  return { batch: field.batch, spatial, axes: next, sources: next === null ? [] : [{ field, views }] }
}

const everything = (fields: readonly (Field | undefined)[]): Field | undefined => {
  const field = fields.find((entry) => entry !== undefined)
  return field === undefined ? undefined : { ...field, axes: null, sources: [] }
}

const poolViews = (pool: PoolSpec): readonly AxisView[] =>
  pool.adaptive
    ? pool.inputSize.map((size, axis) => adaptiveView(size, pool.outputSize[axis]))
    : windowViews({ ...pool, kernel: pool.kernel.map((_, axis) => poolWindow(pool, axis, 0).taps) })

/** What specs hold that rules read, by `reach`. */
interface Told {
  readonly conv: ConvSpec
  readonly pool: PoolSpec
  readonly axes: readonly number[]
  readonly told: KernelSpecs['matmul']
  readonly map: AxisMap
  readonly axis: number
}

/** By what a primitive says of itself; see `Reach`. */
function fieldAfter({ primitive: { reach }, spec, inputs }: Applied, fields: readonly (Field | undefined)[]) {
  const { conv, pool, axes, told, map, axis } = (spec ?? {}) as Told
  const [x] = fields
  // What is added to a convolution; the mask of a deformable one.
  const beside = (seen: Field | undefined) => widest([seen, ...fields.slice(2)])
  switch (reach) {
    case 'windows':
      return beside(through(x, conv.outputSize, windowViews(conv)))
    case 'adjoint':
      return beside(through(x, conv.inputSize, transposedViews(conv)))
    case 'pool':
      return through(x, pool.outputSize, poolViews(pool))
    case 'everything':
      return everything(fields)
    case 'map':
      return resized(map, axis - 1, x)
    case 'product': {
      const rows = x ?? fields[1]
      const alone = x === undefined || fields[1] === undefined
      return alone && (told.batch * told.m) % (rows ? rows.batch * sizeOf(rows.spatial) : 1) === 0
        ? rows
        : everything(fields)
    }
    default: {
      const widestOf = widest(fields)
      const reduces = reach === 'axes' && widestOf !== undefined && touchesSpace(widestOf, inputs[0].shape, axes)
      return reduces ? everything(fields) : widestOf
    }
  }
}

function touchesSpace(x: Field, shape: Shape, axes: readonly number[]): boolean {
  const spatial = shape.slice(1, 1 + x.spatial.length).join() === x.spatial.join()
  return !spatial || axes.some((axis) => axis >= 1 && axis <= x.spatial.length)
}

/** Of each result. */
function fieldsAfter(applied: Applied, fields: readonly (Field | undefined)[]): readonly (Field | undefined)[] {
  const { primitive, spec, inputs, outputs } = applied
  if (primitive.places === undefined) {
    const field = fieldAfter(applied, fields)
    return outputs.map(() => field)
  }
  const shapes = inputs.map(({ shape }) => shape)
  return outputs.map(({ shape }, to) =>
    widest(fields.map((field, from) => moved(field, shape, primitive.places!(spec, shapes, from, to)))),
  )
}

/** Part of pictures that lie channels last, or put into larger ones. */
function moved(x: Field | undefined, shape: Shape, places: readonly (Place | null)[]): Field | undefined {
  const sizes = shape.slice(1, -1)
  if (x === undefined || x.axes === null || sizes.length !== x.spatial.length) return x
  const along = sizes.map((_, axis) => places[axis + 1] ?? { start: 0, step: 1 })
  const still = along.every(({ start, step }, axis) => start === 0 && step === 1 && sizes[axis] === x.spatial[axis])
  if (still || along.some(({ step }) => step < 1)) return x
  return through(
    x,
    sizes,
    along.map(({ start, step }) => windowView(1, step, 1, -start)),
  )
}

/** A resize along one axis of the whole. */
function resized(map: AxisMap, at: number, x: Field | undefined): Field | undefined {
  if (x === undefined || x.axes === null) return x
  if (x.spatial[at] !== map.length) return everything([x])
  return through(
    x,
    x.spatial.with(at, map.count),
    x.spatial.map((_, axis) => (axis === at ? mapView(map) : pointView)),
  )
}

function mapView({ length, count, taps, indices, weights, regions = oneRegion(count) }: AxisMap): AxisView {
  const common = greatestCommonDivisor(length, count)
  const [period, shift] = [count / common, length / common]
  return {
    jump: length / count,
    period,
    sees(output) {
      // Read in the middle of the axis, where no tap is held back at an edge.
      const phase = ((output % period) + period) % period
      const middle = phase + period * Math.floor((count / period - 1) / 2)
      const region = regions.find(({ end }) => middle < end)!
      const { row, shift: inside } = rowOf(region, middle)
      const seen = Array.from(indices.subarray(row * taps, (row + 1) * taps)).filter(
        (_, tap) => weights[row * taps + tap] !== 0,
      )
      const moved = ((output - middle) / period) * shift + inside
      return { first: smallestOf(seen) + moved, last: largestOf(seen) + moved, step: 1 }
    },
  }
}

/**
 * What the value at a position depends on, as a function of its index along each spatial axis: one part, or several where paths that
 * meet see different places. Null where it sees everything, undefined where nothing is known.
 */
export const seenFrom = (
  field: Field | undefined,
): ((position: readonly number[]) => readonly SeenPart[]) | null | undefined =>
  field?.axes === null ? null : field && ((position) => seenParts(field, position))

/** From the newest to the input: every part of what each field on the way must be known of. */
function seenParts(field: Field, position: readonly number[]): readonly SeenPart[] {
  const order: Field[] = []
  const visited = new Set<Field>()
  const visit = (one: Field): void => {
    if (visited.has(one)) return
    visited.add(one)
    for (const source of one.sources) visit(source.field)
    order.push(one)
  }
  visit(field)
  const wanted = new Map<Field, readonly SeenPart[]>([[field, [position.map((index) => [index])]]])
  for (const one of order.reverse()) {
    const parts = wanted.get(one) ?? []
    if (one.sources.length === 0) return parts
    for (const source of one.sources)
      for (const part of parts) {
        const read = part.map((positions, axis) => readBy(source.views[axis], positions, source.field.spatial[axis]))
        if (read.every((positions) => positions.length > 0))
          wanted.set(source.field, withPart(wanted.get(source.field) ?? [], read))
      }
    wanted.delete(one)
  }
  return []
}

function readBy(view: AxisView, positions: readonly number[], size: number): readonly number[] {
  const read = new Set<number>()
  for (const position of positions) {
    const { first, last, step } = view.sees(position)
    for (let input = first; input <= last; input += step) if (input >= 0 && input < size) read.add(input)
  }
  return [...read].sort((a, b) => a - b)
}

/** Parts that lie within another are left out. */
function withPart(parts: readonly SeenPart[], part: SeenPart): readonly SeenPart[] {
  if (parts.some((other) => isWithin(part, other))) return parts
  return [...parts.filter((other) => !isWithin(other, part)), part]
}

const isWithin = (part: SeenPart, other: SeenPart): boolean =>
  part.every((positions, axis) => {
    const known = new Set(other[axis])
    return positions.every((position) => known.has(position))
  })
