// Pictures of one size: what size that should be, and bringing them to it.

import { data } from 'convoke'
import { pictureDecoder } from 'convoke/node'
import { type PlainHead, plainHead, plainPicture } from '../../picture/plain.ts'
import { loadSharp } from '../../picture/sharp.ts'
import type { OpenOptions, PictureForm, TaskName } from './opened.ts'

export interface PictureFacts {
  readonly channels: 1 | 3
  /** The most common size. */
  readonly height: number
  readonly width: number
  /** Share of those looked at that have that size. */
  readonly share: number
  /** Median of the longer sides, in pixels; infinite where none could be looked at. */
  readonly side: number
  /** Pictures that there are. */
  readonly count: number
  /** What is ignored of some of them, for the user to read. */
  readonly notes?: readonly string[] | undefined
}

const looked = 48

/** What some of the pictures are like, from their headers. Damaged ones are ignored. */
export async function pictureFacts(source: data.FileSource, paths: readonly string[]): Promise<PictureFacts> {
  const step = Math.max(1, paths.length / looked)
  const chosen = Array.from({ length: Math.min(looked, paths.length) }, (_, i) => paths[Math.floor(i * step)])
  const sharp = chosen.length === 0 ? undefined : await loadSharp()
  const heads = await Promise.all(
    chosen.map(async (path) => {
      try {
        const { autoOrient, channels, space, pages = 1 } = await sharp!(await source.read(path)).metadata()
        return { ...autoOrient, gray: space === 'b-w' || space === 'grey16' || channels === 1, path, pages }
      } catch {
        return null
      }
    }),
  )
  const found = heads.filter((head) => head !== null)
  const counts = new Map<string, number>()
  for (const { height, width } of found) counts.set(`${height}×${width}`, (counts.get(`${height}×${width}`) ?? 0) + 1)
  const [[size, having]] = [...counts, ['64×64', 1] as const].sort(([, a], [, b]) => b - a)
  const [height, width] = size.split('×').map(Number)
  const sides = found.map((head) => Math.max(head.height, head.width)).sort((a, b) => a - b)
  const side = sides[Math.floor(sides.length / 2)] ?? Number.POSITIVE_INFINITY
  const gray = found.length > 0 && found.every((head) => head.gray)
  const [paged] = found.filter(({ pages }) => pages > 1)
  const notes =
    paged === undefined
      ? []
      : [
          `${source.name}: ${paged.path} has ${paged.pages} pages or frames; only the first is read, as of all such files. To use the others, save each as a file of its own.`,
        ]
  const share = found.length === 0 ? 0 : having / found.length
  return { channels: gray ? 1 : 3, height, width, share, side, count: paths.length, notes }
}

/** Few pictures with masks are used as they are up to the side `few`: there is time for every detail of them. */
const [fewPictures, few] = [60, 512]

/** Share of the pictures from which on a size counts as that of all. */
const nearlyAll = 0.9

/** Pictures of several sizes are brought to this side at least. */
const least = 16

/** Pictures up to the side `most` are used as they are where nearly all have one size; others are brought to `side`, and not enlarged for it. */
const sizes: Readonly<Record<TaskName, { readonly most: number; readonly side: number; readonly step: number }>> = {
  classify: { most: 96, side: 64, step: 1 },
  segment: { most: 256, side: 256, step: 8 },
  detect: { most: 320, side: 320, step: 4 },
  generate: { most: 0, side: 32, step: 1 },
  text: { most: 0, side: 0, step: 1 },
  sequence: { most: 0, side: 0, step: 1 },
}

/** The size that pictures like these are brought to; null leaves each its own. */
export function pictureForm(task: TaskName, facts: PictureFacts, options: OpenOptions): PictureForm | null {
  const form = sizeFor(task, facts, options)
  if (form === null) return null
  const resized = facts.share < 1 || form.height !== facts.height || form.width !== facts.width
  return { ...form, ...(resized && { resized }), ...options.cut }
}

function sizeFor(task: TaskName, facts: PictureFacts, options: OpenOptions): PictureForm | null {
  const { size } = options
  const channels = options.channels ?? facts.channels
  if (size === 'own') return null
  if (typeof size === 'object') return { height: size.height, width: size.width, channels }
  const { most, side, step } = sizes[task]
  const isOne = facts.share >= nearlyAll
  const longer = Math.max(facts.height, facts.width)
  const asTheyAre = task === 'segment' && facts.count <= fewPictures ? few : most
  if (size === undefined && isOne && longer <= asTheyAre) return { height: facts.height, width: facts.width, channels }
  const smaller = Math.min(side, Math.max(least, Math.round(facts.side / 8) * 8))
  const wanted = size ?? smaller
  if (task === 'classify' || task === 'generate') return { height: wanted, width: wanted, channels }
  const scaled = (length: number): number => Math.max(step, Math.round((length * wanted) / longer / step) * step)
  return { height: scaled(facts.height), width: scaled(facts.width), channels }
}

/** Reads picture files; to one size where only their content matters. */
export async function decoderFor(channels: 1 | 3, form: PictureForm | null = null): Promise<data.DecodePicture> {
  const sharp = await loadSharp()
  const any = pictureDecoder(sharp as unknown as Parameters<typeof pictureDecoder>[0], {
    channels,
    ...(form === null
      ? {}
      : { size: { height: form.height, width: form.width }, crop: form.crop, interpolation: form.interpolation }),
  })
  /** Whether such a file needs nothing but decoding. */
  const asItIs = (head: PlainHead | null): boolean =>
    head !== null &&
    head.channels <= channels &&
    (form === null || (form.height === head.height && form.width === head.width && form.crop === undefined))
  const decode = async (bytes: Uint8Array): Promise<data.Values> => {
    const plain = asItIs(plainHead(bytes)) ? await plainPicture(bytes) : null
    return plain === null ? any(bytes) : inChannels(plain, channels)
  }
  const sizeOf = async (bytes: Uint8Array): Promise<data.PictureSize> => {
    const head = form === null ? plainHead(bytes) : null
    return head === null ? any.sizeOf!(bytes) : { height: head.height, width: head.width }
  }
  return Object.assign(decode, { sizeOf, mask: any.mask })
}

/** What opens other data as the pictures of a form were. */
export const likeForm = ({ height, width, channels, crop, interpolation }: PictureForm): OpenOptions => ({
  ...{ size: { height, width }, channels },
  ...(crop !== undefined && { cut: { crop, interpolation } }),
})

/** Grey from colour, or grey repeated. */
function inChannels(picture: data.Values, channels: 1 | 3): data.Values {
  const own = picture.shape[2]
  if (own === channels) return picture
  if (channels === 1) return data.grayPicture(data.toUnit(picture))
  const [height, width] = picture.shape
  const Kind = picture.data.constructor as Uint8ArrayConstructor
  const spread = new Kind(height * width * 3)
  for (let p = 0; p < height * width; p++) spread.fill(picture.data[p * own], 3 * p, 3 * p + 3)
  return { shape: [height, width, 3], data: spread }
}

interface Pictured {
  readonly image: data.Values
  readonly mask?: data.Values
  readonly boxes?: readonly data.Box[]
}

/** An example with its picture, mask and boxes brought to one size. */
export function toForm<E extends Pictured>(example: E, { height, width, channels }: PictureForm): E {
  const [rows, columns] = example.image.shape
  const image = data.resizePicture(inChannels(example.image, channels), height, width)
  const [sx, sy] = [width / columns, height / rows]
  return {
    ...example,
    image,
    ...(example.mask === undefined ? {} : { mask: data.resizePicture(example.mask, height, width, 'nearest') }),
    ...(example.boxes === undefined
      ? {}
      : {
          boxes: example.boxes.map((box) => ({
            ...box,
            ...{ x: box.x * sx, y: box.y * sy, width: box.width * sx, height: box.height * sy },
          })),
        }),
  }
}

/** Pictures of a data set kept in memory when all of them together take no more than this. */
const mostBytes = 1.5 * 2 ** 30

/** The same pictures in one size, kept once read where memory allows. Files give bytes, so that a pixel is one byte a channel. */
export function sizedPictures<E extends Pictured>(
  dataset: data.Dataset<E>,
  form: PictureForm | null,
  bytesPerValue: 1 | 4 = 1,
): data.Dataset<E> {
  if (form === null) return dataset
  const sized = data.mapDataset(dataset, (example) => toForm(example, form))
  const bytes = dataset.length * form.height * form.width * form.channels * bytesPerValue
  return bytes <= mostBytes ? data.cacheDataset(sized) : sized
}
