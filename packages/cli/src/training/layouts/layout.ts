// What a layout of data on disk is, and what its writer is given and gives.

import type { data } from 'convoke'
import type { Examples } from '../data/opened.ts'
import type { PartName, Place } from '../data/place.ts'

/** Tasks whose data lies in several layouts. */
export type LayoutTask = 'classify' | 'detect' | 'segment' | 'sequence'

/** A file to write, below the folder of the set. */
export interface WrittenFile {
  readonly path: string
  /** Whether it is the picture of an example, by which progress is counted. */
  readonly isPicture?: boolean | undefined
  /** The file's bytes, made when it is written. */
  readonly bytes?: (() => Promise<Uint8Array>) | undefined
  /** The file's text in pieces, for files of any length. */
  readonly pieces?: Iterable<string> | AsyncIterable<string> | undefined
}

/** An example that has a file of its own in the new set. */
export interface Item {
  readonly part: PartName
  /** In the part's data set. */
  readonly index: number
  /** Its name without folder and ending, of which no other in its part has the same. */
  readonly stem: string
  /** With its ending, '.jpg'. */
  readonly ending: string
}

/** A data set to be written. */
export interface WritableSet<E extends object> {
  /** A name for the set: that of its folder, in letters and digits. */
  readonly name: string
  readonly classes: readonly string[]
  readonly sets: readonly { readonly part: PartName; readonly set: data.Dataset<E> }[]
  /** Whether the set is divided: a training part alone needs no folder of its own. */
  readonly divided: boolean
  /** The examples that are pictures. */
  readonly items: readonly Item[]
  /** The picture of an example at a new path: copied where it is a file, else as PNG. */
  readonly picture: (item: Item, path: string) => WrittenFile
  /** The size of the picture of an example that has a file. */
  readonly sizeOf: (item: Item) => data.PictureSize
  /** The boxes of an example, of data for detection. */
  readonly boxesOf: (item: Item) => readonly data.Box[]
  /** The label of an example, of data for classification. */
  readonly labelOf: (item: Item) => number
  /** The class of each pixel, of data for segmentation. */
  readonly maskOf: (item: Item) => Promise<data.Values>
  /** Hears of what the layout has no form for. */
  readonly note: (message: string) => void
}

export interface Layout<T extends LayoutTask = LayoutTask> {
  /** What `--to` calls it. */
  readonly name: string
  readonly task: T
  /** One line: whose it is, and what it consists of. */
  readonly title: string
  /** How it lies, a path a line; `#` stands for any name. */
  readonly tree: readonly string[]
  /** Whether pictures of all parts lie in one folder, so that none may be called like another. */
  readonly together?: boolean | undefined
  /** Whether a place has it. */
  readonly isThere: (place: Place) => boolean | Promise<boolean>
  /** The files of a set in this layout. Throws `ConvokeError` for what it has no form for. */
  readonly write: (set: WritableSet<Examples[T]>) => AsyncIterable<WrittenFile>
}

/** What the parts are called in most layouts. */
export const usualNames: Readonly<Record<PartName, string>> = { train: 'train', validation: 'val', test: 'test' }

/** The text of a short file. */
export const text = (path: string, content: string): WrittenFile => ({ path, pieces: [content] })

/** `classes.txt`: the names of the classes in the order of their labels, a line each. */
export const classesFile = (classes: readonly string[]): WrittenFile =>
  text('classes.txt', classes.map((name) => `${name}\n`).join(''))

/** The items of a part. */
export const ofPart = (items: readonly Item[], part: PartName): readonly Item[] =>
  items.filter((item) => item.part === part)
