// A folder of pictures by class, as the command opens it: its parts, or parts split off.

import { type ClassifiedPicture, type Dataset, mapDataset } from '../data/dataset.ts'
import { pictureFolders } from '../data/loaders/class-folders.ts'
import { keepReadable } from '../data/loaders/index.ts'
import { isPartWord, type PartName, partNames } from '../data/loaders/parts.ts'
import type { DecodePicture, FileSource } from '../data/loaders/source.ts'
import { toUnit } from '../data/pictures.ts'
import { splitDataset } from '../data/splits.ts'
import { check, checkOptions, show } from '../shapes/error.ts'
import { folderSource } from './folder-source.ts'

/** The options of `openPictures`. */
export interface OpenPicturesOptions {
  /** Shares of the training pictures that are held out, of each class alike, where the folder has no such part: 0.1 when not given, none with 0. */
  readonly validation?: number | undefined
  /** The same for testing: 0.1 when not given. */
  readonly test?: number | undefined
  /** Determines what is held out; 0 when not given. */
  readonly seed?: number | undefined
  /** 'float32', bytes divided by 255, when not given: numbers from 0 to 1. 'uint8' leaves them from 0 to 255. */
  readonly dtype?: 'float32' | 'uint8' | undefined
  /** Called with a message for each picture that cannot be read; the picture is left out. When not given, the first such picture is an error. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/** What `openPictures` returns. */
export interface OpenedPictures {
  /** The names of the classes, in the order of their labels. */
  readonly classes: readonly string[]
  /** Pictures to learn from. */
  readonly training: Dataset<ClassifiedPicture>
  /** Null where there are none and none are held out. */
  readonly validation: Dataset<ClassifiedPicture> | null
  /** Pictures to measure on in the end; null where there are none and none are held out. */
  readonly test: Dataset<ClassifiedPicture> | null
}

/** The folder of each part at the top: `train`, `val`, `test` and their like. */
async function partFolders(source: FileSource): Promise<ReadonlyMap<PartName, string>> {
  const found = new Map<PartName, string>()
  const top = new Set((await source.list()).flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])))
  for (const part of partNames) {
    const named = [...top].filter((folder) => isPartWord(folder, part))
    check(
      named.length < 2,
      () => `${source.name}: the folders ${named.join(' and ')} are both for ${part}. Put all in one.`,
    )
    if (named.length === 1) found.set(part, named[0])
  }
  return found
}

const openOptions = ['validation', 'test', 'seed', 'dtype', 'onProblem']

/**
 * The pictures of a folder with a folder per class, or with `train/` and, as far as there are, `val/` and `test/` of such folders. What is missing
 * is held out of the training pictures. Labels follow the order of the training's classes in every part. Throws `ConvokeError` for
 * a folder of another form.
 *
 * ```ts ignore
 * import sharp from 'sharp'
 * const decode = pictureDecoder(sharp, { size: { height: 32, width: 32 } })
 * const { classes, training, validation, test } = await openPictures('pets', decode)
 * ```
 */
export async function openPictures(
  folder: string,
  decode: DecodePicture,
  options: OpenPicturesOptions = {},
): Promise<OpenedPictures> {
  checkOptions('openPictures', options, openOptions)
  const { seed = 0, dtype = 'float32', onProblem } = options
  check(
    dtype === 'float32' || dtype === 'uint8',
    () => `openPictures: dtype is ${show(dtype)}. Use 'float32' or 'uint8'.`,
  )
  const source = folderSource(folder)
  const folders = await partFolders(source)
  check(
    folders.size === 0 || folders.has('train'),
    () =>
      `${folder}: there is ${[...folders.values()].join(' and ')}, and no folder train. Put the pictures to learn from into ${folder}/train.`,
  )
  const open = async (part: PartName, classes?: readonly string[]): Promise<Dataset<ClassifiedPicture>> => {
    const own = folders.get(part)
    const set = await pictureFolders(own === undefined ? source : folderSource(`${folder}/${own}`), decode, {
      classes,
      onProblem,
    })
    const { dataset, problems } = await keepReadable(set, { strict: onProblem === undefined })
    for (const problem of problems) onProblem?.(problem)
    return dtype === 'uint8' ? dataset : mapDataset(dataset, (one) => ({ ...one, image: toUnit(one.image) }))
  }
  const all = await open('train')
  const { classes = [] } = all
  const held = (['validation', 'test'] as const).map((part) => {
    const share = folders.has(part) ? 0 : (options[part] ?? 0.1)
    check(
      typeof share === 'number' && share >= 0 && share < 1,
      () => `openPictures: ${part} is ${show(share)}; it must be a share from 0 to below 1.`,
    )
    return { part, share }
  })
  const wanted = held.filter(({ share }) => share > 0)
  const rest = wanted.reduce((left, { share }) => left - share, 1)
  check(rest > 0, () => 'openPictures: validation and test leave nothing to learn from. Hold out less.')
  const [training, ...others] =
    wanted.length === 0 ? [all] : splitDataset(all, [rest, ...wanted.map(({ share }) => share)], { seed })
  const partOf = async (part: 'validation' | 'test'): Promise<Dataset<ClassifiedPicture> | null> => {
    if (folders.has(part)) return open(part, classes)
    const set = others[wanted.findIndex((one) => one.part === part)]
    check(
      set === undefined || set.length > 0,
      () =>
        `${folder}: ${all.length} pictures are too few to hold some out for ${part}. Add some, or give { ${part}: 0 }.`,
    )
    return set ?? null
  }
  return { classes, training, validation: await partOf('validation'), test: await partOf('test') }
}
