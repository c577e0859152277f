// Pictures with boxes: PASCAL VOC's XML files, COCO's JSON, tables, YOLO's text files.

import { basename } from 'node:path'
import { ConvokeError, data } from 'convoke'
import { check } from 'convoke/shapes'
import { boxTables } from './box-tables.ts'
import type { Boxed, BoxedParts, BoxedSets } from './boxed-parts.ts'
import { positionsIn } from './label-order.ts'
import { nearestLayout } from './nearest.ts'
import type { OpenOptions, Parts } from './opened.ts'
import { otherBoxes } from './other-forms.ts'
import { bareNames, partLists } from './part-lists.ts'
import { decoderFor, pictureFacts, pictureForm, sizedPictures } from './pictures.ts'
import { asSentence, below, called, type PartName, type Place, partFolders, partIn, partsByFolder } from './place.ts'
import { readTable } from './table.ts'
import { hasYolo, openYolo } from './yolo.ts'

const isXml = (path: string): boolean => /\.xml$/i.test(path)

/** Whether there are XML files as VOC's, in a folder of annotations or beside a picture of the same name. */
export function hasVoc({ paths }: Place): boolean {
  const xml = paths.filter(isXml)
  if (xml.length === 0) return false
  if (xml.some((path) => /(^|\/)annotations?\//i.test(path))) return true
  const stem = (path: string): string => path.replace(/\.[^./]*$/, '')
  const pictures = new Set(paths.filter(data.isPicture).map(stem))
  return xml.some((path) => pictures.has(stem(path)))
}

export interface CocoFiles {
  /** Files of boxes that are read. */
  readonly files: readonly string[]
  readonly notes: readonly string[]
  /** Whether some file is COCO's, though of another kind or damaged. */
  readonly related: boolean
}

/** What is wrong with a file that has COCO's members, but not as lists; null for any other. */
function damagedCoco(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return null
  const members = Object.entries(json).filter(([name]) => ['images', 'annotations', 'categories'].includes(name))
  const wrong = members.filter(([, value]) => !Array.isArray(value)).map(([name]) => name)
  return members.length >= 2 && wrong.length > 0
    ? `${wrong.join(' and ')} must be ${wrong.length === 1 ? 'a list' : 'lists'}`
    : null
}

/** Names of files that lie beside COCO's boxes and hold something else, perhaps in the same form. */
const otherCoco = /keypoints|captions|panoptic|stuff|image_info/i

const kindWords: Readonly<Record<data.CocoKind, string>> = {
  ...{ boxes: 'boxes', keypoints: 'keypoints', captions: 'captions', segments: 'segments', pictures: 'no annotations' },
}

/** COCO's files of boxes in a place. Files of captions, keypoints and the like are ignored where boxes are there too. */
export async function cocoFiles(place: Place): Promise<CocoFiles> {
  const { paths, source } = place
  const name = called(place)
  const found: { readonly path: string; readonly kind: data.CocoKind }[] = []
  const [notes, damaged]: string[][] = [[], []]
  for (const path of paths.filter((one) => /\.json$/i.test(one))) {
    try {
      const json = data.parseJson(path, await source.read(path))
      const kind = data.cocoKind(json)
      if (kind !== null) found.push({ path, kind })
      const damage = kind === null ? damagedCoco(json) : null
      if (damage !== null) damaged.push(`${name}: ${path} would be COCO's, but its ${damage}. It is ignored.`)
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      notes.push(`${name}: ${error.message} It is ignored.`)
    }
  }
  const boxes = found.filter(({ kind, path }) => kind === 'boxes' && !otherCoco.test(basename(path)))
  const points = found.filter(({ kind }) => kind === 'boxes' || kind === 'keypoints')
  const files = (boxes.length > 0 ? boxes : points).map(({ path }) => path)
  const others = found.filter(({ path }) => !files.includes(path))
  for (const message of damaged) notes.push(message)
  if (others.length > 0) {
    const named = others.map(({ path, kind }) => {
      const told = otherCoco.exec(basename(path))?.[0].toLowerCase()
      return `${path} (${kind === 'boxes' ? told : kindWords[kind]})`
    })
    const what = files.length > 0 ? 'beside the files of boxes these are ignored' : 'these files hold no boxes'
    notes.push(`${name}: ${what}: ${named.join(', ')}.`)
  }
  return { files, notes, related: found.length > 0 || damaged.length > 0 }
}

export async function openBoxes(place: Place, options: OpenOptions): Promise<Parts<data.BoxedPicture>> {
  // A file that was named alone has its pictures beside it.
  const { paths } = place.file === undefined ? place : await data.listFiles(place.source)
  const facts = await pictureFacts(place.source, paths.filter(data.isPicture))
  const form = pictureForm('detect', facts, options)
  const decode = await decoderFor(form?.channels ?? options.channels ?? facts.channels)
  const { kind, sets, classes, problems, notes, boxes, ignored, strays = [] } = await find(place, decode, options)
  if (boxes === 0 && ignored > 0)
    throw new data.NothingUsable(
      called(place),
      [
        `${ignored === 1 ? 'the only box is' : `all ${ignored} boxes are`} marked as ${kind.startsWith('COCO') ? 'a crowd (iscrowd)' : 'difficult'}, and such boxes are never trained on. Remove the mark where it is wrong.`,
        ...problems,
      ],
      'box',
    )
  if (boxes === 0 || classes.length === 0) throw new data.NothingUsable(called(place), problems, 'box')
  const passed =
    ignored === 0
      ? []
      : [
          `${called(place)}: ${ignored === 1 ? 'one box is' : `${ignored} boxes are`} marked as ${!kind.startsWith('COCO') ? 'difficult' : ignored === 1 ? 'a crowd' : 'crowds'}, and not trained on or counted.`,
        ]
  const sized = (set: Boxed | undefined) => (set === undefined ? undefined : sizedPictures(set, form))
  const train = sized(sets.train ?? sets.test ?? sets.validation)
  check(train !== undefined, () => `${called(place)}: there is no part to train on.`)
  const test = sets.train === undefined && options.only === undefined ? undefined : sized(sets.test)
  return {
    ...{
      kind,
      train,
      validation: sized(sets.validation),
      test,
      classes,
      problems,
      notes: [...notes, ...passed, ...(facts.notes ?? [])],
      strays,
    },
    ...{ files: true, picture: form },
  }
}

async function find(place: Place, decode: data.DecodePicture, options: OpenOptions): Promise<BoxedParts> {
  const name = called(place)
  if (hasVoc(place)) {
    const found = await openVoc(place, decode, options)
    const { files } = await cocoFiles(place)
    if (files.length === 0) return found
    const beside = `${name}: ${files.join(', ')} beside XML files ${files.length === 1 ? 'is' : 'are'} ignored.`
    return { ...found, notes: [...found.notes, beside] }
  }
  const { files, notes } = await cocoFiles(place)
  if (files.length === 0) {
    const tables = await boxTables(place, options)
    if (tables.length > 0) {
      const read = tableReader(place, decode, options)
      const found = await openLists('a table of boxes', place, tables, read, options, (classes) => classes.sort())
      return { ...found, notes: [...notes, ...found.notes] }
    }
    if (await hasYolo(place)) {
      const found = await openYolo(place, decode, options)
      return { ...found, notes: [...notes, ...found.notes] }
    }
  }
  const other = files.length > 0 ? null : await otherBoxes(place)
  check(other === null, () => `${name}: ${other}`)
  const near = files.length > 0 ? null : await nearestLayout(place, 'detect')
  check(near === null, () => `${name}: there are no boxes in a known layout. ${near}`)
  check(
    files.length > 0,
    () =>
      `${name}: there are no boxes. It may hold Annotations/*.xml with JPEGImages/* (PASCAL VOC), XML files beside their pictures, a COCO .json with its pictures, images/ with labels/*.txt (YOLO), or a .csv with the columns filename, class, xmin, ymin, xmax, ymax.${notes.length === 0 ? '' : ` ${asSentence(place, notes.at(-1)!)}`}`,
  )
  const { strict } = options
  const read = (annotations: string) => data.cocoDataset(place.source, decode, { annotations, polygons: true, strict })
  const found = await openLists('COCO boxes', place, files, read, options)
  return { ...found, notes: [...notes, ...found.notes] }
}

async function openVoc(place: Place, decode: data.DecodePicture, options: OpenOptions): Promise<BoxedParts> {
  const folders = partFolders(place)
  const parts = Object.values(folders ?? {})
  const whole = place.paths.some((path) => /^annotations?\//i.test(path))
  if (folders !== null && !whole && parts.some(hasVoc)) return openVocParts(folders, decode, options)
  const roots = whole ? [] : vocRoots(place)
  check(
    roots.length < 2,
    () =>
      `${called(place)}: ${roots.join(' and ')} have lists of parts each: they are ${roots.length} sets. Open one of them: ${place.source.name}/${roots[0]}.`,
  )
  if (roots.length === 1) {
    const only = below(place, roots[0])
    const beside = place.paths.some((path) => isXml(path) && !path.startsWith(`${roots[0]}/`))
    const found = await openVocLists(only, decode, options)
    return beside
      ? { ...found, notes: [`${called(place)}: what lies beside ${roots[0]}/ is ignored.`, ...found.notes] }
      : found
  }
  return openVocLists(place, decode, options)
}

/** Folders below the top that have lists of their own, as VOCdevkit/VOC2012 has. */
function vocRoots({ paths }: Place): string[] {
  const list = /^(.+)\/ImageSets\/Main\/(?:train|trainval|val|test)\.txt$/
  return [...new Set(paths.flatMap((path) => list.exec(path)?.slice(1, 2) ?? []))]
}

async function openVocLists(place: Place, decode: data.DecodePicture, options: OpenOptions): Promise<BoxedParts> {
  const annotated = bareNames(place.paths.filter(isXml))
  const { strict } = options
  const all = await partLists(place, 'Main', (name) => annotated.has(name))
  const lists = all.train === undefined ? all : wantedOf(all, options)
  const named = Object.values(lists).flat()
  const wanted = named.length > 0 ? { names: [...new Set(named)] } : {}
  // All parts together: a class may occur in one of them only.
  const {
    problems,
    notes = [],
    boxes,
    ignored,
    dataset,
    names,
    unmatched,
  } = await data.vocDataset(place.source, decode, { strict, ...wanted })
  const strays = strayPictures(place, unmatched.pictures)
  const common = { kind: 'VOC boxes', classes: dataset.classes!, problems, notes, boxes, ignored, strays }
  if (all.train === undefined) {
    const divided = partsByFolder([...names.keys()], (index) => data.folderOf(names[index]))
    if (divided === null || named.length > 0) return { ...common, sets: { train: dataset } }
    const left = divided.loose.map(
      (index) =>
        `${place.source.name}/${dataset.nameOf!(index)}: its annotation is not in the folder of a part; it is left out.`,
    )
    check(!strict || left.length === 0, () => `${left[0]} (strict)`)
    const sets = Object.fromEntries(
      Object.entries(divided.parts).map(([part, indices]) => [part, data.subset(dataset, indices)]),
    )
    return { ...common, sets, problems: [...problems, ...left] }
  }
  const sets: BoxedSets = {}
  for (const [part, own] of Object.entries(lists) as [PartName, readonly string[]][]) {
    const inside = new Set(own)
    const indices = names.flatMap((name, index) => (inside.has(name) ? [index] : []))
    if (indices.length > 0) sets[part] = data.subset(dataset, indices)
  }
  return { ...common, sets }
}

/** Of what there is for each part, what belongs to the one that alone is wanted; all where it is not there, or classes are to be found. */
function wantedOf<T>(
  parts: Partial<Record<PartName, T>>,
  { only, classes }: OpenOptions,
): Partial<Record<PartName, T>> {
  const own = only === undefined || classes === undefined ? undefined : parts[only]
  return own === undefined ? parts : { [only!]: own }
}

const strayPictures = ({ source }: Place, pictures: readonly string[]): string[] =>
  pictures.map((path) => `${source.name}/${path}: there is no annotation for it.`)

async function openVocParts(
  folders: Partial<Record<PartName, Place>>,
  decode: data.DecodePicture,
  options: OpenOptions,
): Promise<BoxedParts> {
  const { strict } = options
  const marked = (Object.entries(wantedOf(folders, options)) as [PartName, Place][]).filter(([, part]) => hasVoc(part))
  const entries = Object.entries(folders) as [PartName, Place][]
  const notes = entries
    .filter(([, part]) => !hasVoc(part))
    .map(([, { source }]) => `${source.name}: there are no annotations; the folder is ignored.`)
  const found = await Promise.all(marked.map(([, { source }]) => data.vocDataset(source, decode, { strict })))
  const classes = [...new Set(found.flatMap(({ dataset }) => dataset.classes!))].sort()
  return {
    ...{ kind: 'VOC boxes', classes, problems: found.flatMap(({ problems }) => problems) },
    sets: Object.fromEntries(found.map(({ dataset }, i) => [marked[i][0], inOrder(dataset, classes)])),
    notes: [...notes, ...found.flatMap((one) => one.notes ?? [])],
    boxes: found.reduce((total, one) => total + one.boxes, 0),
    ignored: found.reduce((total, one) => total + one.ignored, 0),
    strays: found.flatMap(({ unmatched }, i) => strayPictures(marked[i][1], unmatched.pictures)),
  }
}

const tableReader =
  (place: Place, decode: data.DecodePicture, options: OpenOptions) =>
  async (file: string): Promise<data.LoadedBoxes> => {
    const { rows, notes: told } = await readTable(place, file, options)
    const read = await data.boxTableDataset(place.source, decode, { file, rows, strict: options.strict })
    return { ...read, notes: [...told, ...(read.notes ?? [])] }
  }

/** One file of all boxes, or one for each part: `instances_train.json`, `val/_annotations.coco.json`, `train_labels.csv`. */
async function openLists(
  kind: string,
  place: Place,
  files: readonly string[],
  open: (file: string) => Promise<data.LoadedBoxes>,
  options: OpenOptions,
  arrange: (classes: string[]) => string[] = (classes) => classes,
): Promise<BoxedParts> {
  const sets: BoxedSets = {}
  const problems: string[] = []
  const notes: string[] = []
  const taken = new Set<PartName>()
  const found: (readonly [PartName, Boxed, string])[] = []
  let [boxes, ignored] = [0, 0]
  const partOf = (file: string): PartName =>
    files.length === 1 ? 'train' : (partIn(basename(file)) ?? data.partOfPath(data.folderOf(file)) ?? 'train')
  const wanted = wantedOf(Object.fromEntries(files.map((file) => [partOf(file), file])), options)
  for (const file of files) {
    const part = partOf(file)
    check(!taken.has(part), () => `${called(place)}: two files hold the part ${part}: ${file} is the second. Keep one.`)
    taken.add(part)
    if (!(part in wanted)) continue
    const read = await open(file)
    for (const problem of read.problems) problems.push(problem)
    for (const note of read.notes ?? []) notes.push(note)
    boxes += read.boxes
    ignored += read.ignored
    found.push([part, read.dataset, file])
  }
  // Parts agree on a class by its name, whatever its id.
  const classes = arrange([...new Set(found.flatMap(([, { classes: own }]) => own!))])
  for (const [part, set, file] of found) {
    const there = new Set(set.classes!)
    const missing = classes.filter((name) => !there.has(name))
    if (missing.length > 0)
      notes.push(
        `${file}: the ${missing.length === 1 ? 'category' : 'categories'} ${missing.join(', ')} of other parts ${missing.length === 1 ? 'is' : 'are'} not listed; there are no boxes of ${missing.length === 1 ? 'it' : 'them'} in this part.`,
      )
    sets[part] = inOrder(set, classes)
  }
  const strays = unlisted(place, Object.values(sets))
  if (strays.length > 0)
    notes.push(
      `${place.source.name}: ${strays.length === 1 ? 'one picture is' : `${strays.length} pictures are`} not listed in ${files.join(' or ')} and ignored, such as ${strays[0]}.`,
    )
  return {
    ...{ kind, sets, classes, problems, notes, boxes, ignored },
    strays: strayPictures(place, strays),
  }
}

/** Pictures that lie beside those of some set, and are in none. */
function unlisted({ paths }: Place, sets: readonly Boxed[]): string[] {
  const taken = new Set<string>()
  for (const set of sets) for (let i = 0; i < set.length; i++) taken.add(set.nameOf!(i))
  const folders = new Set(Array.from(taken, data.folderOf))
  return paths.filter((path) => data.isPicture(path) && !taken.has(path) && folders.has(data.folderOf(path)))
}

/** The same boxes with the labels that their classes have in another order. */
function inOrder(set: Boxed, classes: readonly string[]): Boxed {
  const own = set.classes!
  if (own.length === classes.length && own.every((name, label) => classes[label] === name)) return set
  const labels = positionsIn(own, classes)
  const moved = data.mapDataset(set, (example) => ({
    ...example,
    boxes: example.boxes.map((box) => ({ ...box, label: labels[box.label] })),
  }))
  const { labelsOf, boxesOf } = set
  return {
    ...{ ...moved, classes },
    ...(labelsOf && { labelsOf: (index: number) => labelsOf(index).map((label) => labels[label]) }),
    ...(boxesOf && {
      boxesOf: (index: number) => boxesOf(index).map((box) => ({ ...box, label: labels[box.label] })),
    }),
  }
}
