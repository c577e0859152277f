// Pictures with a class: folders, the MNIST family's and CIFAR's files, tables of pixels, lists of files.

import { basename } from 'node:path'
import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import type { OpenOptions, Parts, PictureForm, TaskName } from './opened.ts'
import { decoderFor, type PictureFacts, pictureFacts, pictureForm, sizedPictures } from './pictures.ts'
import { filesAtTop, type PartName, type Place, partFolders, partIn } from './place.ts'
import { isPictureName, numberColumns, readTable, textColumns, usefulTables } from './table.ts'

type Set = data.Dataset<data.ClassifiedPicture>

interface Request {
  readonly task: TaskName
  readonly options: OpenOptions
}

const idx = /idx\d-ubyte(\.gz)?$/i
const cifar = /^(data_batch.*|test_batch|train|test)\.bin$/i

/** Reads whatever a place holds. Throws `ConvokeError` that lists what would be understood. */
export async function openClassified(
  place: Place,
  task: TaskName,
  options: OpenOptions,
): Promise<Parts<data.ClassifiedPicture>> {
  const request = { task, options }
  const idxFiles = filesAtTop(place, idx)
  if (idxFiles.length > 0) return openIdx(place, idxFiles, request)
  const cifarFiles = filesAtTop(place, cifar)
  if (cifarFiles.length > 0) return openCifar(place, cifarFiles, request)
  const tables = usefulTables(filesAtTop(place, /\.(csv|tsv)$/i)).files
  if (tables.length > 0) return openTables(place, tables, request)
  check(
    place.paths.some(isPictureName),
    () =>
      `${place.source.name}: there are no pictures for ${task}. It may hold a folder a class with pictures, train/ and test/ with such folders, IDX files (train-images-idx3-ubyte…), CIFAR's .bin files, or a .csv or .tsv of pixels or of file names with labels.`,
  )
  return openFolders(place, request)
}

/** The form that pictures of a task take, given what those of its data are like. */
function forms({ task, options }: Request, facts: PictureFacts): { form: PictureForm | null; channels: 1 | 3 } {
  const form = pictureForm(task, facts, options)
  return { form, channels: form?.channels ?? options.channels ?? facts.channels }
}

async function openFolders(place: Place, request: Request): Promise<Parts<data.ClassifiedPicture>> {
  const folders = partFolders(place)
  const parts: Partial<Record<PartName, Place>> = folders ?? { train: place }
  const facts = await pictureFacts(place.source, place.paths.filter(isPictureName))
  const { form, channels } = forms(request, facts)
  const decode = decoderFor(channels, form)
  const open = async (part: Place, classes?: readonly string[]): Promise<Set> =>
    sizedPictures(await data.pictureFolders(part.source, decode, { classes }), form)
  const classes = request.options.classes?.every((name) =>
    parts.train!.paths.some((path) => path.startsWith(`${name}/`)),
  )
    ? request.options.classes
    : undefined
  const train = await open(parts.train!, classes)
  const more = async (part: Place | undefined): Promise<Set | undefined> => {
    if (part === undefined) return undefined
    const set = await open(part, train.classes)
    return set.length === 0 ? undefined : set
  }
  return {
    ...{ kind: 'folders of pictures, one a class', train, classes: train.classes!, problems: [], files: true },
    ...{ validation: await more(parts.validation), test: await more(parts.test), picture: form },
  }
}

const classList = async (place: Place): Promise<readonly string[] | undefined> => {
  const [file] = filesAtTop(place, /^(classes|labels|names)\.txt$/i)
  if (file === undefined) return undefined
  const lines = data.decodeText(file, await place.source.read(file)).split(/\r?\n/)
  return lines.map((line) => line.trim()).filter((line) => line !== '')
}

async function openIdx(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const { source } = place
  const names = await classList(place)
  const pair = (part: PartName) => {
    const own = files.filter((name) => (partIn(name) ?? 'train') === part)
    const [images, labels] = ['images', 'labels'].map((word) => own.find((name) => name.includes(word)))
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
  return packed(`CIFAR-${classes}`, place.source.name, { train: train ?? test, test: train && test }, request)
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
  const { form } = forms(request, { height, width, channels: channels === 1 ? 1 : 3, same: true })
  const sized = (set: Set | undefined) => {
    const asIs = form === null || (form.height === height && form.width === width && form.channels === channels)
    return set === undefined || asIs ? set : sizedPictures(set, form, 4)
  }
  return {
    ...{ kind, train: sized(train)!, validation: sized(sets.validation), test: sized(sets.test) },
    ...{ classes: train.classes!, problems, files: false, picture: form },
  }
}

async function openTables(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const rows = (await readTable(place, files[0], request.options)).rows.slice(0, 50)
  const lists = rows.length > 1 && rows.slice(1).some(({ fields }) => fields.some(isPictureName))
  return lists ? openLists(place, files, request) : openPixels(place, files, request)
}

/** Tables of pixels, a picture and its class in each row. */
async function openPixels(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const problems: string[] = []
  const sets = new Map<PartName, Set>()
  let classes: readonly string[] | undefined
  for (const file of files.toSorted((a, b) => Number(partIn(a) === 'test') - Number(partIn(b) === 'test'))) {
    const { text, rows, delimiter, quoted } = await readTable(place, file, request.options)
    const { header, label, omit } = numberColumns(file, rows, request.options)
    const { strict } = request.options
    const read = data.tableDataset(text, { name: file, delimiter, quoted, header, label, omit, strict })
    for (const problem of read.problems) problems.push(problem)
    const own = read.dataset.classes!
    classes ??= own
    const strange = own.find((name) => !classes!.includes(name))
    check(strange === undefined, () => `${file}: the class ${strange} does not occur in ${files[0]}.`)
    sets.set(partIn(file) ?? 'train', await squarePictures(file, read.dataset, classes))
  }
  const [train, validation, test] = [sets.get('train'), sets.get('validation'), sets.get('test')]
  return packed(
    'a table of pixels',
    place.source.name,
    { train: train ?? test, validation, test: train && test },
    request,
    problems,
  )
}

/** Rows of numbers as square pictures, grey or colour, from 0 to 1. */
async function squarePictures(
  file: string,
  table: data.Dataset<data.TableRow>,
  classes: readonly string[],
): Promise<Set> {
  const { length } = (await table.get(0)).values.data
  const channels = Number.isInteger(Math.sqrt(length)) ? 1 : 3
  const side = Math.sqrt(length / channels)
  check(
    Number.isInteger(side),
    () =>
      `${file}: ${length} numbers a row are no square picture, grey or colour. For series of numbers: convoke train sequence.`,
  )
  let largest = 0
  for (let i = 0; i < table.length; i++)
    for (const value of (await table.get(i)).values.data) largest = Math.max(largest, value)
  const scale = largest > 1 ? 1 / 255 : 1
  const numbers = table.classes!.map((name) => classes.indexOf(name))
  return {
    ...data.mapDataset(table, ({ values, label }) => ({
      image: { shape: [side, side, channels], data: Float32Array.from(values.data, (value) => value * scale) },
      label: numbers[label],
    })),
    ...{ classes, labelOf: (index: number) => numbers[table.labelOf!(index)] },
  }
}

/** Tables that name a picture file and its class in each row. */
async function openLists(
  place: Place,
  files: readonly string[],
  request: Request,
): Promise<Parts<data.ClassifiedPicture>> {
  const problems: string[] = []
  const { strict = false } = request.options
  const tell = (message: string): void => {
    check(!strict, () => `${message} (strict)`)
    problems.push(message)
  }
  const everything = new Set(await place.source.list())
  const parts = new Map<PartName, { path: string; label: string }[]>()
  for (const file of files) {
    const { rows: all } = await readTable(place, file, request.options)
    const { header, label, other } = textColumns(file, all, request.options, true)
    const rows = formats.evenRows(file, all, { header, tell }).flatMap(({ line, fields }) => {
      const [path, name] = [fields[other]?.trim() ?? '', fields[label]?.trim() ?? '']
      const found = everything.has(path) ? path : [...everything].find((one) => one.endsWith(`/${path}`))
      if (path !== '' && name !== '' && found !== undefined) return [{ path: found, label: name }]
      tell(`${file}, line ${line}: ${name === '' ? 'the label is missing' : `there is no picture ${path}`}.`)
      return []
    })
    const part = partIn(basename(file)) ?? 'train'
    parts.set(part, [...(parts.get(part) ?? []), ...rows])
  }
  const all = [...parts.values()].flat()
  check(
    all.length > 0,
    () => `${place.source.name}: no row can be used. The first problem: ${problems[0] ?? 'there are no rows'}`,
  )
  const classes = [...new Set(all.map(({ label }) => label))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )
  const { form, channels } = forms(
    request,
    await pictureFacts(
      place.source,
      all.map(({ path }) => path),
    ),
  )
  const decode = decoderFor(channels, form)
  const setOf = (part: PartName): Set | undefined => {
    const rows = parts.get(part)
    if (rows === undefined || rows.length === 0) return undefined
    return sizedPictures(
      listed(
        place,
        rows.map(({ path, label }) => ({ path, label: classes.indexOf(label) })),
        classes,
        decode,
      ),
      form,
    )
  }
  const train = setOf('train') ?? setOf('test')
  check(train !== undefined, () => `${place.source.name}: there are no examples to train on.`)
  return {
    ...{ kind: 'a table of file names with labels', train, classes, problems, files: true, picture: form },
    ...{ validation: setOf('validation'), test: parts.has('train') ? setOf('test') : undefined },
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
  async get(index) {
    const { path, label } = rows[index]
    return { image: await data.readPicture(source, path, decode), label }
  },
})
