// Where files come from: a folder in Node, a list of File objects in a page, a map in a test.

import { ConvokeError, check } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { type Dataset, type PictureFile, subset, type Values } from '../dataset.ts'
import type { DecodeMask } from '../masks/index.ts'
import { unreadReason } from './listing.ts'

/** A folder, wherever its files are: on a disk, in a browser's memory, behind addresses. */
export interface FileSource {
  /** What messages call it: the folder's path. */
  readonly name: string
  /** Every file below it, as paths with '/', in any order. */
  list(): Promise<readonly string[]>
  /** The bytes of one of them. */
  read(path: string): Promise<Uint8Array>
  /** The first `length` bytes, or all where there are fewer: enough for the header of most pictures. */
  readStart?(path: string, length: number): Promise<Uint8Array>
  /** Every folder below it, also those without files; unknown where absent. */
  folders?(): Promise<readonly string[]>
  /** What is wrong with each folder that could not be looked into: a sentence each. */
  unreadable?(): Promise<readonly string[]>
}

/** The size of a picture in pixels. */
export interface PictureSize {
  /** Rows. */
  readonly height: number
  /** Pixels in a row. */
  readonly width: number
}

/** Turns the bytes of a picture file into `[height, width, channels]`: float32 from 0 to 1, or uint8. */
export interface DecodePicture {
  (bytes: Uint8Array): Promise<Values>
  /** The size that the decoded picture has, from the file's first bytes. Where absent, pictures are decoded to learn it. */
  readonly sizeOf?: ((bytes: Uint8Array) => Promise<PictureSize>) | undefined
  /** Reads the numbers of a mask exactly, which a decoder of colours would change. */
  readonly mask?: DecodeMask | undefined
}

/** A data set, and what was left out of it and why. */
export interface Loaded<E extends object> {
  /** What could be read. */
  readonly dataset: Dataset<E>
  /** What was left out and why, a sentence each. */
  readonly problems: readonly string[]
  /** What was ignored though nothing is wrong with it. */
  readonly notes?: readonly string[] | undefined
}

/** Thrown where every row or file of a data set is faulty. */
export class NothingUsable extends ConvokeError {
  /** What is wrong with each of them. */
  readonly problems: readonly string[]

  constructor(name: string, problems: readonly string[], what = 'row') {
    super(`${name}: no ${what} can be used. The first problem: ${problems[0] ?? `there is no ${what}`}`)
    this.problems = problems
  }
}

/** What a loader does with examples that are faulty. */
export interface StrictOptions {
  /** Ends at the first problem instead of leaving out what is faulty. Default false. */
  readonly strict?: boolean | undefined
}

/** Collects problems, or throws the first. */
export interface ProblemList {
  readonly all: string[]
  add(message: string): void
}

export function problemList({ strict = false }: StrictOptions): ProblemList {
  const all: string[] = []
  return {
    all,
    add(message) {
      if (strict) throw new ConvokeError(`${message} (strict)`)
      all.push(message)
    },
  }
}

/** Reads and decodes a picture; what goes wrong is told with the file's name. */
export async function readPicture(source: FileSource, path: string, decode: DecodePicture): Promise<Values> {
  const bytes = await source.read(path)
  try {
    return await decode(bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConvokeError(
      `${source.name}/${path}: the picture cannot be read (${unreadReason(path, reason, bytes)}; ${counted(bytes.length, 'byte')}). Replace or remove the file.`,
    )
  }
}

/** A file of a source, as a data set tells it. */
export const pictureFile = (source: FileSource, path: string): PictureFile => ({
  path: `${source.name}/${path}`,
  read: () => source.read(path),
  ...(source.readStart && { readStart: (length: number) => source.readStart!(path, length) }),
})

/** Bytes that hold the header of nearly every picture, colour profile and preview included. */
const headerBytes = 2 ** 18

/** The size of a picture, from its header where the decoder can tell; null where it cannot be read. */
export async function pictureSize(file: PictureFile, decode: DecodePicture): Promise<PictureSize | null> {
  const { sizeOf } = decode
  try {
    if (sizeOf !== undefined && file.readStart !== undefined) {
      const start = await file.readStart(headerBytes)
      const size = await sizeOf(start).catch(() => null)
      if (size !== null || start.length < headerBytes) return size
    }
    const bytes = await file.read()
    if (sizeOf !== undefined) return await sizeOf(bytes)
    const [height, width] = (await decode(bytes)).shape
    return { height, width }
  } catch {
    return null
  }
}

/** Files held in memory, for tests and pages. */
export function memorySource(name: string, files: Readonly<Record<string, Uint8Array | string>>): FileSource {
  return {
    name,
    list: async () => Object.keys(files),
    async read(path) {
      const found = Object.hasOwn(files, path) ? files[path] : undefined
      check(found !== undefined, () => `${name}: there is no file ${path}. It has ${Object.keys(files).join(', ')}.`)
      return typeof found === 'string' ? new TextEncoder().encode(found) : found
    },
  }
}

/** The options of `keepReadable`. */
export interface KeepReadableOptions extends StrictOptions {
  /** Called with the number of examples tried so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Examples loaded at a time: enough to keep a decoder's threads busy. */
const together = 16

/**
 * Loads every example once and leaves out those that cannot be read, telling why. Worth its time before a long training
 * run. Anything but a `ConvokeError` is passed on.
 */
export async function keepReadable<E extends object>(
  dataset: Dataset<E>,
  options: KeepReadableOptions = {},
): Promise<Loaded<E>> {
  const problems = problemList(options)
  const good: number[] = []
  const attempt = async (index: number): Promise<string | null> => {
    try {
      await dataset.get(index)
      return null
    } catch (error) {
      if (!(error instanceof ConvokeError)) throw error
      return error.message
    }
  }
  const found: (string | null)[] = []
  let [next, done, stopped] = [0, 0, false]
  const attemptInTurn = async (): Promise<void> => {
    while (next < dataset.length && !stopped) {
      const index = next++
      found[index] = await attempt(index)
      if (found[index] !== null && options.strict) stopped = true
      done++
      if (done % together === 0 || done === dataset.length) options.onProgress?.(done, dataset.length)
    }
  }
  await Promise.all(Array.from({ length: together }, attemptInTurn)).catch((error: unknown) => {
    stopped = true
    throw error
  })
  for (const [index, problem] of found.entries()) {
    if (problem === null) good.push(index)
    else problems.add(problem)
  }
  check(
    good.length > 0,
    () =>
      `${dataset.length === 1 ? 'The only example cannot' : `None of the ${dataset.length} examples can`} be read. The first problem: ${problems.all[0] ?? 'the set is empty'}`,
  )
  return { dataset: good.length === dataset.length ? dataset : subset(dataset, good), problems: problems.all }
}
