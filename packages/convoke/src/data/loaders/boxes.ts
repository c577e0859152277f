// Pictures with boxes: PASCAL VOC's XML files and COCO's JSON.

import { childOf, parseXml, type XmlElement } from '../../formats/index.ts'
import { ConvokeError, check, show } from '../../shapes/error.ts'
import { type Box, type BoxedPicture, checkIndex, type Dataset } from '../dataset.ts'
import {
  type DecodePicture,
  type FileSource,
  inOrder,
  isPicture,
  type Loaded,
  problemList,
  readPicture,
  type StrictOptions,
  stemOf,
} from './source.ts'

interface Annotated {
  readonly path: string
  readonly boxes: readonly Box[]
}

function boxedPictures(
  source: FileSource,
  pictures: readonly Annotated[],
  classes: readonly string[],
  decode: DecodePicture,
): Dataset<BoxedPicture> {
  return {
    length: pictures.length,
    classes,
    nameOf: (index) => pictures[index].path,
    async get(index) {
      checkIndex(source.name, index, pictures.length)
      const { path, boxes } = pictures[index]
      return { image: await readPicture(source, path, decode), boxes }
    },
  }
}

interface Edges {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The part of a box inside its picture; null, and a problem, where it is none or only partly there. */
function insideBox(
  edges: Edges,
  width: number,
  height: number,
  problem: (message: string) => void,
): Omit<Box, 'label'> | null {
  const { left, top, right, bottom } = edges
  const shown = `[${left}, ${top}, ${right}, ${bottom}]`
  if (!(right > left && bottom > top)) {
    problem(`the box ${shown} has no area`)
    return null
  }
  const [l, t, r, b] = [Math.max(0, left), Math.max(0, top), Math.min(width, right), Math.min(height, bottom)]
  if (l !== left || t !== top || r !== right || b !== bottom) {
    problem(`the box ${shown} reaches outside the picture of ${width}×${height} pixels`)
    if (!(r > l && b > t)) return null
  }
  return { x: (l + r) / 2, y: (t + b) / 2, width: r - l, height: b - t }
}

export interface VocOptions extends StrictOptions {
  /** Names of the pictures to take, without ending, as in `ImageSets/Main/train.txt`; all when not given. */
  readonly names?: readonly string[] | undefined
  /** Classes in the order of their labels; those found, in alphabetical order, when not given. */
  readonly classes?: readonly string[] | undefined
}

/** The names in a list such as `ImageSets/Main/train.txt`: the first word of each line. */
export const parseNameList = (text: string): string[] =>
  text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim().split(/\s+/)[0]]))

/**
 * A folder in PASCAL VOC's layout: `Annotations/*.xml` and `JPEGImages/*`. VOC counts pixels from 1 and both edges belong
 * to the box, so that it covers `xmin − 1` to `xmax`. Objects marked `difficult` carry `ignore`.
 */
export async function vocDataset(
  source: FileSource,
  decode: DecodePicture,
  options: VocOptions = {},
): Promise<Loaded<BoxedPicture>> {
  const paths = await source.list()
  const byStem = (folder: string, wanted: (path: string) => boolean): Map<string, string> =>
    new Map(
      inOrder(paths.filter((path) => path.startsWith(folder) && wanted(path))).map((path) => [stemOf(path), path]),
    )
  const annotations = byStem('Annotations/', (path) => path.endsWith('.xml'))
  const images = byStem('JPEGImages/', isPicture)
  const names = options.names ?? [...annotations.keys()]
  check(
    names.length > 0,
    () => `${source.name}: there is nothing in Annotations/. The layout is Annotations/*.xml and JPEGImages/*.`,
  )
  const problems = problemList(options)
  const read: { readonly path: string; readonly objects: readonly VocObject[] }[] = []
  for (const name of names) {
    const [annotation, image] = [annotations.get(name), images.get(name)]
    if (annotation === undefined || image === undefined) {
      problems.add(`${source.name}: ${name} has no ${annotation === undefined ? 'annotation' : 'picture'}.`)
      continue
    }
    try {
      const root = parseXml(annotation, new TextDecoder().decode(await source.read(annotation)))
      read.push({ path: image, objects: vocObjects(annotation, root, (message) => problems.add(message)) })
    } catch (error) {
      if (!(error instanceof ConvokeError) || options.strict) throw error
      problems.add(error.message)
    }
  }
  const found = read.flatMap(({ objects }) => objects.map(({ name }) => name))
  const classes = options.classes ?? [...new Set(found)].sort()
  const pictures = read.map(({ path, objects }) => ({
    path,
    boxes: objects.map(({ name, box }): Box => {
      const label = classes.indexOf(name)
      check(
        label >= 0,
        () => `${path}: there is an object of class ${show(name)}, which is not among ${classes.join(', ')}.`,
      )
      return { ...box, label }
    }),
  }))
  check(pictures.length > 0, () => `${source.name}: no picture can be used. The first problem: ${problems.all[0]}`)
  return { dataset: boxedPictures(source, pictures, classes, decode), problems: problems.all }
}

interface VocObject {
  readonly name: string
  readonly box: Omit<Box, 'label'>
}

function vocObjects(file: string, root: XmlElement, problem: (message: string) => void): VocObject[] {
  const number = (element: XmlElement | undefined, name: string): number => {
    const text = element === undefined ? undefined : childOf(element, name)?.text
    const value = Number(text)
    check(
      text !== undefined && text !== '' && Number.isFinite(value),
      () => `${file}: <${name}> is ${show(text)}; it must be a number.`,
    )
    return value
  }
  const size = childOf(root, 'size')
  const [width, height] = [number(size, 'width'), number(size, 'height')]
  return root.children.flatMap((element) => {
    if (element.name !== 'object') return []
    const bounds = childOf(element, 'bndbox')
    const edges = {
      left: number(bounds, 'xmin') - 1,
      top: number(bounds, 'ymin') - 1,
      right: number(bounds, 'xmax'),
      bottom: number(bounds, 'ymax'),
    }
    // A box of one pixel is what annotation tools leave behind after a stray click.
    const empty = edges.right - edges.left <= 1 && edges.bottom - edges.top <= 1
    const box = insideBox(empty ? { ...edges, right: edges.left } : edges, width, height, (message) =>
      problem(`${file}: ${message}.`),
    )
    if (box === null) return []
    const name = childOf(element, 'name')?.text ?? ''
    if (name === '') {
      problem(`${file}: an object has no <name>; it is left out.`)
      return []
    }
    const ignore = childOf(element, 'difficult')?.text === '1'
    return [{ name, box: ignore ? { ...box, ignore } : box }]
  })
}

interface CocoFile {
  readonly images: readonly {
    readonly id: number
    readonly file_name: string
    readonly width: number
    readonly height: number
  }[]
  readonly annotations: readonly {
    readonly image_id: number
    readonly category_id: number
    readonly bbox: readonly number[]
    readonly iscrowd?: number
  }[]
  readonly categories: readonly { readonly id: number; readonly name: string }[]
}

export interface CocoOptions extends StrictOptions {
  /** The JSON file below the source. */
  readonly annotations: string
  /** Folder of the pictures; the source itself when not given. */
  readonly images?: string | undefined
}

/** COCO's JSON (`bbox: [left, top, width, height]`). Classes in the order of their ids; crowds carry `ignore`. */
export async function cocoDataset(
  source: FileSource,
  decode: DecodePicture,
  options: CocoOptions,
): Promise<Loaded<BoxedPicture>> {
  const name = options.annotations
  const file = parseCoco(name, new TextDecoder().decode(await source.read(name)))
  const problems = problemList(options)
  const categories = [...file.categories].sort((a, b) => a.id - b.id)
  const labels = new Map(categories.map(({ id }, label) => [id, label]))
  const present = new Set(await source.list())
  const folder = options.images === undefined ? '' : `${options.images}/`
  const boxes = new Map<number, Box[]>(file.images.map(({ id }) => [id, []]))
  const sizes = new Map(file.images.map(({ id, width, height }) => [id, { width, height }]))
  for (const { image_id, category_id, bbox, iscrowd } of file.annotations) {
    const label = labels.get(category_id)
    const size = sizes.get(image_id)
    if (label === undefined || size === undefined) {
      problems.add(
        `${name}: an annotation names ${label === undefined ? `category ${category_id}` : `picture ${image_id}`}, which is not listed.`,
      )
      continue
    }
    const [left, top, width, height] = bbox
    const edges = { left, top, right: left + width, bottom: top + height }
    const box = insideBox(edges, size.width, size.height, (message) =>
      problems.add(`${name}, picture ${image_id}: ${message}.`),
    )
    if (box !== null) boxes.get(image_id)!.push(iscrowd === 1 ? { ...box, label, ignore: true } : { ...box, label })
  }
  const pictures = file.images.flatMap(({ id, file_name }) => {
    if (present.has(folder + file_name)) return [{ path: folder + file_name, boxes: boxes.get(id)! }]
    problems.add(`${source.name}: ${folder}${file_name} is named in ${name} and not there.`)
    return []
  })
  check(
    pictures.length > 0,
    () => `${source.name}: no picture can be used. The first problem: ${problems.all[0] ?? 'none is listed'}`,
  )
  const classes = categories.map((category) => category.name)
  return { dataset: boxedPictures(source, pictures, classes, decode), problems: problems.all }
}

function parseCoco(name: string, text: string): CocoFile {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (error) {
    throw new ConvokeError(`${name}: this is not JSON (${error instanceof Error ? error.message : error}).`)
  }
  const parts = ['images', 'annotations', 'categories'] as const
  const missing = parts.filter((part) => !Array.isArray((file as Record<string, unknown> | null)?.[part]))
  check(missing.length === 0, () => `${name}: this is not a COCO file: ${missing.join(', ')} must be lists.`)
  return file as CocoFile
}
