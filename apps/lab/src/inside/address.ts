// The view's state as parameters of the address, and back. What cannot be read is left out and named.

import { bounds, firstInside, type InsideState, networkNames, patchShares, waysIn } from './state.ts'

const share = (value: number): string => String(Number(value.toFixed(4)))

export function writeAddress(state: InsideState): URLSearchParams {
  const params = new URLSearchParams()
  const put = (name: string, text: string, usual: string): void => {
    if (text !== usual) params.set(name, text)
  }
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

export function readAddress(params: URLSearchParams): { state: InsideState; refused: string[] } {
  const refused: string[] = []
  const read = <T>(name: string, usual: T, take: (text: string) => T | undefined): T => {
    const text = params.get(name)
    if (text === null) return usual
    const taken = take(text)
    if (taken === undefined) refused.push(name)
    return taken ?? usual
  }
  const whole = (text: string, least: number, most: number): number | undefined => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : undefined
  }
  /** Counted from 1 in the address. */
  const index = <U>(name: string, usual: U, most: number): number | U =>
    read<number | U>(name, usual, (text) => {
      const value = whole(text, 1, most)
      return value === undefined ? undefined : value - 1
    })
  const part = (text: string): number | undefined => {
    const value = /^[01](\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
    return value >= 0 && value <= 1 ? value : undefined
  }
  const state: InsideState = {
    network: read('net', firstInside.network, (text) => networkNames.find((name) => name === text)),
    picture: index('pic', firstInside.picture, bounds.pictures),
    goIn: read('pixels', firstInside.goIn, (text) => waysIn.find((name) => name === text)),
    layer: index('layer', firstInside.layer, bounds.layers),
    channel: index('map', firstInside.channel, bounds.channels),
    place: read('at', firstInside.place, (text) => {
      const [down, along, ...more] = text.split(',').map(part)
      return down === undefined || along === undefined || more.length > 0 ? undefined : ([down, along] as const)
    }),
    class: index('class', undefined, bounds.classes),
    camLayer: index('cam', undefined, bounds.layers),
    patch: read('patch', firstInside.patch, (text) => patchShares.find((one) => share(one) === text)),
    opacity: read('opacity', firstInside.opacity, part),
    seed: read('seed', firstInside.seed, (text) => whole(text, 0, bounds.seed)),
  }
  return { state, refused }
}
