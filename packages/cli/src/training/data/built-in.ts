// Data sets that Convoke makes itself, by name.

import { data } from 'convoke'
import { check } from 'convoke/shapes'
import { type Draw, generatedParts } from 'convoke-workbench'
import type { Examples, OpenOptions, Parts, SequenceForm, TaskName } from './opened.ts'
import { sizedPictures } from './pictures.ts'

type Maker<T extends TaskName> = (options: OpenOptions) => Parts<Examples[T]>

type BuiltIns = { readonly [T in TaskName]?: Readonly<Record<string, Maker<T>>> }

/** The parts of one generator as data that was opened. */
function partsOf<E extends object>(
  kind: string,
  count: number,
  { seed = 0, examples = count }: OpenOptions,
  make: (draw: Draw) => data.Dataset<E>,
): Pick<Parts<E>, 'kind' | 'train' | 'validation' | 'test' | 'classes' | 'problems' | 'files'> {
  const parts = generatedParts({ count: examples, seed }, make)
  return { kind, ...parts, classes: parts.train.classes ?? [], problems: [], files: false }
}

function side({ size }: OpenOptions, usual: number): number {
  if (typeof size === 'number') return size
  if (typeof size !== 'object') return usual
  check(size.height === size.width, () => `generated pictures are square; the size is ${size.height}x${size.width}.`)
  return size.height
}

function pictures<E extends { readonly image: data.Values }>(
  parts: Omit<Parts<E>, 'picture'>,
  size: number,
  channels: 1 | 3,
): Parts<E> {
  const form = { height: size, width: size, channels }
  const kept = (set: data.Dataset<E> | undefined) => (set === undefined ? undefined : sizedPictures(set, form, 4))
  return {
    ...parts,
    ...{ train: kept(parts.train)!, validation: kept(parts.validation), test: kept(parts.test) },
    picture: form,
  }
}

const digits =
  (usual: number): ((given: OpenOptions) => Parts<data.ClassifiedPicture>) =>
  (given) => {
    const size = side(given, usual)
    const parts = partsOf('digits drawn by Convoke', 6000, given, (draw) => data.digits({ ...draw, size }))
    return pictures(parts, size, given.channels ?? 1)
  }

const sentences =
  (language: 'en' | 'zh'): Maker<'text'> =>
  (given) => ({
    ...partsOf('sentences made by Convoke', 4000, given, (draw) => data.sentences({ ...draw, language })),
    picture: null,
  })

const sequence = (
  kind: string,
  given: OpenOptions,
  form: SequenceForm,
  make: (draw: Draw) => data.Dataset<data.SequencePair>,
): Parts<data.SequencePair> => ({ ...partsOf(kind, 4000, given, make), picture: null, sequence: form })

const builtIns: BuiltIns = {
  classify: { digits: digits(28) },
  generate: { digits: digits(32) },
  segment: {
    shapes: (given) => {
      const size = side(given, 64)
      const parts = partsOf('shapes with masks drawn by Convoke', 400, given, (draw) =>
        data.shapesWithMasks({ ...draw, size }),
      )
      return pictures(parts, size, given.channels ?? 3)
    },
  },
  detect: {
    shapes: (given) => {
      const size = side(given, 64)
      const parts = partsOf('shapes with boxes drawn by Convoke', 600, given, (draw) =>
        data.shapesWithBoxes({ ...draw, size }),
      )
      return pictures(parts, size, given.channels ?? 3)
    },
  },
  text: { sentences: sentences('en'), 'sentences-zh': sentences('zh') },
  sequence: {
    adding: (given) => {
      const { length = 50 } = given
      const form: SequenceForm = { length, features: 2, target: 'values', outputs: 1 }
      return sequence('the adding problem', given, form, (draw) => data.addingProblem({ ...draw, length }))
    },
    copy: (given) => {
      const { length = 20 } = given
      const form: SequenceForm = {
        ...{ length: length + 20, features: 1 },
        ...{ target: 'steps', outputs: data.copyMemoryClasses },
      }
      return sequence('copy memory', given, form, (draw) => data.copyMemory({ ...draw, length }))
    },
  },
}

/** Names of what Convoke makes for a task. */
export const builtInNames = (task: TaskName): readonly string[] => Object.keys(builtIns[task] ?? {})

/** The generated data of that name; null where there is none. */
export function builtIn<T extends TaskName>(task: T, name: string, given: OpenOptions): Parts<Examples[T]> | null {
  const makers: Readonly<Record<string, Maker<T>>> = builtIns[task] ?? {}
  return Object.hasOwn(makers, name) ? makers[name](given) : null
}
