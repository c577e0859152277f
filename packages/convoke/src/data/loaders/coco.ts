// Pictures with boxes as COCO keeps them: one JSON file for a part (Lin et al. 2014; cocodataset.org/#format-data).

import { ConvokeError, check, show } from '../../shapes/error.ts'
import { checkPixels, isMark, isSet, type LoadedBoxes, type MarkedObject } from './boxes.ts'
import { boxesOf, type ListedImage } from './listed-boxes.ts'
import { type DecodePicture, type FileSource, problemList, type StrictOptions } from './source.ts'

/** The options of `cocoDataset`. */
export interface CocoOptions extends StrictOptions {
  /** The JSON file below the source. */
  readonly annotations: string
  /**
   * Folder of the pictures. When not given, names are looked up beside the JSON file, then in folders of the same part
   * (train, val, test), then anywhere below the source where just one file fits.
   */
  readonly images?: string | undefined
  /** Boxes annotations without `bbox` around their polygons; else they are left out and named. Default false. */
  readonly polygons?: boolean | undefined
}

/**
 * What a JSON file holds, as far as COCO's kinds can be told apart: 'boxes' for instances, 'keypoints' where categories have
 * any, 'captions', 'segments' for panoptic maps, 'pictures' for a list without annotations; null for anything else.
 */
export type CocoKind = 'boxes' | 'keypoints' | 'captions' | 'segments' | 'pictures'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a parsed JSON file holds, if it is one of COCO's; null for anything else. */
export function cocoKind(json: unknown): CocoKind | null {
  if (!isObject(json) || !Array.isArray(json['images'])) return null
  const { annotations, categories } = json
  if (!Array.isArray(annotations)) return annotations === undefined ? 'pictures' : null
  const some = (key: string): boolean => annotations.slice(0, 100).some((one) => isObject(one) && key in one)
  if (some('caption')) return 'captions'
  if (some('segments_info')) return 'segments'
  if (!Array.isArray(categories)) return null
  const points = categories.some((one) => isObject(one) && Array.isArray(one['keypoints']))
  return points || some('keypoints') ? 'keypoints' : 'boxes'
}

/** What Python writes for numbers that JSON has no form for; they are read as null, and what they stand in is named as faulty. */
const notFinite = /\b(NaN|Infinity)\b/
const strings = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g

/** JSON is UTF-8; some programs write UTF-16 with its mark. */
const markedEncoding = ([a, b]: Uint8Array): string =>
  a === 0xff && b === 0xfe ? 'utf-16le' : a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'

/** The JSON of a file. Throws `ConvokeError` that says where it is none. */
export function parseJson(name: string, bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder(markedEncoding(bytes), { fatal: true }).decode(bytes)
    try {
      return JSON.parse(text)
    } catch (error) {
      if (!notFinite.test(text)) throw error
      return JSON.parse(text.replace(strings, (found) => (found.startsWith('"') ? found : 'null')))
    }
  } catch (error) {
    throw new ConvokeError(`${name}: this is not JSON (${error instanceof Error ? error.message : error}).`)
  }
}

/** Ids are numbers; some programs write them as strings. */
const idOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** COCO's JSON (`bbox: [left, top, width, height]`). Classes in the order of their ids; crowds carry `ignore`. */
export async function cocoDataset(
  source: FileSource,
  decode: DecodePicture,
  options: CocoOptions,
): Promise<LoadedBoxes> {
  const name = options.annotations
  const json = parseJson(name, await source.read(name))
  const kind = cocoKind(json)
  const parts = ['images', 'annotations', 'categories'] as const
  const missing = parts.filter((part) => !isObject(json) || !Array.isArray(json[part]))
  check(
    missing.length === 0 && (kind === 'boxes' || kind === 'keypoints'),
    () =>
      `${name}: this is not a COCO file of boxes: ${missing.length > 0 ? `${missing.join(', ')} must be lists` : `it holds ${kind}`}.`,
  )
  const file = json as Readonly<Record<(typeof parts)[number], readonly unknown[]>>
  const problems = problemList(options)
  const tell = (message: string): void => problems.add(message)
  const { classes, labels, ambiguous: unsure } = categoriesOf(name, file.categories, tell)
  const { images, ambiguous } = imagesOf(name, file.images, tell)
  const notes: string[] = []
  const objects = objectsOf(
    name,
    file.annotations,
    { labels, images, told: { categories: unsure, images: ambiguous }, polygons: options.polygons ?? false },
    tell,
    notes,
  )

  const { images: folder } = options
  return boxesOf(source, decode, { name, classes, images, objects, folder, problems, notes, corners: true })
}

/** Classes in the order of their ids. Two categories of one name are one class; an id of two names tells none. */
function categoriesOf(file: string, records: readonly unknown[], problem: (message: string) => void) {
  const ids = new Map<string, string>()
  const ambiguous = new Set<string>()
  for (const [i, record] of records.entries()) {
    const id = isObject(record) ? idOf(record['id']) : null
    const name = isObject(record) ? record['name'] : undefined
    if (id === null || typeof name !== 'string' || name.trim() === '') {
      problem(`${file}: category ${i + 1} has no ${id === null ? 'id' : 'name'}; it is left out.`)
      continue
    }
    const own = name.normalize('NFC').trim()
    const before = ids.get(id)
    if (before === undefined) ids.set(id, own)
    else if (before !== own && !ambiguous.has(id)) {
      problem(
        `${file}: the category id ${id} is used for ${show(before)} and for ${show(own)}; its annotations are left out.`,
      )
      ambiguous.add(id)
    }
  }
  const found = Array.from(ids, ([id, name]) => ({ id, name })).filter(({ id }) => !ambiguous.has(id))
  found.sort((a, b) => Number(a.id) - Number(b.id) || (a.id < b.id ? -1 : 1))
  const idsOf = new Map<string, string[]>()
  for (const { id, name } of found) {
    const same = idsOf.get(name)
    if (same === undefined) idsOf.set(name, [id])
    else same.push(id)
  }
  for (const [name, same] of idsOf) {
    if (same.length > 1)
      problem(
        `${file}: categories ${same.join(' and ')} are ${same.length === 2 ? 'both' : 'all'} called ${show(name)}; they are one class.`,
      )
  }
  const classes = [...idsOf.keys()]
  return {
    classes,
    labels: new Map([...idsOf.values()].flatMap((same, label) => same.map((id) => [id, label] as const))),
    ambiguous,
  }
}

/** The pictures by their ids. An id of two files tells neither: boxes that name it may be of either. */
function imagesOf(file: string, records: readonly unknown[], problem: (message: string) => void) {
  const images = new Map<string, ListedImage>()
  const ambiguous = new Set<string>()
  for (const [i, record] of records.entries()) {
    const id = isObject(record) ? idOf(record['id']) : null
    const named = isObject(record) ? record['file_name'] : undefined
    if (id === null || typeof named !== 'string' || named.trim() === '') {
      problem(`${file}: picture ${i + 1} has no ${id === null ? 'id' : 'file_name'}; it is left out.`)
      continue
    }
    const before = images.get(id)
    if (before !== undefined) {
      if (before.file !== named && !ambiguous.has(id)) {
        problem(`${file}: the picture id ${id} is used for ${before.file} and for ${named}; both are left out.`)
        ambiguous.add(id)
      }
      continue
    }
    const { height, width } = record as Json
    const states = isNumber(height) && isNumber(width) && height > 0 && width > 0
    images.set(id, { file: named, stated: states ? { height, width } : null })
  }
  for (const id of ambiguous) images.delete(id)
  return { images, ambiguous }
}

interface Known {
  readonly labels: ReadonlyMap<string, number>
  readonly images: ReadonlyMap<string, ListedImage>
  /** Ids that were given twice, of which no more is said. */
  readonly told: { readonly categories: ReadonlySet<string>; readonly images: ReadonlySet<string> }
  readonly polygons: boolean
}

/** The box `[left, top, width, height]` around polygons, each a list x, y, x, y, …; null where they are none. */
function aroundPolygons(value: unknown): readonly number[] | null {
  if (!Array.isArray(value) || value.length === 0) return null
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const polygon of value) {
    if (!Array.isArray(polygon) || polygon.length < 6 || polygon.length % 2 !== 0 || !polygon.every(isNumber))
      return null
    for (let i = 0; i < polygon.length; i += 2) {
      left = Math.min(left, polygon[i])
      right = Math.max(right, polygon[i])
      top = Math.min(top, polygon[i + 1])
      bottom = Math.max(bottom, polygon[i + 1])
    }
  }
  return [left, top, right - left, bottom - top]
}

/** The objects of each picture, `name` being the label. What is faulty is named by its id, or counted from 1. */
function objectsOf(
  file: string,
  records: readonly unknown[],
  { labels, images, told, polygons }: Known,
  problem: (message: string) => void,
  notes: string[],
): Map<string, MarkedObject[]> {
  const seen = new Set<string>()
  let [twice, outlined] = [0, 0]
  const objects = new Map<string, MarkedObject[]>([...images.keys()].map((id) => [id, []]))
  for (const [i, record] of records.entries()) {
    if (!isObject(record)) {
      problem(`${file}: annotation ${i + 1} is ${show(record)}; it must be an object.`)
      continue
    }
    const outline = polygons && (record['bbox'] ?? null) === null ? aroundPolygons(record['segmentation']) : null
    const bbox = outline ?? record['bbox']
    const [image, category] = [idOf(record['image_id']), idOf(record['category_id'])]
    const label = category === null ? undefined : labels.get(category)
    const list = image === null ? undefined : objects.get(image)
    if (told.images.has(image ?? '') || told.categories.has(category ?? '')) continue
    if (label === undefined || list === undefined) {
      problem(
        `${file}: an annotation names ${label === undefined ? `category ${shown(record['category_id'])}` : `picture ${shown(record['image_id'])}`}, which is not listed.`,
      )
      continue
    }
    if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every(isNumber)) {
      problem(
        `${file}, picture ${image}: the bbox of annotation ${idOf(record['id']) ?? i + 1} is ${shown(bbox)}; it must be four numbers, [left, top, width, height]. It is left out.`,
      )
      continue
    }
    const [left, top, width, height] = bbox as number[]
    const ignore = Object.entries(record).some(([name, value]) => isMark(name) && isSet(value))
    const key = JSON.stringify([image, category, bbox, ignore])
    if (seen.has(key)) {
      twice++
      continue
    }
    seen.add(key)
    if (outline !== null) outlined++
    list.push({ left, top, right: left + width, bottom: top + height, name: String(label), ignore })
  }
  checkPixels(file, [...objects.values()].flat())
  if (twice > 0)
    problem(`${file}: ${twice === 1 ? 'one annotation is' : `${twice} annotations are`} listed twice and counted once.`)
  if (outlined > 0)
    notes.push(
      `${file}: ${outlined === 1 ? 'one annotation has no bbox and is' : `${outlined} annotations have no bbox and are`} given the box around the polygon.`,
    )
  return objects
}

/** Lists in lists, which may be too deep to be written out. */
const nested = (value: unknown): boolean =>
  Array.isArray(value) && value.some((one) => typeof one === 'object' && one !== null)

const shown = (value: unknown): string => {
  const text = value === undefined ? 'missing' : nested(value) ? 'nested lists' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
