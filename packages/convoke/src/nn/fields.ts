// Receptive fields of a whole network, followed kernel by kernel while it runs dry. What pools over all positions to
// scale or shift each (statistics of normalisations, gates) is left out; where paths meet, the widest counts.

import type { AxisMap, Buffer, KernelName, KernelSpecs } from '../backends/backend.ts'
import type { DryRun } from '../backends/dry/index.ts'
import { sizeOf } from '../shapes/broadcast.ts'
import { largestOf, smallestOf } from '../shapes/extremes.ts'
import { greatestCommonDivisor, oneRegion, rowOf } from '../shapes/map-regions.ts'
import { type PoolSpec, poolWindow } from '../shapes/pool-spec.ts'
import {
  type AxisView,
  adaptiveView,
  type ReceptiveField,
  receptiveField,
  transposedViews,
  windowViews,
} from '../shapes/receptive-field.ts'

/** How values of a buffer look at the network's input; `axes` is null where every value sees all of it. */
export interface Field {
  readonly batch: number
  readonly spatial: readonly number[]
  readonly axes: readonly (readonly AxisView[])[] | null
}

export interface FieldTracer {
  /** Names the network's input: `[batch, ...spatial, channels]`, or int32 tokens `[batch, length]`. */
  begin(buffer: Buffer, spatial: readonly number[], batch: number): void
  /** Follows one kernel. */
  follow(run: DryRun): void
  /** Says that the values of a buffer see everything. */
  widen(buffer: Buffer): void
  /** One field an axis of the input; null where all of it is seen, undefined where the buffer does not depend on it. */
  fieldOf(buffer: Buffer): readonly ReceptiveField[] | null | undefined
}

export function traceFields(): FieldTracer {
  const fields = new WeakMap<Buffer, Field>()
  return {
    begin: (buffer, spatial, batch) => {
      fields.set(buffer, { batch, spatial, axes: spatial.map(() => []) })
    },
    follow: (run) => {
      const inputs = run.inputs.map((buffer) => fields.get(buffer))
      const result = fieldAfter(run, inputs)
      if (result === undefined) return
      for (const output of run.outputs) fields.set(output, widest([fields.get(output), result])!)
    },
    widen: (buffer) => {
      const field = fields.get(buffer)
      if (field !== undefined) fields.set(buffer, { ...field, axes: null })
    },
    fieldOf: (buffer) => {
      const field = fields.get(buffer)
      return field === undefined ? undefined : (field.axes?.map((chain) => receptiveField(chain)) ?? null)
    },
  }
}

/** Values that see everything give way to those that see a part, so that statistics and gates do not count. */
function widest(fields: readonly (Field | undefined)[]): Field | undefined {
  const known = fields.filter((field) => field !== undefined)
  const local = known.filter((field) => field.axes !== null)
  const reach = ({ axes }: Field): number =>
    Math.max(0, largestOf((axes ?? []).map((chain) => receptiveField(chain).size)))
  return local.length === 0 ? known[0] : local.reduce((best, field) => (reach(field) > reach(best) ? field : best))
}

/** The field after windows over the spatial axes; everything, where the axes are no longer those of the input. */
function through(field: Field | undefined, spatial: readonly number[], views: readonly AxisView[]): Field | undefined {
  if (field === undefined) return undefined
  const { axes } = field
  const next = axes === null || axes.length !== views.length ? null : axes.map((chain, axis) => [...chain, views[axis]])
  return { batch: field.batch, spatial, axes: next }
}

type Handler<K extends KernelName> = (spec: KernelSpecs[K], inputs: readonly (Field | undefined)[]) => Field | undefined

const everything = (inputs: readonly (Field | undefined)[]): Field | undefined => {
  const field = inputs.find((entry) => entry !== undefined)
  return field === undefined ? undefined : { ...field, axes: null }
}

const poolViews = (pool: PoolSpec): readonly AxisView[] =>
  pool.adaptive
    ? pool.inputSize.map((size, axis) => adaptiveView(size, pool.outputSize[axis]))
    : windowViews({ ...pool, kernel: pool.kernel.map((_, axis) => poolWindow(pool, axis, 0).taps) })

const handlers: { readonly [K in KernelName]?: Handler<K> } = {
  conv: ({ conv }, [x, , ...rest]) => widest([through(x, conv.outputSize, windowViews(conv)), ...rest]),
  convTranspose: ({ conv }, [x, , ...rest]) => widest([through(x, conv.inputSize, transposedViews(conv)), ...rest]),
  unfold: ({ conv }, [x]) => through(x, conv.outputSize, windowViews(conv)),
  deformUnfold: ({ conv }, [x]) => through(x, conv.outputSize, windowViews(conv)),
  maxPool: ({ pool }, [x]) => through(x, pool.outputSize, poolViews(pool)),
  averagePool: ({ pool }, [x]) => through(x, pool.outputSize, poolViews(pool)),
  axisMap: (spec, [x]) => resized(spec, x),
  reduce: ({ shape, axes }, [x]) => reducedField(shape, axes, x),
  reduceExpression: ({ shape, axes }, inputs) => reducedField(shape, axes, widest(inputs)),
  fft: (_, inputs) => everything(inputs),
  rfft: (_, inputs) => everything(inputs),
  irfft: (_, inputs) => everything(inputs),
  cumulativeSum: (_, inputs) => everything(inputs),
  matmul: ({ batch, m }, inputs) => {
    const [left, right] = inputs
    if (left !== undefined && right !== undefined) return everything(inputs)
    const x = left ?? right
    const positions = x === undefined ? 1 : x.batch * sizeOf(x.spatial)
    return (batch * m) % positions === 0 ? x : everything(inputs)
  },
}

function reducedField(shape: readonly number[], axes: readonly number[], x: Field | undefined): Field | undefined {
  return x !== undefined && touchesSpace(x, shape, axes) ? everything([x]) : x
}

function touchesSpace(x: Field, shape: readonly number[], axes: readonly number[]): boolean {
  const spatial = shape.slice(1, 1 + x.spatial.length).join() === x.spatial.join()
  return !spatial || axes.some((axis) => axis >= 1 && axis <= x.spatial.length)
}

function fieldAfter<K extends KernelName>(
  { kernel, spec }: DryRun<K>,
  inputs: readonly (Field | undefined)[],
): Field | undefined {
  const handler = handlers[kernel] as Handler<K> | undefined
  return handler === undefined ? widest(inputs) : handler(spec, inputs)
}

/** A resize along one axis, found by its length and what lies before it. */
function resized(spec: AxisMap, x: Field | undefined): Field | undefined {
  if (x === undefined || x.axes === null) return x
  const at = x.spatial.findIndex(
    (size, axis) => size === spec.length && spec.outer === x.batch * sizeOf(x.spatial.slice(0, axis)),
  )
  if (at < 0) return { ...x, axes: null }
  const axes = x.axes.map((chain, axis) => (axis === at ? [...chain, mapView(spec)] : chain))
  return { batch: x.batch, spatial: x.spatial.with(at, spec.count), axes }
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
