// Forms of boxes and tables that are not read, told by name.

import { ConvokeError, data } from 'convoke'
import { check } from 'convoke/shapes'
import type { TaskName } from './opened.ts'
import { called, type Place } from './place.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const some = (value: unknown, test: (one: Json) => boolean): boolean =>
  Array.isArray(value) && value.slice(0, 20).some((one) => isObject(one) && test(one))

/** The program that writes such a file of boxes; null for what is none. */
function programOf(json: unknown): string | null {
  if (some(json, (one) => Array.isArray(one['annotations']) && ('image' in one || 'imagefilename' in one)))
    return 'CreateML'
  if (some(json, (one) => 'data' in one && Array.isArray(one['annotations']))) return 'Label Studio'
  if (!isObject(json)) return null
  if ('_via_img_metadata' in json || '_via_settings' in json) return 'VIA'
  if (Array.isArray(json['shapes']) && 'imagePath' in json) return 'LabelMe'
  const entries = Object.values(json).slice(0, 20)
  return entries.some((one) => isObject(one) && 'filename' in one && 'regions' in one) ? 'VIA' : null
}

/** What is said of a file of boxes in a form that is not read; null where there is none. */
export async function otherBoxes({ paths, source }: Place): Promise<string | null> {
  for (const path of paths.filter((one) => /\.json$/i.test(one)).slice(0, 8)) {
    try {
      const program = programOf(data.parseJson(path, await source.read(path)))
      if (program !== null)
        return `${path} holds boxes as ${program} writes them, which are not supported. Export or convert them as COCO's JSON or PASCAL VOC's XML; then: convoke train detect.`
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
    }
  }
  return null
}

const conversions: readonly (readonly [ending: RegExp, form: string])[] = [
  [/\.(jsonl|ndjson)$/i, 'JSON in lines'],
  [/\.arff$/i, "Weka's ARFF"],
  [/\.parquet$/i, 'Parquet'],
  [/\.(xlsx?|ods)$/i, 'a spreadsheet'],
  [/\.(feather|arrow)$/i, 'Arrow'],
  [/\.(h5|hdf5)$/i, 'HDF5'],
  [/\.(pkl|pickle)$/i, "Python's pickle"],
  [/\.tfrecords?$/i, "TensorFlow's TFRecord"],
]

const readHere = /\.(csv|tsv|txt|lst|data|dat|ts|bin|json|xml|npy|npz|gz|pos|neg|neu)$|ubyte$|(^|\/)[^.]+$/i
const aside = /(^|\/)(readme|license|licence|datasheet|citation)[^/]*$/i

/** Throws `ConvokeError` that says what to convert to where all there is has a form that is not read for a task; ARFF is, for series. */
export function checkForm(place: Place, task: TaskName = 'sequence'): void {
  const paths = place.paths.filter((path) => !aside.test(path))
  const isRead = (path: string): boolean =>
    readHere.test(path) || data.isPicture(path) || (task === 'sequence' && /\.arff$/i.test(path))
  if (paths.some(isRead)) return
  for (const [ending, form] of conversions) {
    const path = paths.find((one) => ending.test(one))
    check(
      path === undefined,
      () =>
        `${called(place)}: ${place.file === undefined ? `${path} is` : 'this is'} ${form}, which is not supported. Convert it to CSV: a row for each example, the names of the columns in the first.`,
    )
  }
}
