// The view's state as parameters of the address, and back. What cannot be read is left out and named.

import { addressReader, addressWriter, placeIn } from '../words/address.ts'
import { bounds, firstShapes, readNetwork, type ShapesState, samples, textOf } from './state.ts'

const shares = (place: ShapesState['place']): string => place.map((share) => Number(share.toFixed(4))).join(',')

export function writeAddress(state: ShapesState): URLSearchParams {
  const params = new URLSearchParams()
  const put = addressWriter(params)
  put('net', textOf(state.network), textOf(firstShapes.network))
  put('sample', state.sample, firstShapes.sample)
  put('layer', String(state.layer + 1), String(firstShapes.layer + 1))
  put('place', shares(state.place), shares(firstShapes.place))
  put('channel', String(state.channel), String(firstShapes.channel))
  put('seed', String(state.seed), String(firstShapes.seed))
  return params
}

/** Longer texts are no network of at most `bounds.layers` layers. */
const longestText = 4096

export function readAddress(given: URLSearchParams): { state: ShapesState; refused: readonly string[] } {
  const params = new URLSearchParams(given)
  // The layer of a model that is gone says nothing of the stack.
  if (params.has('model')) params.delete('layer')
  const { refused, read, choice, whole } = addressReader(params)
  const network = read('net', firstShapes.network, (text) =>
    text.length > longestText ? undefined : readNetwork(text),
  )
  const last = Math.max(network.layers.length, 1)
  // Where another network comes without a layer, its last is meant.
  const usualLayer = network === firstShapes.network ? firstShapes.layer + 1 : last
  const state: ShapesState = {
    network,
    sample: choice('sample', firstShapes.sample, samples),
    layer: whole('layer', Math.min(usualLayer, last), 1, last) - 1,
    place: read('place', firstShapes.place, placeIn),
    channel: whole('channel', firstShapes.channel, 0, bounds.features),
    seed: whole('seed', firstShapes.seed, 0, bounds.seed),
  }
  return { state, refused }
}
