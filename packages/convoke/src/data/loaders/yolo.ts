// Pictures with boxes as YOLO keeps them: a text file of shares for each picture, in labels/ beside images/, or beside the picture.

import { ConvokeError, check } from '../../shapes/error.ts'
import type { Box } from '../dataset.ts'
import { boxedPictures, countBoxes, type LoadedBoxes, type Placing, placeObjects, together } from './boxes.ts'
import { decodeText } from './encoding.ts'
import { isPicture, listFiles, withoutEnding } from './listing.ts'
import { type DecodePicture, type FileSource, problemList, type StrictOptions } from './source.ts'
import { yoloObjects } from './yolo-labels.ts'

/** The options of `yoloDataset`. */
export interface YoloOptions extends StrictOptions {
  /** Names of the classes, in the order of their numbers; `class 0`, `class 1`, … up to the largest when not given. */
  readonly classes?: readonly string[] | undefined
  /** Paths of the pictures that are taken; all when not given. */
  readonly pictures?: readonly string[] | undefined
  /** Whether labels have points after the box, as a `data.yaml` with `kpt_shape` says. Default false. */
  readonly keypoints?: boolean | undefined
}

/** Pictures with YOLO's labels, and what is alone. */
export interface LoadedYolo extends LoadedBoxes {
  /** Pictures that have no label file: they count as pictures without an object. */
  readonly unlabelled: readonly string[]
}

/** A label file of more is none, and would take memory without end. */
const mostBytes = 2 ** 26

/**
 * Where the labels of a picture may lie, the usual place first: `labels` in place of each folder `images`, the innermost first,
 * then beside the picture.
 *
 *   train/images/1.jpg → train/labels/1.txt
 *   images/train/1.jpg → labels/train/1.txt
 *   1.jpg              → 1.txt
 */
export function yoloLabelPaths(picture: string): string[] {
  const segments = withoutEnding(picture).split('/')
  const folders = segments.slice(0, -1).map((segment, at) => ({ segment, at }))
  const swapped = folders
    .filter(({ segment }) => /^(images?|imgs?|JPEGImages)$/i.test(segment))
    .reverse()
    .flatMap(({ at }) => ['labels', 'Labels', 'label'].map((name) => segments.with(at, name).join('/')))
  return [...swapped, segments.join('/')].map((path) => `${path}.txt`)
}

/** The label file of each picture that has one. */
export function yoloLabels(paths: readonly string[]): Map<string, string> {
  const texts = new Set(paths.filter((path) => /\.txt$/i.test(path)))
  const found = new Map<string, string>()
  if (texts.size === 0) return found
  for (const picture of paths.filter(isPicture)) {
    const label = yoloLabelPaths(picture).find((path) => texts.has(path))
    if (label !== undefined) found.set(picture, label)
  }
  return found
}

/**
 * Pictures with YOLO's labels: `images/1.jpg` with `labels/1.txt`, parts inside or outside of both, or both in one folder. A line
 * is a class and a box (centre, width and height in shares of the picture), or an outline, of which the box around it counts. A
 * picture whose label file is empty or missing has no object. What is faulty is left out and named by file and line. Throws
 * `ConvokeError` where no picture has a label file.
 */
export async function yoloDataset(
  source: FileSource,
  decode: DecodePicture,
  options: YoloOptions = {},
): Promise<LoadedYolo> {
  const { classes: given, keypoints } = options
  const { paths } = await listFiles(source)
  const labels = yoloLabels(paths)
  const pictures = options.pictures ?? paths.filter(isPicture)
  const unlabelled = pictures.filter((path) => !labels.has(path))
  check(
    unlabelled.length < pictures.length,
    () =>
      `${source.name}: no picture has a label file. ${pictures.length === 0 ? 'There are no pictures' : `That of ${pictures[0]} would be ${yoloLabelPaths(pictures[0]).join(' or ')}`}.`,
  )
  const problems = problemList(options)
  const tell = (message: string): void => problems.add(message)
  const placings: Placing[] = []
  for (let at = 0; at < pictures.length; at += together) {
    const group = pictures.slice(at, at + together).map(async (path) => {
      const file = labels.get(path)
      const found: string[] = []
      const text = file === undefined ? '' : await labelText(source, file)
      if (text instanceof ConvokeError) return text.message
      const objects = yoloObjects(text, {
        ...{ file: file ?? path, classes: given?.length, keypoints, tell: (message: string) => found.push(message) },
      })
      const marked = { path, annotation: file ?? path, stated: null, objects, shares: true }
      const placing = await placeObjects(source, marked, decode)
      return { placing, problems: [...found, ...placing.problems] }
    })
    for (const one of await Promise.all(group)) {
      if (typeof one === 'string') {
        tell(`${one} The picture is left out.`)
        continue
      }
      for (const problem of one.problems) tell(problem)
      placings.push(one.placing)
    }
  }
  const boxed = placings.map(({ placed: { path, objects } }) => ({
    path,
    boxes: objects.map(({ name, ...box }): Box => ({ ...box, label: Number(name) })),
  }))
  const count = boxed.reduce((most, { boxes }) => boxes.reduce((own, { label }) => Math.max(own, label + 1), most), 0)
  const classes = given ?? Array.from({ length: count }, (_, label) => `class ${label}`)
  return {
    dataset: boxedPictures(source, boxed, classes, decode),
    ...{ problems: problems.all, unlabelled, ...countBoxes(boxed) },
  }
}

/** The text of a label file, or what is wrong with it. */
async function labelText(source: FileSource, file: string): Promise<string | ConvokeError> {
  const name = `${source.name}/${file}`
  try {
    const bytes = await source.read(file)
    check(bytes.length <= mostBytes, () => `${name}: it is larger than 64 MiB, so it cannot be a label file.`)
    return decodeText(name, bytes)
  } catch (error) {
    if (error instanceof ConvokeError) return error
    throw error
  }
}
