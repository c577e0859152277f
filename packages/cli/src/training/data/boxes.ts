// Pictures with boxes: PASCAL VOC's folders and COCO's JSON.

import { data } from 'convoke'
import { check } from 'convoke/shapes'
import type { OpenOptions, Parts } from './opened.ts'
import { decoderFor, pictureFacts, pictureForm, sizedPictures } from './pictures.ts'
import { type PartName, type Place, partFolders, partIn } from './place.ts'
import { isPictureName } from './table.ts'

type Set = data.Dataset<data.BoxedPicture>
type Sets = Partial<Record<PartName, Set>>

interface Found {
  readonly kind: string
  readonly sets: Sets
  readonly classes: readonly string[]
  readonly problems: readonly string[]
}

const isVoc = ({ paths }: Place): boolean => paths.some((path) => /^Annotations\/.*\.xml$/.test(path))
const jsonIn = ({ paths }: Place): string[] => paths.filter((path) => /\.json$/i.test(path))

export async function openBoxes(place: Place, options: OpenOptions): Promise<Parts<data.BoxedPicture>> {
  const facts = await pictureFacts(place.source, place.paths.filter(isPictureName))
  const form = pictureForm('detect', facts, options)
  const decode = decoderFor(form?.channels ?? options.channels ?? facts.channels)
  const { kind, sets, classes, problems } = await find(place, decode, options)
  const sized = (set: Set | undefined) => (set === undefined ? undefined : sizedPictures(set, form))
  const train = sized(sets.train ?? sets.test)
  check(train !== undefined, () => `${place.source.name}: there is no part to train on.`)
  const test = sets.train === undefined ? undefined : sized(sets.test)
  return { kind, train, validation: sized(sets.validation), test, classes, problems, files: true, picture: form }
}

async function find(place: Place, decode: data.DecodePicture, options: OpenOptions): Promise<Found> {
  if (isVoc(place)) return openVoc(place, decode, options)
  const folders = partFolders(place)
  if (folders !== null && Object.values(folders).every(isVoc)) return openVocParts(folders, decode, options)
  const files = jsonIn(place)
  check(
    files.length > 0,
    () =>
      `${place.source.name}: there are no boxes. It may hold Annotations/*.xml with JPEGImages/* (PASCAL VOC), or a COCO .json with its pictures.`,
  )
  return openCoco(place, files, decode, options)
}

/** Lists in ImageSets/Main that stand for the parts; `trainval` only where there is no `train`. */
async function vocLists(place: Place): Promise<Partial<Record<PartName, readonly string[]>>> {
  const lists: Partial<Record<PartName, readonly string[]>> = {}
  const files = { train: ['train', 'trainval'], validation: ['val'], test: ['test'] } as const
  for (const part of Object.keys(files) as PartName[]) {
    const path = files[part]
      .map((name) => `ImageSets/Main/${name}.txt`)
      .find((candidate) => place.paths.includes(candidate))
    if (path === undefined) continue
    const names = data.parseNameList(data.decodeText(path, await place.source.read(path)))
    if (names.length > 0) lists[part] = names
  }
  return lists
}

async function openVoc(place: Place, decode: data.DecodePicture, options: OpenOptions): Promise<Found> {
  const { strict } = options
  const lists = await vocLists(place)
  const named = Object.values(lists).flat()
  const wanted = named.length > 0 ? { names: [...new Set(named)] } : {}
  // All parts together first: a class may occur in one of them only.
  const whole = await data.vocDataset(place.source, decode, { strict, ...wanted })
  const classes = whole.dataset.classes!
  if (lists.train === undefined)
    return { kind: 'VOC boxes', sets: { train: whole.dataset }, classes, problems: whole.problems }
  const sets: Sets = {}
  for (const [part, names] of Object.entries(lists) as [PartName, readonly string[]][]) {
    sets[part] = (await data.vocDataset(place.source, decode, { names, classes })).dataset
  }
  return { kind: 'VOC boxes', sets, classes, problems: whole.problems }
}

async function openVocParts(
  folders: Partial<Record<PartName, Place>>,
  decode: data.DecodePicture,
  { strict }: OpenOptions,
): Promise<Found> {
  const found = await Promise.all(
    Object.values(folders).map(({ source }) => data.vocDataset(source, decode, { strict })),
  )
  const classes = [...new Set(found.flatMap(({ dataset }) => dataset.classes!))].sort()
  const sets: Sets = {}
  for (const [part, { source }] of Object.entries(folders) as [PartName, Place][]) {
    sets[part] = (await data.vocDataset(source, decode, { classes })).dataset
  }
  return { kind: 'VOC boxes', sets, classes, problems: found.flatMap(({ problems }) => problems) }
}

/** One COCO file, or one for each part: `instances_train.json`, `val/_annotations.coco.json`. */
async function openCoco(
  place: Place,
  files: readonly string[],
  decode: data.DecodePicture,
  { strict }: OpenOptions,
): Promise<Found> {
  const sets: Sets = {}
  const problems: string[] = []
  let classes: readonly string[] | undefined
  for (const file of files) {
    const images = await imageFolder(place, file)
    const read = await data.cocoDataset(place.source, decode, { annotations: file, images, strict })
    const part = files.length === 1 ? 'train' : (partIn(file) ?? 'train')
    check(
      sets[part] === undefined,
      () => `${place.source.name}: two files stand for the part ${part}: ${file} is the second. Keep one.`,
    )
    sets[part] = read.dataset
    for (const problem of read.problems) problems.push(problem)
    classes ??= read.dataset.classes!
    check(
      classes.join('\n') === read.dataset.classes!.join('\n'),
      () =>
        `${file}: its categories are ${read.dataset.classes!.join(', ')}, those of ${files[0]} ${classes!.join(', ')}. They must be the same.`,
    )
  }
  return { kind: 'COCO boxes', sets, classes: classes!, problems }
}

/** The folder that the pictures of a COCO file lie in, by looking for one of them. */
async function imageFolder({ source, paths }: Place, file: string): Promise<string | undefined> {
  const text = new TextDecoder().decode(await source.read(file))
  const names = [...text.matchAll(/"file_name"\s*:\s*"([^"]+)"/g)].slice(0, 20).map((match) => match[1])
  const beside = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : ''
  for (const name of names) {
    if (paths.includes(beside + name)) return beside === '' ? undefined : beside.slice(0, -1)
    const path = paths.find((candidate) => candidate === name || candidate.endsWith(`/${name}`))
    if (path !== undefined) return path === name ? undefined : path.slice(0, -name.length - 1)
  }
  return undefined
}
