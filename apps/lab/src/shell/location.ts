// The address says which view is open and in which state: `#/slide?kernel=…`. A hash needs nothing of the server.

import { signal } from '@preact/signals'

export interface Place {
  readonly view: string
  readonly params: URLSearchParams
}

/** In the tab's own storage: the address as it stood, and the one that was to be written in its place. */
const entry = 'convoke-lab:address'

/** What a page that was left at once had not yet written. */
function restore(): void {
  try {
    const [before, after] = sessionStorage.getItem(entry)?.split(' ') ?? []
    if (before === location.hash) history.replaceState(history.state, '', after)
  } catch {
    // Storage is off.
  }
}

function note(text: string): void {
  try {
    sessionStorage.setItem(entry, text)
  } catch {
    // Storage is off or full: the address is written a moment later.
  }
}

restore()

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

/** Browsers refuse more than a hundred writes in half a minute. */
const writeEvery = 400
let timer: ReturnType<typeof setTimeout> | undefined
let wanted = ''

function write(): void {
  timer = undefined
  // Somebody has gone elsewhere, and that has not been read yet.
  if (location.hash !== written) return
  history.replaceState(history.state, '', wanted)
  written = location.hash
  note('')
}

/** Keeps the state of the open view in the address, without a step in the history for each change. */
export function keepInAddress(view: string, params: URLSearchParams): void {
  const query = params.toString()
  wanted = `#/${view}${query === '' ? '' : `?${query}`}`
  note(`${written} ${wanted}`)
  timer ??= setTimeout(write, writeEvery)
}

/** What a view left to be written is of no use to the next one. */
export function forgetAddress(): void {
  clearTimeout(timer)
  timer = undefined
  note('')
}
