// What occurs more than once: in two parts it makes the test too easy, under two labels it teaches nothing.

import { createHash } from 'node:crypto'
import type { data } from 'convoke'
import type { PartName } from './place.ts'
import type { Labelled } from './texts.ts'

/** What is not seen: soft hyphens, spaces of no width, marks of direction, selectors of a form. */
const unseen = /\p{Default_Ignorable_Code_Point}/gu

/** What two texts share that are the same to a reader, whatever their letters are composed of. */
export const textKey = (text: string): string =>
  text.normalize('NFKC').replace(unseen, '').replace(/\s+/g, ' ').trim().toLowerCase()

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
      `${texts.size === 1 ? 'one text is' : `${texts.size} texts are`} in ${both}, so the scores look better than they are: “${short(example)}”.`,
  )
  const [example] = torn.values()
  if (example !== undefined)
    lines.push(`${torn.size === 1 ? 'one text has' : `${torn.size} texts have`} two labels: ${example}.`)
  return lines
}

/** A short name for numbers: the same for equal ones, and in practice for no others. */
export function digestOf({ shape, data: { buffer, byteOffset, byteLength } }: data.Values): string {
  const hash = createHash('sha1').update(shape.join())
  return hash.update(new Uint8Array(buffer, byteOffset, byteLength)).digest('base64')
}

/** The same data set, whose examples of equal pictures belong together once they have been read. */
export function withDigests<E extends object>(set: data.Dataset<E>): data.Dataset<E> {
  const digests: string[] = []
  return {
    ...set,
    groupOf: (index) => digests[index] ?? index,
    async get(index) {
      const example = await set.get(index)
      const { image } = example as { readonly image?: data.Values }
      if (image !== undefined) digests[index] ??= digestOf(image)
      return example
    },
  }
}

type Grouped = Pick<data.Dataset<object>, 'length' | 'groupOf' | 'labelOf' | 'nameOf' | 'classes'>

/** How many groups of equal examples there are of a kind, and one of them. */
interface Equal {
  count: number
  readonly example: string
}

/** What is said of examples that `groupOf` tells to be equal, and that are in two parts or have two labels. */
export function groupWarnings(what: 'picture' | 'series', sets: Partial<Record<PartName, Grouped>>): string[] {
  const first = new Map<string, { readonly part: PartName; readonly index: number }>()
  const shared = new Map<string, Equal>()
  const torn = new Map<string, Equal>()
  const nameOf = (part: PartName, index: number): string =>
    sets[part]!.nameOf?.(index) ?? `example ${index + 1} of ${part}`
  for (const [part, { length, groupOf, labelOf, classes }] of Object.entries(sets) as [PartName, Grouped][]) {
    const told = new Set<string>()
    for (let index = 0; groupOf !== undefined && index < length; index++) {
      const group = groupOf(index)
      // What has no digest has its number, which says nothing beside another part.
      if (typeof group === 'number' || told.has(group)) continue
      const before = first.get(group)
      if (before === undefined) {
        first.set(group, { part, index })
        continue
      }
      const [own, other] = [nameOf(part, index), nameOf(before.part, before.index)]
      const both = own === other ? own : `${own} and ${other} are the same`
      const count = (kinds: Map<string, Equal>, kind: string, example: string): void => {
        const known = kinds.get(kind) ?? { count: 0, example }
        known.count++
        kinds.set(kind, known)
        told.add(group)
      }
      if (before.part !== part) count(shared, `${before.part} and ${part}`, both)
      else if (labelOf !== undefined && labelOf(index) !== labelOf(before.index)) {
        const labels = [before.index, index].map((at) => classes?.[labelOf(at)] ?? labelOf(at))
        count(torn, part, `${both} (${labels.join(' and ')})`)
      }
    }
  }
  const many = (count: number): string =>
    count === 1 ? `one ${what}` : `${count} ${what === 'series' ? what : 'pictures'}`
  return [
    ...Array.from(
      shared,
      ([parts, { count, example }]) =>
        `${many(count)} ${count === 1 ? 'is' : 'are'} in ${parts}, so the scores look better than they are: ${example}.`,
    ),
    ...Array.from(
      torn.values(),
      ({ count, example }) => `${many(count)} ${count === 1 ? 'has' : 'have'} two labels: ${example}.`,
    ),
  ]
}
