// What every way of opening data gives.

import type { data, formats } from 'convoke'
import type { Interpolation } from 'convoke/node'

export interface Examples {
  readonly classify: data.ClassifiedPicture
  readonly segment: data.MaskedPicture
  readonly detect: data.BoxedPicture
  readonly text: data.LabelledText
  readonly sequence: data.SequencePair
  readonly generate: data.ClassifiedPicture
}

export type TaskName = keyof Examples

export const taskNames: readonly TaskName[] = ['classify', 'segment', 'detect', 'text', 'sequence', 'generate']

/** How pictures are cut and read on their way to one size, for networks that were trained so; stretched whole when not given. */
export interface PictureCut {
  /** Share of the shorter side kept of the middle. */
  readonly crop?: number | undefined
  readonly interpolation?: Interpolation | undefined
}

export interface PictureForm extends PictureCut {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3
  /** Whether pictures came in other sizes and were brought to this one. */
  readonly resized?: boolean | undefined
}

export interface SequenceForm {
  /** Steps, and features of each. */
  readonly length: number
  readonly features: number
  /** What is asked for: a value (mean squared error), a class at each step, or one class. */
  readonly target: 'values' | 'steps' | 'class'
  /** Values or classes to tell. */
  readonly outputs: number
}

/** Examples that were split off the training part, by their names. */
export type HeldOut = Partial<Record<'validation' | 'test', readonly string[]>>

export interface OpenOptions {
  /** Determines splits and generated examples; 0 when not given. */
  readonly seed?: number | undefined
  /** Share held out for validation where the data brings no such part; 0.1 when not given. */
  readonly validation?: number | undefined
  /** Share held out for the test where the data brings no such part; 0.1 when not given. */
  readonly test?: number | undefined
  /** Ends at the first problem instead of leaving out what is faulty. */
  readonly strict?: boolean | undefined
  /** Grey or colour; as the pictures are when not given. */
  readonly channels?: 1 | 3 | undefined
  /** Size that pictures are brought to: of the longer side (both, for classify and generate), or exactly; 'own' leaves them. */
  readonly size?: number | { readonly height: number; readonly width: number } | 'own' | undefined
  /** How pictures come to `size`. */
  readonly cut?: PictureCut | undefined
  /** Classes in the order of their labels, as a trained network knows them. */
  readonly classes?: readonly string[] | undefined
  /** The order of the classes, where the data has just these. */
  readonly order?: readonly string[] | undefined
  /** Most examples of each part; of generated data the number for training. */
  readonly examples?: number | undefined
  /** Whether equal texts, pictures and series stay in one part of a split; true when not given. */
  readonly keepTogether?: boolean | undefined
  /** Names of the columns of values in tables of numbers, in the order in which a network takes them. */
  readonly columns?: readonly string[] | undefined
  /** What is white in tables of pixels: 255 for bytes, 1 for shares; what their largest number says when not given. */
  readonly white?: 1 | 255 | undefined
  /** Steps of generated sequences. */
  readonly length?: number | undefined
  /** Column of the label and of the text in tables, by name or counted from 1. */
  readonly labelColumn?: string | undefined
  readonly textColumn?: string | undefined
  /** Encoding of texts and tables; what they are sure to have when not given. */
  readonly encoding?: string | undefined
  /** Encoding of texts that are neither UTF-8 nor UTF-16 by their bytes: that of the data a network was trained on. */
  readonly usualEncoding?: string | undefined
  /** Hears of each text that is neither in UTF-8 nor in UTF-16, and whose encoding nobody named: the one it was read in. */
  readonly onEncoding?: ((name: string, encoding: string) => void) | undefined
  /** What parts the fields of tables; what most lines have when not given. */
  readonly delimiter?: formats.Delimiter | undefined
  /** Value of each class in masks, `128` or `#804080`; those found when not given. */
  readonly maskValues?: readonly (string | number)[] | undefined
  /** Names of the classes of `maskValues`. */
  readonly maskNames?: readonly string[] | undefined
  /** What says the class in masks; found out when not given. */
  readonly maskChannel?: data.MaskChannel | undefined
  /** Values of masks that count nowhere; 255 beside indices when not given. */
  readonly ignoreValues?: readonly (string | number)[] | undefined
  /** The one part that is wanted: pictures and masks of the others are not read. */
  readonly only?: data.PartName | undefined
  /** Names of the examples that were split off before, as `Opened.heldOut` tells them, so that they need not be found again. */
  readonly heldOut?: HeldOut | undefined
  /** Hears how many files were tried. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Data as it was found, before it is split and cleaned. */
export interface Parts<E extends object> {
  /** What it was taken for: 'folders of pictures, one per class'. */
  readonly kind: string
  readonly train: data.Dataset<E>
  readonly validation?: data.Dataset<E> | undefined
  readonly test?: data.Dataset<E> | undefined
  readonly classes: readonly string[]
  readonly problems: readonly string[]
  /** What was guessed or ignored, for the user to read. */
  readonly notes?: readonly string[] | undefined
  /** What spoils a training or its test although every file was read: the same text in both, for instance. */
  readonly warnings?: readonly string[] | undefined
  /** Whether examples come from files that may turn out to be damaged. */
  readonly files: boolean
  /** Size of the pictures; null for 'own' and where there are none. */
  readonly picture: PictureForm | null
  readonly sequence?: SequenceForm | undefined
  /** What is said of each picture without an annotation, where `notes` has their number alone. */
  readonly strays?: readonly string[] | undefined
  /** The labels that occur in each part, where reading every example told. */
  readonly present?: Partial<Record<data.PartName, ReadonlySet<number>>> | undefined
  /** How masks were read. */
  readonly masks?: data.MaskCoding | undefined
  /** Names of the columns of values in a table of numbers, in their order. */
  readonly columns?: readonly string[] | undefined
  /** What is white in tables of pixels. */
  readonly white?: 1 | 255 | undefined
  /** What examples are of which `groupOf` says which are equal; pictures of files need not say it. */
  readonly twins?: 'picture' | 'series' | undefined
}

/** What `openData` finds. */
export interface Opened<E extends object>
  extends Omit<Parts<E>, 'validation' | 'test' | 'files' | 'present' | 'twins'> {
  readonly source: string
  /** The encoding that texts were found to have where nobody named one; undefined for UTF-8 and UTF-16. */
  readonly encoding?: string | undefined
  readonly validation: data.Dataset<E> | null
  readonly test: data.Dataset<E> | null
  /** Parts that were not in the data and were split off. */
  readonly split: readonly ('validation' | 'test')[]
  /** The names of what was split off, where examples are files. */
  readonly heldOut?: HeldOut | undefined
  /** Said where what was split off shares examples with the rest, because there are too few different ones. */
  readonly shared?: string | undefined
}
