// One's own picture: kept in the browser, so that a reload does not lose it.

import { type Signal, signal } from '@preact/signals'
import { createKeeper } from '../keeping/keeper.ts'
import type { Pixels } from '../ui/pixels.ts'

export const store = createKeeper('convoke-lab-filters', 0)

export interface OwnPicture {
  /** Undefined where there is none, or it has not been read yet. */
  readonly pixels: Signal<Pixels | undefined>
  /** Whether it is known what was kept. */
  readonly read: Signal<boolean>
  /** Shows and keeps it. */
  readonly bring: (pixels: Pixels) => void
  /** Keeps what is shown. */
  readonly keep: () => void
  readonly remove: () => void
}

const pixels = signal<Pixels | undefined>(undefined)
const read = signal(false)
let asked = false

const keep = (): void => {
  if (pixels.peek() !== undefined) void store.keep('picture', pixels.peek())
}

const own: OwnPicture = {
  ...{ pixels, read, keep },
  bring: (next) => {
    pixels.value = next
    keep()
  },
  remove: () => {
    pixels.value = undefined
    void store.forget('picture')
  },
}

/** The one picture of the page, read with the first call. */
export function theOwnPicture(): OwnPicture {
  if (!asked)
    void store.recall<Pixels>('picture').then((found) => {
      pixels.value ??= found
      read.value = true
    })
  asked = true
  return own
}
