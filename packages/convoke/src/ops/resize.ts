// Resizing pictures and volumes: a linear map with a few weights an output along each axis in turn.
// Coordinates and cubic weights follow ONNX Resize; the cubic is Keys 1981, "Cubic convolution interpolation".

import { scope } from '../autodiff/gradients.ts'
import { apply, type Primitive } from '../autodiff/primitive.ts'
import type { AxisMap } from '../backends/backend.ts'
import * as kernels from '../backends/kernels/index.ts'
import { settled } from '../backends/spec-text.ts'
import { aroundAxis } from '../shapes/broadcast.ts'
import { type PerAxis, perAxis } from '../shapes/conv-spec.ts'
import { check, checkFlag, checkOptions, show, showShape, withinMemory } from '../shapes/error.ts'
import { createKnown, createKnownBy } from '../shapes/known.ts'
import { greatestCommonDivisor, type MapRegion, mapRegions, rowsOf } from '../shapes/map-regions.ts'
import type { TensorLike } from '../tensor/create.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { checkChoice, checkFinite, floatTensor } from './arguments.ts'

/**
 * How `resize` computes a value: the nearest pixel, linear interpolation (along every spatial axis), or a cubic over
 * four pixels an axis.
 */
export type ResizeMode = 'nearest' | 'bilinear' | 'bicubic'
/**
 * Where output pixel o reads: 'half-pixel' (o + ½)·in/out − ½; 'align-corners' o·(in − 1)/(out − 1); 'asymmetric'
 * o·in/out. 'half-pixel-symmetric' keeps the centre in place when a scale does not give a whole size;
 * 'align-corners-scaled' takes in·scale for out, which need not be whole: o·(in − 1)/(in·scale − 1), ONNX's align_corners.
 * 'pytorch-half-pixel' reads pixel 0 where the output has one.
 */
export type ResizeCoordinates =
  | 'half-pixel'
  | 'half-pixel-symmetric'
  | 'pytorch-half-pixel'
  | 'align-corners'
  | 'align-corners-scaled'
  | 'asymmetric'
/**
 * Which neighbour 'nearest' takes: the nearest with ties to the lower or the higher index, or always the lower or the
 * higher one.
 */
export type NearestRounding = 'round-prefer-floor' | 'round-prefer-ceil' | 'floor' | 'ceil'

/** The options of `resize`. Exactly one of `size` and `scale` is given. */
export interface ResizeOptions {
  /** The spatial size of the result, one number for all axes or one per axis. */
  readonly size?: PerAxis | undefined
  /** Or the factor, one number for all axes or one per axis; sizes are rounded down. */
  readonly scale?: number | readonly number[] | undefined
  /** How values are computed: 'bilinear' when not given, which is linear along every spatial axis. */
  readonly mode?: ResizeMode | undefined
  /** Where output pixels lie among input pixels: 'half-pixel' when not given. */
  readonly coordinates?: ResizeCoordinates | undefined
  /** How 'nearest' picks a pixel; 'round-prefer-floor' when not given. */
  readonly rounding?: NearestRounding | undefined
  /** The cubic's parameter a: −0.75 when not given (PyTorch, ONNX); −0.5 is Catmull–Rom. */
  readonly cubic?: number | undefined
  /** Widens the filter when shrinking, so that no input pixel is skipped. Default false. */
  readonly antialias?: boolean | undefined
  /**
   * Leaves what lies beyond the edge out of the weights and rescales the rest, in place of repeating the edge. On by
   * default with `antialias`, as in PyTorch and Pillow; ONNX has it off.
   */
  readonly excludeOutside?: boolean | undefined
}

const keys = ['size', 'scale', 'mode', 'coordinates', 'rounding', 'cubic', 'antialias', 'excludeOutside']
const conventions = [
  ...(['half-pixel', 'half-pixel-symmetric', 'pytorch-half-pixel'] as const),
  ...(['align-corners', 'align-corners-scaled', 'asymmetric'] as const),
]

/** 4 GiB of float32: what one tensor holds. */
const mostElements = 2 ** 30

/**
 * `[batch, ...spatial, channels]` at another spatial size. Pixels beyond the edge repeat the edge
 * unless `excludeOutside` leaves them out.
 *
 * @example
 * resize(ones([1, 4, 6, 3]), { scale: 2 }).shape  // [1, 8, 12, 3]
 */
export function resize(value: TensorLike, options: ResizeOptions): Tensor {
  return scope(() => {
    const x = floatTensor('resize', 'x', value)
    checkOptions('resize', options, keys)
    const rank = x.rank - 2
    check(
      rank >= 1 && rank <= 3,
      () => `resize: the input of shape ${showShape(x.shape)} must be [batch, ...spatial, channels].`,
    )
    check(
      x.shape.slice(1, -1).every((size) => size >= 1),
      () => `resize: the input of shape ${showShape(x.shape)} is empty. Every spatial axis must be 1 or more.`,
    )
    const {
      mode = 'bilinear',
      coordinates = 'half-pixel',
      rounding = 'round-prefer-floor',
      cubic = -0.75,
      antialias = false,
      excludeOutside = antialias,
    } = options
    checkChoice('resize', 'the mode', mode, ['nearest', 'bilinear', 'bicubic'])
    checkChoice('resize', 'the coordinates', coordinates, conventions)
    checkChoice('resize', 'the rounding', rounding, ['round-prefer-floor', 'round-prefer-ceil', 'floor', 'ceil'])
    checkFinite('resize', 'cubic', cubic)
    checkFlag('resize', 'antialias', antialias)
    checkFlag('resize', 'excludeOutside', excludeOutside)
    const targets = targetsOf(x, options)
    const elements = targets.reduce((product, { size }) => product * size, x.shape[0] * x.shape[x.rank - 1])
    check(
      elements <= mostElements,
      () => `resize: the result would have ${elements} elements; a tensor holds up to ${mostElements}.`,
    )
    return targets.reduce((current, target, index) => {
      const axis = index + 1
      const { input, size, scale } = target
      const source: Source = {
        ...{ input, output: size, place: (o) => sourcePlace(coordinates, o, target) },
        period: sourcePeriod(coordinates, target),
      }
      const key = [input, size, scale, mode, coordinates, rounding, cubic, antialias, excludeOutside].join()
      const taps = knownTaps(key, () => {
        if (mode === 'nearest') return nearestTaps(source, rounding)
        const kernel = mode === 'bilinear' ? triangle : cubicKernel(cubic)
        const support = (mode === 'bilinear' ? 1 : 2) * (antialias ? Math.max(1, 1 / scale) : 1)
        const stretch = antialias ? Math.min(1, scale) : 1
        return weightedTaps(source, support, (distance) => kernel(distance * stretch), excludeOutside)
      })
      return applyMap(current, axis, taps)
    }, x)
  })
}

interface Period {
  /** Along the output. */
  readonly period: number
  /** Along the input. */
  readonly step: number
}

/** One axis: from `input` to `size` elements, `scale` being the factor between their spacings. */
interface Target {
  readonly input: number
  readonly size: number
  readonly scale: number
  /** A distance along the output, in input elements: exact where the result is whole. */
  readonly toInput: (distance: number) => number
  /** A whole distance along the output that is a whole one in the input; both are the axis where there is no less. */
  readonly period: Period
}

function targetsOf(x: Tensor, options: ResizeOptions): Target[] {
  const rank = x.rank - 2
  const inputs = x.shape.slice(1, -1)
  check(
    (options.size === undefined) !== (options.scale === undefined),
    () => `resize: size is ${show(options.size)} and scale ${show(options.scale)}; give exactly one of them.`,
  )
  if (options.size !== undefined) {
    const sizes = perAxis('resize', 'size', options.size, rank)
    return sizes.map((size, axis) => {
      const input = inputs[axis]
      const period = periodOf(size, input)
      return { input, size, scale: size / input, toInput: (distance) => (distance * input) / size, period }
    })
  }
  const scales = typeof options.scale === 'number' ? Array<number>(rank).fill(options.scale) : options.scale
  check(
    Array.isArray(scales) && scales.length === rank && scales.every((scale) => Number.isFinite(scale) && scale > 0),
    () =>
      `resize: the scale is ${show(options.scale)}; give one positive number, or one for each of the ${rank} spatial axes.`,
  )
  return scales.map((scale, axis) => {
    const size = Math.floor(inputs[axis] * scale)
    check(
      size >= 1,
      () =>
        `resize: scale ${scale} leaves nothing of a spatial axis of ${inputs[axis]}. Use ${1 / inputs[axis]} or more.`,
    )
    const input = inputs[axis]
    return { input, size, scale, toInput: (distance) => distance / scale, period: periodOfScale(scale, size, input) }
  })
}

function periodOf(outputs: number, inputs: number): Period {
  const common = greatestCommonDivisor(outputs, inputs)
  return { period: outputs / common, step: inputs / common }
}

/** Binary fractions that a scale is taken for: others repeat only nearly. */
const finest = 2 ** 10

const periodOfScale = (scale: number, size: number, input: number): Period =>
  Number.isInteger(scale * finest) ? periodOf(scale * finest, finest) : { period: size, step: input }

function sourcePeriod(coordinates: ResizeCoordinates, { input, size, scale, period }: Target): Period {
  if (!coordinates.startsWith('align-corners') || size === 1) return period
  const whole = coordinates === 'align-corners' || input * scale === size
  return whole ? periodOf(size - 1, input - 1) : { period: size, step: input }
}

function sourcePlace(coordinates: ResizeCoordinates, o: number, { input, size, scale, toInput }: Target): number {
  switch (coordinates) {
    case 'half-pixel':
      return toInput(o + 0.5) - 0.5
    case 'half-pixel-symmetric':
      return (input - size / scale) / 2 + toInput(o + 0.5) - 0.5
    case 'pytorch-half-pixel':
      return size === 1 ? 0 : toInput(o + 0.5) - 0.5
    case 'asymmetric':
      return toInput(o)
    case 'align-corners':
      return size === 1 ? 0 : (o * (input - 1)) / (size - 1)
    case 'align-corners-scaled':
      return size === 1 ? 0 : (o * (input - 1)) / (input * scale - 1)
  }
}

/** Where each output of an axis reads, in the input, and after how many outputs that returns. */
interface Source {
  readonly input: number
  readonly output: number
  readonly place: (o: number) => number
  readonly period: Period
}

type Taps = Pick<AxisMap, 'count' | 'taps' | 'indices' | 'weights'> & { readonly regions: readonly MapRegion[] }

/** Lists kept at most, of so many weights at most. */
const mostLists = 32
const mostWeights = 2 ** 14
const kept = /* @__PURE__ */ createKnown<Taps>(mostLists, ({ weights }) => weights.length <= mostWeights)

/** The weights of an axis, kept for the next picture of its size. */
const knownTaps = (key: string, make: () => Taps): Taps =>
  kept(key, () => {
    const { indices, weights, regions, ...sizes } = make()
    return { ...sizes, indices: settled(indices), weights: settled(weights), regions: settled(regions) }
  })

const allocateTaps = (outputs: number, taps: number) =>
  withinMemory(
    () => `resize: weights of ${taps} taps for ${outputs} positions`,
    () => ({ indices: new Int32Array(outputs * taps), weights: new Float64Array(outputs * taps) }),
    outputs * taps,
  )

const clamp = (index: number, size: number): number => Math.min(size - 1, Math.max(0, index))

/** Calls `each` with every row of weights and an output that it is for. */
function forEachRow(regions: readonly MapRegion[], each: (row: number, output: number) => void): void {
  for (const region of regions) {
    for (let i = 0; i < rowsOf(region); i++) each(region.row + i, region.first + i)
  }
}

const countRows = (regions: readonly MapRegion[]): number => regions.reduce((sum, region) => sum + rowsOf(region), 0)

function nearestTaps({ place, input, output, period }: Source, rounding: NearestRounding): Taps {
  const pick: Record<NearestRounding, (at: number) => number> = {
    'round-prefer-floor': (at) => Math.ceil(at - 0.5),
    'round-prefer-ceil': (at) => Math.floor(at + 0.5),
    floor: Math.floor,
    ceil: Math.ceil,
  }
  const at = (o: number): number => pick[rounding](place(o))
  const regions = mapRegions(output, input, period, at, at)
  const { indices, weights } = allocateTaps(countRows(regions), 1)
  forEachRow(regions, (row, o) => {
    indices[row] = clamp(at(o), input)
  })
  return { count: output, taps: 1, indices, weights: weights.fill(1), regions }
}

const triangle = (distance: number): number => Math.max(0, 1 - Math.abs(distance))

function cubicKernel(a: number): (distance: number) => number {
  return (distance) => {
    const d = Math.abs(distance)
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }
}

/** `renormalize` drops what lies outside and rescales the rest; otherwise edges repeat. */
function weightedTaps(
  { place, input, output, period }: Source,
  support: number,
  kernel: (distance: number) => number,
  renormalize: boolean,
): Taps {
  const taps = Math.ceil(support) * 2
  const before = Math.ceil(support) - 1
  const firstOf = (o: number): number => Math.floor(place(o)) - before
  const regions = mapRegions(output, input, period, firstOf, (o) => firstOf(o) + taps - 1)
  const { indices, weights } = allocateTaps(countRows(regions), taps)
  forEachRow(regions, (row, o) => {
    const centre = place(o)
    const first = Math.floor(centre) - before
    let total = 0
    for (let t = 0; t < taps; t++) {
      const inside = first + t >= 0 && first + t < input
      const weight = renormalize && !inside ? 0 : kernel(first + t - centre)
      indices[row * taps + t] = clamp(first + t, input)
      weights[row * taps + t] = weight
      total += weight
    }
    for (let t = 0; t < taps; t++) weights[row * taps + t] /= total
  })
  return { count: output, taps, indices, weights, regions }
}

/** Maps and their adjoints: the same object for the same question, which the backend knows again. */
const maps = /* @__PURE__ */ createKnownBy<Taps | AxisMap, AxisMap>(mostLists)

function applyMap(x: Tensor, axis: number, taps: Taps): Tensor {
  const around = aroundAxis(x.shape, axis)
  const make = () => Object.freeze({ ...around, ...taps, transposed: false })
  return apply(mapping, { axis, map: maps(taps, `${around.outer} ${around.inner}`, make) }, [x])
}

const adjointOf = (map: AxisMap): AxisMap => maps(map, '', () => Object.freeze({ ...map, transposed: !map.transposed }))

interface Mapping {
  readonly axis: number
  readonly map: AxisMap
}

const mapping: Primitive<Mapping, 'axisMap'> = {
  kernel: kernels.axisMap,
  reach: 'map',
  kernelSpec: ({ map }) => map,
  shape: ({ axis, map }, [{ shape }]) => shape.with(axis, map.transposed ? map.length : map.count),
  dtype: 'float32',
  gradient: (g, _, { axis, map }) => [() => apply(mapping, { axis, map: adjointOf(map) }, [g])],
}
