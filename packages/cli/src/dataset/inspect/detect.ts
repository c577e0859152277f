// What kind of data a folder or file is, by the names in it.

import { formats } from 'convoke'
import { ConvokeError } from 'convoke/shapes'
import { boxTables } from '../../training/data/box-tables.ts'
import { cocoFiles, hasVoc } from '../../training/data/boxes.ts'
import { classifiedFiles, unreadAdvice } from '../../training/data/classified.ts'
import { textRank } from '../../training/data/column-names.ts'
import { isYolo } from '../../training/data/layout.ts'
import { areMaskPairs, hasMasks, masksBeside } from '../../training/data/masks.ts'
import { namedParts } from '../../training/data/named-pictures.ts'
import { nearestLayout } from '../../training/data/nearest.ts'
import { checkForm, otherBoxes } from '../../training/data/other-forms.ts'
import { sortTables } from '../../training/data/picture-lists.ts'
import { asSentence, called, filesAtTop, hasClassFolders, type Place, partFolders } from '../../training/data/place.ts'
import { seriesEnding } from '../../training/data/series.ts'
import { seriesFiles, seriesPlace } from '../../training/data/series-files.ts'
import { isNumber, isPictureName, readTable } from '../../training/data/table.ts'
import type { OpenOptions, TaskName } from '../../training/open-data.ts'

/** 'folders' are pictures in class folders; the rest goes by its task. */
export type Kind = 'folders' | TaskName

/** Throws `ConvokeError` that says what would be understood. */
export async function kindOf(place: Place, options: OpenOptions = {}): Promise<Kind> {
  const { paths } = place
  const parts = Object.values(partFolders(place) ?? { all: place })
  if (hasVoc(place)) return 'detect'
  const coco = await cocoFiles(place)
  if (coco.files.length > 0 || (await boxTables(place, options)).length > 0) return 'detect'
  checkForm(place)
  // The reader says how pictures and masks are to lie where they lie in pairs.
  if (parts.every(hasMasks) || hasMasks(place) || areMaskPairs(place)) return 'segment'
  if (filesAtTop(place, /idx\d-ubyte(\.gz)?$/i).length > 0) return 'classify'
  if (filesAtTop(place, /^(data_batch.*|test_batch|train|test)\.bin$/i).length > 0) return 'classify'
  if ((await isYolo(place)) && (await sortTables(place, options)).lists.length === 0) return 'detect'
  if (hasClassFolders(place))
    return (await classifiedFiles(place, 'classify', options)).form === 'folders' ? 'folders' : 'classify'
  // The reader says what is wrong with it.
  if (coco.related || (await otherBoxes(place)) !== null) return 'detect'
  const {
    lists,
    others: [table],
  } = await sortTables(place, options)
  if (lists.length > 0) return 'classify'
  if (table !== undefined) return tableKind(place, table, options)
  const { place: inner } = await seriesPlace(place)
  const { ts, arff } = await seriesFiles(inner)
  if (ts.length > 0 || arff.length > 0) return 'sequence'
  if (filesAtTop(place, /\.(pos|neg|neu)$/i).length > 0) return 'text'
  if (namedParts(place) !== null) return 'classify'
  // The reader says how pictures and masks are to lie.
  if (masksBeside(place).length > 0) return 'segment'
  const [lines] = filesAtTop(inner, seriesEnding).filter((name) => !/^(readme|license)/i.test(name))
  const near = lines === undefined && coco.notes.length === 0 ? await nearestLayout(place) : null
  if (near !== null) throw new ConvokeError(`${called(place)}: it is not clear what this data is for. ${near}`)
  if (paths.some((path) => isPictureName(path) && path.includes('/'))) return 'folders'
  if (lines !== undefined && (await tableKind(inner, lines, options)) === 'sequence') return 'sequence'
  if (lines !== undefined || paths.some((path) => /\.(csv|tsv|txt)$/i.test(path))) return 'text'
  if (paths.length === 1 && /^[^.]+$/.test(paths[0])) return tableKind(place, paths[0], options)
  throw new ConvokeError(
    `${called(place)}: Convoke does not know this kind of data. It may be a folder per class with pictures; images/ and masks/; VOC or COCO boxes, or a .csv of boxes; IDX or CIFAR files; a .csv or .tsv of texts, numbers or picture names, or a .txt or .lst with the name of a picture and its class in each line; a .txt file per class, or a folder per class with .txt files.${unreadAdvice(place)}${coco.notes.map((note) => ` ${asSentence(place, note)}`).join('')}`,
  )
}

/** Texts, names of pictures, rows of pixels, or series of numbers. */
async function tableKind(place: Place, file: string, options: OpenOptions): Promise<TaskName> {
  const read = (await readTable(place, file, options)).rows.slice(0, 200)
  const rows = formats.decimalsOf(read) === 'point' ? read : formats.withDecimalPoints(read)
  const body = (rows.length > 1 ? rows.slice(1) : rows).map(({ fields }) => fields)
  // The reader says what is wrong with it.
  if (body.length === 0) return 'text'
  if (body.some((fields) => fields.some(isPictureName))) return 'classify'
  const hasText =
    rows[0].fields.some((name) => textRank(name) < Number.POSITIVE_INFINITY) ||
    body.some((fields) => fields.some(isProse))
  if (!hasText && body[0].length > 2 && body.some((fields) => fields.some(isNumber))) return numbersKind(body)
  const numeric = body.filter((fields) => fields.length > 2 && fields.filter(isNumber).length >= fields.length - 1)
  if (numeric.length < body.length / 2) return 'text'
  // A number, a label and a text in each row: the texts are words that do not occur again.
  const words = numeric.flatMap((fields) => fields.filter((field) => !isNumber(field)))
  if (words.length > 4 && new Set(words).size > words.length / 2) return 'text'
  return numbersKind(numeric)
}

/** Words, or a word of a script that does not part them; no name, date or amount. */
const isProse = (field: string): boolean => /\p{L}\S*\s+\S*\p{L}|(?!\p{Script=Latin})\p{L}{4}/u.test(field)

function numbersKind(rows: readonly (readonly string[])[]): TaskName {
  const values = rows[0].length - 1
  const square = [1, 3].some((channels) => Number.isInteger(Math.sqrt(values / channels)))
  return square && values >= 64 && rows.every(isPixels) ? 'classify' : 'sequence'
}

/** Whole numbers up to 255, or shares up to 1; but for one, which may be the class. */
function isPixels(fields: readonly string[]): boolean {
  const numbers = fields.filter(isNumber).map(formats.fieldNumber)
  const bytes = numbers.filter((value) => Number.isInteger(value) && value >= 0 && value <= 255)
  const shares = numbers.filter((value) => value >= 0 && value <= 1)
  return Math.max(bytes.length, shares.length) >= numbers.length - 1
}
