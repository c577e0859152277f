// Where data lies: a folder or one file, and the parts it is divided into.

import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { ConvokeError, type data } from 'convoke'
import { folderSource } from 'convoke/node'
import { fileProblem } from '../../picture/file-problem.ts'

export interface Place {
  readonly source: data.FileSource
  /** Every file, with '/', hidden ones left out. */
  readonly paths: readonly string[]
}

/** A folder with all its files, or a single file in its folder. Throws `ConvokeError` where there is none. */
export async function placeOf(path: string): Promise<Place> {
  let isFolder: boolean
  try {
    isFolder = (await stat(path)).isDirectory()
  } catch (error) {
    throw fileProblem(error, path)
  }
  if (!isFolder) return { source: folderSource(dirname(path)), paths: [basename(path)] }
  const source = folderSource(path.replace(/[/\\]+$/, '') || path)
  const paths = (await source.list()).filter((name) => !name.split('/').some((part) => part.startsWith('.')))
  if (paths.length === 0) throw new ConvokeError(`${path}: the folder is empty.`)
  return { source, paths }
}

export type PartName = 'train' | 'validation' | 'test'

const partWords: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing', 't10k'],
}

/** The part that a file or folder name tells: `train`, `pets_TEST`, `instances_val2017`. */
export function partIn(name: string): PartName | null {
  const found: readonly string[] = name.toLowerCase().match(/[a-z]+(?:10k)?/g) ?? []
  const parts = Object.keys(partWords) as PartName[]
  return parts.find((part) => partWords[part].some((word) => found.includes(word))) ?? null
}

/** What lies in one folder of a place. */
export const below = ({ source, paths }: Place, folder: string): Place => {
  const inside = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1))
  return {
    paths: inside,
    source: {
      name: `${source.name}/${folder}`,
      list: async () => inside,
      read: (path) => source.read(`${folder}/${path}`),
    },
  }
}

/** The folders train, val and test, where there is at least the first; null otherwise. */
export function partFolders(place: Place): Partial<Record<PartName, Place>> | null {
  const folders = [...new Set(place.paths.flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])))]
  const found: Partial<Record<PartName, Place>> = {}
  for (const part of Object.keys(partWords) as PartName[]) {
    const folder = folders.find((name) => partWords[part].includes(name.toLowerCase()))
    if (folder !== undefined) found[part] = below(place, folder)
  }
  return found.train === undefined ? null : found
}

/** Files at the top of a place with one of these endings. */
export const filesAtTop = ({ paths }: Place, endings: RegExp): string[] =>
  paths.filter((path) => !path.includes('/') && endings.test(path)).sort()
