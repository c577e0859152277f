// Where the windows lie, along each axis.
//
// A transposed convolution is shown as the convolution that it equals (Dumoulin & Visin 2016, relationship 14): zeros are
// set between the inputs, stride − 1 of them, and around; the kernel, turned by half a turn, slides over that by single steps.

import { elementAt, extentOf } from 'convoke/shapes'
import { indicesOf, offsetOf, product, type SlideState } from './state.ts'

/** One axis of the grid that the kernel slides over. */
export interface Axis {
  /** For each cell of the grid the input element in it; undefined where a zero stands. */
  readonly source: readonly (number | undefined)[]
  /** Cells from one window to the next, and between the taps of one. */
  readonly step: number
  readonly reach: number
  readonly taps: number
  /** Cells that a window spans. */
  readonly extent: number
  readonly output: number
}

export interface Geometry {
  /** Rows and columns; a single row for one spatial axis. */
  readonly axes: readonly [rows: Axis, columns: Axis]
  /** Whether tap 0 of the kernel as written meets the window's last cell. */
  readonly turned: boolean
  readonly places: number
}

/** Why there is no output. */
export interface Misfit {
  readonly kind: 'kernel-too-large' | 'nothing-left' | 'output-padding'
  /** 0: rows, 1: columns. */
  readonly axis: 0 | 1
  readonly extent: number
  readonly padded: number
}

const single: Axis = { source: [0], step: 1, reach: 1, taps: 1, extent: 1, output: 1 }

function slidingAxis(state: SlideState, axis: number): Axis {
  const [size, taps, step, reach] = [state.size[axis], state.kernel[axis], state.stride[axis], state.dilation[axis]]
  const [before, after] = state.padding[axis]
  const extent = extentOf(taps, reach)
  const cells = before + size + after
  const source = Array.from({ length: cells }, (_, cell) => elementAt(state.boundary, cell - before, size))
  return { source, step, reach, taps, extent, output: Math.floor((cells - extent) / step) + 1 }
}

function transposedAxis(state: SlideState, axis: number): Axis {
  const [size, taps, stride, reach] = [state.size[axis], state.kernel[axis], state.stride[axis], state.dilation[axis]]
  const [before, after] = state.padding[axis]
  const extent = extentOf(taps, reach)
  const output = (size - 1) * stride + extent - before - after + state.outputPadding[axis]
  const source = Array.from({ length: Math.max(0, output + extent - 1) }, (_, cell) => {
    const at = (cell - (extent - 1 - before)) / stride
    return Number.isInteger(at) && at >= 0 && at < size ? at : undefined
  })
  return { source, step: 1, reach, taps, extent, output }
}

/** How the windows lie, or why none does. */
export function geometryOf(state: SlideState): Geometry | Misfit {
  const along = state.transposed ? transposedAxis : slidingAxis
  const own = state.size.map((_, axis) => along(state, axis))
  const axes: readonly [Axis, Axis] = state.rank === 1 ? [single, own[0]] : [own[0], own[1]]
  for (const axis of [0, 1] as const) {
    const { extent, output, source } = axes[axis]
    const known = state.rank === 1 ? 0 : axis
    const misfit = { axis, extent, padded: source.length }
    if (state.transposed && state.outputPadding[known] >= Math.max(state.stride[known], state.dilation[known]))
      if (state.outputPadding[known] > 0) return { kind: 'output-padding', ...misfit }
    if (output < 1) return { kind: state.transposed ? 'nothing-left' : 'kernel-too-large', ...misfit }
  }
  return { axes, turned: state.flipped !== state.transposed, places: axes[0].output * axes[1].output }
}

export const isMisfit = (found: Geometry | Misfit): found is Misfit => 'kind' in found

export type Cell = readonly [row: number, column: number]

export const placeOf = ({ axes }: Geometry, index: number): Cell => [
  Math.floor(index / axes[1].output),
  index % axes[1].output,
]

/** Where tap `tap` of the window of output `place` lies on the grid. */
export const cellOf = ({ axes }: Geometry, place: Cell, tap: Cell): Cell => [
  place[0] * axes[0].step + tap[0] * axes[0].reach,
  place[1] * axes[1].step + tap[1] * axes[1].reach,
]

/** Taps of a window, row by row. */
export const tapsOf = ({ axes }: Geometry): readonly Cell[] =>
  indicesOf([axes[0].taps, axes[1].taps]) as unknown as Cell[]

/** The number of the kernel as written that tap `tap` of the window multiplies with. */
export const writtenTap = ({ axes, turned }: Geometry, [row, column]: Cell): Cell =>
  turned ? [axes[0].taps - 1 - row, axes[1].taps - 1 - column] : [row, column]

/** The element of the input's spatial axes in a cell, row by row; undefined where a zero stands. */
export function elementIn({ axes }: Geometry, [row, column]: Cell, width: number): number | undefined {
  const [y, x] = [axes[0].source[row], axes[1].source[column]]
  return y === undefined || x === undefined ? undefined : y * width + x
}

export const widthOf = ({ size }: SlideState): number => size[size.length - 1]

/** First input channel that output channel `channel` sees, and how many. */
export function channelsSeenBy(state: SlideState, channel: number): readonly [first: number, count: number] {
  const count = state.inputChannels / state.groups
  return [Math.floor(channel / (state.outputChannels / state.groups)) * count, count]
}

/** One product of a sum: an element of the input, if it is none of the zeros around, and a weight; offsets into both. */
export interface Term {
  readonly tap: Cell
  readonly cell: Cell
  /** Of the input channels that this output sees. */
  readonly channel: number
  readonly input: number | undefined
  readonly weight: number
}

/** The terms whose sum is output `place` of channel `channel`: channel by channel, row by row. */
export function termsOf(state: SlideState, geometry: Geometry, place: number, channel: number): Term[] {
  const at = placeOf(geometry, place)
  const [first, count] = channelsSeenBy(state, channel)
  const taps = tapsOf(geometry)
  return Array.from({ length: count }, (_, own) => own).flatMap((own) =>
    taps.map((tap) => {
      const cell = cellOf(geometry, at, tap)
      const element = elementIn(geometry, cell, widthOf(state))
      const written = writtenTap(geometry, tap)
      const tapAt = written[0] * geometry.axes[1].taps + written[1]
      return {
        ...{ tap, cell, channel: first + own },
        input: element === undefined ? undefined : element * state.inputChannels + first + own,
        weight: (tapAt * count + own) * state.outputChannels + channel,
      }
    }),
  )
}

/** Outputs that read the input element `element` (of the spatial axes), by place, and how often. */
export function fedBy(state: SlideState, geometry: Geometry, element: number): Map<number, number> {
  const fed = new Map<number, number>()
  const taps = tapsOf(geometry)
  for (let place = 0; place < geometry.places; place++) {
    const at = placeOf(geometry, place)
    const count = taps.filter((tap) => elementIn(geometry, cellOf(geometry, at, tap), widthOf(state)) === element)
    if (count.length > 0) fed.set(place, count.length)
  }
  return fed
}

/** The place whose window has its middle nearest to a cell. */
export function placeNear({ axes }: Geometry, cell: Cell): number {
  const [row, column] = axes.map(({ step, extent, output }, axis) => {
    const near = Math.round((cell[axis] - (extent - 1) / 2) / step)
    return Math.min(Math.max(near, 0), output - 1)
  })
  return offsetOf([row, column], [axes[0].output, axes[1].output])
}

export const outputSize = ({ axes }: Geometry, rank: number): number[] =>
  axes.map(({ output }) => output).slice(2 - rank)

/** Multiplications of one input through all channels. */
export const macsOf = (state: SlideState, { places }: Geometry): number => {
  const perChannel = (product(state.kernel) * state.inputChannels) / state.groups
  const inputs = product(state.size)
  return (state.transposed ? inputs : places) * perChannel * state.outputChannels
}
