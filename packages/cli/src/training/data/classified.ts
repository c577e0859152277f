// Pictures with a class: folders, the MNIST family's and CIFAR's files, tables of pixels, lists of files.

import { basename } from 'node:path'
import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import { theClass } from '../../terminal/words.ts'
import { isBoxTable } from './box-tables.ts'
import { positionsIn } from './label-order.ts'
import { labelledTables } from './labelled-tables.ts'
import { namedParts, openNamedPictures } from './named-pictures.ts'
import { nearestLayout } from './nearest.ts'
import type { OpenOptions, Parts, PictureForm, TaskName } from './opened.ts'
import { listedParts, looked, readLists, sortTables } from './picture-lists.ts'
import { decoderFor, type PictureFacts, pictureFacts, pictureForm, sizedPictures } from './pictures.ts'
import { type PixelTable, squarePictures, whiteOf } from './pixel-rows.ts'
import {
  called,
  classParts,
  filesAtTop,
  hasBareParts,
  hasClassFolders,
  type PartName,
  type Place,
  partIn,
} from './place.ts'
import { inNamedOrder, inOrderOf, type Layout, numbersLike, valueNames } from './same-columns.ts'
import { isPictureName, isSubmission, numberColumns, readNumbers, readTable } from './table.ts'

type Set = data.Dataset<data.ClassifiedPicture>

interface Request {
  readonly task: TaskName
  readonly options: OpenOptions
}

const idx = /idx\d-ubyte(\.gz)?$/i
const cifar = /^(data_batch.*|test_batch|train|test)\.bin$/i

/** What a place holds for pictures with a class, and the files that say so. */
export interface ClassifiedFiles {
  readonly form: 'idx' | 'cifar' | 'lists' | 'table' | 'folders' | 'names'
  readonly files: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Which of the sets in a place is read; where there are several, the notes say so. Files of data come first, then tables that
 * name pictures which are there, then class folders, then tables of pixels. Throws `ConvokeError` where there is none.
 */
export async function classifiedFiles(place: Place, task: TaskName, options: OpenOptions): Promise<ClassifiedFiles> {
  const name = called(place)
  const { lists, others, notes: left } = await sortTables(place, options)
  const sets = [
    { form: 'idx' as const, files: filesAtTop(place, idx) },
    { form: 'cifar' as const, files: filesAtTop(place, cifar) },
    { form: 'lists' as const, files: lists },
    { form: 'table' as const, files: others },
  ].filter(({ files }) => files.length > 0)
  const folders = { form: 'folders' as const, files: [] }
  // What a contest wants to get names pictures as well, and knows nothing of them.
  const names = sets.every(({ files }) => files.every(isSubmission)) ? namedParts(place) : null
  if (names !== null)
    return {
      ...{ form: 'names', files: [] },
      notes: [
        ...left,
        ...[...lists, ...others].map((file) => `${file}: it is ignored; the names of pictures say their classes.`),
      ],
    }
  const at = sets.findIndex(({ form }) => form === 'table')
  if (hasClassFolders(place) && (sets.length === 0 || !hasBareParts(place)))
    sets.splice(at < 0 ? sets.length : at, 0, folders as never)
  else if (sets.length === 0 && place.paths.some(isPictureName)) sets.push(folders as never)
  check(
    sets.length > 0,
    () =>
      `${name}: there are no pictures for ${task}. It may hold a folder per class with pictures, train/ and test/ with such folders, pictures named after their class (cat.1.jpg), IDX files (train-images-idx3-ubyte…), CIFAR's .bin files, a .csv or .tsv of pixels, or a .csv, .tsv, .txt or .lst of file names with labels.${unreadAdvice(place)}`,
  )
  const [first, ...rest] = sets as readonly Omit<ClassifiedFiles, 'notes'>[]
  const notes = rest.map(({ form, files }) => besideNote(name, first, form, files))
  return { ...first, notes: [...left, ...notes] }
}

/** Said at the end of an error where there are pictures that are not read. */
export function unreadAdvice({ paths }: Place): string {
  const text = data.unreadText(paths)
  return text === '' ? '' : ` ${text[0].toUpperCase()}${text.slice(1)}, which cannot be read: convert to PNG or JPEG.`
}

function besideNote(
  name: string,
  first: Omit<ClassifiedFiles, 'notes'>,
  form: string,
  files: readonly string[],
): string {
  if (form === 'folders')
    return `${name}: ${first.files.join(' and ')} say${first.files.length === 1 ? 's' : ''} what is read; the folder names are ignored.`
  const those = files.length === 1 ? 'it' : 'them'
  return `${name}: ${files.join(', ')} beside ${first.form === 'folders' ? 'folders of pictures' : first.files.join(', ')} ${files.length === 1 ? 'is' : 'are'} ignored. To read ${those}, name ${those} alone.`
}

/** Reads whatever a place holds. Throws `ConvokeError` that lists what would be understood. */
export async function openClassified(
  place: Place,
  task: TaskName,
  options: OpenOptions,
): Promise<Parts<data.ClassifiedPicture>> {
  const request = { task, options }
  const { form, files, notes } = await classifiedFiles(place, task, options)
  const read = {
    ...{ idx: openIdx, cifar: openCifar, lists: openNamed, table: openTables },
    folders: (own: Place) => openFolders(own, request),
    names: (own: Place) => openNames(own, request),
  }
  const parts = await read[form](place, files, request)
  return { ...parts, notes: [...notes, ...(parts.notes ?? [])] }
}

/** The form that pictures of a task take, given what those of its data are like. */
function forms({ task, options }: Request, facts: PictureFacts): { form: PictureForm | null; channels: 1 | 3 } {
  const form = pictureForm(task, facts, options)
  return { form, channels: form?.channels ?? options.channels ?? facts.channels }
}

async function openFolders(place: Place, request: Request): Promise<Parts<data.ClassifiedPicture>> {
  const near = hasClassFolders(place) ? null : await nearestLayout(place, 'classify')
  check(near === null, () => `${called(place)}: there must be two classes or more. ${near}`)
  const divided = classParts(place)
  const parts: Partial<Record<PartName, Place>> = divided.parts ?? { train: place }
  const notes = [...divided.notes]
  const facts = await pictureFacts(parts.train!.source, picturesInFolders(parts.train!))
  for (const note of facts.notes ?? []) notes.push(note)
  const { form, channels } = forms(request, facts)
  const decode = await decoderFor(channels, form)
  const open = async (part: Place, classes?: readonly string[]): Promise<Set> =>
    sizedPictures(await data.pictureFolders(part.source, decode, { classes }), form)
  const own = await data.classFolders(parts.train!.source)
  const { classes: asked } = request.options
  const train = await open(parts.train!, asked?.every((name) => own.has(name.normalize('NFC'))) ? asked : undefined)
  const more = async (part: Place | undefined): Promise<Set | undefined> => {
    if (part === undefined) return undefined
    const set = await open(part, train.classes)
    return set.length === 0 ? undefined : set
  }
  for (const part of Object.values(parts)) for (const note of strayNotes(part)) notes.push(note)
  return {
    ...{ kind: 'folders of pictures, one per class', train, classes: train.classes!, problems: [], files: true },
    ...{ validation: await more(parts.validation), test: await more(parts.test), picture: form, notes },
  }
}

async function openNames(place: Place, request: Request): Promise<Parts<data.ClassifiedPicture>> {
  const found = namedParts(place)!
  const facts = await pictureFacts(place.source, Object.values(found.parts).flat())
  const { form, channels } = forms(request, facts)
  const parts = await openNamedPictures(place, found, form, await decoderFor(channels, form), request.options.classes)
  return { ...parts, notes: [...(parts.notes ?? []), ...(facts.notes ?? [])] }
}

/** Pictures that lie in a folder, as those of classes do. */
export const picturesInFolders = ({ paths }: Place): string[] =>
  paths.filter((path) => path.includes('/') && isPictureName(path))

const expected = /^(classes|labels|names|readme|license)(\.\w+)?$/i

/** Files that are not pictures, or lie in no class folder. */
function strayNotes({ source, paths }: Place): string[] {
  const notes: string[] = []
  const others = paths.filter((path) => path.includes('/') && !isPictureName(path) && data.unreadFormat(path) === null)
  const strays = others.filter((path) => !expected.test(basename(path)))
  if (strays.length > 0)
    notes.push(
      `${source.name}: ${strays.length === 1 ? 'one file in a class folder is not a picture in a supported format and is' : `${strays.length} files in class folders are not pictures that are read and are`} ignored, such as ${strays[0]}.`,
    )
  const loose = paths.filter((path) => !path.includes('/') && isPictureName(path))
  if (loose.length > 0)
    notes.push(
      `${source.name}: ${loose.length === 1 ? 'one picture lies in no class folder and is' : `${loose.length} pictures lie in no class folder and are`} ignored, such as ${loose[0]}.`,
    )
  return notes
}

const classList = async (place: Place): Promise<readonly string[] | undefined> => {
  const [file] = filesAtTop(place, /^(classes|labels|names)\.txt$/i)
  if (file === undefined) return undefined
  const lines = data.decodeText(file, await place.source.read(file)).split(/\r?\n/)
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

/** Whether a packed file lies beside the same file unpacked. */
const isTwin = (name: string, all: readonly string[]): boolean =>
  name.endsWith('.gz') && all.includes(name.replace(/\.gz$/, ''))

async function openIdx(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const { source } = place
  const names = await classList(place)
  const pair = (part: PartName) => {
    const own = files.filter((name) => (partIn(name) ?? 'train') === part)
    const [images, labels] = ['images', 'labels'].map((word) => {
      const [first, second] = own.filter((name) => name.includes(word) && !isTwin(name, own))
      check(
        second === undefined,
        () =>
          `${source.name}: ${first} and ${second} both hold the part ${part}: these are several sets. Put each in a folder of its own.`,
      )
      return first as string | undefined
    })
    if (images === undefined && labels === undefined) return null
    check(
      images !== undefined && labels !== undefined,
      () =>
        `${source.name}: ${images ?? labels} has no file of ${images === undefined ? 'pictures' : 'labels'} beside it. The MNIST family comes as train-images-idx3-ubyte and train-labels-idx1-ubyte (plain or .gz).`,
    )
    return { images, labels }
  }
  const read = async (part: PartName): Promise<Set | undefined> => {
    const found = pair(part)
    if (found === null) return undefined
    const [images, labels] = await Promise.all([source.read(found.images), source.read(found.labels)])
    return data.idxDataset({ images, labels, classes: names })
  }
  const [train, validation, test] = [await read('train'), await read('validation'), await read('test')]
  return packed(
    'IDX files',
    source.name,
    { train: train ?? test, validation, test: train === undefined ? undefined : test },
    request,
  )
}

async function openCifar(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const classes = files.some((name) => /^(train|test)\.bin$/i.test(name)) ? 100 : 10
  const read = async (part: PartName): Promise<Set | undefined> => {
    const own = files.filter((name) => (partIn(name) ?? 'train') === part)
    if (own.length === 0) return undefined
    return data.cifarDataset(await Promise.all(own.map((name) => place.source.read(name))), { classes })
  }
  const [train, test] = [await read('train'), await read('test')]
  return packed(`CIFAR-${classes}`, called(place), { train: train ?? test, test: train && test }, request)
}

/** Pictures that are in memory already, all of one size. */
async function packed(
  kind: string,
  name: string,
  sets: { readonly train: Set | undefined; readonly validation?: Set | undefined; readonly test?: Set | undefined },
  request: Request,
  problems: readonly string[] = [],
): Promise<Parts<data.ClassifiedPicture>> {
  const { train } = sets
  check(train !== undefined && train.length > 0, () => `${name}: there are no examples to train on.`)
  const [height, width, channels] = (await train.get(0)).image.shape
  const facts = {
    ...({ height, width, share: 1, side: Math.max(height, width) } as const),
    ...({ channels: channels === 1 ? 1 : 3, count: train.length } as const),
  }
  const { form } = forms(request, facts)
  const sized = (set: Set | undefined) => {
    const asIs = form === null || (form.height === height && form.width === width && form.channels === channels)
    return set === undefined || asIs ? set : sizedPictures(set, form, 4)
  }
  return {
    ...{ kind, train: sized(train)!, validation: sized(sets.validation), test: sized(sets.test) },
    ...{ classes: train.classes!, problems, files: false, picture: form },
  }
}

/** Tables that name a picture file and its class in each row. */
async function openNamed(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const { options } = request
  for (const file of files) {
    check(
      options.labelColumn !== undefined || !(await isBoxTable(place, file, options)),
      () =>
        `${called(place)}: the columns of ${basename(file)} are those of boxes, several for a picture. To find objects in pictures: convoke train detect. To classify pictures by this table anyway, name the column: --label-column.`,
    )
  }
  const list = await readLists(place, files, options)
  const facts = await pictureFacts(
    place.source,
    list.pictures.map(({ path }) => path),
  )
  const { form, channels } = forms(request, facts)
  const parts = await listedParts(place, list, form, await decoderFor(channels, form))
  return { ...parts, notes: [...(parts.notes ?? []), ...(facts.notes ?? [])] }
}

async function openTables(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const rows = (await readTable(place, files[0], request.options)).rows.slice(1, looked)
  if (rows.some(({ fields }) => fields.some(isPictureName))) return openNamed(place, files, request)
  const choose = (file: string, own: readonly formats.Row[]) =>
    numberColumns(file, formats.withDecimalPoints(own), request.options)
  const { files: labelled, notes } = await labelledTables(place, files, request.options, choose)
  const parts = await openPixels(place, labelled, request)
  return { ...parts, notes: [...notes, ...(parts.notes ?? [])] }
}

/** Tables of pixels, a picture and its class in each row. */
async function openPixels(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const problems: string[] = []
  const notes: string[] = []
  const tables = new Map<PartName, PixelTable>()
  let classes: readonly string[] | undefined
  let layout: Layout | undefined
  const order = (file: string): number => data.partNames.indexOf(partIn(file) ?? 'train')
  for (const file of files.toSorted((a, b) => order(a) - order(b))) {
    const { rows: found, delimiter, notes: told } = await readNumbers(place, file, request.options)
    const rows = layout === undefined ? inNamedOrder(file, request.options.columns, found) : inOrderOf(layout, found)
    const { strict } = request.options
    // A test of a few rows does not tell its columns: they are those of the training.
    const like = layout === undefined || rows.length === 0 ? null : numbersLike(layout, file, rows)
    const columns = like === null || like === 'other' ? numberColumns(file, rows, request.options) : like
    const { header, label, omit, notes: guessed } = columns
    for (const note of [...told, ...(layout === undefined ? guessed : [])]) notes.push(note)
    layout ??= { ...columns, file, width: formats.tableWidth(rows, header) }
    const part = partIn(file) ?? 'train'
    const before = tables.get(part)
    check(
      before === undefined,
      () =>
        `${called(place)}: ${before!.file} and ${file} both hold the part ${part}. Put them together, or open one by its own name.`,
    )
    const read = data.rowsDataset(rows, { name: file, delimiter, header, label, omit, strict })
    for (const problem of read.problems) problems.push(problem)
    const own = read.dataset.classes!
    classes ??= own
    const strange = own[positionsIn(own, classes).indexOf(-1)] as string | undefined
    check(strange === undefined, () => `${file}: ${theClass(strange!)} does not occur in ${files[0]}.`)
    tables.set(part, { file, dataset: read.dataset })
  }
  const white = await whiteOf([...tables.values()], request.options.white)
  const square = async (part: PartName): Promise<Set | undefined> => {
    const table = tables.get(part)
    return table === undefined ? undefined : squarePictures(table, classes!, white)
  }
  const [train, validation, test] = [await square('train'), await square('validation'), await square('test')]
  const sorted = { train: train ?? test, validation, test: train && test }
  const parts = await packed('a table of pixels', called(place), sorted, request, problems)
  return { ...parts, notes, twins: 'picture', columns: layout && valueNames(layout), white }
}
