// The view's state as parameters of the address, and back. What cannot be read is left out and named.

import type { Boundary } from 'convoke/shapes'
import type { Matrix } from 'convoke-workbench'
import { samples } from '../pictures/samples.ts'
import { addressReader, addressWriter } from '../words/address.ts'
import {
  type ChannelView,
  channelViews,
  type FiltersState,
  firstFilters,
  kernelOf,
  mostFilters,
  mostOwnSide,
  ownPictureName,
  type PictureName,
} from './state.ts'

const boundaries: readonly Boundary[] = ['zero', 'reflect', 'mirror', 'edge', 'wrap']

const matrixText = (rows: Matrix): string =>
  rows.map((row) => row.map((value) => Number(value.toPrecision(6))).join(',')).join(';')

export function writeAddress(state: FiltersState): URLSearchParams {
  const params = new URLSearchParams()
  const put = addressWriter(params)
  put('sample', state.sample, firstFilters.sample)
  put('chain', state.chain.join('|'), firstFilters.chain.join('|'))
  put('own', matrixText(state.own), matrixText(firstFilters.own))
  put('edge', state.boundary, firstFilters.boundary)
  put('grey', state.grey ? '1' : '0', '0')
  put('channel', state.channel, 'all')
  put('wipe', state.wipe.toFixed(2), firstFilters.wipe.toFixed(2))
  put('pixel', state.pixel.join(','), firstFilters.pixel.join(','))
  return params
}

function readMatrix(text: string): Matrix | undefined {
  const rows = text
    .split(';')
    .map((row) => row.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part))))
  const side = rows.length
  const fits = side <= mostOwnSide && rows.every((row) => row.length === side)
  return fits && rows.flat().every((value) => Number.isFinite(value) && Math.abs(value) <= 9999) ? rows : undefined
}

export function readAddress(params: URLSearchParams): { state: FiltersState; refused: readonly string[] } {
  const { refused, read, choice } = addressReader(params)
  const own = read('own', firstFilters.own, readMatrix)
  const state: FiltersState = {
    sample: choice<PictureName>('sample', firstFilters.sample, [...samples, ownPictureName]),
    own,
    chain: read('chain', firstFilters.chain, (text) => {
      const names = text.split('|').filter((name) => name !== '')
      const known = names.length <= mostFilters && names.every((name) => kernelOf(name, own) !== undefined)
      return known ? names : undefined
    }),
    boundary: choice<Boundary>('edge', firstFilters.boundary, boundaries),
    grey: choice('grey', '0', ['0', '1']) === '1',
    channel: choice<ChannelView>('channel', 'all', channelViews),
    wipe: read('wipe', firstFilters.wipe, (text) => {
      const value = text.trim() === '' ? Number.NaN : Number(text)
      return value >= 0 && value <= 1 ? value : undefined
    }),
    pixel: read('pixel', firstFilters.pixel, (text) => {
      const match = /^(\d{1,4}),(\d{1,4})$/.exec(text)
      return match === null ? undefined : ([Number(match[1]), Number(match[2])] as const)
    }),
  }
  return { state, refused }
}
