// The address says which view is open and in which state: `#/slide?kernel=…`. A hash needs nothing of the server.

import { signal } from '@preact/signals'

export interface Place {
  readonly view: string
  readonly params: URLSearchParams
}

function read(): Place {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  return { view: path.replace(/\/$/, ''), params: new URLSearchParams(query) }
}

export const place = signal<Place>(read())

/** The hash that was read or written last: what this page writes itself is not read back. */
let written = location.hash

addEventListener('hashchange', () => {
  if (location.hash === written) return
  written = location.hash
  place.value = read()
})

/** Browsers refuse more than some hundred writes in half a minute. */
const writeEvery = 250
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps the state of the open view in the address, without a step in the history for each change. */
export function keepInAddress(view: string, params: URLSearchParams): void {
  clearTimeout(timer)
  timer = setTimeout(() => {
    // Somebody has gone elsewhere, and that has not been read yet.
    if (location.hash !== written) return
    const query = params.toString()
    history.replaceState(history.state, '', `#/${view}${query === '' ? '' : `?${query}`}`)
    written = location.hash
  }, writeEvery)
}

/** What a view left to be written is of no use to the next one. */
export const forgetAddress = (): void => clearTimeout(timer)
