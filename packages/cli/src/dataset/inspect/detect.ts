// What kind of data a folder or file is, by the names in it.

import { formats } from 'convoke'
import { ConvokeError } from 'convoke/shapes'
import { filesAtTop, type Place, partFolders } from '../../training/data/place.ts'
import { delimiterOf, isPictureName, tableText } from '../../training/data/table.ts'
import type { TaskName } from '../../training/open-data.ts'

/** 'folders' are pictures in class folders; the rest goes by its task. */
export type Kind = 'folders' | TaskName

const within =
  (folder: string) =>
  (path: string): boolean =>
    path.startsWith(`${folder}/`) && isPictureName(path)

const masks = ({ paths }: Place): boolean =>
  ['images', 'image', 'imgs', 'pictures'].some((name) => paths.some(within(name))) &&
  ['masks', 'mask', 'labels', 'label', 'annotations'].some((name) => paths.some(within(name)))

/** Throws `ConvokeError` that says what would be understood. */
export async function kindOf(place: Place): Promise<Kind> {
  const { paths, source } = place
  const parts = Object.values(partFolders(place) ?? { all: place })
  const some = (test: RegExp): boolean => parts.some((part) => part.paths.some((path) => test.test(path)))
  if (some(/^Annotations\/.*\.xml$/)) return 'detect'
  if (await isCoco(place)) return 'detect'
  if (parts.every(masks)) return 'segment'
  if (filesAtTop(place, /idx\d-ubyte(\.gz)?$/i).length > 0) return 'classify'
  if (filesAtTop(place, /^(data_batch.*|test_batch|train|test)\.bin$/i).length > 0) return 'classify'
  const [table] = filesAtTop(place, /\.(csv|tsv)$/i)
  if (table !== undefined) return tableKind(place, table)
  if (filesAtTop(place, /\.(pos|neg|neu)$/i).length > 0) return 'text'
  if (paths.some((path) => isPictureName(path) && path.includes('/'))) return 'folders'
  if (paths.some((path) => /\.(csv|tsv)$/i.test(path)) || paths.some((path) => /\.txt$/i.test(path))) return 'text'
  throw new ConvokeError(
    `${source.name}: this is no data that Convoke knows. It may be a folder a class with pictures; images/ and masks/; VOC or COCO boxes; IDX or CIFAR files; a .csv or .tsv of texts, numbers or picture names; or a .txt file a class.`,
  )
}

async function isCoco({ paths, source }: Place): Promise<boolean> {
  for (const path of paths.filter((one) => /\.json$/i.test(one))) {
    const text = new TextDecoder().decode((await source.read(path)).subarray(0, 2 ** 24))
    if (text.includes('"annotations"') && text.includes('"images"')) return true
  }
  return false
}

/** Texts, names of pictures, rows of pixels, or series of numbers. */
async function tableKind(place: Place, file: string): Promise<TaskName> {
  const text = await tableText(place, file)
  const rows = formats.parseDelimited(file, text, delimiterOf(file, text)).slice(0, 100)
  const body = rows.length > 1 ? rows.slice(1) : rows
  if (body.some(({ fields }) => fields.some(isPictureName))) return 'classify'
  const numbers = (fields: readonly string[]): number =>
    fields.filter((field) => field.trim() !== '' && Number.isFinite(Number(field))).length
  const mostlyNumbers = body.filter(({ fields }) => numbers(fields) >= fields.length - 1 && fields.length > 2)
  if (mostlyNumbers.length < body.length / 2) return 'text'
  const values = (body[0]?.fields.length ?? 1) - 1
  const square = [1, 3].some((channels) => Number.isInteger(Math.sqrt(values / channels)))
  return square && values >= 64 ? 'classify' : 'sequence'
}
