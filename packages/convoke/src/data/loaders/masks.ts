// Pictures in one folder, masks in another.

import { ConvokeError, check } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { checkIndex, type Dataset, type MaskedPicture } from '../dataset.ts'
import {
  type CodingOptions,
  type DecodeMask,
  emptySurvey,
  type MaskCoding,
  type MaskSurvey,
  maskCoding,
  maskLabels,
  type StoredMask,
  storedFrom,
  surveyMask,
} from '../masks/index.ts'
import { isPicture, listFiles, unreadReason, withoutEnding } from './listing.ts'
import { type MaskPair, pairMasks } from './mask-pairs.ts'
import { type DecodePicture, type FileSource, pictureFile, readPicture } from './source.ts'

/** How pictures and masks are found in a folder. */
export interface MaskFolderOptions {
  /** Folder of the pictures; 'images' or another usual name when not given. */
  readonly images?: string | undefined
  /** Folder of the masks; 'masks' or another usual name when not given. */
  readonly masks?: string | undefined
  /** Paths of the pictures to load, below their folder and without extension. Default: all. */
  readonly names?: readonly string[] | undefined
  /** Called for each picture without a mask, which is left out, and each mask without a picture. When not given, the first picture without a mask is an error. */
  readonly onProblem?: ((message: string) => void) | undefined
  /** Reads masks; when not given what `decode` brings for it, or else `decode`. */
  readonly decodeMask?: DecodeMask | undefined
}

/** The options of `maskFolders`. */
export interface MaskOptions extends MaskFolderOptions {
  /** The value of each class: a grey, an index, or a colour (`colourValue`); those that occur when not given. */
  readonly values?: readonly number[] | undefined
  /** Names of the classes. */
  readonly classes?: readonly string[] | undefined
  /** What says the class of a pixel; found out when not given. */
  readonly channel?: CodingOptions['channel'] | undefined
  /** Values whose pixels get `ignoredLabel`; 255 beside indices when not given. */
  readonly ignore?: readonly number[] | undefined
  /** How masks are read, where that is known already: nothing else is looked at then. */
  readonly coding?: MaskCoding | undefined
}

/** Names that folders of pictures and of masks usually have. */
export const maskFolderNames = {
  /** Folders of pictures. */
  images: ['images', 'image', 'imgs', 'img', 'pictures', 'JPEGImages', 'leftImg8bit'],
  /** Folders of masks. */
  masks: [
    ...['masks', 'mask', 'labels', 'label', 'annotations', 'SegmentationClass', 'SegmentationClassPNG', 'gtFine'],
    'gtCoarse',
  ],
} as const

/** Pictures with their masks, found but not read. */
export interface MaskFiles {
  /** Where the files lie. */
  readonly source: FileSource
  /** Reads a picture. */
  readonly decode: DecodePicture
  /** Reads a mask. */
  readonly decodeMask: DecodeMask
  /** Which mask belongs to which picture. */
  readonly pairs: readonly MaskPair[]
}

/** The first of `names` that is a folder with pictures, in any case of letters. */
export function folderAmong(paths: readonly string[], names: readonly string[]): string | undefined {
  const tops = new Set(paths.filter(isPicture).flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])))
  const same = (name: string) => [...tops].find((top) => top.toLowerCase() === name.toLowerCase())
  return names.map((name) => (tops.has(name) ? name : same(name))).find((found) => found !== undefined)
}

const noneOf = ([first, second, ...more]: readonly string[]): string =>
  second === undefined ? `${first} has no pictures` : `${first}, ${second} have no pictures, nor ${more.join(', ')}`

/** Finds pictures and their masks by path. Throws `ConvokeError` where there are none. */
export async function findMasks(
  source: FileSource,
  decode: DecodePicture,
  options: MaskFolderOptions = {},
): Promise<MaskFiles> {
  const { paths } = await listFiles(source)
  const folder = (given: string | undefined, usual: readonly string[], what: string): string => {
    const candidates = given === undefined ? usual : [given]
    const within = (name: string) => paths.some((path) => path.startsWith(`${name}/`) && isPicture(path))
    const found = given === undefined ? folderAmong(paths, usual) : candidates.find(within)
    check(found !== undefined, () => `${source.name}: there is no folder of ${what}: ${noneOf(candidates)}.`)
    return found
  }
  const images = folder(options.images, maskFolderNames.images, 'pictures')
  const masks = folder(options.masks, maskFolderNames.masks, 'masks')
  const inside = (name: string) => paths.filter((path) => path.startsWith(`${name}/`) && isPicture(path))
  const wanted = options.names === undefined ? null : new Set(options.names.map((name) => name.normalize('NFC')))
  const nameOf = (path: string): string => withoutEnding(path.slice(images.length + 1)).normalize('NFC')
  const chosen = inside(images).filter((path) => wanted === null || wanted.has(nameOf(path)))
  const { pairs, problems: uncertain, unused } = pairsBelow({ name: source.name, images, masks }, chosen, inside(masks))
  const found = new Set(chosen.map(nameOf))
  const gone = [...(wanted ?? [])].filter((name) => !found.has(name))
  const problems = [...uncertain, ...gone.map((name) => `${source.name}: ${images}/ has no picture named ${name}.`)]
  check(pairs.length > 0 || problems.length === 0, () => problems[0])
  for (const problem of problems) {
    check(options.onProblem !== undefined, () => problem)
    options.onProblem(problem)
  }
  if (wanted === null)
    for (const mask of unused) options.onProblem?.(`${source.name}/${mask}: there is no picture for it.`)
  const decodeMask = options.decodeMask ?? decode.mask ?? (async (bytes) => storedFrom(await decode(bytes)))
  return { source, decode, decodeMask, pairs }
}

/** Pairs by the paths below both folders; where none fits, below the folder that all pictures, or all masks, have in common. */
function pairsBelow(folders: Parameters<typeof pairMasks>[0], images: readonly string[], masks: readonly string[]) {
  const plain = pairMasks(folders, images, masks)
  if (plain.pairs.length > 0) return plain
  const deeper = pairMasks({ ...folders, images: commonFolder(images), masks: commonFolder(masks) }, images, masks)
  return deeper.pairs.length > 0 ? deeper : plain
}

function commonFolder(paths: readonly string[]): string {
  let common: readonly string[] = (paths[0] ?? '').split('/').slice(0, -1)
  for (const path of paths) {
    const folders = path.split('/').slice(0, -1)
    const end = common.findIndex((folder, at) => folder !== folders[at])
    if (end >= 0) common = common.slice(0, end)
  }
  return common.join('/')
}

async function readMask({ source, decodeMask }: MaskFiles, path: string): Promise<StoredMask> {
  const bytes = await source.read(path)
  return named(`${source.name}/${path}`, ` (${counted(bytes.length, 'byte')})`, () => decodeMask(bytes))
}

async function named<T>(name: string, size: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConvokeError(
      `${name}: the mask cannot be read: ${unreadReason(name, reason.replace(/\.$/, ''))}${size}. Replace or remove the file.`,
    )
  }
}

/** Masks decoded at a time: enough to keep a decoder's threads busy. */
const together = 16

/**
 * Counts the values of every mask of several sets, told apart by their position. Files that cannot be read are ignored:
 * `keepReadable` names them.
 */
export async function surveyMasks(files: readonly MaskFiles[]): Promise<MaskSurvey> {
  const survey = emptySurvey()
  for (const [set, one] of files.entries()) {
    for (let at = 0; at < one.pairs.length && survey.crowded === null; at += together) {
      const some = one.pairs.slice(at, at + together)
      const read = await Promise.all(some.map(({ mask }) => readMask(one, mask).catch(passOver)))
      for (const [i, mask] of read.entries())
        if (mask !== null) surveyMask(survey, mask, `${one.source.name}/${some[i].mask}`, set)
    }
  }
  return survey
}

function passOver(error: unknown): null {
  if (error instanceof ConvokeError) return null
  throw error
}

/** The pictures with the class of each pixel. */
export function maskedPictures(files: MaskFiles, coding: MaskCoding): Dataset<MaskedPicture> {
  const { source, decode, pairs } = files
  return {
    length: pairs.length,
    classes: coding.classes,
    nameOf: (index) => pairs[index].image,
    fileOf: (index) => pictureFile(source, pairs[index].image),
    async get(index) {
      checkIndex(source.name, index, pairs.length)
      const pair = pairs[index]
      const [image, stored] = await Promise.all([readPicture(source, pair.image, decode), readMask(files, pair.mask)])
      const mask = await named(`${source.name}/${pair.mask}`, '', () => maskLabels(stored, coding))
      const [rows, columns] = image.shape
      const [height, width] = mask.shape
      const turned =
        height === columns && width === rows && height !== width
          ? ' The picture may be turned by its orientation tag, the mask as it was before.'
          : ''
      check(
        rows === height && columns === width,
        () =>
          `${source.name}/${pair.mask}: the mask is ${width}×${height} pixels, its picture ${columns}×${rows}. They must be equal.${turned}`,
      )
      return { image, mask }
    },
  }
}

/**
 * Pictures in one folder and their masks in another, at the same path below it and under the same name, perhaps with
 * `_mask` or the like after it. Every mask is read once to know which values there are: each is a class, in the order of
 * grey values or indices; 255 beside indices is ignored (`ignoredLabel`). Throws `ConvokeError` where values cannot be
 * told to be classes.
 */
export async function maskFolders(
  source: FileSource,
  decode: DecodePicture,
  options: MaskOptions = {},
): Promise<Dataset<MaskedPicture>> {
  const { values, classes, channel, ignore } = options
  const files = await findMasks(source, decode, options)
  const list = classes?.map((name) => ({ name, line: name }))
  const coding =
    options.coding ?? maskCoding(source.name, await surveyMasks([files]), { values, list, channel, ignore })
  return maskedPictures(files, coding)
}
