// Folders of pictures, one a class.

import { check } from '../../shapes/error.ts'
import { someOf } from '../../shapes/words.ts'
import { type ClassifiedPicture, checkIndex, type Dataset } from '../dataset.ts'
import { inOrder, isPicture, listFiles, unreadText } from './listing.ts'
import { type DecodePicture, type FileSource, pictureFile, readPicture } from './source.ts'

/** The options of `pictureFolders`. */
export interface PictureFolderOptions {
  /** Classes in the order of their labels, of which some may have no folder here; the folders found when not given. */
  readonly classes?: readonly string[] | undefined
  /** Called for each class without pictures, which is left out. When not given, the first is an error. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/** One name for all ways of composing its letters: `é` as one sign, or as `e` with an accent. */
const composed = (name: string): string => name.normalize('NFC')

/**
 * The pictures below each folder at the top, in natural order; none for a folder without. Folders whose names differ only in how
 * accents are composed are one class.
 */
export async function classFolders(source: FileSource): Promise<Map<string, readonly string[]>> {
  const { paths, clutter } = await listFiles(source)
  const hidden = new Set(clutter)
  const found = new Map<string, string[]>()
  const top = (path: string): string => composed(path.split('/', 1)[0])
  for (const folder of (await source.folders?.()) ?? []) {
    if (!folder.includes('/') && !hidden.has(folder)) found.set(top(folder), [])
  }
  for (const path of paths) {
    if (!path.includes('/')) continue
    const own = found.get(top(path)) ?? []
    if (isPicture(path)) own.push(path)
    found.set(top(path), own)
  }
  return new Map(inOrder([...found.keys()]).map((name) => [name, found.get(name)!]))
}

/** The outermost folder of these pictures that holds folders with pictures, two or more; null where there is none. */
function foldersWithin(paths: readonly string[]): { readonly folder: string; readonly inner: string } | null {
  for (let depth = 1; ; depth++) {
    const deeper = paths.map((path) => path.split('/')).filter((parts) => parts.length > depth + 1)
    if (deeper.length === 0) return null
    const folders = new Map<string, Set<string>>()
    for (const parts of deeper) {
      const folder = parts.slice(0, depth).join('/')
      folders.set(folder, (folders.get(folder) ?? new Set()).add(parts[depth]))
    }
    for (const [folder, inner] of folders)
      if (inner.size > 1)
        return {
          folder,
          inner: `${inOrder([...inner])
            .slice(0, 3)
            .join(', ')}${inner.size > 3 ? ', …' : ''}`,
        }
  }
}

/**
 * One folder a class, named after it, with its pictures at any depth. Hidden files and folders are ignored. Pictures are
 * read when asked for; `keepReadable` finds those that cannot be.
 */
export async function pictureFolders(
  source: FileSource,
  decode: DecodePicture,
  options: PictureFolderOptions = {},
): Promise<Dataset<ClassifiedPicture>> {
  const inside = await classFolders(source)
  const found = [...inside.keys()]
  const known = new Set((options.classes ?? found).map(composed))
  const strange = found.find((name) => !known.has(name) && inside.get(name)!.length > 0)
  check(
    strange === undefined,
    () => `${source.name}: the folder ${strange} is not one of the classes ${someOf([...known])}. Rename or remove it.`,
  )
  const classes = options.classes ?? found.filter((name) => inside.get(name)!.length > 0)
  const within = classes.length < 2 ? foldersWithin(classes.flatMap((name) => inside.get(name)!)) : null
  check(
    within === null,
    () =>
      `${source.name}: there must be a folder for each of two classes or more, with its pictures; found ${classes[0]}. Those in ${within!.folder} (${within!.inner}) may be meant: open ${source.name}/${within!.folder}.`,
  )
  for (const name of options.classes === undefined ? found : []) {
    if (inside.get(name)!.length > 0) continue
    const unread = unreadText((await listFiles(source)).paths.filter((path) => composed(path).startsWith(`${name}/`)))
    const why =
      unread === '' ? 'Add some, or remove the folder' : `${unread}, which cannot be read: convert to PNG or JPEG`
    const message = `${source.name}/${name}: the class has no pictures. ${why[0].toUpperCase()}${why.slice(1)}.`
    check(options.onProblem !== undefined && classes.length >= 2, () => message)
    options.onProblem(message)
  }
  check(
    classes.length >= 2,
    () =>
      `${source.name}: there must be a folder for each of two classes or more, with its pictures; found ${classes.length === 0 ? 'none' : classes.join(', ')}.`,
  )
  const pictures = classes.flatMap((name, label) => (inside.get(composed(name)) ?? []).map((path) => ({ path, label })))
  return {
    length: pictures.length,
    classes,
    labelOf: (index) => pictures[index].label,
    nameOf: (index) => pictures[index].path,
    fileOf: (index) => pictureFile(source, pictures[index].path),
    async get(index) {
      checkIndex(source.name, index, pictures.length)
      const { path, label } = pictures[index]
      return { image: await readPicture(source, path, decode), label }
    },
  }
}
