// Labelled text: sentences to words, words to numbers.

import { type Delimiter, evenRows, parseDelimited } from '../../formats/index.ts'
import { check, show } from '../../shapes/error.ts'
import {
  type Dataset,
  fromExamples,
  type LabelledText,
  mapDataset,
  type TokenizedText,
  type Values,
} from '../dataset.ts'
import { labelName } from './arrays.ts'
import { type Loaded, NothingUsable, problemList, type StrictOptions } from './source.ts'
import type { Tokenizer } from './words.ts'

/** One sentence a line, one file a class: `{ negative: text, positive: text }`. Empty lines are left out. */
export function linesDataset(files: Readonly<Record<string, string>>): Dataset<LabelledText> {
  const classes = Object.keys(files)
  check(
    classes.length >= 2,
    () =>
      `text: ${classes.length === 1 ? 'one class is' : `${classes.length} classes are`} given; there must be two or more, a file each.`,
  )
  const examples = classes.flatMap((name, label) => {
    const lines = files[name].split(/\r\n?|\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
    check(lines.length > 0, () => `text: class ${show(name)} has no lines. Add some, or leave the class out.`)
    return lines.map((text) => ({ text, label }))
  })
  return fromExamples(examples, { classes })
}

/** The options of `labelledRows`. */
export interface LabelledLineOptions extends StrictOptions {
  /** What messages call the text. */
  readonly name?: string | undefined
  /** The field separator. Default: a tab. */
  readonly delimiter?: Delimiter | undefined
  /** Whether fields may be quoted. Default: not if tabs or spaces separate them. */
  readonly quoted?: boolean | undefined
  /** Whether the first row names the columns. Default false. */
  readonly header?: boolean | undefined
  /** Columns of the label and of the text; 0 and 1 when not given. */
  readonly label?: number | undefined
  /** The column of the text, counted from 0; 1 when not given. */
  readonly text?: number | undefined
}

/**
 * A label and a text in each row. Classes are numbered in the order of their names. Rows without either, or with more or
 * fewer fields than the table has columns, are left out and named.
 */
export function labelledRows(content: string, options: LabelledLineOptions = {}): Loaded<LabelledText> {
  const { name = 'text', delimiter = '\t', quoted, header = false, label = 0, text = 1 } = options
  const rows = parseDelimited(name, content, delimiter, { quoted })
  const problems = problemList(options)
  const good = evenRows(name, rows, { header, tell: problems.add }).flatMap(({ line, fields }) => {
    const [own, words] = [labelName(fields[label] ?? ''), fields[text]?.trim() ?? '']
    if (own !== '' && words !== '') return [{ text: words, name: own }]
    problems.add(`${name}, line ${line}: the ${own === '' ? 'label' : 'text'} is missing.`)
    return []
  })
  if (good.length === 0) throw new NothingUsable(name, problems.all)
  const classes = [...new Set(good.map((row) => row.name))].sort()
  const numbers = new Map(classes.map((own, index) => [own, index]))
  const examples = good.map((row) => ({ text: row.text, label: numbers.get(row.name)! }))
  return { dataset: fromExamples(examples, { classes }), problems: problems.all }
}

/** The token of padding, and the token of unknown words. */
export const paddingToken = 0
/** The token of words that a vocabulary does not know. */
export const unknownToken = 1

/** Numbers for words: 0 is padding, 1 is any unknown word, and known words follow from 2 on. */
export interface Vocabulary {
  /** Different tokens, padding and unknown included. */
  readonly size: number
  /** Word i + 2 of the vocabulary, the most frequent first. */
  readonly words: readonly string[]
  /** int32 tokens `[length]`: cut at the end, or padded there. */
  encode(words: readonly string[], length: number): Values
}

/** Numbers for words. Frequent words come first, equally frequent ones in alphabetical order. */
export function vocabulary(
  texts: Iterable<readonly string[]>,
  options: {
    /** How often a word must occur to be known: 1 when not given. */
    readonly least?: number | undefined
    /** Most words that are known, the most frequent: all when not given. */
    readonly limit?: number | undefined
  } = {},
): Vocabulary {
  const { least = 1, limit = Number.POSITIVE_INFINITY } = options
  const counts = new Map<string, number>()
  for (const words of texts) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const words = [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([word]) => word)
  return vocabularyOf(words)
}

/** The vocabulary of a saved list of words. */
export function vocabularyOf(words: readonly string[]): Vocabulary {
  const numbers = new Map(words.map((word, index) => [word, index + 2]))
  return {
    size: words.length + 2,
    words,
    encode(text, length) {
      const data = new Int32Array(length).fill(paddingToken)
      text.slice(0, length).forEach((word, at) => {
        data[at] = numbers.get(word) ?? unknownToken
      })
      return { shape: [length], data }
    },
  }
}

/** Texts as tokens of one length. The longest text decides it unless `length` is given; `least` keeps it from being too short. */
export async function tokenizeDataset(
  dataset: Dataset<LabelledText>,
  tokenizer: Tokenizer,
  words: Vocabulary,
  options: {
    /** Tokens of each text: those of the longest when not given. */
    readonly length?: number | undefined
    /** Fewest tokens, where `length` is not given: 1 when not given. */
    readonly least?: number | undefined
  } = {},
): Promise<Dataset<TokenizedText>> {
  const lengthOf = async (): Promise<number> => {
    let longest = options.least ?? 1
    for (let i = 0; i < dataset.length; i++) {
      longest = Math.max(longest, tokenizer((await dataset.get(i)).text).length)
    }
    return longest
  }
  const length = options.length ?? (await lengthOf())
  return mapDataset(dataset, ({ text, label }) => ({ tokens: words.encode(tokenizer(text), length), label }))
}
