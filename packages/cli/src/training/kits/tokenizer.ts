// How texts are divided.

import { data } from 'convoke'
import type { TextInput } from '../config.ts'

/** Divides texts as a run does. */
export function tokenizerOf(name: TextInput['tokenizer']): data.Tokenizer {
  if (name === 'english') return data.englishWords
  return name === 'characters' ? data.characters : data.segmenter(name === 'any' ? 'en' : name)
}
