// The sentences that are learnt from and those that are held back, as tokens. Runs in the worker.

import { data } from 'convoke'
import type { NetworkSettings, SentenceLanguage } from './state.ts'

const [lessonCount, testCount] = [800, 300]

export interface Lessons {
  readonly training: data.Dataset<data.LabelledText>
  /** None of them is among those for training. */
  readonly test: data.Dataset<data.LabelledText>
  readonly vocabulary: data.Vocabulary
  /** Words of the longest. */
  readonly longest: number
}

/** Chinese is divided by the browser's dictionary, or into characters where there is none. */
function chinese(): data.Tokenizer {
  const divide = typeof Intl.Segmenter === 'function' ? data.segmenter('zh') : data.characters
  // Full-width punctuation, as one types it, and half-width is the same.
  return (text) => divide(text.normalize('NFKC'))
}

const tokenizers: Readonly<Record<SentenceLanguage, () => data.Tokenizer>> = {
  en: () => data.englishWords,
  zh: chinese,
}

export const tokenizerFor = (language: SentenceLanguage): data.Tokenizer => tokenizers[language]()

export async function lessonsIn(language: SentenceLanguage): Promise<Lessons> {
  const training = data.sentences({ count: lessonCount, language, seed: 1 })
  const drawn = data.sentences({ count: testCount, language, seed: 2 })
  const textsOf = (set: data.Dataset<data.LabelledText>): Promise<string[]> =>
    Promise.all(Array.from({ length: set.length }, async (_, i) => (await set.get(i)).text))
  const [texts, others] = await Promise.all([textsOf(training), textsOf(drawn)])
  const known = new Set(texts)
  const divide = tokenizerFor(language)
  const words = [...texts, ...others].map(divide)
  return {
    training,
    test: data.subset(
      drawn,
      others.flatMap((text, i) => (known.has(text) ? [] : [i])),
    ),
    vocabulary: data.vocabulary(words.slice(0, texts.length)),
    longest: words.reduce((most, { length }) => Math.max(most, length), 0),
  }
}

/**
 * Words a sentence is padded to. Each has at least one n-gram of padding alone behind it; more of them have the same values, so that the
 * largest does not depend on how many there are.
 */
export const paddedLength = (words: number, { windows }: NetworkSettings): number => words + windows[windows.length - 1]
