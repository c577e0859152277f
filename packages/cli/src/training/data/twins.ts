// What occurs more than once: in two parts it makes the test too easy, under two labels it teaches nothing.

import type { PartName } from './place.ts'
import type { Labelled } from './texts.ts'

/** What two texts share that are the same to a reader. */
export const textKey = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase()

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text)

/** What is wrong with texts that occur again, a line a kind, with their number and an example. */
export function textWarnings(found: Partial<Record<PartName, readonly Labelled[]>>): string[] {
  const parts = Object.entries(found) as [PartName, readonly Labelled[]][]
  const first = new Map<string, { readonly part: PartName; readonly name: string }>()
  const shared = new Map<string, { readonly texts: Set<string>; readonly example: string }>()
  const torn = new Map<string, string>()
  for (const [part, texts] of parts) {
    for (const { text, name } of texts) {
      const key = textKey(text)
      const before = first.get(key)
      if (before === undefined) first.set(key, { part, name })
      else if (before.part !== part) {
        const both = `${before.part} and ${part}`
        const own = shared.get(both) ?? { texts: new Set(), example: text }
        own.texts.add(key)
        shared.set(both, own)
      } else if (before.name !== name && !torn.has(key)) torn.set(key, `“${short(text)}” is ${before.name} and ${name}`)
    }
  }
  const lines = [...shared].map(
    ([both, { texts, example }]) =>
      `${texts.size === 1 ? 'one text is' : `${texts.size} texts are`} in ${both}, so that what is measured is better than what is learnt: “${short(example)}”.`,
  )
  const [example] = torn.values()
  if (example !== undefined)
    lines.push(`${torn.size === 1 ? 'one text has' : `${torn.size} texts have`} two labels: ${example}.`)
  return lines
}

/** What is said of pictures that are in two parts; `found` has their paths. */
export function pictureWarnings(found: Partial<Record<PartName, readonly string[]>>): string[] {
  const first = new Map<string, PartName>()
  const shared = new Map<string, string[]>()
  for (const [part, paths] of Object.entries(found) as [PartName, readonly string[]][]) {
    for (const path of paths) {
      const before = first.get(path)
      if (before === undefined) first.set(path, part)
      else if (before !== part) {
        const both = `${before} and ${part}`
        const own = shared.get(both)
        if (own === undefined) shared.set(both, [path])
        else own.push(path)
      }
    }
  }
  return [...shared].map(
    ([both, paths]) =>
      `${paths.length === 1 ? 'one picture is' : `${paths.length} pictures are`} in ${both}, so that what is measured is better than what is learnt: ${paths[0]}.`,
  )
}
