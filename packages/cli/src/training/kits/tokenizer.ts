// How texts are divided.

import { data } from 'convoke'
import type { TextInput } from '../config.ts'

/** What new runs divide texts by. Older ones go on with what they were trained with. */
export const tokenizerVersion = 2

/** Divides texts as a run does. */
export function tokenizerOf({ tokenizer, version = 1 }: Pick<TextInput, 'tokenizer' | 'version'>): data.Tokenizer {
  const { english, characters, segmenter } = version === 1 ? first : second
  if (tokenizer === 'english') return english
  return tokenizer === 'characters' ? characters : segmenter(tokenizer === 'any' ? 'en' : tokenizer)
}

const second = { english: data.englishWords, characters: data.characters, segmenter: data.segmenter }

/** Without normalisation; typographic apostrophes, combining marks and emoji fell out of English words. */
const first: typeof second = {
  english: (text) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}0-9(),!?'`]/gu, ' ')
      .replace(/n't/g, " n't")
      .replace(/'(s|ve|re|d|ll)/g, " '$1")
      .replace(/[(),!?]/g, ' $& ')
      .split(/\s+/)
      .filter((word) => word !== ''),
  characters: (text) => Array.from(text),
  segmenter(locale) {
    const segments = new Intl.Segmenter(locale, { granularity: 'word' })
    return (text) =>
      Array.from(segments.segment(text.toLowerCase()), ({ segment }) => segment.trim()).filter((word) => word !== '')
  },
}

const scripts = {
  han: /\p{Script=Han}/gu,
  kana: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu,
  thai: /\p{Script=Thai}/gu,
  latin: /\p{Script=Latin}/gu,
  letters: /\p{L}/gu,
} as const

/** Texts that are looked at, spread over all. */
const looked = 400

/**
 * By the scripts of many texts: a dictionary where a tenth of the letters are of a language without spaces, English words
 * where most are Latin. A word or two in other letters decide nothing.
 */
export async function guessTokenizer(set: data.Dataset<data.LabelledText>): Promise<TextInput['tokenizer']> {
  const counts = { han: 0, kana: 0, thai: 0, latin: 0, letters: 0 }
  const names = Object.keys(scripts) as (keyof typeof scripts)[]
  const count = Math.min(looked, set.length)
  for (let i = 0; i < count; i++) {
    const { text } = await set.get(Math.floor((i * set.length) / count))
    for (const name of names) counts[name] += text.slice(0, 2000).match(scripts[name])?.length ?? 0
  }
  const { han, kana, thai, latin, letters } = counts
  if (letters === 0) return 'any'
  if (han + kana >= 0.1 * letters && han + kana > thai) return kana >= 0.1 * (han + kana) ? 'ja' : 'zh'
  if (thai >= 0.1 * letters) return 'th'
  return latin >= 0.5 * letters ? 'english' : 'any'
}
