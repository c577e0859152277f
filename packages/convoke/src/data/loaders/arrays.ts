// Data sets that come as a few large files of numbers: IDX, CIFAR, CSV.

import {
  type Delimiter,
  decodeIdx,
  evenRows,
  fieldNumber,
  gunzip,
  isFieldNumber,
  parseDelimited,
  type Row,
  tableWidth,
  withDecimalPoints,
} from '../../formats/index.ts'
import { check, show, showShape } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { type ClassifiedPicture, checkIndex, type Dataset, type Values } from '../dataset.ts'
import { mapNumbers } from '../pictures.ts'
import { type Loaded, NothingUsable, problemList, type StrictOptions } from './source.ts'

/** Pictures that lie one after another in memory. */
function packedPictures(
  data: Uint8Array,
  labels: ArrayLike<number>,
  shape: readonly [height: number, width: number, channels: number],
  classes: readonly string[],
): Dataset<ClassifiedPicture> {
  const [height, width, channels] = shape
  const size = height * width * channels
  return {
    length: labels.length,
    classes,
    labelOf: (index) => labels[index],
    get(index) {
      checkIndex('data set', index, labels.length)
      const pixels = data.subarray(index * size, (index + 1) * size)
      return { image: { shape, data: mapNumbers(pixels, (value) => value / 255) }, label: labels[index] }
    },
  }
}

/** The files of an IDX data set, such as MNIST, as bytes. */
export interface IdxFiles {
  /** `[count, height, width]` or `[count, height, width, channels]` of uint8, plain or gzip. */
  readonly images: Uint8Array
  /** `[count]`, plain or gzip. */
  readonly labels: Uint8Array
  /** '0', '1', … when not given. */
  readonly classes?: readonly string[] | undefined
}

/** The MNIST family: pictures from 0 to 1 and labels from two IDX files. */
export async function idxDataset(files: IdxFiles): Promise<Dataset<ClassifiedPicture>> {
  const images = decodeIdx('images', await gunzip('images', files.images))
  const labels = decodeIdx('labels', await gunzip('labels', files.labels))
  const { shape } = images
  check(
    images.dtype === 'uint8' && (shape.length === 3 || shape.length === 4),
    () =>
      `images: the file holds ${images.dtype} ${showShape(shape)}; pictures are uint8 [count, height, width]. Did you swap the two files?`,
  )
  check(
    labels.shape.length === 1 && labels.shape[0] === shape[0],
    () => `labels: there are ${showShape(labels.shape)} labels for ${shape[0]} pictures. Use the two files of one set.`,
  )
  let highest = 0
  for (const label of labels.data) highest = Math.max(highest, label)
  const classes = files.classes ?? Array.from({ length: highest + 1 }, (_, label) => String(label))
  check(
    highest < classes.length,
    () => `labels: there is a label ${highest}, but only ${counted(classes.length, 'class name')}. Name every class.`,
  )
  const [, height, width, channels = 1] = shape
  return packedPictures(images.data as Uint8Array, labels.data, [height, width, channels], classes)
}

const cifarNames = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']

/**
 * CIFAR's binary files, one or several of them after one another: records of a label (two in CIFAR-100, of which the
 * fine one counts) and 3072 bytes, the red, green and blue planes of 32×32 pixels.
 */
export function cifarDataset(
  files: readonly Uint8Array[],
  options: {
    /** Which of the two sets the files are of: 10 when not given. */
    readonly classes?: 10 | 100 | undefined
  } = {},
): Dataset<ClassifiedPicture> {
  const { classes = 10 } = options
  const before = classes === 100 ? 2 : 1
  const record = before + 3072
  files.forEach((bytes, i) => {
    check(
      bytes.length > 0 && bytes.length % record === 0,
      () =>
        `cifar: file ${i} has ${counted(bytes.length, 'byte')}, which is not a multiple of the ${record} of a record. It was cut short, or is of CIFAR-${classes === 10 ? 100 : 10}.`,
    )
  })
  const count = files.reduce((total, { length }) => total + length / record, 0)
  const pixels = new Uint8Array(count * 3072)
  const labels = new Uint8Array(count)
  let at = 0
  for (const bytes of files) {
    for (let start = 0; start < bytes.length; start += record, at++) {
      labels[at] = bytes[start + before - 1]
      check(labels[at] < classes, () => `cifar: record ${at} has label ${labels[at]}; there are ${classes} classes.`)
      for (let p = 0; p < 1024; p++) {
        for (let c = 0; c < 3; c++) pixels[at * 3072 + 3 * p + c] = bytes[start + before + 1024 * c + p]
      }
    }
  }
  const names = classes === 10 ? cifarNames : Array.from({ length: 100 }, (_, label) => String(label))
  return packedPictures(pixels, labels, [32, 32, 3], names)
}

/** The options of `tableDataset`. */
export interface TableOptions extends StrictOptions {
  /** What messages call it; 'table' when not given. */
  readonly name?: string | undefined
  /** ',' when not given; a tab for TSV, a space for any run of white space. */
  readonly delimiter?: Delimiter | undefined
  /** Whether fields may be quoted. Default: not if tabs or spaces separate them. */
  readonly quoted?: boolean | undefined
  /** What comes before the fraction of a number: a point when not given. */
  readonly decimal?: '.' | ',' | undefined
  /** Whether the first row names the columns. Default true. */
  readonly header?: boolean | undefined
  /** Name or index of the column with the class; the last when not given. */
  readonly label?: string | number | undefined
  /** Indices of columns that are neither label nor values: numbers of rows, for instance. */
  readonly omit?: readonly number[] | undefined
  /** Shape of the values of a row, e.g. [28, 28, 1]; one vector when not given. */
  readonly shape?: readonly number[] | undefined
  /** Values are divided by this; 1 when not given. */
  readonly scale?: number | undefined
}

/** A row of a table. */
export interface TableRow {
  /** Its numbers, of the shape that the options say. */
  readonly values: Values
  /** Number of its class, from 0. */
  readonly label: number
}

/**
 * The name of a class as a table gives it, its accents composed: a whole number written as `2.0` or `2.0000000e+00` is `2`. `1e2`
 * stays as it is: no program writes numbers so, and codes may look so.
 */
export function labelName(field: string): string {
  const written = field.normalize('NFC').trim()
  const text = isFieldNumber(written) ? written.replaceAll('\u2212', '-') : written
  const value = /^[+-]?\d+(?:\.\d*(?:e[+-]?\d+)?|e[+-]\d+)$/i.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? String(value + 0) : text
}

/** Rows of numbers with a class each. Classes are numbered in the order of their names. Faulty rows are left out and named. */
export function tableDataset(text: string, options: TableOptions = {}): Loaded<TableRow> {
  const { name = 'table', delimiter = ',', quoted } = options
  const rows = parseDelimited(name, text, delimiter, { quoted })
  return rowsDataset(options.decimal === ',' ? withDecimalPoints(rows) : rows, options)
}

/** The same of rows that were parsed already, their numbers with a decimal point. */
export function rowsDataset(
  rows: readonly Row[],
  options: Omit<TableOptions, 'quoted' | 'decimal'> = {},
): Loaded<TableRow> {
  const { name = 'table', delimiter = ',', header = true, omit = [], scale = 1 } = options
  check(rows.length > Number(header), () => `${name}: there are no rows. Is the delimiter ${show(delimiter)} right?`)
  const width = tableWidth(rows, header)
  const column = labelColumn(name, options.label ?? width - 1, header ? rows[0].fields : undefined, width)
  const columns = Array.from({ length: width }, (_, i) => i).filter((i) => i !== column && !omit.includes(i))
  const shape = options.shape ?? [columns.length]
  check(
    shape.reduce((total, length) => total * length, 1) === columns.length,
    () =>
      `${name}: ${columns.length === 1 ? '1 value a row does' : `${columns.length} values a row do`} not fill shape ${showShape(shape)}.`,
  )
  const problems = problemList(options)
  const good = evenRows(name, rows, { header, tell: problems.add }).flatMap(({ line, fields }) => {
    const values = Float32Array.from(columns, (i) => fieldNumber(fields[i]) / scale)
    const at = values.findIndex((value) => !Number.isFinite(value))
    const wrong = at < 0 ? undefined : columns[at]
    const label = labelName(fields[column])
    if (wrong !== undefined || label === '') {
      const own = fields[wrong ?? column]
      const rule = isFieldNumber(own) ? 'it must be a number within float32' : 'it must be a number'
      problems.add(
        `${name}, line ${line}: field ${(wrong ?? column) + 1} is ${show(own)}; ${wrong === undefined ? 'the label is missing' : rule}.`,
      )
      return []
    }
    return [{ data: values, label }]
  })
  if (good.length === 0) throw new NothingUsable(name, problems.all)
  const classes = classesOf(good.map(({ label }) => label))
  const numbers = new Map(classes.map((own, label) => [own, label]))
  const labels = good.map(({ label }) => numbers.get(label)!)
  const dataset: Dataset<TableRow> = {
    length: good.length,
    classes,
    labelOf: (index) => labels[index],
    get(index) {
      checkIndex(name, index, good.length)
      return { values: { shape, data: good[index].data }, label: labels[index] }
    },
  }
  return { dataset, problems: problems.all }
}

/** The different names, in natural order: 2 before 10. */
const classesOf = (names: readonly string[]): string[] =>
  [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))

function labelColumn(
  name: string,
  label: string | number,
  names: readonly string[] | undefined,
  width: number,
): number {
  const column = typeof label === 'number' ? label : (names?.indexOf(label) ?? -1)
  check(
    Number.isInteger(column) && column >= 0 && column < width,
    () => `${name}: there is no column ${show(label)}. The columns are ${names?.join(', ') ?? `0 to ${width - 1}`}.`,
  )
  return column
}
