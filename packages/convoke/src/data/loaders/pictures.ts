// Folders of pictures: one folder a class, or pictures with masks.

import { check, showShape } from '../../shapes/error.ts'
import { type ClassifiedPicture, checkIndex, type Dataset, type MaskedPicture, type Values } from '../dataset.ts'
import { type DecodePicture, type FileSource, inOrder, isPicture, readPicture, stemOf } from './source.ts'

export interface PictureFolderOptions {
  /** Classes in the order of their labels, of which some may have no folder here; the folders found when not given. */
  readonly classes?: readonly string[] | undefined
}

/**
 * One folder a class, named after it, with its pictures at any depth. Pictures are read when asked for;
 * `keepReadable` finds those that cannot be.
 */
export async function pictureFolders(
  source: FileSource,
  decode: DecodePicture,
  options: PictureFolderOptions = {},
): Promise<Dataset<ClassifiedPicture>> {
  const paths = await source.list()
  const folders = [...new Set(paths.flatMap((path) => (path.includes('/') ? [path.slice(0, path.indexOf('/'))] : [])))]
  const found = inOrder(folders.filter((name) => !name.startsWith('.')))
  const classes = options.classes ?? found
  const strange = found.filter((name) => !classes.includes(name))
  check(
    strange.length === 0,
    () => `${source.name}: the folder ${strange[0]} is none of the classes ${classes.join(', ')}. Rename or remove it.`,
  )
  check(
    classes.length >= 2,
    () =>
      `${source.name}: there must be a folder for each of two classes or more, with its pictures; found ${classes.length === 0 ? 'none' : classes.join(', ')}.`,
  )
  const pictures = classes.flatMap((name, label) => {
    const own = inOrder(paths.filter((path) => path.startsWith(`${name}/`) && isPicture(path)))
    check(
      own.length > 0 || options.classes !== undefined,
      () => `${source.name}/${name}: the class has no pictures. Add some, or remove the folder.`,
    )
    return own.map((path) => ({ path, label }))
  })
  return {
    length: pictures.length,
    classes,
    labelOf: (index) => pictures[index].label,
    nameOf: (index) => pictures[index].path,
    async get(index) {
      checkIndex(source.name, index, pictures.length)
      const { path, label } = pictures[index]
      return { image: await readPicture(source, path, decode), label }
    },
  }
}

export interface MaskOptions {
  /** Folder of the pictures; 'images' or 'image' when not given. */
  readonly images?: string | undefined
  /** Folder of the masks, one for each picture, under the same name; 'masks', 'mask', 'labels' or 'label' when not given. */
  readonly masks?: string | undefined
  /** Grey value of each class, from 0 to 255; when not given [0, 255]. */
  readonly values?: readonly number[] | undefined
  /** Names of the classes. */
  readonly classes?: readonly string[] | undefined
  /** Hears of each picture without a mask, which is then left out; without it, the first ends the reading. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/** Pictures in one folder, masks in another. The grey value nearest to a pixel's decides its class. */
export async function maskFolders(
  source: FileSource,
  decode: DecodePicture,
  options: MaskOptions = {},
): Promise<Dataset<MaskedPicture>> {
  const { values = [0, 255], classes = values.map((_, label) => `class ${label}`) } = options
  const paths = await source.list()
  const folder = (given: string | undefined, usual: readonly string[], what: string): string[] => {
    const candidates = given === undefined ? usual : [given]
    const found = candidates.find((name) => paths.some((path) => path.startsWith(`${name}/`) && isPicture(path)))
    check(
      found !== undefined,
      () =>
        `${source.name}: there is no folder of ${what}: ${candidates.join(', ')} ${candidates.length === 1 ? 'has' : 'have'} no pictures.`,
    )
    return inOrder(paths.filter((path) => path.startsWith(`${found}/`) && isPicture(path)))
  }
  const images = folder(options.images, ['images', 'image'], 'pictures')
  const masks = new Map(
    folder(options.masks, ['masks', 'mask', 'labels', 'label'], 'masks').map((path) => [stemOf(path), path]),
  )
  const pairs = images.flatMap((image) => {
    const mask = masks.get(stemOf(image))
    if (mask !== undefined) return [{ image, mask }]
    const message = `${source.name}/${image}: there is no mask named ${stemOf(image)}. Add it, or remove the picture.`
    check(options.onProblem !== undefined, () => message)
    options.onProblem(message)
    return []
  })
  return {
    length: pairs.length,
    classes,
    nameOf: (index) => pairs[index].image,
    async get(index) {
      checkIndex(source.name, index, pairs.length)
      const pair = pairs[index]
      const [image, grey] = await Promise.all([
        readPicture(source, pair.image, decode),
        readPicture(source, pair.mask, decode),
      ])
      check(
        image.shape[0] === grey.shape[0] && image.shape[1] === grey.shape[1],
        () =>
          `${source.name}/${pair.mask}: the mask is ${grey.shape[1]}×${grey.shape[0]} pixels, its picture ${image.shape[1]}×${image.shape[0]}. They must be equal.`,
      )
      return { image, mask: classesOf(`${source.name}/${pair.mask}`, grey, values) }
    },
  }
}

/** The class of each pixel of a grey (or grey as colour) picture. */
function classesOf(name: string, { shape, data }: Values, values: readonly number[]): Values {
  const [height, width, channels] = shape
  check(shape.length === 3, () => `${name}: a mask must be a picture, it has shape ${showShape(shape)}.`)
  const unit = data instanceof Float32Array ? 255 : 1
  const labels = new Int32Array(height * width)
  for (let p = 0; p < labels.length; p++) {
    const grey = data[p * channels] * unit
    let best = 0
    values.forEach((value, label) => {
      if (Math.abs(value - grey) < Math.abs(values[best] - grey)) best = label
    })
    labels[p] = best
  }
  return { shape: [height, width], data: labels }
}
