// Boxes of one file that names the pictures they lie in, as COCO's and tables do: the pictures found, the boxes placed.

import { check } from '../../shapes/error.ts'
import type { Box } from '../dataset.ts'
import {
  boxedPictures,
  countBoxes,
  type LoadedBoxes,
  type MarkedObject,
  type MarkedPicture,
  type Placing,
  placeObjects,
  sizeProblems,
  together,
} from './boxes.ts'
import { fileIndex } from './file-index.ts'
import { folderOf, isPicture, listFiles } from './listing.ts'
import { partIn, partOfPath } from './parts.ts'
import type { DecodePicture, FileSource, PictureSize, ProblemList } from './source.ts'

export interface ListedImage {
  readonly file: string
  readonly stated: PictureSize | null
}

export interface ListedBoxes {
  /** The file that lists them, below the source. */
  readonly name: string
  readonly classes: readonly string[]
  readonly images: ReadonlyMap<string, ListedImage>
  /** By picture; the name of an object is its label. */
  readonly objects: ReadonlyMap<string, readonly MarkedObject[]>
  /** Folder of the pictures; looked for when not given. */
  readonly folder?: string | undefined
  readonly problems: ProblemList
  readonly notes: readonly string[]
  /** Whether boxes are stated as left, top, width and height, which corners are taken for. */
  readonly corners?: boolean | undefined
}

export async function boxesOf(
  source: FileSource,
  decode: DecodePicture,
  { name, classes, images, objects, folder, problems, notes, corners }: ListedBoxes,
): Promise<LoadedBoxes> {
  const tell = (message: string): void => problems.add(message)
  const { paths } = await listFiles(source)
  const index = fileIndex(
    paths.filter((path) => isPicture(path) && (folder === undefined || path.startsWith(`${folder}/`))),
  )
  const own = folderOf(name)
  const part = partIn(name.slice(own.length)) ?? partOfPath(own)
  const folders = folder === undefined ? [own, ''] : [folder]
  const marked: MarkedPicture[] = []
  const taken = new Map<string, string>()
  for (const [id, { file: named, stated }] of images) {
    const found = index.find(named, { folders, part })
    if (!('path' in found)) {
      tell(
        `${source.name}: ${folder === undefined ? '' : `${folder}/`}${named} is named in ${name}, but is ${found.problem}.`,
      )
      continue
    }
    const before = taken.get(found.path)
    if (before !== undefined) {
      tell(`${name}: pictures ${before} and ${id} are the same file, ${found.path}; the second is left out.`)
      continue
    }
    taken.set(found.path, id)
    marked.push({ path: found.path, annotation: `${name}, picture ${id}`, stated, objects: objects.get(id)! })
  }
  check(
    marked.length > 0,
    () =>
      `${source.name}/${name}: no picture can be used. The first problem: ${problems.all[0]?.replace(`${source.name}: `, '') ?? 'none is listed'}`,
  )
  const placings: Placing[] = []
  for (let at = 0; at < marked.length; at += together) {
    const group = marked.slice(at, at + together).map((picture) => placeObjects(source, picture, decode))
    for (const placing of await Promise.all(group)) placings.push(placing)
  }
  const suspicion = corners ? cornersProblem(name, marked, placings) : null
  if (suspicion !== null) tell(suspicion)
  for (const { problems: own } of placings) for (const problem of own) tell(problem)
  for (const problem of sizeProblems(source.name, placings)) tell(problem)
  const boxed = placings.map(({ placed: { path, objects: inside } }) => ({
    path,
    boxes: inside.map(({ name: label, ...box }): Box => ({ ...box, label: Number(label) })),
  }))
  return {
    dataset: boxedPictures(source, boxed, classes, decode),
    problems: problems.all,
    notes,
    ...countBoxes(boxed),
  }
}

/** Shares of boxes: so many reach outside, and so many would fit as corners, where corners were taken for sides. */
const suspect = { outside: 0.1, fit: 0.99 } as const

/** What is said where many boxes reach outside their pictures, and none would if they were corners. */
function cornersProblem(name: string, marked: readonly MarkedPicture[], placings: readonly Placing[]): string | null {
  let [count, outside, fit] = [0, 0, 0]
  placings.forEach(({ size }, i) => {
    if (size === null) return
    for (const { left, top, right, bottom } of marked[i].objects) {
      const [width, height] = [right - left, bottom - top]
      count++
      if (right > size.width + 1 || bottom > size.height + 1) outside++
      if (width > left && height > top && width <= size.width + 1 && height <= size.height + 1) fit++
    }
  })
  if (outside < 2 || outside < suspect.outside * count || fit < suspect.fit * count) return null
  return `${name}: ${outside} of ${count} boxes reach outside their pictures as [left, top, width, height], and as [left, top, right, bottom] none would. If they are corners, they are read wrongly: subtract left and top from the last two.`
}
