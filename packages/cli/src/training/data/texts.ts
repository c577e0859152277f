// Labelled texts: a file a class, a folder a class, or tables.

import { basename, extname } from 'node:path'
import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import type { OpenOptions, Parts } from './opened.ts'
import { filesAtTop, type PartName, type Place, partFolders, partIn } from './place.ts'
import { delimiterOf, tableText, textColumns } from './table.ts'

type Set = data.Dataset<data.LabelledText>

interface Labelled {
  readonly text: string
  readonly name: string
}

const table = /\.(csv|tsv)$/i

/** What endings say of rt-polarity's kind of file, a class each. */
const classNames: Readonly<Record<string, string>> = { neg: 'negative', pos: 'positive', neu: 'neutral' }

export async function openTexts(place: Place, options: OpenOptions): Promise<Parts<data.LabelledText>> {
  const problems: string[] = []
  const tell = (message: string): void => {
    check(!options.strict, () => `${message} (strict)`)
    problems.push(message)
  }
  const folders = partFolders(place)
  const found: Partial<Record<PartName, readonly Labelled[]>> = {}
  if (folders !== null) {
    for (const [part, own] of Object.entries(folders) as [PartName, Place][])
      found[part] = await readPlace(own, options, tell)
  } else {
    const tables = filesAtTop(place, table)
    for (const file of tables) {
      const part = tables.length === 1 ? 'train' : (partIn(file) ?? 'train')
      found[part] = [...(found[part] ?? []), ...(await readTable(place, file, options, tell))]
    }
    if (tables.length === 0) found.train = await readPlace(place, options, tell)
  }
  const kind = place.paths.some((path) => table.test(path)) ? 'a table of labelled texts' : 'labelled texts'
  return partsFrom(kind, place, found, problems)
}

function partsFrom(
  kind: string,
  place: Place,
  found: Partial<Record<PartName, readonly Labelled[]>>,
  problems: readonly string[],
): Parts<data.LabelledText> {
  const all = Object.values(found).flat()
  check(
    all.length > 0,
    () =>
      `${place.source.name}: no text can be used. ${problems.length > 0 ? `The first problem: ${problems[0]}` : 'There is none.'}`,
  )
  const classes = [...new Set(all.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const setOf = (texts: readonly Labelled[] | undefined): Set | undefined =>
    texts === undefined || texts.length === 0
      ? undefined
      : data.fromExamples(
          texts.map(({ text, name }) => ({ text, label: classes.indexOf(name) })),
          { classes },
        )
  const train = setOf(found.train) ?? setOf(found.test)
  check(train !== undefined, () => `${place.source.name}: there are no texts to train on.`)
  const test = found.train === undefined ? undefined : setOf(found.test)
  return { kind, train, validation: setOf(found.validation), test, classes, problems, files: false, picture: null }
}

type Tell = (message: string) => void

async function readTable(place: Place, file: string, options: OpenOptions, tell: Tell): Promise<Labelled[]> {
  const text = await tableText(place, file)
  const delimiter = delimiterOf(file, text)
  const rows = formats.parseDelimited(file, text, delimiter)
  const { header, label, other } = textColumns(file, rows, options, false)
  return rows.slice(header ? 1 : 0).flatMap(({ line, fields }) => {
    const [name, words] = [fields[label]?.trim() ?? '', fields[other]?.trim() ?? '']
    if (name !== '' && words !== '') return [{ name, text: words }]
    tell(`${file}, line ${line}: the ${name === '' ? 'label' : 'text'} is missing.`)
    return []
  })
}

/** A folder without parts of its own: tables, class folders with a file a text, or class files with a line a text. */
async function readPlace(place: Place, options: OpenOptions, tell: Tell): Promise<readonly Labelled[]> {
  const tables = filesAtTop(place, table)
  if (tables.length > 0) return (await Promise.all(tables.map((file) => readTable(place, file, options, tell)))).flat()
  const deep = place.paths.filter((path) => path.includes('/') && /\.txt$/i.test(path)).sort()
  if (new Set(deep.map((path) => path.split('/')[0])).size >= 2) {
    return (
      await Promise.all(
        deep.map(async (path) => {
          const text = (await tableText(place, path)).trim()
          if (text === '') tell(`${place.source.name}/${path}: the file is empty.`)
          return text === '' ? [] : [{ text, name: path.split('/')[0] }]
        }),
      )
    ).flat()
  }
  const files = filesAtTop(place, /\.(pos|neg|neu|txt)$/i).filter((name) => !/^(readme|license)/i.test(name))
  check(
    files.length >= 2,
    () =>
      `${place.source.name}: there are no labelled texts. It may hold a .csv or .tsv with a label and a text in each row, a file a class with a text in each line (reviews.pos and reviews.neg, or happy.txt and sad.txt), or a folder a class with .txt files.`,
  )
  const texts = await Promise.all(
    files.map(async (file) => {
      const ending = extname(file).slice(1).toLowerCase()
      const name = classNames[ending] ?? basename(file, extname(file))
      const lines = (await tableText(place, file)).split(/\r?\n/).map((line) => line.trim())
      const full = lines.filter((line) => line !== '')
      check(
        full.length > 0,
        () => `${place.source.name}/${file}: the class ${name} has no lines. Add some, or remove the file.`,
      )
      return full.map((text) => ({ text, name }))
    }),
  )
  return texts.flat()
}
