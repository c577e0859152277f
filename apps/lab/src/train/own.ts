// One's own drawings and pictures, by class.

import { signal } from '@preact/signals'
import { digitSide, leastOfClass, pictureSide, type Source } from './settings.ts'
import { store } from './store.ts'
import type { OwnData } from './task.ts'

export interface OwnClass {
  readonly name: string
  readonly pictures: readonly Uint8Array[]
}

export interface OwnPictures {
  readonly classes: readonly OwnClass[]
  /** Changes with every change of the pictures or the names. */
  readonly stamp: number
}

type OwnSource = Exclude<Source, 'digits'>

/** Pictures of all classes together: what a page trains on in seconds. */
export const mostPictures = 2000
export const mostClasses = 12
export const longestName = 40

const none: OwnPictures = { classes: [], stamp: 0 }

const kept: Readonly<Record<OwnSource, ReturnType<typeof signal<OwnPictures>>>> = {
  drawings: signal<OwnPictures | undefined>(undefined),
  pictures: signal<OwnPictures | undefined>(undefined),
}

export const ownOf = (source: OwnSource): OwnPictures => kept[source].value ?? none

// What was added in another tab is here as well: neither writes over the other's.
for (const source of ['drawings', 'pictures'] as const)
  store.follow(`own:${source}`, () => {
    if (kept[source].peek() === undefined) return
    void store.recall<OwnPictures>(`own:${source}`).then((found) => {
      kept[source].value = found ?? none
    })
  })

/** Reads what was kept, once; what was added meanwhile comes first. */
export async function readOwn(source: OwnSource): Promise<void> {
  if (kept[source].peek() !== undefined) return
  const found = await store.recall<OwnPictures>(`own:${source}`)
  kept[source].value ??= found ?? none
}

export function changeOwn(source: OwnSource, classes: readonly OwnClass[]): void {
  const next = { classes, stamp: Date.now() + Math.random() }
  kept[source].value = next
  void store.keep(`own:${source}`, next)
}

/** A name as a folder can have it; undefined for one that cannot be made one, or that is taken. */
export function className(text: string, taken: readonly string[]): string | undefined {
  const name = text
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}/\\:*?"<>|]/gu, '')
    .trim()
    .replace(/^\.+|[.\s]+$/g, '')
    .slice(0, longestName)
  const same = (one: string): boolean => one.toLowerCase() === name.toLowerCase()
  return name === '' || taken.some(same) ? undefined : name
}

export const countOf = ({ classes }: OwnPictures): number =>
  classes.reduce((sum, { pictures }) => sum + pictures.length, 0)

/** What is missing before it can be trained on: classes, or pictures of some. */
export function missingIn({ classes }: OwnPictures): { readonly classes: boolean; readonly few: readonly string[] } {
  return {
    classes: classes.length < 2,
    few: classes.filter(({ pictures }) => pictures.length < leastOfClass).map(({ name }) => name),
  }
}

export const formOf = (source: OwnSource) =>
  source === 'drawings'
    ? ({ height: digitSide, width: digitSide, channels: 1 } as const)
    : ({ height: pictureSide, width: pictureSide, channels: 3 } as const)

/** As the worker takes them; undefined where something is missing. */
export function ownData(source: OwnSource): OwnData | undefined {
  const own = ownOf(source)
  const missing = missingIn(own)
  if (missing.classes || missing.few.length > 0) return undefined
  const all = own.classes.flatMap(({ pictures }, label) => pictures.map((picture) => ({ picture, label })))
  return {
    ...formOf(source),
    ...{ classes: own.classes.map(({ name }) => name), labels: all.map(({ label }) => label) },
    pictures: all.map(({ picture }) => picture),
  }
}
