// Sentences that praise or blame, put together from templates, many of them negated: "not bad" must be read as a
// whole. English and Chinese.

import { checkChoice } from '../../ops/arguments.ts'
import { check, show } from '../../shapes/error.ts'
import { deriveSeed, type RandomSource, randomSource } from '../../tensor/random.ts'
import { checkIndex, type Dataset, type LabelledText } from '../dataset.ts'

/** The options of `sentences`. */
export interface SentenceOptions {
  /** How many sentences. */
  readonly count: number
  /** Determines the sentences: 0 when not given. */
  readonly seed?: number | undefined
  /** Language of the sentences: 'en' when not given. */
  readonly language?: 'en' | 'zh' | undefined
}

/** Names of the classes of `sentences`: label 0 and label 1. */
export const sentimentNames: readonly string[] = ['negative', 'positive']

interface Language {
  readonly things: readonly string[]
  readonly good: readonly string[]
  readonly bad: readonly string[]
  readonly degrees: readonly string[]
  /** `{thing}`, `{degree}`, `{word}`; plain ones keep the word's meaning, the others turn it around. */
  readonly plain: readonly string[]
  readonly negated: readonly string[]
  readonly openings: readonly string[]
}

const languages: Readonly<Record<'en' | 'zh', Language>> = {
  en: {
    things: ['film', 'story', 'cast', 'script', 'ending', 'music', 'dialogue', 'pace', 'first half', 'camera work'],
    good: ['good', 'moving', 'clever', 'funny', 'gripping', 'beautiful', 'fresh', 'convincing', 'warm', 'brilliant'],
    bad: ['bad', 'dull', 'clumsy', 'boring', 'tedious', 'ugly', 'stale', 'unconvincing', 'cold', 'dreadful'],
    degrees: ['', 'very ', 'really ', 'quite ', 'so '],
    plain: [
      'the {thing} is {degree}{word} .',
      'what a {degree}{word} {thing} !',
      'i found the {thing} {degree}{word} .',
      'a {degree}{word} {thing} .',
    ],
    negated: [
      'the {thing} is not {degree}{word} .',
      'the {thing} is never {degree}{word} .',
      'i did not find the {thing} {degree}{word} .',
      'hardly a {degree}{word} {thing} .',
      'there is nothing {word} about the {thing} .',
    ],
    openings: ['', '', 'honestly , ', 'after two hours : ', 'my verdict : ', 'to be fair , '],
  },
  zh: {
    things: ['电影', '故事', '演员', '剧本', '结局', '音乐', '对白', '节奏', '上半部', '摄影'],
    good: ['好看', '感人', '聪明', '有趣', '精彩', '漂亮', '新鲜', '可信', '温暖', '出色'],
    bad: ['难看', '乏味', '笨拙', '无聊', '拖沓', '丑陋', '陈旧', '虚假', '冷漠', '糟糕'],
    degrees: ['', '很', '非常', '相当', '特别'],
    plain: [
      '这部{thing}{degree}{word}。',
      '{thing}真是{word}!',
      '我觉得{thing}{degree}{word}。',
      '一部{degree}{word}的{thing}。',
    ],
    negated: [
      '这部{thing}不{word}。',
      '{thing}一点也不{word}。',
      '我不觉得{thing}{degree}{word}。',
      '{thing}从来不{word}。',
      '{thing}没有什么{word}的地方。',
    ],
    openings: ['', '', '说实话,', '看完以后,', '我的评价:', '公平地说,'],
  },
}

const pick = <T>(list: readonly T[], random: RandomSource): T => list[random.integer(list.length)]

/**
 * `count` sentences, half of each label (0 negative, 1 positive), half of them negated.
 *
 * @example
 * const sentences = data.sentences({ count: 100, language: 'zh' })
 * sentences.labelOf(1)  // 1
 */
export function sentences(options: SentenceOptions): Dataset<LabelledText> {
  const { count, seed = 0, language = 'en' } = options
  check(
    Number.isInteger(count) && count >= 1,
    () => `sentences: the count is ${show(count)}; it must be a whole number of 1 or more.`,
  )
  checkChoice('sentences', 'the language', language, ['en', 'zh'])
  const words = languages[language]
  const labelOf = (index: number): number => index % 2
  return {
    length: count,
    classes: sentimentNames,
    labelOf,
    get(index) {
      checkIndex('sentences', index, count)
      const random = randomSource(deriveSeed(seed, 'sentence', index))
      const negated = random.uniform() < 0.5
      const praise = (labelOf(index) === 1) !== negated
      const text = pick(negated ? words.negated : words.plain, random)
        .replace('{thing}', pick(words.things, random))
        .replace('{degree}', pick(words.degrees, random))
        .replace('{word}', pick(praise ? words.good : words.bad, random))
      return { text: pick(words.openings, random) + text, label: labelOf(index) }
    },
  }
}
