// Where data lies: a folder or one file, and the parts it is divided into.

import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { ConvokeError, data } from 'convoke'
import { folderSource } from 'convoke/node'
import { check } from 'convoke/shapes'
import { fileProblem } from '../../file-problem.ts'

export const { partIn } = data
export type PartName = data.PartName

export interface Place {
  readonly source: data.FileSource
  /** Every file, with '/'; hidden ones and those of systems left out. */
  readonly paths: readonly string[]
  /** The path of a single file that was named alone. */
  readonly file?: string | undefined
  /** What was ignored, for the user to read. */
  readonly notes?: readonly string[] | undefined
  /** What could not be looked into. */
  readonly problems?: readonly string[] | undefined
}

/** A folder with all its files, or a single file in its folder. Throws `ConvokeError` where there is none. */
export async function placeOf(path: string): Promise<Place> {
  let isFolder: boolean
  try {
    isFolder = (await stat(path)).isDirectory()
  } catch (error) {
    throw fileProblem(error, path)
  }
  if (!isFolder) return { source: folderSource(dirname(path)), paths: [basename(path)], file: path }
  const source = folderSource(path.replace(/[/\\]+$/, '') || path)
  const listing = await data.listFiles(source)
  const { paths, unreadable } = listing
  if (paths.length === 0) throw new ConvokeError(unreadable[0] ?? `${path}: the folder is empty.`)
  return {
    source,
    paths,
    notes: [...data.clutterNotes(path, listing), ...data.unreadNotes(path, paths)],
    problems: unreadable,
  }
}

/** What messages call a place: its folder, or the file that was named alone. */
export const called = ({ file, source }: Place): string => file ?? source.name

/** A note of a place as a sentence within a message that names the place already. A file that it begins with stays as it is. */
export const asSentence = (place: Place, note: string): string =>
  note.replace(`${called(place)}: `, '').replace(/^\p{Ll}(?=\p{L}*\s)/u, (letter) => letter.toUpperCase())

/** A place with some of its files, and its folders that `keep` takes. */
function narrowed({ source }: Place, name: string, paths: readonly string[], folder: string): Place {
  const prefix = folder === '' ? '' : `${folder}/`
  const { folders } = source
  return {
    paths,
    source: {
      name,
      list: async () => paths,
      read: (path) => source.read(prefix + path),
      ...(source.readStart && {
        readStart: (path: string, length: number) => source.readStart!(prefix + path, length),
      }),
      ...(folders && {
        folders: async () =>
          (await folders()).filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length)),
      }),
    },
  }
}

/** What lies in one folder of a place. */
export const below = (place: Place, folder: string): Place => {
  const inside = place.paths.filter((path) => path.startsWith(`${folder}/`))
  return narrowed(
    place,
    `${place.source.name}/${folder}`,
    inside.map((path) => path.slice(folder.length + 1)),
    folder,
  )
}

/** A place without one of its folders. */
function without(place: Place, folder: string): Place {
  const inside = (path: string): boolean => path === folder || path.startsWith(`${folder}/`)
  const rest = place.paths.filter((path) => !inside(path))
  const { source } = narrowed(place, place.source.name, rest, '')
  const { folders } = source
  return {
    paths: rest,
    source: { ...source, ...(folders && { folders: async () => (await folders()).filter((one) => !inside(one)) }) },
  }
}

/** The folders train, val and test, where there is at least the first; null otherwise. */
export function partFolders(place: Place): Partial<Record<PartName, Place>> | null {
  const folders = [...new Set(place.paths.flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])))]
  const found: Partial<Record<PartName, Place>> = {}
  for (const part of data.partNames) {
    const [folder] = named(place, part, folders)
    if (folder !== undefined) found[part] = below(place, folder)
  }
  return found.train === undefined ? null : found
}

/** The folder that is called like a part. Throws `ConvokeError` where two are. */
function named({ source }: Place, part: PartName, folders: readonly string[]): readonly string[] {
  const own = folders.filter((name) => data.isPartWord(name, part))
  check(
    own.length <= 1,
    () => `${source.name}: ${own.join('/ and ')}/ are both named like the part for ${part}. Join them, or rename one.`,
  )
  return own
}

interface TopFolder {
  readonly name: string
  /** Pictures directly in it. */
  direct: number
  /** Its folders that hold pictures. */
  readonly inner: Set<string>
  /** The folders below it in which pictures lie, by their last name. */
  readonly last: Set<string>
}

function topFolders({ paths }: Place): TopFolder[] {
  const found = new Map<string, TopFolder>()
  for (const path of paths) {
    const [name, inner, ...rest] = path.split('/')
    if (inner === undefined || !data.isPicture(path)) continue
    const folder = found.get(name) ?? { name, direct: 0, inner: new Set<string>(), last: new Set<string>() }
    if (rest.length === 0) folder.direct++
    else {
      folder.inner.add(inner)
      folder.last.add([inner, ...rest].at(-2)!)
    }
    found.set(name, folder)
  }
  return [...found.values()]
}

/** Whether pictures lie in folders that can be classes or parts of classes. */
export const hasClassFolders = (place: Place): boolean => {
  const tops = topFolders(place)
  return tops.length >= 2 || tops.some(({ name, inner }) => data.isPartWord(name, 'train') && inner.size >= 2)
}

/** Whether pictures lie directly in folders of parts, so that something else must say their classes. */
export const hasBareParts = (place: Place): boolean => {
  const tops = topFolders(place)
  const isPart = (name: string): boolean => data.partNames.some((part) => data.isPartWord(name, part))
  return tops.length > 0 && tops.every(({ name, inner }) => isPart(name) && inner.size === 0)
}

export interface ClassParts {
  /** null where all folders at the top are classes. */
  readonly parts: Partial<Record<PartName, Place>> | null
  readonly notes: readonly string[]
}

const listed = (folders: readonly TopFolder[]): string => {
  const names = folders.slice(0, 4).map(({ name }) => `${name}/`)
  return `${names.join(', ')}${folders.length > 4 ? ', …' : ''}`
}

/**
 * The parts of a place whose pictures lie in class folders. A folder called train, val or test is a part where it holds class
 * folders, and a class (a railway train) where pictures lie directly in it beside other classes. Throws `ConvokeError` where it
 * may be either.
 *
 *   bus/ car/ train/                     three classes
 *   train/cat train/dog test/cat …       two parts; other folders at the top are ignored, with a note
 *   cat/ dog/ test/cat test/dog          two classes to train on, and a test part
 *   train/1.png test/2.png               refused: there are no classes
 *   train/cat train/dog cat/ dog/        refused: may be either
 *   seg_train/cat seg_test/cat …         refused: they are parts under other names
 */
export function classParts(place: Place): ClassParts {
  const tops = topFolders(place)
  const own = data.partNames.flatMap((part) =>
    named(
      place,
      part,
      tops.map(({ name }) => name),
    ).map((name) => ({ part, ...tops.find((one) => one.name === name)! })),
  )
  const { name } = place.source
  checkOtherParts(name, tops)
  if (own.length === 0) return { parts: null, notes: [] }
  const others = tops.filter((top) => !own.some((one) => one.name === top.name))
  const divided = own.filter(({ inner }) => inner.size > 0)
  const asParts = (): ClassParts['parts'] =>
    Object.fromEntries(own.map(({ part, name: folder }) => [part, below(place, folder)]))
  const hasTrain = divided.some(({ part }) => part === 'train')
  if (others.length === 0) {
    check(
      hasTrain,
      () =>
        `${name}: ${listed(own)} ${divided.length === 0 ? 'hold pictures, but no folder for each class' : 'stand for parts, and there is no train/ with class folders'}. Put the pictures to train on into train/CLASS/, or into a folder for each class.`,
    )
    return { parts: asParts(), notes: bareNotes(name, own) }
  }
  if (divided.length === 0) {
    check(
      own.length === 1,
      () =>
        `${name}: ${listed(own)} may be parts without class folders, or classes beside ${listed(others)}. Rename them, or put class folders into them.`,
    )
    return {
      parts: null,
      notes: [
        `${name}: ${own[0].name}/ is taken as a class like ${listed(others)}, as its pictures lie directly in it. If it is a part, put class folders into it.`,
      ],
    }
  }
  if (hasTrain && (divided.length >= 2 || others.length === 1)) {
    const passed = `${name}: ${listed(others)} beside the parts ${listed(own)} ${others.length === 1 ? 'is' : 'are'} ignored.`
    return { parts: asParts(), notes: [passed, ...bareNotes(name, own)] }
  }
  const classes = new Set(others.map((top) => top.name))
  const [only] = divided
  check(
    !hasTrain && own.length === 1 && [...only.inner].every((inner) => classes.has(inner)),
    () =>
      `${name}: ${listed(own)} may be a part, since it holds folders, or a class beside ${listed(others)}. Keep either parts or classes at the top.`,
  )
  return {
    parts: { train: without(place, only.name), [only.part]: below(place, only.name) },
    notes: [`${name}: ${only.name}/ is taken as the part for ${only.part}, ${listed(others)} for classes to train on.`],
  }
}

/**
 * Throws `ConvokeError` where folders have the words for parts in their names, as seg_train and test1 have, and what lies in
 * them says that they are not classes: the same folders again, or pictures alone with nothing else beside.
 */
function checkOtherParts(name: string, tops: readonly TopFolder[]): void {
  const parted = tops.filter((top) => partIn(top.name.replace(/\d+$/, '')) !== null)
  if (parted.every((top) => data.partNames.some((part) => data.isPartWord(top.name, part)))) return
  const train = parted.filter((top) => partIn(top.name) === 'train')
  const others = parted.filter((top) => !train.includes(top))
  if (train.length === 0 || others.length === 0) return
  const shared = [...train[0].last].filter((folder) => others.some(({ last }) => last.has(folder)))
  const areBare = parted.length === tops.length && tops.every(({ inner }) => inner.size === 0)
  check(
    shared.length === 0 && !areBare,
    () =>
      `${name}: ${listed(parted)} are named like parts and ${areBare ? 'hold pictures, but no folder for each class' : `hold the same folders (${shared.slice(0, 3).join(', ')}${shared.length > 3 ? ', …' : ''})`}. Call them train/ and test/, with a folder for each class directly in them; if they are classes, give them other names.`,
  )
}

/** Parts whose pictures have no class. */
const bareNotes = (name: string, own: readonly TopFolder[]): string[] =>
  own
    .filter(({ direct }) => direct > 0)
    .map(
      ({ name: folder, direct }) =>
        `${name}/${folder}: ${direct === 1 ? 'one picture lies' : `${direct} pictures lie`} in no class folder and ${direct === 1 ? 'is' : 'are'} ignored.`,
    )

/**
 * The parts that folders tell, as images/train/ and images/val/ do; null where they tell none. What lies in none of them is loose
 * where there are two parts; where there is one, `train` may be a name like any other, and nothing is divided.
 */
export function partsByFolder<T>(
  items: readonly T[],
  folderOf: (item: T) => string,
): { readonly parts: Partial<Record<PartName, readonly T[]>>; readonly loose: readonly T[] } | null {
  const parts: Partial<Record<PartName, T[]>> = {}
  const loose: T[] = []
  for (const item of items) {
    const part = data.partOfPath(folderOf(item))
    const own = part === null ? loose : (parts[part] ?? [])
    own.push(item)
    if (part !== null) parts[part] = own
  }
  const count = Object.keys(parts).length
  return parts.train === undefined || (loose.length > 0 && count < 2) ? null : { parts, loose }
}

/** Files at the top of a place with one of these endings. */
export const filesAtTop = ({ paths }: Place, endings: RegExp): string[] =>
  paths.filter((path) => !path.includes('/') && endings.test(path)).sort()
