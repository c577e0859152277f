// Generated pictures as files: PNG in folders, IDX, PASCAL VOC and COCO.

import { type data, formats } from 'convoke'
import { loadSharp } from '../picture/sharp.ts'
import type { MadeFile } from './makers.ts'

const below = (part: string, path: string): string => (part === '' ? path : `${part}/${path}`)

/** Names that sort in the order of their numbers. */
const numbered = (index: number, count: number): string => String(index + 1).padStart(String(count).length, '0')

const toBytes = (values: ArrayLike<number>): Uint8Array => Uint8Array.from(values, (value) => Math.round(value * 255))

/** A picture from 0 to 1, `[height, width, channels]`. */
const pngOf = ({ shape, data: values }: data.Values): Promise<Uint8Array> => grey(toBytes(values), shape)

async function grey(bytes: Uint8Array, [height, width, channels = 1]: readonly number[]): Promise<Uint8Array> {
  const raw = { height, width, channels: channels as 1 | 3 }
  const sharp = await loadSharp()
  const image = sharp(bytes, { raw })
  return new Uint8Array(await (channels === 1 ? image.toColourspace('b-w') : image).png().toBuffer())
}

/** `CLASS/0001.png` */
export async function* classFolders(set: data.Dataset<data.ClassifiedPicture>, part: string): AsyncIterable<MadeFile> {
  for (let i = 0; i < set.length; i++) {
    const { image, label } = await set.get(i)
    yield { path: below(part, `${set.classes![label]}/${numbered(i, set.length)}.png`), bytes: await pngOf(image) }
  }
}

/** The MNIST family's two files; its test part is called t10k whatever its size. */
export async function* idxFiles(
  set: data.Dataset<data.ClassifiedPicture>,
  part: string,
  size: number,
): AsyncIterable<MadeFile> {
  const pixels = new Uint8Array(set.length * size * size)
  const labels = new Uint8Array(set.length)
  for (let i = 0; i < set.length; i++) {
    const { image, label } = await set.get(i)
    pixels.set(toBytes(image.data), i * size * size)
    labels[i] = label
  }
  const stem = part === 'test' ? 't10k' : 'train'
  const shape = [set.length, size, size]
  yield { path: `${stem}-images-idx3-ubyte`, bytes: formats.encodeIdx({ dtype: 'uint8', shape, data: pixels }) }
  yield {
    path: `${stem}-labels-idx1-ubyte`,
    bytes: formats.encodeIdx({ dtype: 'uint8', shape: [set.length], data: labels }),
  }
}

/** `images/001.png` and `masks/001.png`, the classes as greys that can be told apart by eye. */
export async function* maskedFiles(set: data.Dataset<data.MaskedPicture>, part: string): AsyncIterable<MadeFile> {
  const step = 255 / (set.classes!.length - 1)
  for (let i = 0; i < set.length; i++) {
    const { image, mask } = await set.get(i)
    const name = `${numbered(i, set.length)}.png`
    yield { path: below(part, `images/${name}`), bytes: await pngOf(image) }
    const greys = Uint8Array.from(mask.data, (label) => Math.round(label * step))
    yield { path: below(part, `masks/${name}`), bytes: await grey(greys, mask.shape) }
  }
}

interface Edges {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const edgesOf = ({ x, y, width, height }: data.Box): Edges => ({
  ...{ left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 },
})

/** `JPEGImages/001.png` and `Annotations/001.xml`; VOC counts pixels from 1, both edges inside. */
export async function* boxedFiles(set: data.Dataset<data.BoxedPicture>, part: string): AsyncIterable<MadeFile> {
  for (let i = 0; i < set.length; i++) {
    const { image, boxes } = await set.get(i)
    const [height, width, depth] = image.shape
    const stem = numbered(i, set.length)
    const objects = boxes.map((box) => {
      const { left, top, right, bottom } = edgesOf(box)
      const bounds = `<xmin>${left + 1}</xmin><ymin>${top + 1}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax>`
      return `  <object><name>${set.classes![box.label]}</name><difficult>0</difficult><bndbox>${bounds}</bndbox></object>`
    })
    const size = `<width>${width}</width><height>${height}</height><depth>${depth}</depth>`
    const lines = [
      '<annotation>',
      `  <filename>${stem}.png</filename>`,
      `  <size>${size}</size>`,
      ...objects,
      '</annotation>',
    ]
    yield { path: below(part, `JPEGImages/${stem}.png`), bytes: await pngOf(image) }
    yield { path: below(part, `Annotations/${stem}.xml`), bytes: new TextEncoder().encode(`${lines.join('\n')}\n`) }
  }
}

/** `images/001.png` and one `annotations.json`. */
export async function* cocoFiles(set: data.Dataset<data.BoxedPicture>, part: string): AsyncIterable<MadeFile> {
  const images: object[] = []
  const annotations: object[] = []
  for (let i = 0; i < set.length; i++) {
    const { image, boxes } = await set.get(i)
    const [height, width] = image.shape
    const name = `images/${numbered(i, set.length)}.png`
    images.push({ id: i + 1, file_name: name, width, height })
    for (const box of boxes) {
      const { left, top } = edgesOf(box)
      annotations.push({
        ...{ id: annotations.length + 1, image_id: i + 1, category_id: box.label + 1 },
        ...{ bbox: [left, top, box.width, box.height], area: box.width * box.height, iscrowd: 0 },
      })
    }
    yield { path: below(part, name), bytes: await pngOf(image) }
  }
  const categories = set.classes!.map((name, label) => ({ id: label + 1, name }))
  const text = JSON.stringify({ images, annotations, categories })
  yield { path: below(part, 'annotations.json'), bytes: new TextEncoder().encode(text) }
}
