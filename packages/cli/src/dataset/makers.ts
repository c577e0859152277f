// What `convoke data generate` can make, and in which files.

import { data, formats } from 'convoke'
import { check } from 'convoke/shapes'
import { didYouMean } from 'convoke-workbench'
import { boxedFiles, classFolders, cocoFiles, idxFiles, maskedFiles } from './picture-files.ts'
import { silhouettes } from './silhouettes/index.ts'

/** A file to write, below the folder asked for. */
export interface MadeFile {
  readonly path: string
  readonly bytes: Uint8Array
}

export interface MakeOptions {
  readonly count: number
  readonly seed: number
  readonly size: number
  readonly length: number
}

/** One part of what is made: its examples, and how they become files. */
export interface Part {
  /** 'train', 'test', or '' where there is one part only. */
  readonly name: string
  readonly options: MakeOptions
}

export interface Maker {
  readonly name: string
  readonly task: string
  readonly summary: string
  /** The first is used when none is asked for. */
  readonly formats: readonly string[]
  /** Examples when no count is given. */
  readonly count: number
  /** Which of --size and --length count, with what is taken when they are not given. */
  readonly size?: number | undefined
  readonly length?: number | undefined
  readonly files: (part: Part, format: string) => AsyncIterable<MadeFile>
  /** Files that belong to all parts together. */
  readonly shared?: readonly MadeFile[] | undefined
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const list = (names: readonly string[]): MadeFile => ({ path: 'classes.txt', bytes: utf8(`${names.join('\n')}\n`) })

async function* tsv(set: data.Dataset<data.LabelledText>, part: string): AsyncIterable<MadeFile> {
  const lines = ['label\ttext']
  for (let i = 0; i < set.length; i++) {
    const { text, label } = await set.get(i)
    lines.push(`${set.classes![label]}\t${text}`)
  }
  yield { path: `${part === '' ? 'sentences' : part}.tsv`, bytes: utf8(`${lines.join('\n')}\n`) }
}

async function* npy(set: data.Dataset<data.SequencePair>, part: string): AsyncIterable<MadeFile> {
  for (const name of ['input', 'target'] as const) {
    const { shape, data: first } = (await set.get(0))[name]
    const all =
      first instanceof Int32Array
        ? new Int32Array(set.length * first.length)
        : new Float32Array(set.length * first.length)
    for (let i = 0; i < set.length; i++) all.set((await set.get(i))[name].data, i * first.length)
    const dtype = all instanceof Int32Array ? 'int32' : 'float32'
    const bytes = formats.encodeNpy({ dtype, shape: [set.length, ...shape], data: all })
    yield { path: `${part === '' ? '' : `${part}-`}${name}s.npy`, bytes }
  }
}

const sentences = (name: string, language: 'en' | 'zh', summary: string): Maker => ({
  ...{ name, task: 'text', summary, formats: ['tsv'], count: 4000 },
  files: ({ name: part, options: { count, seed } }) => tsv(data.sentences({ count, seed, language }), part),
})

export const makers: readonly Maker[] = [
  {
    ...{ name: 'digits', task: 'classify', summary: 'handwritten-like digits, grey, 10 classes' },
    ...{ formats: ['folders', 'idx'], count: 1000, size: 28 },
    files: ({ name, options }, format) => {
      const set = data.digits(options)
      return format === 'idx' ? idxFiles(set, name, options.size) : classFolders(set, name)
    },
  },
  {
    ...{
      name: 'silhouettes',
      task: 'classify',
      summary: 'silhouettes of clothes, bags and unknown things, grey, 250 classes',
    },
    ...{ formats: ['idx', 'folders'], count: 5000, size: 28 },
    files: ({ name, options }, format) => {
      const set = silhouettes(options)
      return format === 'idx' ? idxFiles(set, name, options.size) : classFolders(set, name)
    },
  },
  {
    ...{ name: 'shapes-masks', task: 'segment', summary: 'discs, squares and triangles with the class of each pixel' },
    ...{ formats: ['folders'], count: 200, size: 64 },
    shared: [list(['ground', ...data.shapeNames])],
    files: ({ name, options }) => maskedFiles(data.shapesWithMasks(options), name),
  },
  {
    ...{ name: 'shapes-boxes', task: 'detect', summary: 'the same with a box around each shape' },
    ...{ formats: ['voc', 'coco'], count: 200, size: 64 },
    files: ({ name, options }, format) => {
      const set = data.shapesWithBoxes(options)
      return format === 'coco' ? cocoFiles(set, name) : boxedFiles(set, name)
    },
  },
  sentences('sentences', 'en', 'English sentences that praise or blame, half of them negated'),
  sentences('sentences-zh', 'zh', 'the same in Chinese'),
  {
    ...{ name: 'adding', task: 'sequence', summary: 'add the two marked numbers of a series' },
    ...{ formats: ['npy'], count: 1000, length: 50 },
    files: ({ name, options }) => npy(data.addingProblem(options), name),
  },
  {
    ...{ name: 'copy', task: 'sequence', summary: 'repeat ten symbols after a long wait' },
    ...{ formats: ['npy'], count: 1000, length: 20 },
    files: ({ name, options }) => npy(data.copyMemory(options), name),
  },
]

/** The maker of a name. Throws `ConvokeError` that lists the names. */
export function makerOf(name: string): Maker {
  const found = makers.find((maker) => maker.name === name)
  const names = makers.map((maker) => maker.name)
  check(
    found !== undefined,
    () =>
      `data generate: there is no data set called ${JSON.stringify(name)}. Convoke makes ${names.join(', ')}.${didYouMean(name, names)}`,
  )
  return found
}
