// Depthwise convolution of few channels, such as filters on pictures: lanes run over pixels and channels alike, so the
// channels need not fill a vector. Where every tap is inside, a row is one run of numbers, and the filter's row repeats
// along it with a period of whole vectors; the columns at its two ends are computed pixel by pixel. On pictures, the rows and
// columns whose windows lie inside go by tiles of rows (kernels/correlate).

import { sizeOf } from '../../../../shapes/broadcast.ts'
import type { ConvSpec } from '../../../../shapes/conv-spec.ts'
import { largestOf } from '../../../../shapes/extremes.ts'
import { indices } from '../../../../shapes/indices.ts'
import { epilogueNames, nameBuffers } from '../buffers.ts'
import { copySteps } from '../copy/copy.ts'
import { depthwiseInside, depthwiseSteps, type Worth } from '../correlate/index.ts'
import type { Derived, KernelPlan, KernelStep } from '../plan.ts'
import { mostPixels, unrollOf } from './choose-tile.ts'
import { type ColumnTile, type Cut, cutColumns, type Geometry, interiorOf, type Range } from './geometry.ts'
import { panelsOf } from './panels.ts'
import { type DirectQuestion, geometryOf, packedFilter } from './plan-direct.ts'
import { encodeTable } from './tables.ts'
import { type PanelWork, type TileBuffers, tileSteps } from './tile-steps.ts'
import { type Tiling, tileConvolution } from './tiling.ts'

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Vectors after which channels stand in the same lanes again. */
const periodOf = (channels: number, lanes: number): number => channels / gcd(channels, lanes)

/** A longer period would leave few registers for the rows that its vectors are multiplied with. */
const longestPeriod = 5

const reduction = { kind: 'grouped', inputs: 1, outputs: 1 } as const

const channelBytes = 4

/** Whether the channels fill no whole vectors, and the columns whose windows are inside make at least a period of them. */
export function fitsFlat({ conv, target }: Pick<DirectQuestion, 'conv' | 'target'>): boolean {
  const { inputChannels: channels, outputChannels, groups, stride } = conv
  const period = periodOf(channels, target.lanes)
  if (groups !== channels || outputChannels !== channels || stride[stride.length - 1] !== 1) return false
  if (channels % target.lanes === 0 || period > longestPeriod) return false
  const [first, end] = interiorOf(geometryOf(conv, reduction, target).axes[2])
  return (end - first) * channels >= period * target.lanes
}

/** Tiles over the interior's numbers, `unit` apart; the last one ends with it, and may overlap the one before. */
function flatCut(geometry: Geometry, [first, end]: Range, unit: number, most: number): Cut {
  const { inputPitch: channels, axes } = geometry
  const length = (end - first) * channels
  const units = Math.min(most, Math.floor(length / unit))
  const count = Math.ceil(length / (units * unit))
  const size = Math.min(units, Math.ceil(length / (count * unit)))
  const seen = indices(size).map((): Range => [0, axes[2].kernel])
  // Windows begin before their outputs by the padding, which the row's own place accounts for.
  const tiles = indices(count).map((i): ColumnTile => {
    const at = first * channels + Math.min(i * size * unit, length - size * unit)
    return { input: at, output: at, seen }
  })
  return { tiles, rows: 1, columnInput: unit, columnOutput: unit }
}

interface Part {
  readonly tiling: Tiling
  readonly stepsOn: (buffers: Pick<TileBuffers, 'filter' | 'bias' | 'table'>) => readonly KernelStep[]
}

export function planFlat({ conv, epilogue, target, threads }: DirectQuestion, worth?: Worth): KernelPlan {
  const geometry = geometryOf(conv, reduction, target)
  const { inputChannels: channels } = conv
  const period = periodOf(channels, target.lanes)
  const unit = period * target.lanes
  const width = geometry.axes[2]
  const taps = sizeOf(conv.kernel)
  // Where rows can share what they load, the inside goes by tiles of rows, and what is left are the rows and columns around it.
  const inside = depthwiseInside(conv, unit, target, worth)
  const interior = inside === undefined ? interiorOf(width) : inside.columns
  const ends: Range[] = [
    [0, interior[0]],
    [interior[1], width.output],
  ]
  const spans = ends.filter(([first, end]) => end > first)
  const stripes = inside === undefined ? [geometry] : stripesAround(geometry, inside.rows)
  const part = (geometry: Geometry, cut: Cut, panels: readonly PanelWork[]): Part => {
    const products = cut.tiles.reduce((most, { seen }) => Math.max(most, seen.length), 0) * panels[0].panel.vectors
    const tiling = tileConvolution(geometry, cut, unrollOf(target, products))
    const work = tiling.table.rows.length * tiling.table.tiles[0].length * taps * products
    const common = { target, threads, reduction, epilogue, geometry, tiling, panels, work, panelBytes: 0 }
    return {
      tiling,
      stepsOn: (buffers) =>
        tileSteps({
          ...common,
          name: 'depthwise',
          buffers: { input: at.input, residual: at.residual, output: at.output, ...buffers },
        }),
    }
  }

  const panel = { first: 0, vectors: period, lastLanes: target.lanes, start: 0 }
  const whole: PanelWork = { panel, input: 0, filter: 0, output: 0 }
  const cut = flatCut(geometry, interior, unit, mostPixels(target, reduction, period))
  const flat = stripes.map((stripe) =>
    part(stripe, cut, inside === undefined ? [whole] : imagesOf(conv, whole, geometry, stripe)),
  )
  const list = panelsOf(target.lanes, channels, 1)
  const longest = largestOf([1, ...spans.map(([first, end]) => end - first)])
  const edges =
    spans.length === 0
      ? []
      : [
          part(
            geometry,
            cutColumns(geometry, Math.min(longest, mostPixels(target, reduction, 1)), 1, spans),
            list.map((panel): PanelWork => {
              const at = panel.first * channelBytes
              return { panel, input: at, filter: panel.start * taps * target.lanes * 4, output: at }
            }),
          ),
        ]
  const tableOf = (kind: string, i: number): string => `${kind} ${i}`
  const tablesOf = (kind: string, parts: readonly Part[]) =>
    Object.fromEntries(parts.map(({ tiling }, i) => [tableOf(kind, i), encodeTable(tiling.table)]))
  const extras = epilogueNames(epilogue)
  const { at, own } = nameBuffers({
    given: ['input', 'filter', ...extras, 'output'],
    tables: { ...tablesOf('flat', flat), ...tablesOf('edge', edges) },
    derived: ['flat filter', ...(epilogue?.bias ? ['flat bias'] : []), 'edge filter'],
  })
  const places = { filter: at['flat filter'], bias: at['flat bias'], residual: at.residual, output: at.output }
  const middle = inside === undefined ? [] : depthwiseSteps({ conv, epilogue, target, inside, period, buffers: places })

  /** `rows` rows of the channels, each repeated until it fills the period. */
  const repeated = (from: number, to: number, rows: number): Derived => {
    const copy = {
      shape: [rows, unit / channels, channels],
      ...{ inputOffset: 0, inputStrides: [channels, 0, 1], outputOffset: 0, outputStrides: [unit, channels, 1] },
    }
    const steps = copySteps(copy, 'float32', target, from, to)
    return { input: from, bytes: rows * unit * 4, key: `repeated ${target.lanes} ${rows} ${channels}`, steps }
  }
  const steps = [
    ...middle,
    ...flat.flatMap(({ stepsOn }, i) => stepsOn({ ...places, table: at[tableOf('flat', i)] })),
    ...edges.flatMap(({ stepsOn }, i) =>
      stepsOn({ filter: at['edge filter'], bias: at.bias, table: at[tableOf('edge', i)] }),
    ),
  ]
  return Object.freeze({
    name: steps[0].program.name,
    steps: steps.map((step, i) => (i === 0 ? step : { ...step, joins: true })),
    ...own,
    derived: [
      repeated(at.filter, at['flat filter'], taps),
      ...(epilogue?.bias ? [repeated(at.bias, at['flat bias'], 1)] : []),
      ...edges.map(() =>
        packedFilter({ target, panels: list, rows: taps, columns: channels, from: at.filter, to: at['edge filter'] }),
      ),
    ],
  })
}

/** One image's rows of output before and after these. */
function stripesAround(geometry: Geometry, [first, end]: Range): Geometry[] {
  const [depth, height, width] = geometry.axes
  const ranges: Range[] = [
    [0, first],
    [end, height.output],
  ]
  return ranges
    .filter(([from, to]) => to > from)
    .map(([from, to]) => ({
      ...geometry,
      batch: 1,
      axes: [depth, { ...height, output: to - from, before: height.before - from }, width],
    }))
}

/** A panel for a stripe of each image. */
function imagesOf({ batch }: ConvSpec, whole: PanelWork, geometry: Geometry, stripe: Geometry): PanelWork[] {
  const [, height, width] = geometry.axes
  const rowOf = (floats: number): number => floats * geometry.inputPitch * 4
  const start = height.before - stripe.axes[1].before
  return indices(batch).map((image) => ({
    ...whole,
    input: image * height.input * rowOf(width.input),
    output: (image * height.output + start) * rowOf(width.output),
  }))
}
