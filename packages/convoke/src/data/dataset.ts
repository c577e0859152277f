// What a data set is, whoever makes it: a length, and examples by index. Examples are plain values outside any backend;
// a batch of them becomes tensors.

import { check, show } from '../shapes/error.ts'
import { checkWhole } from '../tensor/create.ts'
import { fromNested, type NestedValues } from '../tensor/nested.ts'

/** Numbers with a shape: a picture `[height, width, channels]`, a mask `[height, width]`, a sequence `[length, features]`. */
export interface Values {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array | Uint8Array
}

/** A thing to find in a picture: centre, width and height in pixels, and its class. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly label: number
  /** Found or not, it does not count: VOC's "difficult", COCO's crowds. */
  readonly ignore?: boolean | undefined
}

/** A place in a picture that has a name: x and y in pixels, edges of pixels at whole numbers, and its label. */
export interface Point {
  readonly x: number
  readonly y: number
  readonly label: number
}

export interface ClassifiedPicture {
  /** `[height, width, channels]`, from 0 to 1 as a rule. */
  readonly image: Values
  readonly label: number
}

export interface MaskedPicture {
  readonly image: Values
  /** int32 class of each pixel, `[height, width]`; `ignoredLabel` (−1) where none is known. */
  readonly mask: Values
}

export interface BoxedPicture {
  readonly image: Values
  readonly boxes: readonly Box[]
}

export interface LabelledText {
  readonly text: string
  readonly label: number
}

export interface TokenizedText {
  /** int32, of one length in a data set. */
  readonly tokens: Values
  readonly label: number
}

export interface SequencePair {
  /** `[length, features]`, or int32 tokens `[length]`. */
  readonly input: Values
  readonly target: Values
}

/** A file that an example's picture comes from. */
export interface PictureFile {
  /** Where it is, as messages call it: of a folder, its path. */
  readonly path: string
  read(): Promise<Uint8Array>
  /** The first bytes, so many or all, where that is cheaper. */
  readStart?(length: number): Promise<Uint8Array>
}

export interface Dataset<E extends object> {
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
}

/** Throws unless `index` names an example. */
export function checkIndex(name: string, index: number, length: number): void {
  check(
    Number.isInteger(index) && index >= 0 && index < length,
    () => `${name}: there is no example ${show(index)}; the data set has ${length}. Use 0 to ${length - 1}.`,
  )
}

/** A data set of examples that are in memory. */
export function fromExamples<E extends object>(
  examples: readonly E[],
  options: { readonly classes?: readonly string[] | undefined } = {},
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
  const { classes, labelOf, labelsOf, boxesOf, nameOf, fileOf, groupOf, getAugmented } = dataset
  return {
    length: indices.length,
    get(index) {
      checkIndex('subset', index, indices.length)
      return dataset.get(indices[index])
    },
    ...(getAugmented === undefined
      ? {}
      : { getAugmented: (index: number, seed: number) => getAugmented(indices[index], seed) }),
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
      () => 'concatDatasets: a list is given where a data set belongs. Use data sets, or one list of them.',
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
      `concatDatasets: set ${other + 1} has the classes ${someNames(parts[other].classes!)}, the first that names any has ${someNames(classes!)}. Labels would change their meaning: bring them to one order with mapDataset.`,
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
  return {
    ...dataset,
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
 * Values from nested arrays, for examples written by hand. Throws `ConvokeError` for rows of different lengths, for what is no
 * number, and for numbers that int32 does not hold.
 */
export function valuesOf(nested: NestedValues, dtype: 'float32' | 'int32' = 'float32'): Values {
  const { shape, values } = fromNested('valuesOf', nested)
  checkWhole('valuesOf', values, dtype)
  return { shape, data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values) }
}
