// The view's state as parameters of the address, and back. What cannot be read is left out and named.

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
  const put = (name: string, value: string, otherwise: string): void => {
    if (value !== otherwise) params.set(name, value)
  }
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
): { state: TextState; refused: string[] } {
  const refused: string[] = []
  const read = <T>(name: string, usual: T, take: (text: string) => T | undefined): T => {
    const text = params.get(name)
    if (text === null) return usual
    const taken = take(text)
    if (taken === undefined) refused.push(name)
    return taken ?? usual
  }
  const whole = (name: string, usual: number, least: number, most: number): number =>
    read(name, usual, (text) => {
      const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
      return value >= least && value <= most ? value : undefined
    })
  const own = read('lang', language, (text) => sentenceLanguages.find((name) => name === text))
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
