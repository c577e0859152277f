// Boxes in a table, one a row beside the name of its picture: filename,width,height,class,xmin,ymin,xmax,ymax, as
// TensorFlow's object detection takes them; or left, top, width and height, in four columns or in one called bbox, as COCO has them.

import { evenRows, type Row } from '../../formats/index.ts'
import { check, show } from '../../shapes/error.ts'
import { checkPixels, isMark, isSet, type LoadedBoxes, type MarkedObject } from './boxes.ts'
import { boxesOf, type ListedImage } from './listed-boxes.ts'
import { type DecodePicture, type FileSource, problemList, type StrictOptions } from './source.ts'

/** Which columns of a table hold what. Indices count from 0. */
export interface BoxColumns {
  /** The picture's file. */
  readonly file: number
  /** −1 where there is none: all boxes are of one class. */
  readonly label: number
  /** Left, top, and right and bottom or, where they are `sides`, width and height; or one column that holds all four. */
  readonly edges: readonly [number, number, number, number] | readonly [number]
  /** Whether the last two edges are width and height. */
  readonly sides: boolean
  /** Columns that mark a box as one to ignore. */
  readonly marks: readonly number[]
  /** Columns with the size of the picture; −1 where there are none. */
  readonly size: {
    /** Width of the picture in pixels. */
    readonly width: number
    /** Height of the picture in pixels. */
    readonly height: number
  }
}

const edgeNames = [
  ['xmin', 'ymin', 'xmax', 'ymax'],
  ['x1', 'y1', 'x2', 'y2'],
  ['left', 'top', 'right', 'bottom'],
] as const
const sideNames = [
  ['x', 'y', 'w', 'h'],
  ['x', 'y', 'width', 'height'],
  ['xmin', 'ymin', 'width', 'height'],
  ['left', 'top', 'width', 'height'],
  ['bboxx', 'bboxy', 'bboxwidth', 'bboxheight'],
  ['bboxx', 'bboxy', 'bboxw', 'bboxh'],
] as const
/** Columns that hold [left, top, width, height] in one. */
const togetherNames = [['bbox'], ['boundingbox']] as const
const fileNames = [
  'filename',
  'file',
  'image',
  'imagename',
  'imagefile',
  'imagepath',
  'path',
  'imageid',
  'img',
  'picture',
]
const labelNames = ['class', 'label', 'classname', 'labelname', 'category', 'name', 'object']

/** The columns of a table of boxes by their names, in any order; null where it is none. */
export function boxColumns(names: readonly string[]): BoxColumns | null {
  const plain = names.map((name) => name.toLowerCase().replace(/[\s_-]/g, ''))
  const first = (known: readonly string[]): number => {
    const name = known.find((one) => plain.includes(one))
    return name === undefined ? -1 : plain.indexOf(name)
  }
  const found = (lists: readonly (readonly string[])[]): number[] | undefined =>
    lists.map((list) => list.map((name) => plain.indexOf(name))).find((columns) => !columns.includes(-1))
  const corners = found(edgeNames)
  const edges = corners ?? found(togetherNames) ?? found(sideNames)
  const file = first(fileNames)
  if (edges === undefined || file < 0) return null
  // Of the picture, unless they are those of the box.
  const sizeAt = (name: string): number => (edges.includes(plain.indexOf(name)) ? -1 : plain.indexOf(name))
  return {
    ...{ file, label: first(labelNames), edges: edges as never, sides: corners === undefined },
    marks: names.flatMap((name, column) => (isMark(name) ? [column] : [])),
    size: { width: sizeAt('width'), height: sizeAt('height') },
  }
}

/** Four numbers as a column holds them: `[834.0, 222.0, 56.0, 36.0]`, in any brackets or none. */
const partsOf = (text: string): string[] =>
  text
    .trim()
    .replace(/^[[({]|[\])}]$/g, '')
    .split(/[\s,;]+/)
    .filter((part) => part !== '')

/** The options of `boxTableDataset`. */
export interface BoxTableOptions extends StrictOptions {
  /** The table below the source. */
  readonly file: string
  /** Its rows, the names of the columns in the first. */
  readonly rows: readonly Row[]
}

/** The class of all boxes where a table has no column for it. */
const onlyClass = 'object'

/**
 * Pictures with the boxes of a table: `filename,width,height,class,xmin,ymin,xmax,ymax`, in any order; width, height and class
 * may be missing. In place of the edges there may be `x,y,w,h` (or `width,height`, or `left,top` before them), or one column `bbox` with
 * `[left, top, width, height]`. All are in pixels from 0. Boxes that a column `difficult`, `iscrowd`, `isgroupof` or `ignore` marks carry
 * `ignore`. A row without numbers stands for a picture without a box. Classes are in alphabetical order. What is faulty is left
 * out and named by its line. Throws `ConvokeError` where the first row has no such names.
 */
export async function boxTableDataset(
  source: FileSource,
  decode: DecodePicture,
  { file, rows, strict }: BoxTableOptions,
): Promise<LoadedBoxes> {
  const columns = boxColumns(rows[0]?.fields ?? [])
  check(
    columns !== null,
    () =>
      `${file}: the first row does not name columns of boxes: ${show(rows[0]?.fields)}. Use filename, class, xmin, ymin, xmax, ymax.`,
  )
  const problems = problemList({ strict })
  const tell = (message: string): void => problems.add(message)
  const images = new Map<string, ListedImage>()
  const objects = new Map<string, MarkedObject[]>()
  const seen = new Set<string>()
  let twice = 0
  for (const { line, fields } of evenRows(file, rows, { header: true, tell })) {
    const picture = fields[columns.file].trim()
    if (picture === '') {
      tell(`${file}, line ${line}: the name of the picture is missing.`)
      continue
    }
    const own = objects.get(picture) ?? []
    objects.set(picture, own)
    const [width, height] = [numberOf(fields[columns.size.width]), numberOf(fields[columns.size.height])]
    const stated = width !== null && height !== null && width > 0 && height > 0 ? { width, height } : null
    if (!images.has(picture)) images.set(picture, { file: picture, stated })
    const texts =
      columns.edges.length === 1 ? partsOf(fields[columns.edges[0]]) : columns.edges.map((at) => fields[at].trim())
    if (texts.every((text) => text === '')) continue
    if (texts.length !== 4) {
      tell(
        `${file}, line ${line}: ${show(fields[columns.edges[0]])} is not a box of four numbers. The row is left out.`,
      )
      continue
    }
    const numbers = texts.map(numberOf)
    const faulty = numbers.indexOf(null)
    const name = columns.label < 0 ? onlyClass : fields[columns.label].normalize('NFC').trim()
    if (faulty >= 0 || name === '') {
      const what =
        faulty < 0 ? 'the class is missing' : `${show(texts[faulty])} is not an edge of a box; an edge must be a number`
      tell(`${file}, line ${line}: ${what}. The row is left out.`)
      continue
    }
    const ignore = columns.marks.some((column) => isSet(fields[column]))
    const key = JSON.stringify([picture, name, numbers, ignore])
    if (seen.has(key)) {
      twice++
      continue
    }
    seen.add(key)
    const [left, top, third, fourth] = numbers as number[]
    const [right, bottom] = columns.sides ? [left + third, top + fourth] : [third, fourth]
    own.push({ left, top, right, bottom, name, ignore })
  }
  checkPixels(file, [...objects.values()].flat())
  if (twice > 0) tell(`${file}: ${twice === 1 ? 'one row is' : `${twice} rows are`} listed twice and counted once.`)
  const classes = [...new Set([...objects.values()].flatMap((own) => own.map(({ name }) => name)))].sort()
  const labels = new Map(classes.map((name, label) => [name, String(label)]))
  const labelled = [...objects].map(
    ([picture, own]) => [picture, own.map((object) => ({ ...object, name: labels.get(object.name)! }))] as const,
  )
  const notes = columns.label < 0 ? [`${file}: no column has the class; all boxes get one class, ${onlyClass}.`] : []
  if (columns.sides)
    notes.push(
      `${file}: boxes are read as left, top, width and height in pixels, as COCO has them, not from their centres.`,
    )
  const list = { name: file, classes, images, objects: new Map(labelled), problems, notes }
  return boxesOf(source, decode, { ...list, corners: columns.sides })
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null
