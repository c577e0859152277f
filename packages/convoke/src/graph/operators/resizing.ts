// Resize, its forerunner Upsample, and the operators that trade channels for space.

import * as ops from '../../ops/index.ts'
import { sizeOf } from '../../shapes/broadcast.ts'
import { largestOf, smallestOf } from '../../shapes/extremes.ts'
import { fromData } from '../../tensor/create.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { Call, Operator } from '../call.ts'
import { plainOrder, Value } from '../value.ts'

interface Wanted {
  /** By axis name, of every axis. */
  readonly scales: readonly number[] | null
  readonly sizes: readonly number[] | null
  readonly mode: string
  readonly coordinates: string
  readonly rounding: string
  readonly region: readonly number[] | null
}

const modes = { nearest: 'nearest', linear: 'bilinear', bilinear: 'bilinear', cubic: 'bicubic' } as const

const targetOf = (size: number, axis: number, { sizes, scales }: Wanted): number =>
  sizes?.[axis] ?? Math.floor(size * (scales?.[axis] ?? 1))

function resize(call: Call, x: Value, wanted: Wanted): Value {
  call.count(sizeOf(x.shape.map((size, axis) => targetOf(size, axis, wanted))), sizeOf(x.shape))
  const changed = x.shape.flatMap((size, axis) => {
    const scale = wanted.scales?.[axis] ?? 1
    const target = targetOf(size, axis, wanted)
    return target !== size || scale !== 1 ? [axis] : []
  })
  const mode = modes[wanted.mode as keyof typeof modes]
  call.require(mode !== undefined, () => `the mode ${wanted.mode} is not known.`)
  if (wanted.coordinates === 'tf_crop_and_resize') return cropped(call, x, wanted, mode)
  if (changed.length === 0) return x
  // Pictures have up to three axes to resize, batch and channels besides; what is more goes an axis at a time.
  const spatial = changed.every((axis) => axis >= 2) && x.rank >= 3 && x.rank <= 5
  const options = {
    mode,
    coordinates: conventionOf(wanted),
    rounding: wanted.rounding.replaceAll('_', '-'),
    cubic: call.float('cubic_coeff_a', -0.75),
    antialias: call.flag('antialias'),
    excludeOutside: call.flag('exclude_outside'),
  } as ops.ResizeOptions
  if (spatial) {
    const of = (list: readonly number[]): number[] => list.slice(2)
    const extent = wanted.sizes !== null ? { size: of(wanted.sizes) } : { scale: of(wanted.scales ?? []) }
    return Value.last(ops.resize(x.last, { ...options, ...extent }), x.type)
  }
  return changed.reduce((current, axis) => {
    const before = current.shape.slice(0, axis).reduce((a, b) => a * b, 1)
    const after = current.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
    const rows = ops.reshape(current.plain, [before, current.shape[axis], after])
    const extent = wanted.sizes !== null ? { size: [wanted.sizes[axis]] } : { scale: [wanted.scales?.[axis] ?? 1] }
    const y = ops.resize(rows, { ...options, ...extent })
    return Value.of(ops.reshape(y, current.shape.with(axis, y.shape[1])), x.type)
  }, x)
}

/** By the library's names. With scales, ONNX's align_corners counts on lengths that are not rounded. */
const conventionOf = ({ coordinates, sizes }: Wanted): string =>
  coordinates === 'align_corners' && sizes === null ? 'align-corners-scaled' : coordinates.replaceAll('_', '-')

/** Reads a region of each axis, given in shares of its length; what lies outside gets a value of its own. */
function cropped(call: Call, x: Value, wanted: Wanted, mode: 'nearest' | 'bilinear' | 'bicubic'): Value {
  call.require(mode !== 'bicubic', () => 'tf_crop_and_resize is known for nearest and linear.')
  const outside = call.float('extrapolation_value', 0)
  const { rank } = x
  const region = wanted.region ?? [...Array<number>(rank).fill(0), ...Array<number>(rank).fill(1)]
  return plainOrder(rank).reduce((current, axis) => {
    const length = current.shape[axis]
    const count = wanted.sizes?.[axis] ?? Math.floor(length * (wanted.scales?.[axis] ?? 1))
    const [start, end] = [region[axis], region[axis + rank]]
    if (count === length && start === 0 && end === 1) return current
    const places = Array.from({ length: count }, (_, o) =>
      count > 1
        ? start * (length - 1) + (o * (end - start) * (length - 1)) / (count - 1)
        : 0.5 * (start + end) * (length - 1),
    )
    return Value.of(sampled(current.plain, axis, places, mode, outside), x.type)
  }, x)
}

/** `x` along one axis at `places` between its elements. */
function sampled(
  x: Tensor,
  axis: number,
  places: readonly number[],
  mode: 'nearest' | 'bilinear',
  outside: number,
): Tensor {
  const length = x.shape[axis]
  const clamp = (i: number): number => Math.min(length - 1, Math.max(0, i))
  const shape = x.shape.map((_, i) => (i === axis ? places.length : 1))
  const column = (numbers: readonly number[]): Tensor => fromData(numbers, shape, 'float32')
  const at = (indices: readonly number[]): Tensor => ops.gather(x, indices.map(clamp), { axis })
  const inside = column(places.map((place) => (place < 0 || place > length - 1 ? 0 : 1)))
  const found =
    mode === 'nearest'
      ? at(places.map((place) => Math.ceil(place - 0.5)))
      : ops.add(
          ops.multiply(at(places.map(Math.floor)), column(places.map((place) => 1 - (place - Math.floor(place))))),
          ops.multiply(
            at(places.map((place) => Math.floor(place) + 1)),
            column(places.map((place) => place - Math.floor(place))),
          ),
        )
  return ops.where(inside, found, outside)
}

function resizeOperator(call: Call): Value {
  const x = call.value(0)
  const old = call.version < 11
  const given = call.ints('axes') ?? plainOrder(x.rank)
  const axes = call.axes(given, x.rank)
  const spread = (numbers: readonly number[] | undefined, otherwise: readonly number[]): readonly number[] | null =>
    numbers === undefined || numbers.length === 0
      ? null
      : otherwise.map((value, axis) => numbers[axes.indexOf(axis)] ?? value)
  const scales = spread(
    call.numbers(old ? 1 : 2),
    x.shape.map(() => 1),
  )
  const asked = old ? undefined : call.numbers(3)
  call.require(scales !== null || asked !== undefined, () => 'neither scales nor sizes are given.')
  const sizes = asked === undefined ? null : spread(aspect(call, asked, x, axes), x.shape)
  const roi = old ? undefined : call.numbers(1)
  const region =
    roi === undefined || roi.length === 0
      ? null
      : [0, 1].flatMap((end) =>
          x.shape.map((_, axis) => (axes.includes(axis) ? roi[axes.indexOf(axis) + end * axes.length] : end)),
        )
  return resize(call, x, {
    scales: sizes === null ? scales : null,
    sizes,
    mode: call.text('mode', 'nearest'),
    coordinates: old ? 'asymmetric' : call.text('coordinate_transformation_mode', 'half_pixel'),
    rounding: old ? 'floor' : call.text('nearest_mode', 'round_prefer_floor'),
    region,
  })
}

/** keep_aspect_ratio_policy: one factor for all axes. */
function aspect(call: Call, sizes: readonly number[], x: Value, axes: readonly number[]): readonly number[] {
  const policy = call.text('keep_aspect_ratio_policy', 'stretch')
  if (policy === 'stretch') return sizes
  const factors = sizes.map((size, i) => size / x.shape[axes[i]])
  const factor = policy === 'not_larger' ? smallestOf(factors) : largestOf(factors)
  return axes.map((axis) => Math.floor(x.shape[axis] * factor + 0.5))
}

function upsample(call: Call): Value {
  const scales =
    call.version >= 9
      ? call.numbers(1)
      : (call.floats('scales') ?? [1, 1, call.float('height_scale'), call.float('width_scale')])
  return resize(call, call.value(0), {
    scales: scales ?? null,
    sizes: null,
    mode: call.text('mode', 'nearest'),
    coordinates: 'asymmetric',
    rounding: 'floor',
    region: null,
  })
}

export const resizing: Readonly<Record<string, Operator>> = {
  Resize: resizeOperator,
  Upsample: upsample,
  DepthToSpace: (call) => {
    const x = call.value(0)
    const order = call.text('mode', 'DCR') === 'CRD' ? 'crd' : 'dcr'
    return Value.last(ops.cast(ops.pixelShuffle(x.last, call.int('blocksize'), { order }), x.last.dtype), x.type)
  },
  SpaceToDepth: (call) => {
    const x = call.value(0)
    return Value.last(
      ops.cast(ops.pixelUnshuffle(x.last, call.int('blocksize'), { order: 'dcr' }), x.last.dtype),
      x.type,
    )
  },
}
