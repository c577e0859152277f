// What PASCAL VOC's and COCO's readers share: boxes held inside their pictures, whose size the picture itself tells.

import { check } from '../../shapes/error.ts'
import { type Box, type BoxedPicture, checkIndex, type Dataset } from '../dataset.ts'
import {
  type DecodePicture,
  type FileSource,
  type Loaded,
  type PictureSize,
  pictureFile,
  pictureSize,
  readPicture,
} from './source.ts'

export interface Edges {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** An object as its annotation states it. */
export interface MarkedObject extends Edges {
  readonly name: string
  readonly ignore: boolean
}

/** A picture and what its annotation says of it. */
export interface MarkedPicture {
  readonly path: string
  /** What messages call the annotation: a file, or a file and a picture's number. */
  readonly annotation: string
  /** The size that the annotation states; null where it states none. */
  readonly stated: PictureSize | null
  readonly objects: readonly MarkedObject[]
  /** Whether edges are shares of the picture's width and height, not pixels. */
  readonly shares?: boolean | undefined
}

export interface PlacedPicture {
  readonly path: string
  readonly objects: readonly (Omit<Box, 'label'> & { readonly name: string })[]
}

/** A picture with its boxes, what is wrong with them, and the size that its annotation states wrongly. */
export interface Placing {
  readonly placed: PlacedPicture
  readonly problems: readonly string[]
  readonly differs: string | null
  /** The size that boxes were held to; null where none is known. */
  readonly size: PictureSize | null
}

/** Pictures with boxes, and how many boxes count. */
export interface LoadedBoxes extends Loaded<BoxedPicture> {
  /** Boxes of all pictures, those to be ignored left out. */
  readonly boxes: number
  /** Boxes to be ignored: crowds, and objects marked as difficult. */
  readonly ignored: number
}

/** What annotations call a mark of crowds and of objects that are hard to tell; IsGroupOf is Open Images'. */
const markNames = /^(?:is[\s_-]?)?(?:difficult|crowd|group[\s_-]?of|ignored?)$/i

/** Whether a member, an element or a column marks objects that are to be ignored. */
export const isMark = (name: string): boolean => name.length < 16 && markNames.test(name)

/** Whether such a mark is set. Marks are 0 and 1; some programs write them as words or strings. */
export const isSet = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'number' && value > 0) ||
  (typeof value === 'string' && (/^\s*(true|yes)\s*$/i.test(value) || Number(value) > 0))

export function countBoxes(
  pictures: readonly { readonly boxes: readonly Box[] }[],
): Pick<LoadedBoxes, 'boxes' | 'ignored'> {
  const all = pictures.reduce((total, { boxes }) => total + boxes.length, 0)
  const ignored = pictures.reduce((total, { boxes }) => total + boxes.filter(({ ignore }) => ignore).length, 0)
  return { boxes: all - ignored, ignored }
}

/** Files read at a time. */
export const together = 16

/**
 * Holds boxes inside their picture. The size that counts is the picture's own, after turning it as its orientation tag
 * says; annotations often state none, 0 × 0, or that from before the turn. Where the picture cannot be read, the stated
 * size is all there is.
 */
export async function placeObjects(
  source: FileSource,
  { path, annotation, stated, objects, shares = false }: MarkedPicture,
  decode: DecodePicture,
): Promise<Placing> {
  const own = await pictureSize(pictureFile(source, path), decode)
  const known = own ?? stated
  const size = known ?? { height: Number.POSITIVE_INFINITY, width: Number.POSITIVE_INFINITY }
  const problems: string[] = []
  // Shares of a picture that cannot be read are no pixels; reading the picture says what is wrong with it.
  const edged = !shares ? objects : known === null ? [] : objects.map((object) => inPixels(object, known))
  const inside = edged.flatMap((object) => {
    const box = insideBox(object, size, (message) => problems.push(`${annotation}: ${message}.`))
    return box === null ? [] : [{ ...box, name: object.name, ...(object.ignore && { ignore: true }) }]
  })
  const same = own === null || stated === null || (own.height === stated.height && own.width === stated.width)
  return {
    placed: { path, objects: inside },
    ...{ problems, size: known },
    differs: same ? null : `${annotation} (${sizeText(stated)}, the picture is ${sizeText(own)})`,
  }
}

const inPixels = (object: MarkedObject, { height, width }: PictureSize): MarkedObject => ({
  ...object,
  ...{ left: object.left * width, right: object.right * width },
  ...{ top: object.top * height, bottom: object.bottom * height },
})

/** What is said of annotations that state another size than the picture has; nothing where there is none. */
export function sizeProblems(name: string, placings: readonly Placing[]): string[] {
  const differing = placings.flatMap(({ differs }) => (differs === null ? [] : [differs]))
  if (differing.length === 0) return []
  const count = differing.length === 1 ? 'one annotation states' : `${differing.length} annotations state`
  const some = `${differing.slice(0, 3).join(', ')}${differing.length > 3 ? ', …' : ''}`
  return [`${name}: ${count} a different size from the picture's: ${some}. The picture's own size is used.`]
}

const sizeText = ({ height, width }: PictureSize): string => `${width}×${height}`

/** The part of a box inside its picture; null, and a problem, where it is none or only partly there. */
function insideBox(
  { left, top, right, bottom }: Edges,
  size: PictureSize,
  problem: (message: string) => void,
): Omit<Box, 'label'> | null {
  const shown = `[${left}, ${top}, ${right}, ${bottom}]`
  if (!(right > left && bottom > top)) {
    problem(`the box ${shown} has no area`)
    return null
  }
  const [l, t, r, b] = [Math.max(0, left), Math.max(0, top), Math.min(size.width, right), Math.min(size.height, bottom)]
  if (l !== left || t !== top || r !== right || b !== bottom) {
    problem(`the box ${shown} reaches outside the picture of ${sizeText(size)} pixels`)
    if (!(r > l && b > t)) return null
  }
  return { x: (l + r) / 2, y: (t + b) / 2, width: r - l, height: b - t }
}

/** Throws `ConvokeError` where every box ends within the first pixel of its picture: then they are shares of the picture. */
export function checkPixels(name: string, objects: readonly Edges[]): void {
  const [first] = objects
  check(
    first === undefined ||
      objects.some(({ right, bottom }) => right > 1 || bottom > 1) ||
      objects.every(({ right, bottom }) => Number.isInteger(right) && Number.isInteger(bottom)),
    () =>
      `${name}: all boxes end within the first pixel, so they may be shares of the picture; the first ends at ${first.right}, ${first.bottom}. Boxes must be in pixels: multiply by the width and the height of the picture.`,
  )
}

export function boxedPictures(
  source: FileSource,
  pictures: readonly { readonly path: string; readonly boxes: readonly Box[] }[],
  classes: readonly string[],
  decode: DecodePicture,
): Dataset<BoxedPicture> {
  return {
    length: pictures.length,
    classes,
    nameOf: (index) => pictures[index].path,
    fileOf: (index) => pictureFile(source, pictures[index].path),
    labelsOf: (index) => pictures[index].boxes.flatMap(({ label, ignore }) => (ignore ? [] : [label])),
    boxesOf: (index) => pictures[index].boxes,
    async get(index) {
      checkIndex(source.name, index, pictures.length)
      const { path, boxes } = pictures[index]
      return { image: await readPicture(source, path, decode), boxes }
    },
  }
}
