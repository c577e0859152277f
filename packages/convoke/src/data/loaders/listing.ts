// Which files of a folder are data: one answer for every reader.

import type { FileSource } from './source.ts'

/** What systems and programs leave behind: `.DS_Store`, `.ipynb_checkpoints`, `__MACOSX`, `Thumbs.db`, backups of editors. */
const clutter =
  /^(\.(?!\.?$).*|__MACOSX|Thumbs\.db|ehthumbs\.db|desktop\.ini|Icon\r|@eaDir|\$RECYCLE\.BIN|System Volume Information|.*~)$/i

/** Whether a file or one of its folders is hidden or belongs to the system: no data. */
export const isClutter = (path: string): boolean => path.split('/').some((part) => clutter.test(part))

const pictureEnding = /\.(png|jpe?g|jpe|jfif|webp|gif|bmp|dib|tiff?|avif|heic|heif|hif)$/i

const unreadEnding =
  /\.(bmp|dib|heic|heif|hif|svgz?|psd|psb|xcf|jxl|jp2|j2k|jpx|exr|hdr|tga|pcx|ico|eps|dcm|dicom|cr2|cr3|nef|arw|dng|orf|rw2|raf|pef|srw)$/i

/** Formats that are written by cameras, each with an ending of its own. */
const raw = /^(cr2|cr3|nef|arw|dng|orf|rw2|raf|pef|srw)$/i

/** The format of a picture file that sharp does not read, by its ending: `HEIC`; null for others. */
export const unreadFormat = (path: string): string | null => unreadEnding.exec(path)?.[1].toUpperCase() ?? null

/** What files are by how they begin, whatever they are called. */
const beginnings: readonly (readonly [format: string, start: RegExp])[] = [
  ['HEIC', /^.{4}ftyp(?:hei|hev|mif1|msf1)/s],
  ['BMP', /^BM.{4}[^ -~]{4}/s],
  ['PSD', /^8BPS/],
  ['JXL', /^.{4}JXL /s],
  ['JP2', /^.{4}jP {2}/s],
  ['PDF', /^%PDF/],
  ['HTML', /^\s*<(?:!doctype html|html)/i],
  ['SVG', /^\s*(?:<\?xml[^>]*>\s*)?<svg/i],
]

function formatWithin(bytes: Uint8Array): string | null {
  // biome-ignore lint/plugin/spread-of-a-list: 128 bytes at most
  const start = String.fromCharCode(...bytes.subarray(0, 128))
  return beginnings.find(([, pattern]) => pattern.test(start))?.[0] ?? null
}

/** Why a picture could not be read, with its format where that is the reason: by its ending, or by its first bytes. */
export function unreadReason(path: string, reason: string, bytes?: Uint8Array): string {
  const format = unreadFormat(path)
  if (format !== null) return `${format} is an unsupported format; convert it to PNG or JPEG`
  const within = bytes === undefined ? null : formatWithin(bytes)
  if (within === 'HTML') return 'it is a web page, perhaps in place of the picture; download it again'
  return within === null
    ? reason
    : `it is ${within} with another extension, an unsupported format; convert it to PNG or JPEG`
}

/** How many files have formats of pictures that are not read: `3 pictures are HEIC, one is SVG`; '' where none has. */
export function unreadText(paths: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const format = unreadFormat(path)
    if (format !== null) counts.set(format, (counts.get(format) ?? 0) + 1)
  }
  return [...counts]
    .map(([format, count], at) => {
      const what = raw.test(format) ? `${format} (raw data of a camera)` : format
      return `${count === 1 ? 'one' : count}${at > 0 ? '' : count === 1 ? ' picture' : ' pictures'} ${count === 1 ? 'is' : 'are'} ${what}`
    })
    .join(', ')
}

/** What is said of pictures in formats that are not read; nothing where there are none. */
export function unreadNotes(name: string, paths: readonly string[]): string[] {
  const text = unreadText(paths)
  if (text === '') return []
  const example = paths.find((path) => unreadFormat(path) !== null)
  return [`${name}: ${text}, which cannot be read: convert to PNG or JPEG. For example ${example}.`]
}

/** Whether a name is that of a picture file. The folders of a path are the affair of `listFiles`. */
export const isPicture = (path: string): boolean =>
  pictureEnding.test(path) && !clutter.test(path.slice(path.lastIndexOf('/') + 1))

let collator: Intl.Collator | undefined

/** Natural order: 2 before 10. */
export function naturalOrder(a: string, b: string): number {
  // Made when first used: it loads the rules of the language, which takes longer than all else in the library's start.
  collator ??= new Intl.Collator('en', { numeric: true })
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

export const inOrder = (paths: readonly string[]): string[] => [...paths].sort(naturalOrder)

/** The path without folders and ending: `a/b.png` → `b`. */
export const stemOf = (path: string): string => withoutEnding(path.slice(path.lastIndexOf('/') + 1))

/** `a/b.png` → `a/b` */
export const withoutEnding = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '')

/** The folder of a path, '' at the top. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** What a source holds. */
export interface Listing {
  /** Files that may be data, in natural order. */
  readonly paths: readonly string[]
  /** Files, and folders that were not looked into, that are hidden or belong to the system. */
  readonly clutter: readonly string[]
  /** What is wrong with folders that could not be looked into. */
  readonly unreadable: readonly string[]
}

/** The files of a source, those that are data and those that are not. */
export async function listFiles(source: FileSource): Promise<Listing> {
  const all = inOrder(await source.list())
  const folders = (await source.folders?.()) ?? []
  return {
    paths: all.filter((path) => !isClutter(path)),
    clutter: inOrder([...all, ...folders].filter(isClutter)),
    unreadable: (await source.unreadable?.()) ?? [],
  }
}

/** What is said of clutter; nothing where there is none. */
export const clutterNotes = (name: string, { clutter: found }: Listing): string[] =>
  found.length === 0
    ? []
    : [
        found.length === 1
          ? `${name}: ignored one hidden or system file or folder: ${found[0]}.`
          : `${name}: ${found.length} hidden or system files and folders are ignored, such as ${found[0]}.`,
      ]
