// Labelled texts: a file a class, a folder per class, or tables.

import { basename, extname } from 'node:path'
import { data, formats } from 'convoke'
import { ConvokeError, check } from 'convoke/shapes'
import { theClass } from '../../terminal/words.ts'
import { readTextTable, type TextTable } from './first-words.ts'
import type { OpenOptions, Parts } from './opened.ts'
import { looked, sortTables } from './picture-lists.ts'
import { called, filesAtTop, type PartName, type Place, partFolders, partIn } from './place.ts'
import { checkNames, type Layout as FirstColumns } from './same-columns.ts'
import { type Columns, hasHeader, readTable, type Table, tableText, textColumns, usefulTables } from './table.ts'
import { textKey, textWarnings } from './twins.ts'

type Set = data.Dataset<data.LabelledText>

export interface Labelled {
  readonly text: string
  readonly name: string
}

const table = /\.(csv|tsv)$/i

/** Files that say something of texts rather than hold them. */
const aside = /^(readme|license|classes|labels|vocab)/i

/**
 * The tables at the top of a place. A single file of lines is one, too, and so are files of lines that are named like parts
 * (train.txt and test.txt): several others are a class each.
 */
function tablesAtTop(place: Place): string[] {
  const tables = filesAtTop(place, table)
  if (tables.length > 0) return tables
  const lines = filesAtTop(place, /(^[^.]+|\.(txt|data|dat))$/i).filter((name) => !aside.test(name))
  const isDeep = place.paths.some((path) => path.includes('/') && /\.txt$/i.test(path))
  if (isDeep || filesAtTop(place, /\.(pos|neg|neu)$/i).length > 0) return []
  return lines.length === 1 || lines.every((name) => partIn(name) !== null) ? lines : []
}

/**
 * Several files of lines, each of which has its label behind or before a tab, as UCI's sentences have it (yelp_labelled.txt):
 * then the files are not classes. Empty where it is not so in all of them.
 */
async function linesWithLabels(place: Place, { options, notes }: Reading): Promise<string[]> {
  const files = filesAtTop(place, /\.txt$/i).filter((name) => !aside.test(name))
  if (files.length < 2 || options.delimiter !== undefined) return []
  for (const file of files) {
    const { delimiter, rows } = await readTable(place, file, options)
    if (
      delimiter !== '\t' ||
      rows.filter(({ fields }) => fields.length === rows[0].fields.length).length < 0.9 * rows.length
    )
      return []
    try {
      textColumns(file, rows, options)
    } catch (error) {
      if (error instanceof ConvokeError) return []
      throw error
    }
  }
  notes.push(`${called(place)}: each line has a label of its own, so that ${files.join(', ')} are read together.`)
  return files
}

/** What endings say of rt-polarity's kind of file, a class each. */
const classNames: Readonly<Record<string, string>> = { neg: 'negative', pos: 'positive', neu: 'neutral' }

interface Reading {
  readonly options: OpenOptions
  /** Hears of a row or file that is left out. */
  readonly tell: (problem: string) => void
  readonly notes: string[]
  /** Tables that were read. */
  tables: number
}

type Found = Partial<Record<PartName, readonly Labelled[]>>

export async function openTexts(place: Place, options: OpenOptions): Promise<Parts<data.LabelledText>> {
  const problems: string[] = []
  const tell = (message: string): void => {
    check(!options.strict, () => `${message} (strict)`)
    problems.push(message)
  }
  const reading: Reading = { options, tell, notes: [], tables: 0 }
  const parted = partFolders(place)
  const texts = /\.(csv|tsv|txt|pos|neg|neu)$/i
  const isParted = Object.values(parted ?? {}).some(({ paths }) => paths.some((path) => texts.test(path)))
  // Folders of parts with something else in them do not count beside tables.
  const folders = isParted || tablesAtTop(place).length === 0 ? parted : null
  let found: Found = {}
  if (folders !== null) {
    let first: Layout | null = null
    for (const [part, own] of Object.entries(folders) as [PartName, Place][]) {
      const tables = tablesAtTop(own)
      if (tables.length === 0) found[part] = await readFiles(own, reading)
      else {
        const read: TablesRead = await readTables(own, tables, reading, () => part, first)
        found[part] = read.found[part] ?? []
        first ??= read.layout
      }
    }
  } else {
    const one = tablesAtTop(place)
    const tables = one.length > 0 ? one : await linesWithLabels(place, reading)
    const partOf = (file: string): PartName => (tables.length === 1 ? 'train' : (partIn(file) ?? 'train'))
    if (tables.length > 0) found = (await readTables(place, tables, reading, partOf)).found
    else found.train = await readFiles(place, reading)
  }
  const kind = reading.tables > 0 ? 'a table of labelled texts' : 'labelled texts'
  return partsFrom(kind, place, found, problems, reading.notes)
}

/** The parts without those in which no label is one of training: `-1` and `?` stand where contests keep them to themselves. */
function measurable(place: Place, found: Found, notes: string[]): Found {
  const known = new Set(found.train?.map(({ name }) => name))
  if (known.size === 0) return found
  const parts = (Object.entries(found) as [PartName, readonly Labelled[]][]).filter(([part, texts]) => {
    if (texts.length === 0 || texts.some(({ name }) => known.has(name))) return true
    notes.push(
      `${called(place)}: no label of the part for ${part} (${texts[0].name}) is one of the training, so nothing can be measured with it; it is left out.`,
    )
    return false
  })
  return Object.fromEntries(parts)
}

function partsFrom(
  kind: string,
  place: Place,
  read: Found,
  problems: readonly string[],
  notes: string[],
): Parts<data.LabelledText> {
  const found = measurable(place, read, notes)
  const all = Object.values(found).flat()
  if (all.length === 0) throw new data.NothingUsable(called(place), problems, 'text')
  const classes = [...new Set(all.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const numbers = new Map(classes.map((name, label) => [name, label]))
  const setOf = (texts: readonly Labelled[] | undefined): Set | undefined =>
    texts === undefined || texts.length === 0
      ? undefined
      : {
          ...data.fromExamples(
            texts.map(({ text, name }) => ({ text, label: numbers.get(name)! })),
            { classes },
          ),
          groupOf: (index) => textKey(texts[index].text),
        }
  const train = setOf(found.train) ?? setOf(found.test)
  check(train !== undefined, () => `${called(place)}: there are no texts to train on.`)
  const test = found.train === undefined ? undefined : setOf(found.test)
  return {
    ...{ kind, train, validation: setOf(found.validation), test, classes, problems, files: false, picture: null },
    ...{ notes, warnings: textWarnings(found) },
  }
}

/** Where label and text are, as the first table of a set told. */
interface Layout extends FirstColumns {
  /** Whether the label is the first word of each line. */
  readonly words: boolean
}

interface TablesRead {
  readonly found: Found
  readonly layout: Layout | null
}

/** The texts of several tables by part. The columns of the first part's table are those of all. */
async function readTables(
  place: Place,
  all: readonly string[],
  reading: Reading,
  partOf: (file: string) => PartName,
  known: Layout | null = null,
): Promise<TablesRead> {
  const { files, notes } = usefulTables(all)
  for (const note of notes) reading.notes.push(note)
  const order: readonly PartName[] = ['train', 'validation', 'test']
  const found: Partial<Record<PartName, Labelled[]>> = {}
  const sources = new Map<PartName, string>()
  let layout = known
  for (const file of files.toSorted((a, b) => order.indexOf(partOf(a)) - order.indexOf(partOf(b)))) {
    const own = await readTextTable(place, file, reading.options)
    // Where the labels of the first table stand in a column, words at the beginning of lines are none.
    const read: TextTable =
      layout === null || layout.words || own.columns === null
        ? own
        : { ...(await readTable(place, file, reading.options)), columns: null }
    for (const note of read.notes) reading.notes.push(note)
    reading.tables++
    const columns = layout === null ? await layoutOf(place, read, reading) : layoutLike(layout, read, reading)
    if (columns === null) {
      reading.notes.push(
        `${file}: it has no ${layout?.names?.[layout.label] === undefined ? 'label' : `column ${layout.names[layout.label]}`}, so it cannot be used; it is left out.`,
      )
      continue
    }
    layout ??= columns
    const texts = labelledTexts(read, columns, reading)
    if (texts === null) {
      reading.notes.push(`${file}: no row has a label; it is left out.`)
      continue
    }
    const part = partOf(file)
    const before = sources.get(part)
    if (before !== undefined) joinTexts(place, part, { before, file, reading, texts, found: found[part] ?? [] })
    sources.set(part, file)
    found[part] = (found[part] ?? []).concat(texts)
  }
  return { found, layout }
}

interface Joint {
  readonly before: string
  readonly file: string
  readonly reading: Reading
  readonly found: readonly Labelled[]
  readonly texts: readonly Labelled[]
}

/** Says that two tables are read as one part. Throws `ConvokeError` where they share no class, as two sets do. */
function joinTexts(place: Place, part: PartName, { before, file, reading, found, texts }: Joint): void {
  const [known, own] = [found, texts].map((all) => [...new Set(all.map(({ name }) => name))])
  const few = (names: readonly string[]): string => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`
  check(
    known.length < 2 || own.length < 2 || own.some((name) => known.includes(name)),
    () =>
      `${called(place)}: ${before} has the classes ${few(known)}, ${file} ${few(own)}: they are two sets. Open one of them by its own name.`,
  )
  reading.notes.push(`${called(place)}: ${before} and ${file} are read together, as one part for ${part}.`)
}

async function layoutOf(
  place: Place,
  { file, rows, columns: known }: TextTable,
  { options, notes }: Reading,
): Promise<Layout> {
  const columns = known ?? (await columnsOf(place, file, rows, options))
  for (const note of columns.notes) notes.push(note)
  return {
    ...{ ...columns, file, words: known !== null },
    width: known === null ? formats.tableWidth(rows, columns.header) : 2,
  }
}

/** The columns of a table of texts. Throws `ConvokeError` where what would be its texts are names of pictures that are there. */
async function columnsOf(
  place: Place,
  file: string,
  rows: readonly formats.Row[],
  options: OpenOptions,
): Promise<Columns> {
  const checkPictures = async (): Promise<void> =>
    check(
      options.textColumn !== undefined || !(await sortTables(place, options)).lists.includes(file),
      () =>
        `${file}: its text column names pictures that exist. To train on the pictures: convoke train classify. If these are your texts, name their column: --text-column.`,
    )
  try {
    const columns = textColumns(file, rows, options)
    const some = rows.slice(Number(columns.header), looked)
    if (!some.some(({ fields }) => /\S\s+\S/.test(fields[columns.other] ?? ''))) await checkPictures()
    return columns
  } catch (error) {
    if (error instanceof ConvokeError) await checkPictures()
    throw error
  }
}

/** The same columns in another table of the set; null where it has no labels. */
function layoutLike(layout: Layout, read: TextTable, reading: Reading): Layout | null {
  const { file, rows } = read
  if (rows.length === 0) return null
  if (layout.words && read.columns !== null) return { ...layout, ...read.columns, file }
  const first = rows[0].fields.map((field) => field.trim())
  if (layout.names !== null) {
    const at = (index: number): number => first.indexOf(layout.names![index])
    const [label, other] = [at(layout.label), at(layout.other)]
    if (label >= 0 && other >= 0) return { ...layout, names: first, label, other, width: first.length }
    if (other >= 0) return withoutNotes(read, reading)
  }
  const width = formats.tableWidth(rows, false)
  if (width < layout.width) return null
  const own = withoutNotes(read, reading)
  if (width > layout.width || first.some((name) => layout.names?.includes(name))) return own
  if (!hasHeader(rows)) return { ...layout, file, header: false, names: null }
  checkNames(layout, file, first, own)
  return own
}

/** The columns that a table tells by their names itself; null where it does not. */
function withoutNotes({ file, rows }: Table, { options }: Reading): Layout | null {
  try {
    const columns = textColumns(file, rows, options)
    return columns.notes.length > 0
      ? null
      : { ...columns, file, width: formats.tableWidth(rows, columns.header), words: false }
  } catch (error) {
    if (error instanceof ConvokeError) return null
    throw error
  }
}

/** The rows with a label and a text; null where no row has a label. */
function labelledTexts(
  { file, rows }: Table,
  { header, label, other }: Layout,
  { tell }: Reading,
): readonly Labelled[] | null {
  const even: formats.Row[] = formats.evenRows(file, rows, { header, tell })
  if (even.length > 0 && even.every(({ fields }) => fields[label].trim() === '')) return null
  return even.flatMap(({ line, fields }) => {
    const [name, text] = [data.labelName(fields[label]), fields[other].trim()]
    if (name !== '' && text !== '') return [{ name, text }]
    tell(`${file}, line ${line}: the ${name === '' ? 'label' : 'text'} is missing.`)
    return []
  })
}

/** What is said where the folders of classes lie one folder deeper. */
function innerFolder({ paths, source }: Place): string {
  const folders = new Set(paths.filter((path) => /\.txt$/i.test(path)).map(data.folderOf))
  const parents = [...new Set([...folders].map(data.folderOf))].filter((parent) => parent !== '')
  const [parent] = parents.filter((one) => [...folders].filter((folder) => data.folderOf(folder) === one).length > 1)
  return parent === undefined ? '' : ` Those in ${parent} may be meant: open ${source.name}/${parent}.`
}

/** A folder without tables: class folders with a file a text, or class files with a line a text. */
async function readFiles(place: Place, { options, tell }: Reading): Promise<readonly Labelled[]> {
  const deep = place.paths.filter((path) => path.includes('/') && /\.txt$/i.test(path)).sort()
  if (new Set(deep.map((path) => path.split('/')[0])).size >= 2) {
    return (
      await Promise.all(
        deep.map(async (path) => {
          const text = (await tableText(place, path, options)).trim()
          if (text === '') tell(`${place.source.name}/${path}: the file is empty.`)
          return text === '' ? [] : [{ text, name: path.split('/')[0].normalize('NFC') }]
        }),
      )
    ).flat()
  }
  const files = filesAtTop(place, /\.(pos|neg|neu|txt)$/i).filter((name) => !aside.test(name))
  check(
    files.length >= 2,
    () =>
      `${called(place)}: there are no labelled texts.${innerFolder(place)} It may hold a .csv or .tsv with a label and a text in each row, a .txt with a label as the first word of each line, a file per class with a text in each line (reviews.pos and reviews.neg, or happy.txt and sad.txt), or a folder per class with .txt files.`,
  )
  const texts = await Promise.all(
    files.map(async (file) => {
      const ending = extname(file).slice(1).toLowerCase()
      const name = classNames[ending] ?? basename(file, extname(file)).normalize('NFC')
      const lines = (await tableText(place, file, options)).split(/\r\n?|\n/).map((line) => line.trim())
      const full = lines.filter((line) => line !== '')
      check(
        full.length > 0,
        () => `${place.source.name}/${file}: ${theClass(name)} has no lines. Add some, or remove the file.`,
      )
      return full.map((text) => ({ text, name }))
    }),
  )
  return texts.flat()
}
