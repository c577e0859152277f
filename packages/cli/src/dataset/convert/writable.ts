// A data set as it was read, made ready to be written in another layout.

import { realpath } from 'node:fs/promises'
import { basename, dirname, extname, resolve, sep } from 'node:path'
import { data } from 'convoke'
import { check } from 'convoke/shapes'
import type { Examples, Parts } from '../../training/data/opened.ts'
import type { PartName } from '../../training/data/place.ts'
import type { Item, LayoutTask, WritableSet } from '../../training/layouts/index.ts'
import { bytePng } from '../../training/layouts/mask-png.ts'

type Sets = WritableSet<object>['sets']

/** The parts of a set, in their usual order. */
function setsOf({ train, validation, test }: Parts<object>): Sets {
  const found: Sets = [{ part: 'train', set: train }]
  const more = (part: PartName, set: data.Dataset<object> | undefined): Sets =>
    set === undefined || set.length === 0 ? [] : [{ part, set }]
  return [...found, ...more('validation', validation), ...more('test', test)]
}

/** The name of a file without its ending, and without what Cityscapes has after the names of all pictures. */
const bare = (path: string): string => basename(path, extname(path)).replace(/_leftImg8bit$/, '')

/**
 * Names of examples, none twice in a part, or in the whole set where `together`: that of the file alone where no other has it, else
 * with its folders, else with a number.
 */
function itemsOf(sets: Sets, together: boolean): Item[] {
  const files = sets.flatMap(({ part, set }) =>
    Array.from({ length: set.length }, (_, index) => {
      const path = set.fileOf === undefined ? null : (set.nameOf?.(index) ?? null)
      return { part, index, path }
    }),
  )
  const width = String(files.length).length
  // What cannot be told apart on every system counts as equal.
  const key = (part: PartName, stem: string): string => `${together ? '' : part}/${stem.normalize('NFC').toLowerCase()}`
  const counts = new Map<string, number>()
  for (const { part, path } of files) {
    if (path === null) continue
    const own = key(part, bare(path))
    counts.set(own, (counts.get(own) ?? 0) + 1)
  }
  const taken = new Set<string>()
  return files.map(({ part, index, path }, at) => {
    const numbered = String(at + 1).padStart(width, '0')
    const name = path === null ? numbered : bare(path)
    const isOnly = path === null || counts.get(key(part, name)) === 1
    const long = isOnly ? name : [...dirname(path).split('/'), name].filter((one) => one !== '.').join('_')
    const free = (stem: string): boolean => !taken.has(key(part, stem))
    const stem = [long, `${part}_${long}`, `${long}_${numbered}`].find(free) ?? `${part}_${numbered}_${long}`
    taken.add(key(part, stem))
    return { part, index, stem, ending: path === null ? '.png' : extname(path) }
  })
}

/** Throws `ConvokeError` for a file whose path is a link that leads out of the folder. */
export async function linkGuard(root: string): Promise<(path: string) => Promise<void>> {
  const within = await realpath(root)
  const inside = within.endsWith(sep) ? within : `${within}${sep}`
  return async (path) => {
    const real = await realpath(path).catch(() => null)
    check(
      real === null || real.startsWith(inside),
      () =>
        `${path}: the file is a link, or is in a linked folder, that leads out of ${root}, to ${real}. To copy what such links lead to, add --follow-links.`,
    )
  }
}

export interface WritableOptions {
  readonly name: string
  readonly classes: readonly string[]
  /** Whether names are to be told apart over all parts. */
  readonly together: boolean
  readonly decode: data.DecodePicture
  /** Hears of each picture that cannot be read, and of what the layout has no form for. */
  readonly note: (message: string) => void
  /** Throws for files that are not to be copied. */
  readonly guard: (path: string) => Promise<void>
}

/** The set with its examples under new names, its labels in the order of `classes`. */
export async function writableSet<T extends LayoutTask>(
  parts: Parts<Examples[T]>,
  { name, classes, together, decode, note, guard }: WritableOptions,
): Promise<WritableSet<Examples[T]>> {
  const sets = setsOf(parts)
  const byPart = new Map(sets.map(({ part, set }) => [part, set]))
  const setOf = ({ part }: Item): data.Dataset<object> => byPart.get(part)!
  const labels = parts.classes.map((own) => classes.indexOf(own))
  const fileOf = (item: Item): data.PictureFile | undefined => setOf(item).fileOf?.(item.index)
  const { items, sizes } = await readable(itemsOf(sets, together), fileOf, decode, note)
  return {
    ...{ name, classes, note, divided: sets.length > 1 },
    sets: sets as WritableSet<Examples[T]>['sets'],
    items,
    picture(item, path) {
      const file = fileOf(item)
      if (file === undefined) return { path, isPicture: true, bytes: () => encoded(setOf(item), item.index) }
      return {
        ...{ path, isPicture: true },
        async bytes() {
          await guard(file.path)
          return file.read()
        },
      }
    },
    sizeOf: (item) => sizes.get(idOf(item))!,
    boxesOf: (item) =>
      (setOf(item) as data.Dataset<data.BoxedPicture>).boxesOf!(item.index).map((box) => ({
        ...box,
        label: labels[box.label],
      })),
    labelOf: (item) => labels[setOf(item).labelOf!(item.index)],
    async maskOf(item) {
      const { mask } = (await setOf(item).get(item.index)) as data.MaskedPicture
      return { shape: mask.shape, data: Int32Array.from(mask.data, (label) => labels[label] ?? label) }
    },
  }
}

const idOf = ({ part, index }: Item): string => `${part}/${index}`

/** Headers read at a time. */
const atOnce = 16

/** The examples whose picture can be read, by its header; the others are noted. Those without a file are all there. */
async function readable(
  all: readonly Item[],
  fileOf: (item: Item) => data.PictureFile | undefined,
  decode: data.DecodePicture,
  note: (message: string) => void,
): Promise<{ readonly items: readonly Item[]; readonly sizes: ReadonlyMap<string, data.PictureSize> }> {
  const sizes = new Map<string, data.PictureSize>()
  const items: Item[] = []
  for (let at = 0; at < all.length; at += atOnce) {
    const group = all.slice(at, at + atOnce)
    const found = await Promise.all(
      group.map((item) => {
        const file = fileOf(item)
        return file === undefined ? undefined : data.pictureSize(file, decode)
      }),
    )
    for (const [i, size] of found.entries()) {
      if (size === null) {
        note(`${fileOf(group[i])!.path}: the picture cannot be read; it is left out.`)
        continue
      }
      items.push(group[i])
      if (size !== undefined) sizes.set(idOf(group[i]), size)
    }
  }
  return { items, sizes }
}

/** A picture that has no file of its own, as PNG. */
async function encoded(set: data.Dataset<object>, index: number): Promise<Uint8Array> {
  const { image } = (await set.get(index)) as data.ClassifiedPicture
  const [height, width, channels] = image.shape
  const scale = image.data instanceof Float32Array ? 255 : 1
  const bytes = Uint8Array.from(image.data, (value) => Math.round(value * scale))
  return bytePng({ height, width, channels: channels as 1 | 3, bytes })
}

/** A name for a set in letters and digits, from the path of its folder. */
export const setName = (path: string): string =>
  basename(resolve(path))
    .replace(/\.[^.]*$/, '')
    .replace(/_(train|test)$/i, '')
    .replace(/[^A-Za-z0-9]+/g, '') || 'set'
