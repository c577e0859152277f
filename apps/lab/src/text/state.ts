// What the view shows: a network for sentences, how far it is trained, the sentence that it reads.

export type SentenceLanguage = 'en' | 'zh'
export const sentenceLanguages: readonly SentenceLanguage[] = ['en', 'zh']

/** All that decides what training gives, step by step. */
export interface NetworkSettings {
  /** Of the sentences that are learnt from. */
  readonly language: SentenceLanguage
  /** Words under each window, in rising order, at least one. */
  readonly windows: readonly number[]
  /** Filters of each window. */
  readonly maps: number
  /** Of the weights at the start, the order of the sentences and the words that are hidden. */
  readonly seed: number
}

export interface TextState extends NetworkSettings {
  /** Training steps that the network has behind it, or is brought to. */
  readonly steps: number
  readonly sentence: string
  /** The filter whose arithmetic is shown, counted over all windows. */
  readonly filter: number
}

export const windowChoices: readonly number[] = [1, 2, 3, 4, 5]
export const mostMaps = 8
export const mostSeed = 999
export const mostSteps = 1000
/** Numbers in a word's vector: few enough to see each. */
export const vectorSize = 8
/** Words of a sentence that are read. */
export const mostWords = 48
/** Characters of it that the address keeps: no more than browsers and mail programs leave whole. */
export const mostKept = 1000

/** Sentences to begin with; the last of each holds a word that is in no lesson. */
export const examples: Readonly<Record<SentenceLanguage, readonly string[]>> = {
  en: [
    'The film is not bad.',
    'What a dull story!',
    'Honestly, there is nothing clever about the script.',
    'I did not find the ending boring.',
    'The music is warm, but the pace is not good.',
  ],
  zh: [
    '这部电影不难看。',
    '故事真是无聊！',
    '说实话，剧本没有什么聪明的地方。',
    '我不觉得结局无聊。',
    '音乐很温暖，但是节奏不好看。',
  ],
}

export const firstText = (language: SentenceLanguage): TextState => ({
  language,
  windows: [2, 3, 4],
  maps: 4,
  seed: 1,
  steps: 300,
  sentence: examples[language][0],
  filter: 0,
})

export const settingsOf = ({ language, windows, maps, seed }: NetworkSettings): NetworkSettings => ({
  ...{ language, windows, maps, seed },
})

export const sameSettings = (a: NetworkSettings, b: NetworkSettings): boolean =>
  a.language === b.language && a.maps === b.maps && a.seed === b.seed && a.windows.join() === b.windows.join()

export const filterCount = ({ windows, maps }: NetworkSettings): number => windows.length * maps

/** Sentences in another language: an example gives way to one of that language, what was typed stays. */
export function inLanguage(state: TextState, language: SentenceLanguage): TextState {
  const at = examples[state.language].indexOf(state.sentence)
  return { ...state, language, sentence: at < 0 ? state.sentence : examples[language][at] }
}
