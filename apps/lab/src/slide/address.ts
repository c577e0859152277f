// The view's state as parameters of the address, and back. Whatever is not as it should be is left out and named; the rest holds.

import type { Boundary, PaddingPair } from 'convoke/shapes'
import { addressReader, addressWriter } from '../words/address.ts'
import { geometryOf, isMisfit } from './geometry.ts'
import {
  boundaries,
  filterShape,
  firstState,
  groupsFit,
  inputShape,
  limits,
  product,
  reshape,
  type SlideState,
  type SpatialRank,
  withRank,
} from './state.ts'

type Name = 'axes' | 'size' | 'kernel' | 'stride' | 'dilation' | 'padding' | 'more' | 'edge' | 'channels' | 'groups'
type Names = Name | 'kind' | 'flip' | 'x' | 'w' | 'at' | 'channel'

/** Rounded to what float32 keeps, so that addresses stay short. */
const short = (value: number): string => String(Number(value.toPrecision(7)))

const listed = (values: readonly number[]): string => values.map(short).join(',')

/** Only what differs from the worked example. */
export function writeAddress(state: SlideState): URLSearchParams {
  const base = baseOf(state)
  const params = new URLSearchParams()
  const put: (name: Names, text: string, usual: string) => void = addressWriter(params)
  put('axes', `${state.rank}`, '2')
  put('kind', state.transposed ? 'transposed' : 'plain', 'plain')
  put('flip', state.flipped ? '1' : '0', '0')
  put('size', state.size.join('x'), base.size.join('x'))
  put('kernel', state.kernel.join('x'), base.kernel.join('x'))
  put('stride', listed(state.stride), listed(base.stride))
  put('dilation', listed(state.dilation), listed(base.dilation))
  put('padding', listed(state.padding.flat()), listed(base.padding.flat()))
  put('more', listed(state.outputPadding), listed(base.outputPadding))
  put('edge', state.boundary, 'zero')
  put('channels', `${state.inputChannels},${state.outputChannels}`, '1,1')
  put('groups', `${state.groups}`, '1')
  const sized = reshape(base, sizesOf(state))
  put('x', listed(state.input), listed(sized.input))
  put('w', listed(state.filter), listed(sized.filter))
  put('at', `${state.place}`, '0')
  put('channel', `${state.channel}`, '0')
  return params
}

const baseOf = ({ rank }: { readonly rank: SpatialRank }): SlideState => withRank(firstState, rank)

const sizesOf = ({ size, kernel, inputChannels, outputChannels, groups }: SlideState) => ({
  ...{ size, kernel, inputChannels, outputChannels, groups },
})

export interface ReadAddress {
  readonly state: SlideState
  /** Parameters that could not be taken, by name. */
  readonly refused: readonly string[]
}

const within = (value: number, { least, most }: { readonly least: number; readonly most: number }): boolean =>
  Number.isInteger(value) && value >= least && value <= most

/** Numbers parted by commas (or `x`), all of them finite; undefined otherwise. */
function numbersIn(text: string, separator = ','): number[] | undefined {
  const parts = text.split(separator)
  const values = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  return values.every(Number.isFinite) ? values : undefined
}

/** The state that the parameters describe. */
export function readAddress(params: URLSearchParams): ReadAddress {
  const { refused, read } = addressReader<Names>(params)
  const choice = <T>(name: Names, usual: T, options: Readonly<Record<string, T>>): T =>
    read(name, usual, (text) => (Object.hasOwn(options, text) ? options[text] : undefined))
  const rank = choice<SpatialRank>('axes', 2, { '1': 1, '2': 2 })
  const base = baseOf({ rank })
  const numbers = (name: Name, usual: readonly number[], limit: keyof typeof limits, separator?: string) =>
    read(name, usual, (text) => {
      const values = numbersIn(text, separator)
      const fit = values?.length === usual.length && values.every((value) => within(value, limits[limit]))
      return fit ? values : undefined
    })
  const [inputChannels, outputChannels] = numbers('channels', [1, 1], 'channels')
  const groups = read('groups', 1, (text) => {
    const value = Number(text)
    return within(value, limits.channels) && groupsFit(value, inputChannels, outputChannels) ? value : undefined
  })
  const flat = numbers('padding', base.padding.flat(), 'padding')
  const padding = base.padding.map((_, axis): PaddingPair => [flat[2 * axis], flat[2 * axis + 1]])
  const sized = reshape(base, {
    size: numbers('size', base.size, 'size', 'x'),
    kernel: numbers('kernel', base.kernel, 'kernel', 'x'),
    ...{ inputChannels, outputChannels, groups },
  })
  const values = (name: 'x' | 'w', usual: readonly number[], shape: readonly number[]): readonly number[] =>
    read(name, usual, (text) => {
      const { least, most } = limits.value
      const list = numbersIn(text)
      const fit = list?.length === product(shape) && list.every((value) => value >= least && value <= most)
      return fit ? list : undefined
    })
  const state: SlideState = {
    ...sized,
    transposed: choice('kind', false, { plain: false, transposed: true }),
    flipped: choice('flip', false, { '0': false, '1': true }),
    stride: numbers('stride', base.stride, 'stride'),
    dilation: numbers('dilation', base.dilation, 'dilation'),
    outputPadding: numbers('more', base.outputPadding, 'outputPadding'),
    padding,
    boundary: choice<Boundary>('edge', 'zero', Object.fromEntries(boundaries.map((name) => [name, name]))),
    input: values('x', sized.input, inputShape(sized)),
    filter: values('w', sized.filter, filterShape(sized)),
  }
  const geometry = geometryOf(state)
  const places = isMisfit(geometry) ? 0 : geometry.places
  const index = (name: 'at' | 'channel', count: number): number =>
    read(name, 0, (text) => (/^\d{1,4}$/.test(text) && Number(text) < count ? Number(text) : undefined))
  const watched = { place: places === 0 ? 0 : index('at', places), channel: index('channel', outputChannels) }
  return { state: { ...state, ...watched }, refused }
}
