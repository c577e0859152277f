// The layout that comes nearest to a folder that is not understood, and what to move.

import { basename } from 'node:path'
import { data } from 'convoke'
import type { Place } from './place.ts'
import { areBoxLines } from './yolo.ts'

const stemOf = (path: string): string => basename(path).replace(/\.[^.]*$/, '')

const shown = (folder: string): string => (folder === '' ? 'the top' : `${folder}/`)

/** The folders of some files, with the names of the files in each, those with the most first. */
function byFolder(paths: readonly string[]): (readonly [folder: string, stems: ReadonlySet<string>])[] {
  const found = new Map<string, Set<string>>()
  for (const path of paths) {
    const folder = data.folderOf(path)
    const own = found.get(folder) ?? new Set<string>()
    own.add(stemOf(path))
    found.set(folder, own)
  }
  return [...found].sort(([, a], [, b]) => b.size - a.size)
}

/** The share of some names that others have as well. */
const shared = (some: ReadonlySet<string>, others: ReadonlySet<string>): number =>
  some.size === 0 ? 0 : [...some].filter((stem) => others.has(stem)).length / some.size

interface Match {
  readonly pictures: string
  readonly others: string
  readonly count: number
}

/** A folder of pictures and one of other files that are called like them: half of either, and two at least. */
function matching(pictures: readonly string[], others: readonly string[]): Match | null {
  for (const [folder, stems] of byFolder(others))
    for (const [own, names] of byFolder(pictures)) {
      const count = [...stems].filter((stem) => names.has(stem)).length
      if (own !== folder && count >= 2 && (shared(stems, names) >= 0.5 || shared(names, stems) >= 0.5))
        return { pictures: own, others: folder, count }
    }
  return null
}

/** `a/b` as a folder beside, called `name`. */
const beside = (folder: string, name: string): string => [...folder.split('/').slice(0, -1), name].join('/')

/** What to rename so that pictures lie in images/ and the rest in a folder of a usual name. */
function moves({ pictures, others }: Match, name: string): string {
  const steps: string[] = []
  const images = /(^|\/)(images?|imgs?|JPEGImages)$/i.test(pictures) ? pictures : beside(pictures, 'images')
  const target = beside(images, name)
  if (images !== pictures)
    steps.push(
      pictures === '' ? `move the pictures into ${shown(images)}` : `rename ${shown(pictures)} to ${shown(images)}`,
    )
  if (target !== others)
    steps.push(
      others === '' ? `move the other files into ${shown(target)}` : `rename ${shown(others)} to ${shown(target)}`,
    )
  const text = steps.join(', and ')
  return `${text[0].toUpperCase()}${text.slice(1)}.`
}

const list = 'convoke data layouts lists all known ones.'

/** The layout of boxes that comes nearest; null where none does. */
async function nearestBoxes({ paths, source }: Place, pictures: readonly string[]): Promise<string | null> {
  const xml = paths.filter((path) => /\.xml$/i.test(path))
  const inXml = matching(pictures, xml)
  if (inXml !== null)
    return `The nearest layout is labelimg: ${inXml.count} XML files in ${shown(inXml.others)} are named like pictures in ${shown(inXml.pictures)}. ${moves(inXml, 'annotations')} ${list}`
  const texts = paths.filter((path) => /\.txt$/i.test(path))
  const inText = matching(pictures, texts)
  const some = inText === null ? [] : texts.filter((path) => data.folderOf(path) === inText.others).slice(0, 16)
  for (const path of some)
    if (await areBoxLines(source, path))
      return `The nearest layout is yolo: ${inText!.count} text files in ${shown(inText!.others)} hold boxes and are named like pictures in ${shown(inText!.pictures)}. ${moves(inText!, 'labels')} ${list}`
  if (pictures.length === 0 && xml.length > 0)
    return `There are ${xml.length} XML files, such as ${xml[0]}, and no pictures. Put the pictures into images/ and the XML files into annotations/. ${list}`
  return null
}

/** Two folders of pictures that are called alike, one of PNG alone, which may be the masks of the others, and one without any. */
function nearestMasks(pictures: readonly string[]): string | null {
  const isPng = (path: string): boolean => /\.png$/i.test(path)
  const [masks, images] = [pictures.filter(isPng), pictures.filter((path) => !isPng(path))]
  const found = matching(images, masks)
  if (found === null) return null
  const advice = moves(found, 'masks').replace(/^./, (letter) => letter.toLowerCase())
  return `The nearest layout is masks: ${found.count} PNG files in ${shown(found.others)} are named like pictures in ${shown(found.pictures)}. Where those are their masks: ${advice} ${list}`
}

/** Pictures of which nothing says the class. */
async function nearestClasses({ source, paths }: Place, pictures: readonly string[]): Promise<string | null> {
  const folders = byFolder(pictures)
  if (pictures.length === 0 || folders.length > 1) return null
  // Other folders may be classes without pictures.
  const all = [...((await source.folders?.()) ?? []), ...paths.map(data.folderOf)]
  const [own] = folders[0]
  // A folder of another name is a class, the only one there is.
  const general = data.maskFolderNames.images.some((name) => name.toLowerCase() === basename(own).toLowerCase())
  if (own !== '' && !general) return null
  if (all.some((folder) => folder !== own && !own.startsWith(folder === '' ? '' : `${folder}/`))) return null
  const example = basename(pictures[0])
  return `${pictures.length === 1 ? 'One picture lies' : `${pictures.length} pictures lie`} in ${shown(folders[0][0])}, and nothing says their class. Move each into a folder named after its class (cat/${example}), name it after its class (cat.1${example.slice(example.lastIndexOf('.'))}), or add a table labels.csv with the columns file and label. ${list}`
}

/** What is said of a folder that is not understood, for a task or for any: the nearest layout and what to move; null where none is near. */
export async function nearestLayout(place: Place, task?: 'classify' | 'detect' | 'segment'): Promise<string | null> {
  if (place.file !== undefined) return null
  const pictures = place.paths.filter(data.isPicture)
  const boxes = task === undefined || task === 'detect' ? await nearestBoxes(place, pictures) : null
  if (boxes !== null || task === 'detect') return boxes
  if (task === 'segment') return nearestMasks(pictures)
  return nearestClasses(place, pictures)
}
