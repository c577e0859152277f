// Boxes in a table, one a row beside the name of its picture: filename,width,height,class,xmin,ymin,xmax,ymax, as
// TensorFlow's object detection takes them.

import { evenRows, type Row } from '../../formats/index.ts'
import { check, show } from '../../shapes/error.ts'
import { checkPixels, isMark, isSet, type LoadedBoxes, type MarkedObject } from './boxes.ts'
import { boxesOf, type ListedImage } from './listed-boxes.ts'
import { type DecodePicture, type FileSource, problemList, type StrictOptions } from './source.ts'

export interface BoxColumns {
  readonly file: number
  /** −1 where there is none: all boxes are of one class. */
  readonly label: number
  /** Left, top, right, bottom. */
  readonly edges: readonly [number, number, number, number]
  /** Those that mark a box as one to be ignored. */
  readonly marks: readonly number[]
  /** Of the picture; −1 where there are none. */
  readonly size: { readonly width: number; readonly height: number }
}

const edgeNames = [
  ['xmin', 'ymin', 'xmax', 'ymax'],
  ['x1', 'y1', 'x2', 'y2'],
  ['left', 'top', 'right', 'bottom'],
] as const
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
  const edges = edgeNames.map((four) => four.map((name) => plain.indexOf(name))).find((four) => !four.includes(-1))
  const file = first(fileNames)
  if (edges === undefined || file < 0) return null
  return {
    ...{ file, label: first(labelNames), edges: edges as never },
    marks: names.flatMap((name, column) => (isMark(name) ? [column] : [])),
    size: { width: plain.indexOf('width'), height: plain.indexOf('height') },
  }
}

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
 * may be missing. Edges are in pixels from 0. Boxes that a column `difficult`, `iscrowd`, `isgroupof` or `ignore` marks carry
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
      `${file}: the first row names no columns of boxes: ${show(rows[0]?.fields)}. Use filename, class, xmin, ymin, xmax, ymax.`,
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
    const texts = columns.edges.map((column) => fields[column].trim())
    if (texts.every((text) => text === '')) continue
    const numbers = texts.map(numberOf)
    const faulty = numbers.indexOf(null)
    const name = columns.label < 0 ? onlyClass : fields[columns.label].normalize('NFC').trim()
    if (faulty >= 0 || name === '') {
      const what =
        faulty < 0 ? 'the class is missing' : `${show(texts[faulty])} is no edge of a box; it must be a number`
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
    const [left, top, right, bottom] = numbers as number[]
    own.push({ left, top, right, bottom, name, ignore })
  }
  checkPixels(file, [...objects.values()].flat())
  if (twice > 0) tell(`${file}: ${twice === 1 ? 'one row is' : `${twice} rows are`} there twice; one of each counts.`)
  const classes = [...new Set([...objects.values()].flatMap((own) => own.map(({ name }) => name)))].sort()
  const labels = new Map(classes.map((name, label) => [name, String(label)]))
  const labelled = [...objects].map(
    ([picture, own]) => [picture, own.map((object) => ({ ...object, name: labels.get(object.name)! }))] as const,
  )
  const notes = columns.label < 0 ? [`${file}: no column says the class; all boxes are of one, ${onlyClass}.`] : []
  return boxesOf(source, decode, { name: file, classes, images, objects: new Map(labelled), problems, notes })
}

const numberOf = (text: string | undefined): number | null =>
  text !== undefined && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null
