// Lists of names that stand for the parts of a set, as PASCAL VOC has them: a text file a part, a name a line.

import { data } from 'convoke'
import type { PartName, Place } from './place.ts'

/** What lists of a part are called; a later name only where there is none of the former. */
const listNames: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'trainval', 'default'],
  validation: ['val', 'valid', 'validation'],
  test: ['test'],
}

export type PartLists = Partial<Record<PartName, readonly string[]>>

const bareName = (name: string): string => name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)

/**
 * The names in `ImageSets/<kind>`, else in `ImageSets`, else in lists that lie loose beside the set. Such text files may be about something
 * else: loose ones are taken for lists where one of them names a file of the set by its bare name, which `isName` knows.
 */
export async function partLists(
  { paths, source }: Place,
  kind: 'Main' | 'Segmentation',
  isName: (name: string) => boolean,
): Promise<PartLists> {
  for (const folder of [`ImageSets/${kind}/`, 'ImageSets/', '']) {
    const lists: PartLists = {}
    for (const part of Object.keys(listNames) as PartName[]) {
      const path = listNames[part].map((name) => `${folder}${name}.txt`).find((one) => paths.includes(one))
      if (path === undefined) continue
      const names = data.parseNameList(data.decodeText(path, await source.read(path)))
      if (names.length > 0) lists[part] = names
    }
    const all = Object.values(lists).flat()
    if (all.length > 0 && (folder !== '' || all.some((name) => isName(bareName(name))))) return lists
  }
  return {}
}

/** Names of files by which lists may call them: without folder and ending. */
export const bareNames = (paths: readonly string[]): ReadonlySet<string> =>
  new Set(paths.map((path) => bareName(path).replace(/\.[^.]*$/, '')))
