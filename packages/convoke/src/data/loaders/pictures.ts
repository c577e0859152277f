// Pictures with masks, in two folders.

import { check, showShape } from '../../shapes/error.ts'
import { checkIndex, type Dataset, type MaskedPicture, type Values } from '../dataset.ts'
import { inOrder, isPicture, stemOf } from './listing.ts'
import { type DecodePicture, type FileSource, readPicture } from './source.ts'

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
