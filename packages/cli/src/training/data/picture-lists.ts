// Tables that name a picture in each row, and its class: with its ending (cat/1.png) or without (1).

import { basename } from 'node:path'
import { ConvokeError, data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import { labelledTables } from './labelled-tables.ts'
import type { OpenOptions, Parts, PictureForm } from './opened.ts'
import { sizedPictures } from './pictures.ts'
import { called, filesAtTop, hasBareParts, hasClassFolders, type PartName, type Place, partIn } from './place.ts'
import { type Columns, isPictureName, readTable, textColumns, usefulTables } from './table.ts'

type Set = data.Dataset<data.ClassifiedPicture>

/** Rows of a table that are looked at to tell what it is. */
export const looked = 50

const table = /\.(csv|tsv)$/i

/** Tables of a place: those at the top; where there are none, those in folders of parts beside their pictures. */
export function tableFiles(place: Place): string[] {
  const top = filesAtTop(place, table)
  if (top.length > 0 || !hasBareParts(place)) return top
  return place.paths.filter((path) => {
    const folders = path.split('/').slice(0, -1)
    return table.test(path) && folders.length === 1 && data.partNames.some((part) => data.isPartWord(folders[0], part))
  })
}

/**
 * Lists of lines such as `cats/1.jpg 0`, which are tables where every other kind of data is missing: files of lines hold much else.
 */
async function lineLists(place: Place, names: PictureNames, options: OpenOptions): Promise<string[]> {
  if (tableFiles(place).length > 0 || hasClassFolders(place)) return []
  const files = filesAtTop(place, /\.(txt|lst)$/i)
  // Lists without labels, as CUB's images.txt, lie beside folders that say the class.
  const inFolders = new Set(place.paths.filter(isPictureName).map(data.folderOf)).size > 1
  const isLabelled = (file: string, rows: readonly formats.Row[]): boolean => {
    try {
      textColumns(file, rows, options, (name) => isPictureName(name) || isThere(names.find(file, name)))
      return true
    } catch (error) {
      if (error instanceof ConvokeError) return false
      throw error
    }
  }
  const are = files.map(async (file) => {
    try {
      const rows = (await readTable(place, file, options)).rows.slice(0, looked)
      const named = rows.filter(
        ({ fields }) =>
          fields.length > 1 && fields.some((name) => isPictureName(name) && isThere(names.find(file, name))),
      )
      return named.length > rows.length / 2 && (!inFolders || isLabelled(file, rows))
    } catch (error) {
      // What is no text is no list.
      if (error instanceof ConvokeError) return false
      throw error
    }
  })
  const flags = await Promise.all(are)
  return files.filter((_, i) => flags[i])
}

const partOf = (file: string): PartName | null => partIn(basename(file)) ?? data.partOfPath(data.folderOf(file))

/** Finds the picture that a row of a table means, seen from the table's own part first. */
interface PictureNames {
  /** Whether there are no pictures at all. */
  readonly none: boolean
  find(file: string, name: string): data.FoundFile
}

async function pictureNames({ source }: Place): Promise<PictureNames> {
  const paths = (await data.listFiles(source)).paths.filter(isPictureName)
  const whole = data.fileIndex(paths)
  let bare: data.FileIndex | undefined
  return {
    none: paths.length === 0,
    find(file, name) {
      const options = { folders: [data.folderOf(file)], part: partOf(file) }
      const found = whole.find(name, options)
      if ('path' in found || found.problem !== 'not there' || isPictureName(name)) return found
      bare ??= data.bareIndex(paths)
      return bare.find(name, options)
    },
  }
}

/** Whether a name stands for a picture that is there, or for one of several. */
const isThere = (found: data.FoundFile): boolean => 'path' in found || found.problem.startsWith('ambiguous')

/** Whether a table names pictures that are there. */
async function namesPictures(place: Place, names: PictureNames, file: string, options: OpenOptions): Promise<boolean> {
  const rows = (await readTable(place, file, options)).rows.slice(0, looked)
  const fields = rows.map((row) => row.fields.map((field) => field.trim()))
  if (fields.some((row) => row.some((name) => isPictureName(name) && 'path' in names.find(file, name)))) return true
  // Numbers and words may happen to be names without ending: most of a column must be, each of another picture.
  const body = fields.length > 1 ? fields.slice(1) : fields
  const width = formats.tableWidth(rows, false)
  return Array.from({ length: width }, (_, column) => column).some((column) => {
    const own = body.map((row) => row[column] ?? '').filter((name) => name !== '')
    const found = own.map((name) => names.find(file, name)).filter(isThere)
    if (found.length === 0 || found.length < own.length / 2 || new Set(own).size <= own.length / 2) return false
    // Where folders say the class, a table of something else may number their pictures: names have more than digits.
    return hasBareParts(place) || !hasClassFolders(place) || own.every((name) => /[^\d.\s]/.test(name))
  })
}

export interface SortedTables {
  /** Those that name pictures which are there. */
  readonly lists: readonly string[]
  /** The rest at the top. */
  readonly others: readonly string[]
  readonly notes: readonly string[]
}

export async function sortTables(place: Place, options: OpenOptions): Promise<SortedTables> {
  const { files, notes } = usefulTables(tableFiles(place))
  if (files.length === 0 && filesAtTop(place, /\.(txt|lst)$/i).length === 0) return { lists: [], others: [], notes }
  const names = await pictureNames(place)
  if (files.length === 0) return { lists: await lineLists(place, names, options), others: [], notes }
  const naming = await Promise.all(files.map(async (file) => !names.none && namesPictures(place, names, file, options)))
  return {
    lists: files.filter((_, i) => naming[i]),
    others: files.filter((file, i) => !naming[i] && !file.includes('/')),
    notes,
  }
}

interface Labelled {
  readonly path: string
  readonly label: string
}

/** Where a picture was named first, and as what. */
interface Seen {
  readonly label: string
  readonly part: PartName
  readonly file: string
  readonly line: number
}

/** What is wrong with a row whose picture was named before; null where it was not. Notes where it is named first. */
function seenAgain(seen: Map<string, Seen>, path: string, row: Seen): string | null {
  const first = seen.get(path)
  if (first === undefined) {
    seen.set(path, row)
    return null
  }
  const before = `the picture ${path} is listed before (${first.file === row.file ? '' : `${first.file}, `}line ${first.line}`
  if (first.label !== row.label) return `${before}), as ${first.label} and not as ${row.label}; the first row is used.`
  return first.part === row.part
    ? `${before}); it is used once.`
    : `${before}) for ${first.part}; it is used there only.`
}

export interface PictureList {
  readonly parts: ReadonlyMap<PartName, readonly Labelled[]>
  readonly pictures: readonly Labelled[]
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

/** The pictures that tables name, with their classes. Throws `ConvokeError` where no row can be used. */
export async function readLists(place: Place, files: readonly string[], options: OpenOptions): Promise<PictureList> {
  const problems: string[] = []
  const { strict = false } = options
  const tell = (message: string): void => {
    check(!strict, () => `${message} (strict)`)
    problems.push(message)
  }
  const names = await pictureNames(place)
  const columnsOf = (file: string, rows: readonly formats.Row[]): Columns =>
    textColumns(file, rows, options, (name) => isPictureName(name) || isThere(names.find(file, name)))
  const labelled = await labelledTables(place, files, options, columnsOf)
  const notes = [...labelled.notes]
  const sources = new Map<PartName, string>()
  const seen = new Map<string, Seen>()
  const parts = new Map<PartName, readonly Labelled[]>()
  const order = (file: string): number => data.partNames.indexOf(partOf(file) ?? 'train')
  for (const file of labelled.files.toSorted((a, b) => order(a) - order(b))) {
    const { rows: all, notes: passed } = await readTable(place, file, options)
    const { header, label, other, notes: guessed } = columnsOf(file, all)
    for (const note of [...passed, ...guessed]) notes.push(note)
    const rows = formats.evenRows(file, all, { header, tell }).flatMap(({ line, fields }) => {
      const [path, name] = [fields[other].trim(), data.labelName(fields[label])]
      const found = path === '' ? { problem: 'not there' } : names.find(file, path)
      if (name !== '' && 'path' in found) {
        const again = seenAgain(seen, found.path, { label: name, part: partOf(file) ?? 'train', file, line })
        if (again === null) return [{ path: found.path, label: name }]
        tell(`${file}, line ${line}: ${again}`)
        return []
      }
      const problem =
        'problem' in found && found.problem !== 'not there'
          ? `the picture ${path} is ${found.problem}`
          : `there is no picture ${path}`
      tell(`${file}, line ${line}: ${name === '' ? 'the label is missing' : problem}.`)
      return []
    })
    const part = partOf(file) ?? 'train'
    const before = sources.get(part)
    if (before !== undefined)
      notes.push(`${called(place)}: ${before} and ${file} are read together, as one part for ${part}.`)
    sources.set(part, file)
    parts.set(part, [...(parts.get(part) ?? []), ...rows])
  }
  const pictures = [...parts.values()].flat()
  check(
    pictures.length > 0,
    () => `${called(place)}: no row can be used. The first problem: ${problems[0] ?? 'there are no rows'}`,
  )
  return { parts, pictures, problems, notes }
}

/** The pictures of a list as data sets, in one form. */
export function listedParts(
  place: Place,
  { parts, pictures, problems, notes }: PictureList,
  form: PictureForm | null,
  decode: data.DecodePicture,
): Parts<data.ClassifiedPicture> {
  const classes = [...new Set(pictures.map(({ label }) => label))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  const labels = new Map(classes.map((name, label) => [name, label]))
  const setOf = (part: PartName): Set | undefined => {
    const rows = parts.get(part)
    if (rows === undefined || rows.length === 0) return undefined
    const own = rows.map(({ path, label }) => ({ path, label: labels.get(label)! }))
    return sizedPictures(listed(place, own, classes, decode), form)
  }
  const train = setOf('train') ?? setOf('test')
  check(train !== undefined, () => `${called(place)}: there are no examples to train on.`)
  return {
    ...{ kind: 'a table of file names with labels', train, classes, problems, notes, files: true, picture: form },
    ...{ validation: setOf('validation'), test: setOf('train') === undefined ? undefined : setOf('test') },
  }
}

const listed = (
  { source }: Place,
  rows: readonly { readonly path: string; readonly label: number }[],
  classes: readonly string[],
  decode: data.DecodePicture,
): Set => ({
  ...{ length: rows.length, classes },
  labelOf: (index) => rows[index].label,
  nameOf: (index) => rows[index].path,
  fileOf: (index) => data.pictureFile(source, rows[index].path),
  async get(index) {
    const { path, label } = rows[index]
    return { image: await data.readPicture(source, path, decode), label }
  },
})
