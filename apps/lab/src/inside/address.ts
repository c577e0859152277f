// The view's state as parameters of the address, and back. What cannot be read is left out and named.

import { addressReader, addressWriter, placeIn, shareIn, wholeIn } from '../words/address.ts'
import { bounds, firstInside, type InsideState, networkNames, patchShares, waysIn } from './state.ts'

const share = (value: number): string => String(Number(value.toFixed(4)))

export function writeAddress(state: InsideState): URLSearchParams {
  const params = new URLSearchParams()
  const put = addressWriter(params)
  put('net', state.network, firstInside.network)
  put('pic', String(state.picture + 1), String(firstInside.picture + 1))
  put('pixels', state.goIn, firstInside.goIn)
  put('layer', String(state.layer + 1), String(firstInside.layer + 1))
  put('map', String(state.channel + 1), String(firstInside.channel + 1))
  put('at', state.place.map(share).join(','), firstInside.place.map(share).join(','))
  if (state.class !== undefined) params.set('class', String(state.class + 1))
  if (state.camLayer !== undefined) params.set('cam', String(state.camLayer + 1))
  put('patch', share(state.patch), share(firstInside.patch))
  put('opacity', share(state.opacity), share(firstInside.opacity))
  put('seed', String(state.seed), String(firstInside.seed))
  return params
}

export function readAddress(params: URLSearchParams): { state: InsideState; refused: readonly string[] } {
  const { refused, read, choice, whole } = addressReader(params)
  /** Counted from 1 in the address. */
  const index = <U>(name: string, usual: U, most: number): number | U =>
    read<number | U>(name, usual, (text) => {
      const value = wholeIn(text, 1, most)
      return value === undefined ? undefined : value - 1
    })
  const state: InsideState = {
    network: choice('net', firstInside.network, networkNames),
    picture: index('pic', firstInside.picture, bounds.pictures),
    goIn: choice('pixels', firstInside.goIn, waysIn),
    layer: index('layer', firstInside.layer, bounds.layers),
    channel: index('map', firstInside.channel, bounds.channels),
    place: read('at', firstInside.place, placeIn),
    class: index('class', undefined, bounds.classes),
    camLayer: index('cam', undefined, bounds.layers),
    patch: read('patch', firstInside.patch, (text) => patchShares.find((one) => share(one) === text)),
    opacity: read('opacity', firstInside.opacity, shareIn),
    seed: whole('seed', firstInside.seed, 0, bounds.seed),
  }
  return { state, refused }
}
