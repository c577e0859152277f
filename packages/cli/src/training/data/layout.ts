// What a folder of pictures is laid out for, told before it is opened for something else.

import { basename } from 'node:path'
import { data } from 'convoke'
import { check } from 'convoke/shapes'
import { boxTables } from './box-tables.ts'
import { cocoFiles, hasVoc } from './boxes.ts'
import { areMaskPairs, hasMasks, masksBeside } from './masks.ts'
import { nearestLayout } from './nearest.ts'
import type { OpenOptions, TaskName } from './opened.ts'
import { sortTables } from './picture-lists.ts'
import { called, hasBareParts, hasClassFolders, type Place, partFolders } from './place.ts'
import { hasYolo } from './yolo.ts'

/** Folders that hold the pictures of annotations, rather than those of a class. */
const general = new Set(
  [...data.maskFolderNames.images, ...data.maskFolderNames.masks].map((name) => name.toLowerCase()),
)

const isPart = (name: string): boolean => data.partNames.some((part) => data.isPartWord(name, part))

/** Whether pictures lie in two folders or more that may be called after classes. */
function hasNamedFolders({ paths }: Place): boolean {
  const names = new Set(paths.filter(data.isPicture).map((path) => basename(data.folderOf(path)).toLowerCase()))
  return [...names].filter((name) => name !== '' && !general.has(name) && !isPart(name)).length >= 2
}

/** Whether boxes are there as YOLO has them, and pictures do not lie in folders of classes. */
export const isYolo = async (place: Place): Promise<boolean> =>
  (!hasNamedFolders(place) || place.paths.some((path) => /(^|\/)(data|dataset)\.ya?ml$/i.test(path))) &&
  (await hasYolo(place))

interface Layout {
  readonly task: 'segment' | 'detect'
  /** What tells so. */
  readonly sign: string
}

async function layoutOf(place: Place, options: OpenOptions): Promise<Layout | null> {
  const parts = Object.values(partFolders(place) ?? { all: place })
  if (parts.every(hasMasks) || hasMasks(place))
    return { task: 'segment', sign: 'pictures in one folder and masks in another' }
  if (areMaskPairs(place))
    return { task: 'segment', sign: `${masksBeside(place)[0].join(' and ')} look like a picture and its mask` }
  if (hasNamedFolders(place) && !(await isYolo(place))) return null
  if (hasVoc(place)) return { task: 'detect', sign: 'XML files with boxes, as PASCAL VOC has them' }
  if (place.paths.some((path) => /\.json$/i.test(path))) {
    const { files } = await cocoFiles(place)
    if (files.length > 0) return { task: 'detect', sign: `${files[0]} holds boxes, as COCO has them` }
  }
  const [table] = await boxTables(place, options)
  if (table !== undefined) return { task: 'detect', sign: `${table} holds boxes` }
  return (await isYolo(place)) ? { task: 'detect', sign: 'text files with boxes, as YOLO has them' } : null
}

/** Throws `ConvokeError` that names the right command where a folder is laid out for another task. */
export async function checkLayout(task: TaskName, place: Place, options: OpenOptions): Promise<void> {
  if (task !== 'classify' && task !== 'segment' && task !== 'detect') return
  // The reader of boxes says what is wrong with them, and large files are not parsed twice.
  if (task === 'detect' && (hasVoc(place) || place.paths.some((path) => /\.json$/i.test(path)))) return
  if (task === 'detect' && (await boxTables(place, options)).length > 0) return
  const layout = await layoutOf(place, options)
  const name = called(place)
  if (layout !== null && layout.task !== task) {
    if (task === 'segment' && [place, ...Object.values(partFolders(place) ?? {})].some(hasMasks)) return
    if (task === 'classify' && (await sortTables(place, options)).lists.length > 0) return
    check(false, () => `${name}: this is laid out for another task: ${layout.sign}. Use: convoke train ${layout.task}.`)
  }
  const isClasses = layout === null && hasClassFolders(place) && !hasBareParts(place) && hasNamedFolders(place)
  // The reader says how masks are to lie.
  if (task === 'segment' && isClasses && (await nearestLayout(place, task)) !== null) return
  check(
    task === 'classify' || !isClasses || hasMasks(place),
    () =>
      `${name}: these are pictures in a folder for each class, without ${task === 'detect' ? 'boxes' : 'masks'}. To tell the classes apart: convoke train classify.`,
  )
}
