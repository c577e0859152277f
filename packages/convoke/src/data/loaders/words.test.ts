import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'

const { englishWords: words, characters } = data

describe('words', () => {
  it.each(['’', '‘', 'ʼ', '‛', '＇'])('have the apostrophe %s as a straight one', (sign) => {
    for (const text of ["isn't it John's? they'll", "don't we're i'd I've", "'quoted'"])
      expect(words(text.replaceAll("'", sign))).toEqual(words(text))
    expect(data.segmenter('en')(`isn${sign}t it`)).toEqual(["isn't", 'it'])
  })
  it.each(['´', '`', '′'])('have %s between letters as an apostrophe, and nowhere else', (sign) => {
    expect(words(`wasn${sign}t it`)).toEqual(words("wasn't it"))
    expect(data.segmenter('en')(`wasn${sign}t it`)).toEqual(["wasn't", 'it'])
    // Kim's words keep grave accents.
    if (sign !== '`') expect(words(`${sign}quoted${sign} 5${sign} long`)).toEqual(['quoted', '5', 'long'])
  })
  it('are the same however they are composed', () => {
    for (const text of ['café noir', 'Thời tiết đẹp quá', 'Ångström', '한국 영화', 'ガギグ', 'हिन्दी क़लम'])
      for (const divide of [words, characters, data.segmenter('en')])
        expect(divide(text.normalize('NFD'))).toEqual(divide(text.normalize('NFC')))
    expect(words('cafe\u0301')).toEqual(['café'])
    expect(words('I\u0307stanbul')).toEqual(words('İstanbul'))
  })
  it.each([
    ['Hindi', 'हिन्दी फ़िल्म अच्छी है।', ['हिन्दी', 'फ़िल्म', 'अच्छी', 'है']],
    ['Tamil', 'படம் நன்றாக இருந்தது.', ['படம்', 'நன்றாக', 'இருந்தது']],
    ['Thai between spaces', 'ดี ไม่ดี', ['ดี', 'ไม่ดี']],
    ['Arabic with vowel signs', 'كَتَبَ الوَلَدُ،', ['كَتَبَ', 'الوَلَدُ']],
    ['Persian with a joiner that parts', 'می\u200cخواهم بروم', ['می\u200cخواهم', 'بروم']],
    ['Hebrew with points', 'שָׁלוֹם עוֹלָם', ['שָׁלוֹם', 'עוֹלָם']],
    ['Hebrew abbreviations', 'צה״ל וג׳ירפה', ['צה״ל', 'וג׳ירפה']],
    ['Vietnamese', 'Phim này rất hay!', ['phim', 'này', 'rất', 'hay', '!']],
    ['German', 'Die Größe der »Füße« ist 43', ['die', 'größe', 'der', 'füße', 'ist', '43']],
    ['Russian', 'Ещё один фильм', ['ещё', 'один', 'фильм']],
    ['soft hyphens and marks of direction', 'Donau\u00addampf \u200fשלום\u200e', ['donaudampf', 'שלום']],
    ['Chinese among English', 'good 电影 indeed', ['good', '电', '影', 'indeed']],
  ])('keep their marks and signs: %s', (_, text, expected) => {
    expect(words(text).map((word) => word.normalize('NFC'))).toEqual(expected.map((word) => word.normalize('NFC')))
  })
  it('are emoji, too, each whole', () => {
    expect(words('great👍🏽film 😀😀')).toEqual(['great', '👍🏽', 'film', '😀', '😀'])
    expect(words('👨‍👩‍👧 🇫🇷🇩🇪 ❤️ 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👩🏾‍🚀')).toEqual(['👨‍👩‍👧', '🇫🇷', '🇩🇪', '❤', '1⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩🏾‍🚀'])
    expect(data.segmenter('zh')('好看😀👍🏽🇨🇳')).toEqual(['好看', '😀', '👍🏽', '🇨🇳'])
    expect(characters('a👨‍👩‍👧b')).toEqual(['a', '👨‍👩‍👧', 'b'])
    expect(words('© 2020 Acme™ 3#')).toEqual(['2020', 'acme', '3'])
  })
  it.each([
    ['❤', '❤\ufe0f', '❤\ufe0e'],
    ['1\u20e3', '1\ufe0f\u20e3'],
    ['❤\u200d🔥', '❤\ufe0f\u200d🔥'],
    ['🏳\u200d🌈', '🏳\ufe0f\u200d🌈', '🏳\ufe0f\u200d🌈\ufe0f'],
  ])('are one emoji with and without the sign that says how it is drawn: %s', (plain, ...drawn) => {
    for (const emoji of drawn)
      for (const divide of [words, characters, data.segmenter('en')]) expect(divide(emoji)).toEqual([plain])
  })
  it('of English are those of Kim 2014', () => {
    expect(words("It's GOOD, isn't it? (3.5 of 5)")).toEqual([
      'it',
      "'s",
      'good',
      ',',
      'is',
      "n't",
      'it',
      '?',
      '(',
      '3',
      '5',
      'of',
      '5',
      ')',
    ])
  })
})
