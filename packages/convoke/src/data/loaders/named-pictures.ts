// Pictures whose names say their class: cat.12.jpg, dog_7.png, rose (3).jpg.

import { check } from '../../shapes/error.ts'
import { someOf } from '../../shapes/words.ts'
import { type ClassifiedPicture, checkIndex, type Dataset } from '../dataset.ts'
import { inOrder, isPicture, listFiles, stemOf } from './listing.ts'
import { type DecodePicture, type FileSource, pictureFile, readPicture } from './source.ts'

/** The class that the name of a picture begins with, before a sign and a number; null where it says none. */
export function classInName(path: string): string | null {
  const stem = stemOf(path).normalize('NFC')
  const name = /^(.*\p{L}.*?)(?:[ ._-]+\d+|[ ._-]*\(\d+\))$/u.exec(stem)?.[1].trim()
  return name === undefined || name === '' ? null : name
}

/**
 * The classes that names of pictures say, in natural order; null where they are no classes: fewer than two, one with a single
 * picture, or, where `all` is set, a name that says none.
 */
export function classesInNames(paths: readonly string[], { all = true } = {}): string[] | null {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const name = classInName(path)
    if (name === null && all) return null
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const areClasses = counts.size >= 2 && [...counts.values()].every((count) => count >= 2)
  return areClasses ? inOrder([...counts.keys()]) : null
}

/** The options of `namedPictures`. */
export interface NamedPictureOptions {
  /** Paths of the pictures that are taken; all when not given. */
  readonly pictures?: readonly string[] | undefined
  /** Classes in the order of their labels; those found, in natural order, when not given. */
  readonly classes?: readonly string[] | undefined
}

/**
 * Pictures whose names begin with their class: `cat.1.jpg`, `dog_12.png`. Throws `ConvokeError` for a name that says no class, and
 * where there are fewer than two classes.
 */
export async function namedPictures(
  source: FileSource,
  decode: DecodePicture,
  options: NamedPictureOptions = {},
): Promise<Dataset<ClassifiedPicture>> {
  const paths = options.pictures ?? (await listFiles(source)).paths.filter(isPicture)
  const names = paths.map(classInName)
  const strange = paths.find((_, i) => names[i] === null)
  check(
    strange === undefined,
    () =>
      `${source.name}/${strange}: the name does not say a class. It must be the class, a sign and a number: cat.1.jpg.`,
  )
  const classes = options.classes ?? inOrder([...new Set(names as string[])])
  const labels = new Map(classes.map((name, label) => [name, label]))
  const unknown = names.find((name) => !labels.has(name!))
  check(
    unknown === undefined,
    () => `${source.name}: a picture is named after ${unknown}, which is not one of the classes ${someOf(classes)}.`,
  )
  check(
    classes.length >= 2,
    () =>
      `${source.name}: names of pictures must say two classes or more; found ${classes.length === 0 ? 'none' : classes[0]}.`,
  )
  return {
    length: paths.length,
    classes,
    labelOf: (index) => labels.get(names[index]!)!,
    nameOf: (index) => paths[index],
    fileOf: (index) => pictureFile(source, paths[index]),
    async get(index) {
      checkIndex(source.name, index, paths.length)
      return { image: await readPicture(source, paths[index], decode), label: labels.get(names[index]!)! }
    },
  }
}
