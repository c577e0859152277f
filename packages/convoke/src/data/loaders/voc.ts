// Pictures with boxes as PASCAL VOC keeps them: an XML file for each picture (Everingham et al. 2010).

import { childOf, decodeXml, parseXml, type XmlElement } from '../../formats/index.ts'
import { ConvokeError, check, show } from '../../shapes/error.ts'
import { someOf } from '../../shapes/words.ts'
import type { Box } from '../dataset.ts'
import {
  boxedPictures,
  checkPixels,
  countBoxes,
  isMark,
  isSet,
  type LoadedBoxes,
  type MarkedObject,
  type MarkedPicture,
  type Placing,
  placeObjects,
  sizeProblems,
  together,
} from './boxes.ts'
import { type FoundFile, fileIndex } from './file-index.ts'
import { folderOf, isPicture, listFiles, stemOf, withoutEnding } from './listing.ts'
import { partOfPath } from './parts.ts'
import { type DecodePicture, type FileSource, problemList, type StrictOptions } from './source.ts'

/** The options of `vocDataset`. */
export interface VocOptions extends StrictOptions {
  /** Names of the pictures to take, without ending, as in `ImageSets/Main/train.txt`; all when not given. */
  readonly names?: readonly string[] | undefined
  /** Classes in the order of their labels; those found, in alphabetical order, when not given. */
  readonly classes?: readonly string[] | undefined
}

/**
 * The names in a list such as `ImageSets/Main/train.txt`, a line each, without the endings of pictures. Where all lines end in
 * −1, 0 or 1, as in lists of one class, these do not belong to the names.
 */
export function parseNameList(text: string): string[] {
  const lines = text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const flag = /\s+(-1|0|1)$/
  const names = lines.every((line) => flag.test(line)) ? lines.map((line) => line.replace(flag, '')) : lines
  return names.map((name) => (isPicture(name) ? withoutEnding(name) : name))
}

const isXml = (path: string): boolean => /\.xml$/i.test(path)

/** Folders that lie beside `Annotations` and hold its pictures. */
const pictureFolders = ['jpegimages', 'images', 'image', 'imgs', 'img', 'pictures']

/** How names are compared: as one writes them, not as a system composes accents or upper case. */
const folded = (path: string): string => path.normalize('NFC').toLowerCase()

/** Pictures with VOC's annotations, and what is alone. */
export interface LoadedVoc extends LoadedBoxes {
  /** For each example the name of its annotation: as `names` has it, else its path below `Annotations`, without ending. */
  readonly names: readonly string[]
  /** Files that have nothing to go with, of those that were asked for. */
  readonly unmatched: {
    /** Annotations without a picture. */
    readonly annotations: readonly string[]
    /** Pictures without an annotation. */
    readonly pictures: readonly string[]
  }
}

interface Marked extends MarkedPicture {
  /** Objects that are left out. */
  readonly problems: readonly string[]
}

interface Annotation {
  readonly path: string
  /** Its path below the folder of annotations, without ending. */
  readonly name: string
  /** Where its picture may lie, without ending, the usual place first. */
  readonly places: readonly string[]
  /** Folders that `<filename>` may be seen from. */
  readonly folders: readonly string[]
  /** Whether annotations have a folder of their own, apart from pictures. */
  readonly apart: boolean
}

function annotationAt(path: string): Annotation {
  const segments = withoutEnding(path).split('/')
  const at = segments.findIndex((segment, i) => i < segments.length - 1 && /^annotations?$/i.test(segment))
  if (at < 0)
    return { path, name: segments.join('/'), places: [segments.join('/')], folders: [folderOf(path)], apart: false }
  const [root, name] = [segments.slice(0, at), segments.slice(at + 1).join('/')]
  const beside = pictureFolders.map((folder) => [...root, folder].join('/'))
  return {
    ...{ path, name, apart: true },
    places: [...beside.map((folder) => `${folder}/${name}`), segments.join('/'), [...root, name].join('/')],
    folders: [...beside, root.join('/')],
  }
}

/**
 * Pictures with PASCAL VOC's annotations: `Annotations/*.xml` with `JPEGImages/*` (or images/), at any depth below both, or
 * each XML file beside its picture. VOC counts pixels from 1 and both edges belong to the box, so that it covers `xmin − 1`
 * to `xmax`. Objects marked `difficult`, `ignore` or `iscrowd` carry `ignore`. What is faulty is left out and named.
 */
export async function vocDataset(
  source: FileSource,
  decode: DecodePicture,
  options: VocOptions = {},
): Promise<LoadedVoc> {
  const { paths } = await listFiles(source)
  const annotations = paths.filter(isXml).map(annotationAt)
  const byName = new Map<string, Annotation[]>()
  for (const annotation of annotations) {
    for (const key of new Set([folded(annotation.name), folded(stemOf(annotation.path))]))
      byName.set(key, [...(byName.get(key) ?? []), annotation])
  }
  const images = paths.filter(isPicture)
  const pictures = new Map<string, string[]>()
  for (const path of images) {
    const key = folded(withoutEnding(path))
    pictures.set(key, [...(pictures.get(key) ?? []), path])
  }
  const index = fileIndex(images)
  const problems = problemList(options)
  const tell = (message: string): void => problems.add(message)
  const taken = new Map<string, string>()
  const alone: string[] = []
  /** The name under which each annotation was asked for. */
  const asked = new Map<string, string>()

  /** Pictures that have an annotation of their own name, which no other takes by its `<filename>`. */
  const claimed = new Set(
    annotations.flatMap(({ places }) => {
      const own = places.map((place) => pictures.get(folded(place))).find((found) => found !== undefined)
      return own ?? []
    }),
  )
  const folders = new Set(images.map(folderOf))

  /** Whether a picture may belong to an annotation that only names it: not where that lies in the folder of others. */
  const mayBe = (annotation: Annotation, path: string): boolean => {
    const own = folderOf(path)
    if (annotation.folders.includes(own)) return true
    if (!annotation.apart) return !folders.has(folderOf(annotation.path))
    const sub = folderOf(annotation.name)
    return sub === '' || `/${folded(own)}`.endsWith(`/${folded(sub)}`)
  }

  /** The picture of an annotation: of the same name, or the one that it names itself. */
  const pictureOf = (annotation: Annotation, root: XmlElement): FoundFile => {
    const stated = childOf(root, 'filename')?.text ?? ''
    for (const place of annotation.places) {
      const found = pictures.get(folded(place)) ?? []
      const named = found.filter((path) => folded(path).endsWith(folded(stated.replace(/^.*[/\\]/, ''))))
      if (found.length === 1 || (stated !== '' && named.length === 1))
        return { path: named.length === 1 ? named[0] : found[0] }
      if (found.length > 1)
        return { problem: `${annotation.name} has ${found.length} pictures: ${found.join(', ')}. Keep one` }
    }
    const none = { problem: `${annotation.name} has no picture` }
    if (stated === '') return none
    const options = { folders: annotation.folders, part: partOfPath(folderOf(annotation.path)) }
    const said = childOf(root, 'folder')?.text ?? ''
    const inFolder = said === '' ? null : index.find(`${said}/${stated}`, options)
    const found = inFolder !== null && 'path' in inFolder ? inFolder : index.find(stated, options)
    if ('problem' in found)
      return found.problem === 'not there'
        ? none
        : { problem: `${annotation.path} names ${stated}, which is ${found.problem}` }
    if (!mayBe(annotation, found.path))
      return { problem: `${none.problem}; ${found.path} lies in the folder of others` }
    if (claimed.has(found.path))
      return { problem: `${none.problem}; ${found.path}, which it names, has an annotation of its own` }
    return found
  }

  /** The root of an annotation, or what is wrong with it. */
  const parse = async ({ path }: Annotation): Promise<XmlElement | ConvokeError> => {
    try {
      const root = inLowerCase(parseXml(path, decodeXml(path, await source.read(path))))
      check(root.name === 'annotation', () => `${path}: <${root.name}> is not an annotation of a picture.`)
      return root
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      return error
    }
  }

  /** What an annotation marks in its picture, or what is wrong. */
  const mark = (annotation: Annotation, root: XmlElement): Marked | string => {
    const its = pictureOf(annotation, root)
    if ('problem' in its) {
      alone.push(annotation.path)
      return `${source.name}: ${its.problem}.`
    }
    const { path } = its
    const before = taken.get(path)
    if (before !== undefined) return `${annotation.path}: ${path} has its annotation in ${before} already.`
    taken.set(path, annotation.path)
    const [height, width] = ['height', 'width'].map((side) => numberIn(childOf(root, 'size'), side) ?? 0)
    const stated = height > 0 && width > 0 ? { height, width } : null
    const found: string[] = []
    const objects = vocObjects(annotation.path, root, (message) => found.push(message))
    return { path, annotation: annotation.path, stated, objects, problems: found }
  }

  const wanted = options.names ?? [...new Set(annotations.map(({ name }) => name))]
  check(
    wanted.length > 0,
    () => `${source.name}: there is nothing in Annotations/. The layout is Annotations/*.xml and JPEGImages/*.`,
  )
  const placings: Placing[] = []
  const edges: MarkedObject[] = []
  const names: string[] = []
  for (let at = 0; at < wanted.length; at += together) {
    const chosen = wanted.slice(at, at + together).flatMap((name): readonly (Annotation | string)[] => {
      const found = byName.get(folded(name)) ?? []
      const own = found.filter((annotation) => folded(annotation.name) === folded(name))
      const fit = own.length > 0 ? own : found
      if (fit.length === 0) return [`${source.name}: ${name} has no annotation.`]
      if (options.names === undefined || fit.length === 1) {
        for (const { path } of fit) asked.set(path, name)
        return fit
      }
      return [`${source.name}: ${name} has ${fit.length} annotations: ${fit.map(({ path }) => path).join(', ')}.`]
    })
    const parsed = await Promise.all(chosen.map((one) => (typeof one === 'string' ? one : parse(one))))
    const marked = parsed.map((root, i) => {
      if (typeof root === 'string') return root
      return root instanceof ConvokeError ? root.message : mark(chosen[i] as Annotation, root)
    })
    const placed = await Promise.all(
      marked.map(async (one) =>
        typeof one === 'string' ? one : { one, placing: await placeObjects(source, one, decode) },
      ),
    )
    for (const result of placed) {
      if (typeof result === 'string') {
        tell(result)
        continue
      }
      for (const problem of result.one.problems) tell(problem)
      for (const object of result.one.objects) edges.push(object)
      for (const problem of result.placing.problems) tell(problem)
      placings.push(result.placing)
      names.push(asked.get(result.one.annotation)!)
    }
  }
  checkPixels(source.name, edges)
  for (const problem of sizeProblems(source.name, placings)) tell(problem)
  const placed = placings.map((one) => one.placed)
  const classes =
    options.classes ?? [...new Set(placed.flatMap(({ objects }) => objects.map(({ name }) => name)))].sort()
  const labels = new Map(classes.map((name, label) => [name, label]))
  const boxed = placed.map(({ path, objects }) => ({
    path,
    boxes: objects.map(({ name, ...box }): Box => {
      const label = labels.get(name)
      check(
        label !== undefined,
        () => `${path}: there is an object of class ${show(name)}, which is not among ${someOf(classes)}.`,
      )
      return { ...box, label }
    }),
  }))
  check(boxed.length > 0, () => `${source.name}: no picture can be used. The first problem: ${problems.all[0]}`)
  const strays = options.names === undefined ? images.filter((path) => !taken.has(path) && !claimed.has(path)) : []
  return {
    dataset: boxedPictures(source, boxed, classes, decode),
    ...countBoxes(boxed),
    ...{ names, unmatched: { annotations: alone, pictures: strays } },
    problems: problems.all,
    notes:
      strays.length === 0
        ? []
        : [
            `${source.name}: ${strays.length === 1 ? 'one picture has' : `${strays.length} pictures have`} no annotation and ${strays.length === 1 ? 'is' : 'are'} ignored, such as ${strays[0]}.`,
          ],
  }
}

/** The same element with its tags as VOC writes them: some programs write `<Object>` and `<XMin>`. */
const inLowerCase = ({ name, text, children }: XmlElement): XmlElement => ({
  ...{ name: name.toLowerCase(), text },
  children: children.map(inLowerCase),
})

/** The number in a child, null where there is none. */
function numberIn(element: XmlElement | undefined, name: string): number | null {
  const text = element === undefined ? '' : (childOf(element, name)?.text ?? '')
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : null
}

const edgeNames = ['xmin', 'ymin', 'xmax', 'ymax'] as const

function vocObjects(file: string, root: XmlElement, problem: (message: string) => void): MarkedObject[] {
  // Some programs put all objects into one <objects>.
  const elements = root.children.flatMap((element) => (element.name === 'objects' ? element.children : [element]))
  return elements.flatMap((element): MarkedObject[] => {
    if (element.name !== 'object') return []
    const name = (childOf(element, 'name')?.text ?? '').normalize('NFC').trim()
    if (name === '') {
      problem(`${file}: an object has no <name>; it is left out.`)
      return []
    }
    const bounds = childOf(element, 'bndbox')
    const edges = edgeNames.map((edge) => numberIn(bounds, edge))
    const faulty = edges.indexOf(null)
    if (faulty >= 0) {
      const text = bounds === undefined ? undefined : childOf(bounds, edgeNames[faulty])?.text
      problem(`${file}: <${edgeNames[faulty]}> of ${show(name)} is ${show(text)}; it must be a number.`)
      return []
    }
    const [xmin, ymin, xmax, ymax] = edges as number[]
    const marked = { left: xmin - 1, top: ymin - 1, right: xmax, bottom: ymax }
    // A box of one pixel is what annotation tools leave behind after a stray click.
    const empty = marked.right - marked.left <= 1 && marked.bottom - marked.top <= 1
    const ignore = element.children.some((child) => isMark(child.name) && isSet(child.text))
    return [{ ...marked, ...(empty && { right: marked.left }), name, ignore }]
  })
}
