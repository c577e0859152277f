// How pictures are made ready for a network from elsewhere: by flags, or by a JSON file that travels with the model.

import { readFileSync, statSync } from 'node:fs'
import { divide, flip, multiply, resize, slice, subtract, type Tensor } from 'convoke'
import { refusePipe } from 'convoke/files'
import type { Port } from 'convoke/graph'
import { ConvokeError, check, show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { fileProblem } from '../file-problem.ts'
import { readNumber } from '../options/numbers.ts'
import { counted } from '../terminal/words.ts'

export interface PreprocessingText {
  readonly preprocess?: string
  readonly size?: string
  readonly fit?: string
  readonly mean?: string
  readonly std?: string
  readonly range?: string
  readonly order?: string
}

export interface Preprocessing {
  /** Height and width; those of the model, or of the picture, where not given. */
  readonly size: readonly [height: number, width: number] | null
  /** 'crop' keeps the middle of a picture whose shorter side fits, 'stretch' ignores its proportions. */
  readonly fit: 'crop' | 'stretch'
  /** Subtracted and divided by, a number a channel, of values from 0 to `range`. */
  readonly mean: readonly number[]
  readonly std: readonly number[]
  readonly range: number
  readonly order: 'rgb' | 'bgr'
  readonly labels: readonly string[] | null
}

const fits = ['crop', 'stretch'] as const
const orders = ['rgb', 'bgr'] as const

/** Options are misuse where they are wrong, what files say is not. */
function hold(holds: boolean, name: string, message: () => string): asserts holds {
  if (!holds) throw name.startsWith('--') ? new UsageError(message()) : new ConvokeError(message())
}

function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value)
  hold(found !== undefined, name, () => `${name} is ${show(value)}; it must be ${choices.join(' or ')}.`)
  return found
}

const numbersOf = (name: string, value: unknown): number[] => {
  const list = typeof value === 'string' ? value.split(',').map(Number) : typeof value === 'number' ? [value] : value
  hold(
    Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'number' && Number.isFinite(one)),
    name,
    () => `${name} is ${show(value)}; give a number, or one per channel: 0.485,0.456,0.406.`,
  )
  return list as number[]
}

const sizeOf = (name: string, value: unknown): [number, number] => {
  const list =
    typeof value === 'string' ? value.split(/[x×,]/).map(Number) : typeof value === 'number' ? [value] : value
  hold(
    Array.isArray(list) &&
      (list.length === 1 || list.length === 2) &&
      list.every((one) => Number.isInteger(one) && one >= 1),
    name,
    () => `${name} is ${show(value)}; give 224, or height and width: 480x640.`,
  )
  return [list[0], list[list.length - 1]]
}

const known = ['size', 'fit', 'mean', 'std', 'range', 'order', 'labels']

function textOf(path: string): string {
  refusePipe(path, statSync(path))
  return readFileSync(path, 'utf8')
}

function readFile(path: string): Record<string, unknown> {
  let text: string
  try {
    text = textOf(path)
  } catch (error) {
    throw fileProblem(error as NodeJS.ErrnoException, path)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new ConvokeError(
      `${path}: it is not JSON. Write an object such as {"size": 224, "mean": [0.5], "std": [0.5]}.`,
    )
  }
  check(
    parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed),
    () => `${path}: it must hold an object with ${known.join(', ')}.`,
  )
  for (const key of Object.keys(parsed)) {
    check(known.includes(key), () => `${path}: there is no setting ${show(key)}. Known: ${known.join(', ')}.`)
  }
  return parsed as Record<string, unknown>
}

/** What a model says of itself. */
function readShipped(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}

const flags = ['preprocess', 'labels', 'size', 'fit', 'mean', 'std', 'range', 'order'] as const

type Flags = { readonly [N in (typeof flags)[number]]?: string | undefined }

/** Throws `UsageError` where flags say of something else than a model file how pictures are prepared; `why` ends the sentence. */
export function refusePreprocessing(text: Flags, why: string): void {
  const given = flags.find((name) => text[name] !== undefined)
  if (given !== undefined) throw new UsageError(`--${given} is for model files: ${why}.`)
}

/** Flags go before the file, and that before what the model says of itself under `convoke.preprocessing`. */
export function readPreprocessing(
  options: PreprocessingText,
  labelFile: string | undefined,
  shipped?: string,
): Preprocessing {
  const file = { ...readShipped(shipped), ...(options.preprocess === undefined ? {} : readFile(options.preprocess)) }
  const from = (key: keyof PreprocessingText): readonly [name: string, value: unknown] =>
    options[key] === undefined
      ? [`${options.preprocess ?? 'the model'}: ${key}`, file[key]]
      : [`--${key}`, options[key]]
  const [sizeName, size] = from('size')
  const [fitName, fit] = from('fit')
  const [meanName, mean] = from('mean')
  const [stdName, std] = from('std')
  const [orderName, order] = from('order')
  const [rangeName, given] = from('range')
  const range = options.range === undefined ? (given ?? 1) : readNumber('range', options.range)
  hold(
    typeof range === 'number' && range > 0,
    rangeName,
    () => `${rangeName} is ${show(given)}; it must be a number above 0.`,
  )
  const divisors = std === undefined ? [1] : numbersOf(stdName, std)
  hold(
    divisors.every((one) => one !== 0),
    stdName,
    () => `${stdName} is ${show(std)}; nothing can be divided by 0.`,
  )
  const labels = labelFile === undefined ? file.labels : readLabels(labelFile)
  check(
    labels === undefined || (Array.isArray(labels) && labels.every((label) => typeof label === 'string')),
    () => `${options.preprocess ?? 'the model'}: labels must be a list of strings.`,
  )
  return {
    size: size === undefined ? null : sizeOf(sizeName, size),
    fit: fit === undefined ? 'crop' : oneOf(fitName, fit, fits),
    mean: mean === undefined ? [0] : numbersOf(meanName, mean),
    std: divisors,
    range,
    order: order === undefined ? 'rgb' : oneOf(orderName, order, orders),
    labels: (labels as string[] | undefined) ?? null,
  }
}

function readLabels(path: string): string[] {
  try {
    return textOf(path)
      .replace(/^\uFEFF/, '')
      .trimEnd()
      .split(/\r\n?|\n/)
      .map((line) => line.trim())
  } catch (error) {
    throw fileProblem(error as NodeJS.ErrnoException, path)
  }
}

/** Models of TensorFlow.js have pictures channels last; those of ONNX are told by what reads them. */
export const takesPicture = ({ picture, shape }: Port): boolean =>
  picture || (shape?.length === 4 && [1, 3].includes(Number(shape[3])))

/** Throws `UsageError` where mean or std are for another number of channels. */
export function checkChannels({ mean, std }: Pick<Preprocessing, 'mean' | 'std'>, channels: number): void {
  for (const [name, { length }] of Object.entries({ mean, std }))
    if (length !== 1 && length !== channels)
      throw new UsageError(
        `${name} has ${length} numbers for ${counted(channels, 'channel')}. Give one, or one per channel.`,
      )
}

/** A picture `[1, height, width, channels]` of values from 0 to 1, made ready. */
export function prepared(picture: Tensor, to: Preprocessing, size: readonly [number, number] | null): Tensor {
  const channels = picture.shape[3]
  const sized = size === null ? picture : brought(picture, size, to.fit)
  const ordered = to.order === 'bgr' && channels === 3 ? flip(sized, 3) : sized
  const scaled = to.range === 1 ? ordered : multiply(ordered, to.range)
  return divide(subtract(scaled, [...to.mean]), [...to.std])
}

function brought(picture: Tensor, [height, width]: readonly [number, number], fit: Preprocessing['fit']): Tensor {
  const [, h, w] = picture.shape
  if (h === height && w === width) return picture
  if (fit === 'stretch') return resize(picture, { size: [height, width], antialias: true })
  const scale = Math.max(height / h, width / w)
  const covering: [number, number] = [Math.max(height, Math.round(h * scale)), Math.max(width, Math.round(w * scale))]
  const large = resize(picture, { size: covering, antialias: true })
  const [top, left] = [Math.floor((covering[0] - height) / 2), Math.floor((covering[1] - width) / 2)]
  return slice(large, [{}, { start: top, stop: top + height }, { start: left, stop: left + width }, {}])
}
