import { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { guessTokenizer, tokenizerOf } from './tokenizer.ts'

const setOf = (...texts: string[]) => data.fromExamples(texts.map((text, i) => ({ text, label: i % 2 })))

describe('how texts are divided', () => {
  it.each([
    ['english', ['a fine film', 'un film français', 'the word 电影 means film, and so on for some time']],
    ['any', ['यह फिल्म अच्छी है OK', 'यह फिल्म बुरी है', 'कहानी बहुत धीमी थी']],
    ['any', ['этот фильм хороший, Netflix', 'сюжет скучный']],
    ['zh', ['这部电影很好看 wonderful', '不好看', '一般']],
    ['zh', ['很 good 很 nice，我喜欢这个 brand 的 design', '不喜欢']],
    ['ja', ['この映画はおもしろい', '東京物語 perfect です']],
    ['th', ['หนังเรื่องนี้ดีมาก Netflix', 'ไม่ชอบ']],
    ['any', ['12 34', '👍👍']],
  ])('is told by most of their letters, not by a word or two: %s', async (expected, texts) => {
    expect(await guessTokenizer(setOf(...texts))).toBe(expected)
  })
  it('is told by texts from all of the data, not by the first alone', async () => {
    const texts = Array.from({ length: 2000 }, (_, i) => (i < 60 ? '好看的电影' : 'a rather long review of a film'))
    expect(await guessTokenizer(setOf(...texts))).toBe('english')
  })
  it('stays for runs from before as it was when they were trained', () => {
    const text = 'It isn’t café\u0301 👍'
    expect(tokenizerOf({ tokenizer: 'english' })(text)).toEqual(['it', 'isn', 't', 'café'])
    expect(tokenizerOf({ tokenizer: 'english', version: 2 })(text)).toEqual(['it', 'is', "n't", 'café\u0301', '👍'])
    expect(tokenizerOf({ tokenizer: 'characters' })('e\u0301')).toEqual(['e', '\u0301'])
    expect(tokenizerOf({ tokenizer: 'characters', version: 2 })('e\u0301')).toEqual(['é'])
  })
})
