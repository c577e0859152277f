// What a data.yaml says of a set of YOLO's (docs.ultralytics.com/datasets/detect): names of classes, and where the parts lie.

import { check, show } from '../../shapes/error.ts'
import { type FileIndex, fileIndex } from './file-index.ts'
import { folderOf, isPicture } from './listing.ts'
import { type PartName, partNames, partOfPath } from './parts.ts'

/** What a `data.yaml` says of a data set. */
export interface YoloConfig {
  /** Names of the classes in the order of their numbers; null where there are none. */
  readonly classes: readonly string[] | null
  /** What the entries of the parts name, as they stand there: folders, or lists of pictures. */
  readonly parts: Partial<Record<PartName, readonly string[]>>
  /** Folder that the entries are seen from, as it stands there. */
  readonly path: string
  /** Whether labels have points after the box. */
  readonly keypoints: boolean
  /** What was passed over, for the user to read. */
  readonly notes: readonly string[]
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const entryNames: Readonly<Record<PartName, readonly string[]>> = {
  train: ['train'],
  validation: ['val', 'valid', 'validation'],
  test: ['test'],
}

/** Whether a parsed YAML file is about a set of YOLO's. */
export const isYoloConfig = (value: unknown): boolean =>
  isObject(value) && ('names' in value || ('nc' in value && ('train' in value || 'val' in value)))

/** More classes than any set has; a number of a class is not to take memory. */
const mostClasses = 100_000

/**
 * The members of a data.yaml that was parsed: `names` as a list or by numbers from 0, `nc`, `path`, and `train`, `val` and `test`
 * as a path or a list of paths. Throws `ConvokeError` with the file's name and the member that is wrong.
 */
export function yoloConfig(file: string, value: unknown): YoloConfig {
  check(isObject(value), () => `${file}: it must hold members such as names: and train:.`)
  const classes = namesOf(file, value['names'])
  const notes: string[] = []
  const count = value['nc']
  if (classes !== null && count !== undefined && count !== null)
    check(
      count === classes.length,
      () => `${file}: nc is ${show(count)}, and there are ${classes.length} names. They must agree.`,
    )
  const parts: Partial<Record<PartName, readonly string[]>> = {}
  for (const part of partNames) {
    const name = entryNames[part].find((one) => (value[one] ?? null) !== null)
    if (name === undefined) continue
    const entries = Array.isArray(value[name]) ? (value[name] as readonly unknown[]) : [value[name]]
    const wrong = entries.find((entry) => typeof entry !== 'string')
    check(wrong === undefined, () => `${file}: ${name} is ${show(wrong)}; it must be a path, or a list of paths.`)
    const own = (entries as readonly string[]).map((entry) => entry.trim()).filter((entry) => entry !== '')
    if (own.length > 0) parts[part] = own
  }
  const path = value['path'] ?? ''
  check(typeof path === 'string', () => `${file}: path is ${show(path)}; it must be the folder of the data set.`)
  return { classes, parts, path, keypoints: (value['kpt_shape'] ?? null) !== null, notes }
}

function namesOf(file: string, names: unknown): readonly string[] | null {
  if (names === undefined || names === null) return null
  const isList = Array.isArray(names)
  check(
    isList || isObject(names),
    () => `${file}: names is ${show(names)}; it must be a list, or names by number (0: cat).`,
  )
  const found: string[] = []
  const entries = Object.entries(names as object)
  check(entries.length > 0, () => `${file}: names is empty; name each class.`)
  check(entries.length <= mostClasses, () => `${file}: there are ${entries.length} names; the limit is ${mostClasses}.`)
  for (const [key, name] of entries) {
    check(
      /^\d{1,6}$/.test(key) && Number(key) < entries.length,
      () =>
        `${file}: names has the number ${show(key)}; ${entries.length === 1 ? 'one name is' : `${entries.length} names are`} numbered 0 to ${entries.length - 1}, without gaps.`,
    )
    check(
      (typeof name === 'string' && name.trim() !== '') || typeof name === 'number' || typeof name === 'boolean',
      () => `${file}: the name of class ${key} is ${show(name)}; it must be a word.`,
    )
    found[Number(key)] = String(name).normalize('NFC').trim()
  }
  const twice = found.find((name, at) => found.indexOf(name) < at)
  check(twice === undefined, () => `${file}: two classes are called ${show(twice)}. Give each a name of its own.`)
  return found
}

/** Pictures of each part, and what was passed over. */
export interface YoloParts {
  /** Paths of the pictures of each part. */
  readonly parts: Partial<Record<PartName, readonly string[]>>
  /** What was passed over, for the user to read. */
  readonly notes: readonly string[]
}

/**
 * The pictures that the entries of a data.yaml mean, among the files of its set. Entries are written in all ways: `images/train`,
 * `./images/train`, `../train/images` (Roboflow), below `path`, or from the top of another machine's disk. The longest ending of
 * an entry that is a folder here is meant, so that none leads out of the set. `readList` gives the lines of a list of pictures.
 * Throws `ConvokeError` where the part to train on is not there.
 */
export async function yoloParts(
  file: string,
  { parts, path }: YoloConfig,
  paths: readonly string[],
  readList: (path: string) => Promise<readonly string[]>,
): Promise<YoloParts> {
  const found: Partial<Record<PartName, readonly string[]>> = {}
  const notes: string[] = []
  const pictures = paths.filter(isPicture)
  const index = fileIndex(pictures)
  const texts = fileIndex(paths.filter((one) => /\.txt$/i.test(one)))
  const folders = foldersOf(pictures)
  const own = folderOf(file)
  for (const part of partNames) {
    const entries = parts[part]
    if (entries === undefined) continue
    const taken: string[] = []
    for (const entry of entries) {
      const folder = folderMeant(folders, own, path, entry)
      if (folder !== null) {
        for (const picture of pictures) if (folder === '' || picture.startsWith(`${folder}/`)) taken.push(picture)
        continue
      }
      const list = /\.txt$/i.test(entry) ? texts.find(entry, { folders: [own, ''] }) : { problem: 'not there' }
      const gone = `${file}: ${part} is ${entry}, and there is no such folder with pictures`
      if ('problem' in list) {
        check(
          part !== 'train',
          () => `${gone}. Name the folder as seen from ${own === '' ? 'the top' : own}: train: images/train.`,
        )
        notes.push(`${gone}; the part is left out.`)
        continue
      }
      let missing = 0
      for (const line of await readList(list.path)) {
        const picture = pictureMeant(index, [folderOf(list.path), own, ''], line)
        if (picture !== null) taken.push(picture)
        else missing++
      }
      if (missing > 0)
        notes.push(
          `${list.path}: ${missing === 1 ? 'one picture' : `${missing} pictures`} of the list cannot be found here.`,
        )
    }
    if (taken.length > 0) found[part] = [...new Set(taken)]
  }
  return withoutShared(file, found, notes)
}

/** Parts that share no picture: what a former part has is not in a later one. */
function withoutShared(file: string, found: YoloParts['parts'], notes: string[]): YoloParts {
  const parts: Partial<Record<PartName, readonly string[]>> = {}
  const seen = new Map<string, PartName>()
  for (const part of partNames) {
    const all = found[part]
    if (all === undefined) continue
    const own = all.filter((path) => !seen.has(path))
    for (const path of own) seen.set(path, part)
    if (own.length > 0) parts[part] = own
    if (own.length < all.length)
      notes.push(
        `${file}: ${own.length === 0 ? 'the' : `${all.length - own.length}`} pictures of ${part} are also in ${seen.get(all.find((path) => !own.includes(path))!)}; they are used there only.`,
      )
  }
  return { parts, notes }
}

/** The picture that a line means: lists are seen from folders above the set as well, as Darknet's data/obj_train_data/1.jpg is. */
function pictureMeant(index: FileIndex, folders: readonly string[], line: string): string | null {
  for (let rest = line.replaceAll('\\', '/'); ; rest = rest.slice(rest.indexOf('/') + 1)) {
    const found = index.find(rest, { folders })
    if ('path' in found) return found.path
    if (rest.split('/').length <= 2) return null
  }
}

/** Every folder with pictures somewhere below it; '' is the top. */
function foldersOf(pictures: readonly string[]): ReadonlySet<string> {
  const folders = new Set([''])
  for (const picture of pictures)
    for (let folder = folderOf(picture); folder !== '' && !folders.has(folder); folder = folderOf(folder))
      folders.add(folder)
  return folders
}

/** The folder that an entry means: the longest ending of it that is here, from the folder of the file first. */
function folderMeant(folders: ReadonlySet<string>, own: string, path: string, entry: string): string | null {
  const plain = (text: string): string[] =>
    text
      .replaceAll('\\', '/')
      .replace(/^[a-z]:/i, '')
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
  const segments = plain(entry)
  if (segments.length === 0) return folders.has(own) ? own : ''
  const within = [...plain(path), ...segments]
  const part = partOfPath(segments.join('/'))
  for (const all of [segments, within])
    for (let from = 0; from < all.length; from++) {
      const ending = all.slice(from).join('/')
      // What is left of test/images is not to be any images/.
      if (part !== null && partOfPath(ending) !== part) break
      const below = own === '' ? ending : `${own}/${ending}`
      if (folders.has(below)) return below
      if (folders.has(ending)) return ending
    }
  return null
}
