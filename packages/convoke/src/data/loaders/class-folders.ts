// Folders of pictures, one a class.

import { check } from '../../shapes/error.ts'
import { type ClassifiedPicture, checkIndex, type Dataset } from '../dataset.ts'
import { inOrder, isPicture, listFiles } from './listing.ts'
import { type DecodePicture, type FileSource, readPicture } from './source.ts'

export interface PictureFolderOptions {
  /** Classes in the order of their labels, of which some may have no folder here; the folders found when not given. */
  readonly classes?: readonly string[] | undefined
}

const topOf = (path: string): string => path.slice(0, path.indexOf('/'))

/**
 * One folder a class, named after it, with its pictures at any depth. Hidden files and folders are passed over. Pictures are
 * read when asked for; `keepReadable` finds those that cannot be.
 */
export async function pictureFolders(
  source: FileSource,
  decode: DecodePicture,
  options: PictureFolderOptions = {},
): Promise<Dataset<ClassifiedPicture>> {
  const { paths } = await listFiles(source)
  const inside = new Map<string, string[]>()
  for (const path of paths) {
    if (!path.includes('/')) continue
    const own = inside.get(topOf(path)) ?? []
    if (isPicture(path)) own.push(path)
    inside.set(topOf(path), own)
  }
  const found = inOrder([...inside.keys()])
  const classes = options.classes ?? found
  const known = new Set(classes)
  const strange = found.find((name) => !known.has(name))
  check(
    strange === undefined,
    () => `${source.name}: the folder ${strange} is none of the classes ${classes.join(', ')}. Rename or remove it.`,
  )
  check(
    classes.length >= 2,
    () =>
      `${source.name}: there must be a folder for each of two classes or more, with its pictures; found ${classes.length === 0 ? 'none' : classes.join(', ')}.`,
  )
  const pictures = classes.flatMap((name, label) => {
    const own = inside.get(name) ?? []
    check(
      own.length > 0 || options.classes !== undefined,
      () => `${source.name}/${name}: the class has no pictures. Add some, or remove the folder.`,
    )
    return own.map((path) => ({ path, label }))
  })
  return {
    length: pictures.length,
    classes,
    labelOf: (index) => pictures[index].label,
    nameOf: (index) => pictures[index].path,
    async get(index) {
      checkIndex(source.name, index, pictures.length)
      const { path, label } = pictures[index]
      return { image: await readPicture(source, path, decode), label }
    },
  }
}
