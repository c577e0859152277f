// What the view shows: a convolution small enough to watch, and the place that is watched.

import type { Boundary, PaddingPair } from 'convoke/shapes'

export type SpatialRank = 1 | 2

export interface SlideState {
  readonly rank: SpatialRank
  readonly transposed: boolean
  /** The textbook's convolution: the kernel is turned by half a turn before it slides. */
  readonly flipped: boolean
  /** Of the input, one per axis. */
  readonly size: readonly number[]
  readonly kernel: readonly number[]
  readonly stride: readonly number[]
  readonly dilation: readonly number[]
  readonly padding: readonly PaddingPair[]
  readonly boundary: Boundary
  /** Of a transposed convolution alone. */
  readonly outputPadding: readonly number[]
  readonly inputChannels: number
  readonly outputChannels: number
  readonly groups: number
  /** `[...size, inputChannels]`, row by row. */
  readonly input: readonly number[]
  /** `[...kernel, inputChannels / groups, outputChannels]`, transposed or not. */
  readonly filter: readonly number[]
  /** The output that is watched: its place, row by row, and its channel. */
  readonly place: number
  readonly channel: number
}

export const limits = {
  size: { least: 1, most: 12 },
  kernel: { least: 1, most: 5 },
  stride: { least: 1, most: 4 },
  dilation: { least: 1, most: 4 },
  padding: { least: 0, most: 6 },
  outputPadding: { least: 0, most: 3 },
  channels: { least: 1, most: 4 },
  value: { least: -9999, most: 9999 },
} as const

export const boundaries: readonly Boundary[] = ['zero', 'reflect', 'mirror', 'edge', 'wrap']

export const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1)

const counting = (length: number): number[] => Array.from({ length }, (_, i) => i + 1)

/** The worked example of the README. */
export const firstState: SlideState = Object.freeze({
  ...{ rank: 2, transposed: false, flipped: false },
  ...{ size: [5, 5], kernel: [2, 2], stride: [1, 1], dilation: [1, 1] },
  padding: [
    [0, 0],
    [0, 0],
  ] as const,
  ...{ boundary: 'zero', outputPadding: [0, 0], inputChannels: 1, outputChannels: 1, groups: 1 },
  ...{ input: counting(25), filter: [1, 0, 0, 1], place: 0, channel: 0 },
} satisfies SlideState)

/** Numbers for input elements that were not there before: 1, 2, 3 … in the first channel, other digits in the others. */
const freshInput = (position: number, channel: number): number =>
  channel === 0 ? position + 1 : (position * (2 * channel + 1) + 3 * channel) % 10

/** Weights that were not there before: 1 0; 0 1 turned about for each further pair of channels. */
const freshWeight = (tap: readonly number[], input: number, output: number): number => {
  const at = tap.reduce((sum, index) => sum + index, 0) + input + output
  return at % 2 === 0 ? 1 : output % 2 === 1 ? -1 : 0
}

/** Every index of a box, row by row. */
export const indicesOf = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, i) => [...list, i])),
    [[]],
  )

export const offsetOf = (index: readonly number[], sizes: readonly number[]): number =>
  index.reduce((offset, i, axis) => offset * sizes[axis] + i, 0)

/** `values` of shape `from` cut or grown to shape `to`; `fresh` fills in. */
function refit(
  values: readonly number[],
  from: readonly number[],
  to: readonly number[],
  fresh: (index: readonly number[]) => number,
): number[] {
  const inside = (index: readonly number[]): boolean => index.every((i, axis) => i < from[axis])
  return indicesOf(to).map((index) =>
    from.length === to.length && inside(index) ? values[offsetOf(index, from)] : fresh(index),
  )
}

export const inputShape = (state: SlideState): number[] => [...state.size, state.inputChannels]

export const filterShape = (state: SlideState): number[] => [
  ...state.kernel,
  state.inputChannels / state.groups,
  state.outputChannels,
]

/** Whether the first channel counts 1, 2, 3 …, as it does at first: it goes on to when its size changes. */
function isCounting(state: SlideState): boolean {
  const { inputChannels, input } = state
  return input.every((value, i) => i % inputChannels !== 0 || value === i / inputChannels + 1)
}

/** Whether `groups` divides both numbers of channels. */
export const groupsFit = (groups: number, inputs: number, outputs: number): boolean =>
  inputs % groups === 0 && outputs % groups === 0

export const possibleGroups = ({ inputChannels, outputChannels }: SlideState): number[] =>
  counting(limits.channels.most).filter((groups) => groupsFit(groups, inputChannels, outputChannels))

type Change = Partial<Omit<SlideState, 'input' | 'filter'>>

/** The state with other sizes, its numbers kept where they still have a place. */
export function reshape(state: SlideState, change: Change): SlideState {
  const sized = { ...state, ...change }
  const { inputChannels, outputChannels } = sized
  const groups = groupsFit(sized.groups, inputChannels, outputChannels) ? sized.groups : 1
  const next = { ...sized, groups, channel: Math.min(sized.channel, outputChannels - 1) }
  const recount = isCounting(state) && next.size.join() !== state.size.join()
  const [oldInput, newInput] = [inputShape(state), inputShape(next)]
  const [oldFilter, newFilter] = [filterShape(state), filterShape(next)]
  const rank = next.rank
  const freshPixel = (index: readonly number[]): number =>
    freshInput(offsetOf(index.slice(0, rank), next.size), index[rank])
  return {
    ...next,
    input: recount ? indicesOf(newInput).map(freshPixel) : refit(state.input, oldInput, newInput, freshPixel),
    // A larger kernel of the same channels goes on as it was, with zeros around.
    filter: refit(state.filter, oldFilter, newFilter, (index) => {
      const [input, output] = index.slice(rank)
      const known = input < oldFilter[rank] && output < oldFilter[rank + 1] && oldFilter.length === newFilter.length
      return known ? 0 : freshWeight(index.slice(0, rank), input, output)
    }),
  }
}

/** The same picture along one axis or two: the first row, or the row as a picture one high. */
export function withRank(state: SlideState, rank: SpatialRank): SlideState {
  if (rank === state.rank) return state
  if (rank === 1) {
    const [, width] = state.size
    const [, taps] = state.kernel
    const perTap = filterShape(state)[2] * state.outputChannels
    const last = <T>(list: readonly T[]): T[] => [list[1]]
    return {
      ...state,
      rank,
      ...{ size: [width], kernel: [taps], stride: last(state.stride), dilation: last(state.dilation) },
      ...{ padding: last(state.padding), outputPadding: last(state.outputPadding) },
      input: state.input.slice(0, width * state.inputChannels),
      filter: state.filter.slice(0, taps * perTap),
      place: 0,
    }
  }
  const both = <T>([only]: readonly T[]): T[] => [only, only]
  const wide: SlideState = {
    ...state,
    rank,
    size: [1, state.size[0]],
    kernel: [1, state.kernel[0]],
    ...{ stride: both(state.stride), dilation: both(state.dilation) },
    ...{ padding: both(state.padding), outputPadding: both(state.outputPadding), place: 0 },
  }
  return reshape(wide, { size: both(state.size), kernel: both(state.kernel) })
}

/**
 * Two axes again: along the second as `state` has them, along the first as `before` had, which `withRank` made one axis of. Without
 * one, the row as a picture.
 */
export function widened(state: SlideState, before: SlideState | undefined): SlideState {
  if (before === undefined || state.rank === 2) return withRank(state, 2)
  const { inputChannels, outputChannels, groups } = state
  const both = <T>([rows]: readonly T[], [columns]: readonly T[]): T[] => [rows, columns]
  const next = reshape(
    { ...before, ...{ transposed: state.transposed, flipped: state.flipped, boundary: state.boundary } },
    {
      ...{ inputChannels, outputChannels, groups },
      ...{ size: both(before.size, state.size), kernel: both(before.kernel, state.kernel) },
    },
  )
  return {
    ...next,
    ...{ stride: both(before.stride, state.stride), dilation: both(before.dilation, state.dilation) },
    padding: both(before.padding, state.padding),
    outputPadding: both(before.outputPadding, state.outputPadding),
    // The first row is what one axis showed.
    input: [...state.input, ...next.input.slice(state.input.length)],
    filter: [...state.filter, ...next.filter.slice(state.filter.length)],
    ...{ place: 0, channel: state.channel },
  }
}

/** The state with one number of the input or the filter changed. */
export const withValue = (state: SlideState, list: 'input' | 'filter', at: number, value: number): SlideState => ({
  ...state,
  [list]: state[list].with(at, value),
})
