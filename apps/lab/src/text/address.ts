// The view's state as parameters of the address, and back. What cannot be read is left out and named.

import { addressReader, addressWriter } from '../words/address.ts'
import {
  filterCount,
  firstText,
  mostKept,
  mostMaps,
  mostSeed,
  mostSteps,
  type SentenceLanguage,
  sentenceLanguages,
  type TextState,
  windowChoices,
} from './state.ts'

/** The beginning of a text, no character cut in two. */
const kept = (text: string): string => (text.length <= mostKept ? text : Array.from(text).slice(0, mostKept).join(''))

export function writeAddress(state: TextState): URLSearchParams {
  const usual = firstText(state.language)
  const params = new URLSearchParams({ lang: state.language })
  const put = addressWriter(params)
  put('text', kept(state.sentence), usual.sentence)
  put('windows', state.windows.join(), usual.windows.join())
  put('maps', String(state.maps), String(usual.maps))
  put('seed', String(state.seed), String(usual.seed))
  put('steps', String(state.steps), String(usual.steps))
  put('filter', String(state.filter + 1), '1')
  return params
}

/** `language` is that of sentences where the address names none. */
export function readAddress(
  params: URLSearchParams,
  language: SentenceLanguage,
): { state: TextState; refused: readonly string[] } {
  const { refused, read, choice, whole } = addressReader(params)
  const own = choice('lang', language, sentenceLanguages)
  const usual = firstText(own)
  const network = {
    language: own,
    windows: read('windows', usual.windows, readWindows),
    maps: whole('maps', usual.maps, 1, mostMaps),
    seed: whole('seed', usual.seed, 1, mostSeed),
  }
  const state: TextState = {
    ...network,
    steps: whole('steps', usual.steps, 0, mostSteps),
    sentence: kept(params.get('text') ?? usual.sentence),
    filter: whole('filter', 1, 1, filterCount(network)) - 1,
  }
  return { state, refused }
}

function readWindows(text: string): readonly number[] | undefined {
  const parts = text.split(',')
  const windows = windowChoices.filter((width) => parts.includes(String(width)))
  return windows.length > 0 && windows.length === parts.length ? windows : undefined
}
