// Finding the file that an annotation or a table names.
//
//   data/train/labels.csv names "a/1.png":
//   1. a/1.png from the folders asked, in order: data/train/a/1.png, then data/a/1.png
//   2. the one file whose path ends in /a/1.png, among those of the same part first
//   3. the same again, taking upper case for lower case
//   4. of an absolute path, which tells of another machine, 2 and 3 without its leading folders: "/home/me/set/a/1.png" and
//      "C:\set\a\1.png" are a/1.png; its bare name alone counts only where all files lie in one folder
// A relative path is never shortened: where a/1.png is missing, b/1.png is not it.
// Several files that fit equally well are a problem, never a guess, and what lies in another part of the data is not taken.

import { folderOf, withoutEnding } from './listing.ts'
import { type PartName, partOfPath } from './parts.ts'

/** A file that was looked for, or what is wrong. */
export type FoundFile =
  | {
      /** Its path below the source. */
      readonly path: string
    }
  | {
      /** What is wrong, to follow "the file is". */
      readonly problem: string
    }

/** Where a name is looked up. */
export interface FindOptions {
  /** Folders below which the name is looked up as it is, the nearest first; '' is the top. */
  readonly folders: readonly string[]
  /** The part of the data that what names the file belongs to; null for none, so that parts are not told apart. */
  readonly part?: PartName | null | undefined
}

/** Finds files by the names that annotations give them. */
export interface FileIndex {
  /** The file that `name` stands for, or what is wrong, to follow "the file is": "not there". */
  find(name: string, options: FindOptions): FoundFile
}

const composed = (path: string): string => path.normalize('NFC')

/** The segments of a name as other systems write it; `..` never leads out of the top. */
function segmentsOf(name: string): string[] {
  const kept: string[] = []
  const plain = name
    .trim()
    .replace(/^file:\/\//, '')
    .replaceAll('\\', '/')
    .replace(/^[a-z]:\//i, '')
  for (const segment of plain.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') kept.pop()
    else kept.push(segment)
  }
  return kept
}

/** Whether a name begins at the top of another machine's disk: `/home/…`, `C:\…`, `file://…`. */
const isAbsolute = (name: string): boolean => /^\s*([/\\]|[a-z]:[/\\]|file:\/\/)/i.test(name)

/** `name` as seen from `folder`, up the folders where it says `..`; null where that leads out of the top. */
function joined(folder: string, name: string): string | null {
  const kept = folder === '' ? [] : folder.split('/')
  for (const segment of name.trim().replaceAll('\\', '/').split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.pop() === undefined) return null
  }
  return kept.join('/')
}

/** Every ending of a path that begins at a folder: `a/b/c` → `a/b/c`, `b/c`, `c`. */
function* endingsOf(path: string): Generator<string> {
  yield path
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) yield path.slice(at + 1)
}

/** An index of these paths. */
export function fileIndex(paths: readonly string[]): FileIndex {
  const exact = new Set(paths)
  const whole = new Map<string, string | null>()
  for (const path of paths) whole.set(composed(path), whole.has(composed(path)) ? null : path)
  const endings = new Map<(path: string) => string, Map<string, string[]>>()
  const byEnding = (key: (path: string) => string): Map<string, string[]> => {
    const known = endings.get(key)
    if (known !== undefined) return known
    const made = new Map<string, string[]>()
    for (const path of paths) {
      for (const ending of endingsOf(key(path))) {
        const list = made.get(ending)
        if (list === undefined) made.set(ending, [path])
        else list.push(path)
      }
    }
    endings.set(key, made)
    return made
  }

  const folders = new Set(paths.map(folderOf))
  /** Whether the files of a part, or all where there are none, lie in one folder. */
  const together = new Map<PartName | null, boolean>()
  const inOneFolder = (part: PartName | null): boolean => {
    const known = together.get(part)
    if (known !== undefined) return known
    const own = [...folders].filter((folder) => part === null || [part, null].includes(partOfPath(folder)))
    together.set(part, own.length <= 1)
    return own.length <= 1
  }

  /** One of several that end alike. The part is told by the folders that the name leaves open. */
  const among = (found: readonly string[], ending: string, part: PartName | null): FoundFile => {
    if (part === null) return found.length === 1 ? { path: found[0] } : ambiguous(found)
    const partOf = (path: string): PartName | null =>
      partOfPath(path.slice(0, Math.max(0, path.length - ending.length - 1)))
    for (const wanted of [part, null]) {
      const own = found.filter((path) => partOf(path) === wanted)
      if (own.length > 0) return own.length === 1 ? { path: own[0] } : ambiguous(own)
    }
    return { problem: `not there; ${found[0]} belongs to another part` }
  }

  return {
    find(name, options) {
      for (const folder of options.folders) {
        const path = joined(folder, name)
        if (path === null || path === '') continue
        if (exact.has(path)) return { path }
        const found = whole.get(composed(path))
        if (found === null) return { problem: 'one of two files whose names differ only in how accents are composed' }
        if (found !== undefined) return { path: found }
      }
      const segments = segmentsOf(name)
      const part = options.part ?? null
      const last = isAbsolute(name) ? segments.length - (inOneFolder(part) ? 1 : 2) : 0
      for (const key of [composed, folded]) {
        const known = byEnding(key)
        for (let from = 0; from <= last && from < segments.length; from++) {
          const ending = segments.slice(from).join('/')
          const found = known.get(key(ending))
          if (found !== undefined) return among(found, ending, part)
        }
      }
      return { problem: 'not there' }
    },
  }
}

/** The same for names that leave out the ending: `0001` is 0001.png. Where files differ in their ending alone, none is taken. */
export function bareIndex(paths: readonly string[]): FileIndex {
  const files = new Map<string, string[]>()
  for (const path of paths) {
    const bare = withoutEnding(path)
    const known = files.get(bare)
    if (known === undefined) files.set(bare, [path])
    else known.push(path)
  }
  const index = fileIndex([...files.keys()])
  return {
    find(name, options) {
      const found = index.find(name, options)
      if ('problem' in found) return found
      const own = files.get(found.path)!
      if (own.length === 1) return { path: own[0] }
      return {
        problem: `ambiguous: ${own.slice(0, 3).join(', ')} ${own.length > 3 ? `and ${own.length - 3} more ` : ''}have that name`,
      }
    },
  }
}

const folded = (path: string): string => composed(path).toLowerCase()

const ambiguous = (found: readonly string[]): FoundFile => ({
  problem: `ambiguous: ${found.slice(0, 3).join(', ')}${found.length > 3 ? ` and ${found.length - 3} more` : ''} end${found.length === 1 ? 's' : ''} so`,
})
