// What a data set is, whoever makes it: a length, and examples by index. Examples are plain values outside any backend;
// a batch of them becomes tensors.

import { check, show } from '../shapes/error.ts'
import { checkWhole } from '../tensor/create.ts'
import { fromNested, type NestedValues } from '../tensor/nested.ts'

/** Numbers with a shape: a picture `[height, width, channels]`, a mask `[height, width]`, a sequence `[length, features]`. */
export interface Values {
  /** Length of each axis. */
  readonly shape: readonly number[]
  /** The numbers in row-major order: as many as the shape says. */
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** A thing to find in a picture: centre, width and height in pixels, and its class. */
export interface Box {
  /** Its middle, in pixels from the left edge. */
  readonly x: number
  /** Its middle, in pixels from the top edge. */
  readonly y: number
  /** Its width in pixels. */
  readonly width: number
  /** Its height in pixels. */
  readonly height: number
  /** Number of its class, from 0. */
  readonly label: number
  /** Found or not, it does not count: VOC's "difficult", COCO's crowds. */
  readonly ignore?: boolean | undefined
}

/** A place in a picture that has a name: x and y in pixels, edges of pixels at whole numbers, and its label. */
export interface Point {
  /** Pixels from the left edge. */
  readonly x: number
  /** Pixels from the top edge. */
  readonly y: number
  /** What the point is called, as a number: flips do not change it. */
  readonly label: number
}

/** A picture of one class. */
export interface ClassifiedPicture {
  /** `[height, width, channels]`, from 0 to 1 as a rule. */
  readonly image: Values
  /** Number of its class, from 0. */
  readonly label: number
}

/** A picture with a class for each pixel. */
export interface MaskedPicture {
  /** `[height, width, channels]`, from 0 to 1 as a rule. */
  readonly image: Values
  /** int32 class of each pixel, `[height, width]`; `ignoredLabel` (−1) where none is known. */
  readonly mask: Values
}

/** A picture with the things to find in it. */
export interface BoxedPicture {
  /** `[height, width, channels]`, from 0 to 1 as a rule. */
  readonly image: Values
  /** The things in it, in any order; none for an empty picture. */
  readonly boxes: readonly Box[]
}

/** A text of one class. */
export interface LabelledText {
  /** The text as it is written. */
  readonly text: string
  /** Number of its class, from 0. */
  readonly label: number
}

/** A text of one class, as numbers for words. */
export interface TokenizedText {
  /** int32, of one length in a data set. */
  readonly tokens: Values
  /** Number of its class, from 0. */
  readonly label: number
}

/** A sequence, and what it should become. */
export interface SequencePair {
  /** `[length, features]`, or int32 tokens `[length]`. */
  readonly input: Values
  /** `[length, features]`, or what the task compares the output with. */
  readonly target: Values
}

/** A file that an example's picture comes from. */
export interface PictureFile {
  /** Where it is, as messages call it: of a folder, its path. */
  readonly path: string
  /** All of its bytes. */
  read(): Promise<Uint8Array>
  /** The first bytes, so many or all, where that is cheaper. */
  readStart?(length: number): Promise<Uint8Array>
}

/** Examples by number. An example may be loaded on access. */
export interface Dataset<E extends object> {
  /** How many examples there are. */
  readonly length: number
  /** Example `index`, from 0 to length − 1. */
  get(index: number): E | Promise<E>
  /** Names of the classes, where examples have a label. */
  readonly classes?: readonly string[] | undefined
  /** The label of an example, known without loading it: what stratified splits need. */
  labelOf?(index: number): number
  /** The labels of the boxes of an example that count, known without loading it. */
  labelsOf?(index: number): readonly number[]
  /** The boxes of an example in the pixels of its file, known without loading it. */
  boxesOf?(index: number): readonly Box[]
  /** What people call an example: the path of its file. */
  nameOf?(index: number): string
  /** The file of an example's picture, where it has one of its own. */
  fileOf?(index: number): PictureFile
  /** What examples have in common that belong into one part of a split: the same text, the same patient. */
  groupOf?(index: number): string | number
  /**
   * Example `index` changed at random, the same for the same seed: for data sets that augment by themselves, in worker
   * threads. `batches` asks for it with `augment: 'own'`.
   */
  getAugmented?(index: number, seed: number): E | Promise<E>
  /**
   * The examples `indices` side by side, augmented with a seed for each unless `seeds` is null: for data sets that make whole batches
   * in worker threads. `batches` asks for it where it is there.
   */
  getBatch?(indices: readonly number[], seeds: readonly number[] | null): Promise<Stacked>
}

/** Examples side by side: of each field the values stacked along a new first axis, numbers as int32 `[examples]`, the rest as a list. */
export type Stacked = Readonly<Record<string, Values | readonly unknown[]>>

/** Throws unless `index` names an example. */
export function checkIndex(name: string, index: number, length: number): void {
  check(
    Number.isInteger(index) && index >= 0 && index < length,
    () => `${name}: example ${show(index)} does not exist; the data set has ${length}. Use 0 to ${length - 1}.`,
  )
}

/** A data set of examples that are in memory. */
export function fromExamples<E extends object>(
  examples: readonly E[],
  options: {
    /** Names of the classes in the order of their labels. */
    readonly classes?: readonly string[] | undefined
  } = {},
): Dataset<E> {
  const labelled = examples.length > 0 && examples.every((example) => typeof labelIn(example) === 'number')
  return {
    length: examples.length,
    get(index) {
      checkIndex('fromExamples', index, examples.length)
      return examples[index]
    },
    ...(options.classes === undefined ? {} : { classes: options.classes }),
    ...(labelled ? { labelOf: (index: number) => labelIn(examples[index]) as number } : {}),
  }
}

const labelIn = (example: object): unknown => ('label' in example ? example.label : undefined)

/** The same examples, each passed through `change`: resized, normalised, turned into tokens. */
export function mapDataset<E extends object, R extends object>(
  dataset: Dataset<E>,
  change: (example: E, index: number) => R | Promise<R>,
): Dataset<R> {
  const { length, classes, labelOf, labelsOf, nameOf, fileOf, groupOf } = dataset
  return {
    length,
    get(index) {
      const example = dataset.get(index)
      return example instanceof Promise ? example.then((value) => change(value, index)) : change(example, index)
    },
    ...(classes === undefined ? {} : { classes }),
    ...(labelOf === undefined ? {} : { labelOf }),
    ...(labelsOf === undefined ? {} : { labelsOf }),
    ...(nameOf === undefined ? {} : { nameOf }),
    ...(fileOf === undefined ? {} : { fileOf }),
    ...(groupOf === undefined ? {} : { groupOf }),
  }
}

/** Some examples of a data set, in the order given. */
export function subset<E extends object>(dataset: Dataset<E>, indices: readonly number[]): Dataset<E> {
  for (const index of indices) checkIndex('subset', index, dataset.length)
  const { classes, labelOf, labelsOf, boxesOf, nameOf, fileOf, groupOf, getAugmented, getBatch } = dataset
  return {
    length: indices.length,
    get(index) {
      checkIndex('subset', index, indices.length)
      return dataset.get(indices[index])
    },
    ...(getAugmented === undefined
      ? {}
      : { getAugmented: (index: number, seed: number) => getAugmented(indices[index], seed) }),
    ...(getBatch === undefined
      ? {}
      : {
          getBatch: (asked: readonly number[], seeds: readonly number[] | null) =>
            getBatch(
              asked.map((index) => indices[index]),
              seeds,
            ),
        }),
    ...(classes === undefined ? {} : { classes }),
    ...(labelOf === undefined ? {} : { labelOf: (index: number) => labelOf(indices[index]) }),
    ...(labelsOf === undefined ? {} : { labelsOf: (index: number) => labelsOf(indices[index]) }),
    ...(boxesOf === undefined ? {} : { boxesOf: (index: number) => boxesOf(indices[index]) }),
    ...(nameOf === undefined ? {} : { nameOf: (index: number) => nameOf(indices[index]) }),
    ...(fileOf === undefined ? {} : { fileOf: (index: number) => fileOf(indices[index]) }),
    ...(groupOf === undefined ? {} : { groupOf: (index: number) => groupOf(indices[index]) }),
  }
}

/**
 * Several data sets one after another, or a list of them, however long. Those that name their classes must name the same ones
 * in the same order, since a label is the position of its class; throws `ConvokeError` otherwise.
 */
export function concatDatasets<E extends object>(
  ...sets: readonly Dataset<E>[] | readonly [readonly Dataset<E>[]]
): Dataset<E> {
  const parts = (sets.length === 1 && Array.isArray(sets[0]) ? sets[0] : sets) as readonly Dataset<E>[]
  let length = 0
  const starts = parts.map((part) => {
    check(
      !Array.isArray(part),
      () => 'concatDatasets: one argument is a list, not a data set. Pass data sets, or one list of them.',
    )
    length += part.length
    return length - part.length
  })
  const classes = parts.find((part) => part.classes !== undefined)?.classes
  const known = classes?.join('\0')
  const other = parts.findIndex(({ classes: own }) => own !== undefined && own !== classes && own.join('\0') !== known)
  check(
    other < 0,
    () =>
      `concatDatasets: set ${other + 1} has the classes ${someNames(parts[other].classes!)}, but the first set with class names has ${someNames(classes!)}. Labels would change their meaning: map them to the same order with mapDataset.`,
  )
  const locate = (index: number): [Dataset<E>, number] => {
    checkIndex('concatDatasets', index, length)
    const at = starts.findLastIndex((start, i) => start <= index && parts[i].length > 0)
    return [parts[at], index - starts[at]]
  }
  return {
    length,
    get(index) {
      const [part, own] = locate(index)
      return part.get(own)
    },
    ...(classes === undefined ? {} : { classes }),
    ...(parts.length > 0 && parts.every(({ labelOf }) => labelOf !== undefined)
      ? {
          labelOf: (index: number) => {
            const [part, own] = locate(index)
            return part.labelOf!(own)
          },
        }
      : {}),
    ...(parts.length > 0 && parts.every(({ groupOf }) => groupOf !== undefined)
      ? {
          groupOf: (index: number) => {
            const [part, own] = locate(index)
            return part.groupOf!(own)
          },
        }
      : {}),
    ...(parts.length > 0 && parts.every(({ nameOf }) => nameOf !== undefined)
      ? {
          nameOf: (index: number) => {
            const [part, own] = locate(index)
            return part.nameOf!(own)
          },
        }
      : {}),
  }
}

const someNames = (names: readonly string[]): string =>
  `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`

/** Keeps every example in memory once it was loaded. */
export function cacheDataset<E extends object>(dataset: Dataset<E>): Dataset<E> {
  const kept = new Map<number, E>()
  const { getBatch: _, ...rest } = dataset
  return {
    ...rest,
    length: dataset.length,
    get(index) {
      const found = kept.get(index)
      if (found !== undefined) return found
      const example = dataset.get(index)
      const store = (value: E): E => {
        kept.set(index, value)
        return value
      }
      return example instanceof Promise ? example.then(store) : store(example)
    },
  }
}

/**
 * Values from nested arrays, for examples written by hand. Throws `ConvokeError` for rows of different lengths, for values
 * that are not numbers, and for numbers that int32 cannot hold.
 */
export function valuesOf(nested: NestedValues, dtype: 'float32' | 'int32' = 'float32'): Values {
  const { shape, values } = fromNested('valuesOf', nested)
  checkWhole('valuesOf', values, dtype)
  return { shape, data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values) }
}
