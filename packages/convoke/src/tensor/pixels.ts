// Pictures of a page as tensors, and tensors as pictures of a page. What is taken of the DOM is described by its shape, so that the
// declarations need no types of a browser.

import type { DType, TypedArray } from '../backends/backend.ts'
import { ConvokeError, check, checkOptions, show, showShape } from '../shapes/error.ts'
import { fromData } from './create.ts'
import { checkTensor, type Tensor } from './tensor.ts'

/** Red, green, blue and opacity of each pixel, as `ImageData` has them. */
export interface Pixels {
  /** Pixels in a row. */
  readonly width: number
  /** Rows. */
  readonly height: number
  /** Four bytes a pixel, row by row from the top: `4 · width · height` in all. */
  readonly data: Uint8ClampedArray | Uint8Array
}

/** What a canvas can draw: an `ImageBitmap`, a canvas or `OffscreenCanvas`, an image, a video or a `VideoFrame`. */
export interface Drawable {
  /** Width in pixels, where the source calls it so. */
  readonly width?: unknown
  /** Height in pixels, where the source calls it so. */
  readonly height?: unknown
  /** Width of a `VideoFrame` as it is shown. */
  readonly displayWidth?: unknown
}

/** The options of `fromPixels`. */
export interface FromPixelsOptions {
  /** 3 (red, green, blue) when not given, 4 with opacity, 1 for greys: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601). */
  readonly channels?: 1 | 3 | 4 | undefined
  /** 'uint8', from 0 to 255, when not given; 'float32' goes from 0 to 1. */
  readonly dtype?: 'uint8' | 'float32' | undefined
}

interface Context {
  drawImage(source: unknown, x: number, y: number): void
  getImageData(x: number, y: number, width: number, height: number): Pixels
  putImageData(pixels: unknown, x: number, y: number): void
}

/** A canvas, on a page or off it. */
export interface CanvasLike {
  /** Width in pixels. Setting it clears the canvas. */
  width: number
  /** Height in pixels. Setting it clears the canvas. */
  height: number
  /** What draws on it. */
  getContext(kind: '2d', ...options: never[]): unknown
}

interface Page {
  readonly OffscreenCanvas?: new (width: number, height: number) => CanvasLike
  readonly document?: { createElement(name: string): unknown }
  readonly ImageData?: new (data: Uint8ClampedArray, width: number, height: number) => Pixels
}

const pageOf = (): Page => globalThis as unknown as Page

function newCanvas(width: number, height: number): CanvasLike {
  const page = pageOf()
  if (page.OffscreenCanvas !== undefined) return new page.OffscreenCanvas(width, height)
  const made = page.document?.createElement('canvas') as CanvasLike | undefined
  if (made === undefined) {
    throw new ConvokeError(
      'fromPixels: there is no canvas here to draw the picture on. Give ImageData, or read a file with readPicture of convoke/node.',
    )
  }
  made.width = width
  made.height = height
  return made
}

const isPixels = (source: object): source is Pixels => 'data' in source && ArrayBuffer.isView(source.data)

/** Pixels of what a canvas can draw, by its own size, whatever the size at which it is shown. */
function drawn(source: Drawable): Pixels {
  const sizes = source as Readonly<Record<string, unknown>>
  const sizeOf = (...names: readonly string[]): number => Number(names.map((name) => sizes[name]).find(Number.isFinite))
  const width = sizeOf('naturalWidth', 'videoWidth', 'displayWidth', 'width')
  const height = sizeOf('naturalHeight', 'videoHeight', 'displayHeight', 'height')
  check(
    width >= 1 && height >= 1,
    () =>
      `fromPixels: the picture has size ${width}×${height}. Wait until it is loaded: await image.decode(), or the loadeddata of a video.`,
  )
  const canvas = newCanvas(width, height)
  const context = canvas.getContext('2d') as Context
  try {
    context.drawImage(source, 0, 0)
    return context.getImageData(0, 0, width, height)
  } catch (error) {
    throw new ConvokeError(
      `fromPixels: the picture cannot be read (${error instanceof Error ? error.message : error}). One of another origin needs CORS headers and crossOrigin = 'anonymous'.`,
      { cause: error },
    )
  }
}

/**
 * A picture of a page as a tensor `[height, width, channels]`, uint8 unless asked for otherwise: `ImageData`, `ImageBitmap`, a canvas, an
 * image, a video. Throws `ConvokeError` for what is not loaded or may not be read.
 *
 * @example
 * const pixels = { width: 2, height: 1, data: new Uint8ClampedArray([255, 0, 0, 255, 9, 9, 9, 255]) }
 * fromPixels(pixels).toArray()  // [[[255, 0, 0], [9, 9, 9]]]
 * fromPixels(pixels, { channels: 1, dtype: 'float32' }).shape  // [1, 2, 1]
 */
export function fromPixels(source: Pixels | Drawable, options: FromPixelsOptions = {}): Tensor {
  checkOptions('fromPixels', options, ['channels', 'dtype'])
  const { channels = 3, dtype = 'uint8' } = options
  check(
    channels === 1 || channels === 3 || channels === 4,
    () => `fromPixels: channels is ${show(channels)}. Use 1, 3 or 4.`,
  )
  check(
    dtype === 'uint8' || dtype === 'float32',
    () => `fromPixels: dtype is ${show(dtype)}. Use 'uint8' or 'float32'.`,
  )
  check(
    source !== null && typeof source === 'object',
    () => `fromPixels: the picture is ${show(source)}; give ImageData, an ImageBitmap, a canvas, an image or a video.`,
  )
  const { width, height, data } = isPixels(source) ? source : drawn(source)
  check(
    Number.isInteger(width) && Number.isInteger(height) && data.length === 4 * width * height,
    () => `fromPixels: ${data.length} bytes are not ${width}×${height} pixels of red, green, blue and opacity.`,
  )
  const values = new (dtype === 'uint8' ? Uint8ClampedArray : Float32Array)(width * height * channels)
  const scale = dtype === 'uint8' ? 1 : 1 / 255
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = 4 * pixel
    if (channels === 1) values[pixel] = scale * (0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2])
    else for (let c = 0; c < channels; c++) values[channels * pixel + c] = scale * data[from + c]
  }
  return fromData(values, [height, width, channels], dtype as DType)
}

/** The options of `toPixels`. */
export interface ToPixelsOptions {
  /** The numbers that become black and white (or no colour and all of it): 0 and 255 for whole numbers, 0 and 1 for float32 when not given. */
  readonly range?: readonly [low: number, high: number] | undefined
  /** Is given the size of the picture, and shows it. */
  readonly canvas?: CanvasLike | undefined
}

/** Height, width and channels, without a batch axis of one. */
function pictureOf({ shape }: Tensor): readonly [height: number, width: number, channels: number] {
  const [height, width, channels = 1, ...more] = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape
  check(
    shape.length >= 2 && more.length === 0 && [1, 3, 4].includes(channels) && height * width > 0,
    () =>
      `toPixels: a tensor of shape ${showShape(shape)} is not a picture. Give [height, width] or [height, width, channels] of 1, 3 or 4 channels; toChannelsLast(…) where they come first.`,
  )
  return [height, width, channels]
}

function rangeOf(values: TypedArray, dtype: DType, range: ToPixelsOptions['range']): readonly [number, number] {
  if (range === undefined) {
    if (dtype !== 'float32') return [0, dtype === 'bool' ? 1 : 255]
    const beyond = (values as Float32Array).find((value) => value > 2)
    check(
      beyond === undefined,
      () =>
        `toPixels: float32 goes from 0, black, to 1, white; there is a ${beyond}. Divide by 255, or give { range: [0, 255] }.`,
    )
    return [0, 1]
  }
  check(
    Array.isArray(range) && range.length === 2 && range.every(Number.isFinite) && range[0] < range[1],
    () => `toPixels: the range is ${show(range)}; give the numbers of black and of white, as in [0, 255].`,
  )
  return range
}

/**
 * A tensor `[height, width]` or `[height, width, channels]` of 1, 3 or 4 channels (and a batch axis of one) as `ImageData`, or, where
 * there is none, as an object of its form: greys where there is one channel, opaque where there is no fourth. Numbers outside of the range are
 * brought to its ends, and NaN is black. With `canvas`, the picture is shown there as well.
 *
 * @example
 * const { width, height, data } = await toPixels(tensor([[0, 0.2]]))
 * [...data]  // [0, 0, 0, 255, 51, 51, 51, 255]
 */
export async function toPixels(x: Tensor, options: ToPixelsOptions = {}): Promise<Pixels> {
  checkTensor('toPixels', 'x', x)
  checkOptions('toPixels', options, ['range', 'canvas'])
  const [height, width, channels] = pictureOf(x)
  const values = await x.data()
  const [low, high] = rangeOf(values, x.dtype, options.range)
  // Rounds, and stops at both ends.
  const data = new Uint8ClampedArray(4 * width * height)
  const byteOf = (place: number): number => (255 * (values[place] - low)) / (high - low)
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) data[4 * pixel + c] = byteOf(channels * pixel + (channels === 1 ? 0 : c))
    data[4 * pixel + 3] = channels === 4 ? byteOf(channels * pixel + 3) : 255
  }
  const { ImageData: Kind } = pageOf()
  const pixels = Kind === undefined ? { width, height, data } : new Kind(data, width, height)
  const { canvas } = options
  if (canvas !== undefined) {
    canvas.width = width
    canvas.height = height
    const context = canvas.getContext('2d') as Context | null
    check(
      context !== null,
      () => 'toPixels: the canvas already has a context of another kind (WebGL?). Give another canvas.',
    )
    context.putImageData(pixels, 0, 0)
  }
  return pixels
}
