// Pictures whose names say their class, as Dogs vs Cats has them: cat.0.jpg, dog.0.jpg, in one folder or in folders of parts.

import { data } from 'convoke'
import { isPictureName } from './columns.ts'
import type { OpenOptions, Parts, PictureForm } from './opened.ts'
import { sizedPictures } from './pictures.ts'
import { called, hasBareParts, type PartName, type Place } from './place.ts'

export interface NamedParts {
  readonly classes: readonly string[]
  readonly parts: Partial<Record<PartName, readonly string[]>>
  readonly notes: readonly string[]
}

/** What names of pictures say, where these lie in one folder or directly in folders of parts; null where they say no classes. */
export function namedParts(place: Place): NamedParts | null {
  const pictures = place.paths.filter(isPictureName)
  const parted = hasBareParts(place)
  const folders = new Set(pictures.map(data.folderOf))
  if (!parted && folders.size !== 1) return null
  const found: Partial<Record<PartName, string[]>> = {}
  for (const path of pictures) {
    const part = parted ? (data.partIn(path.split('/')[0]) ?? 'train') : 'train'
    const own = found[part] ?? []
    own.push(path)
    found[part] = own
  }
  const classes = data.classesInNames(found.train ?? [])
  if (classes === null) return null
  const notes = [
    `${called(place)}: the classes are the beginnings of the names: ${found.train![0].replace(/^.*\//, '')} is of ${data.classInName(found.train![0])}.`,
  ]
  const parts: Partial<Record<PartName, readonly string[]>> = {}
  const known = new Set(classes)
  for (const [part, own] of Object.entries(found) as [PartName, readonly string[]][]) {
    const named = own.filter((path) => known.has(data.classInName(path) ?? ''))
    if (named.length > 0) parts[part] = named
    const left = own.length - named.length
    if (left > 0)
      notes.push(
        `${called(place)}: the names of ${left === 1 ? 'one picture' : `${left} pictures`} of the part ${part} do not say a class, so nothing can be trained or measured with ${left === 1 ? 'it' : 'them'}.`,
      )
  }
  return { classes, parts, notes }
}

/** The pictures of a place by their names, in one form. */
export async function openNamedPictures(
  { source }: Place,
  { classes, parts, notes }: NamedParts,
  form: PictureForm | null,
  decode: data.DecodePicture,
  asked: OpenOptions['classes'],
): Promise<Parts<data.ClassifiedPicture>> {
  const order = asked !== undefined && classes.every((name) => asked.includes(name)) ? asked : classes
  const open = async (pictures: readonly string[] | undefined) =>
    pictures && sizedPictures(await data.namedPictures(source, decode, { pictures, classes: order }), form)
  return {
    ...{
      kind: 'pictures whose names say their class',
      train: (await open(parts.train))!,
      classes: order,
      problems: [],
    },
    ...{ validation: await open(parts.validation), test: await open(parts.test), notes, files: true, picture: form },
  }
}
