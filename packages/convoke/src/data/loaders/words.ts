// Texts into words. Texts that look the same give the same words, however their characters are composed and whichever
// apostrophe they have.

/** Cuts a text into words. */
export type Tokenizer = (text: string) => string[]

/** ’ ‘ ‛ ʼ ＇ are one apostrophe to a reader. */
const apostrophes = /[\u2018\u2019\u201b\u02bc\uff07]/g

/** ´ ` ′ are typed for one between letters; elsewhere they are marks of their own. */
const typedForOne = /(?<=\p{L})[\u00b4\u0060\u2032](?=\p{L})/gu

/** Characters that are not seen and part no words: soft hyphens, marks of direction and of byte order. */
const unseen = /[\u00ad\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g

const normal = (text: string): string =>
  text.replace(unseen, '').replace(apostrophes, "'").replace(typedForOne, "'").toLowerCase().normalize('NFC')

/**
 * An emoji as it is seen (https://unicode.org/reports/tr51/): a flag, a keycap, or pictures with their skin tones, joined by
 * U+200D. ©, ® and ™ are emoji only before U+FE0F. In parentheses, so that `split` keeps it.
 */
const emoji =
  /(\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|(?![©®™](?!\ufe0f))\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|[\ufe0e\ufe0f])?[\u{e0020}-\u{e007f}]*(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|[\ufe0e\ufe0f])?)*)/u

/** Whether an emoji is shown as a picture or as a sign in the colour of the text: ❤️ and ❤ are one token. */
const presentation = /[\ufe0e\ufe0f]/g

/** `divide` for what is between emoji, each of which is a token. */
const aroundEmoji = (text: string, divide: Tokenizer): string[] =>
  text.split(emoji).flatMap((part, at) => (at % 2 === 1 ? [part.replace(presentation, '')] : divide(part)))

/** No space parts the words of these scripts: each character is one. */
const alone = /[\p{Script_Extensions=Han}\p{Script_Extensions=Hiragana}\p{Script_Extensions=Katakana}]\p{M}*/gu

const plainWords: Tokenizer = (text) =>
  text
    .replace(/[\ufe00-\ufe0f]/g, '')
    .replace(/[^\p{L}\p{M}0-9(),!?'`\p{Join_Control}\u05f3\u05f4]/gu, ' ')
    // Joiners, and Hebrew's own marks, belong to words between letters alone.
    .replace(/(?<![\p{L}\p{M}])[\p{Join_Control}\u05f3\u05f4]+|[\p{Join_Control}\u05f4]+(?!\p{L})/gu, ' ')
    .replace(/n't/g, " n't")
    .replace(/'(s|ve|re|d|ll)/g, " '$1")
    .replace(/[(),!?]/g, ' $& ')
    .replace(alone, ' $& ')
    .split(/\s+/)
    .filter((word) => word !== '')

/**
 * Lower-case words, English clitics (`'s`, `n't`) and `( ) , ! ?` apart, all other punctuation dropped: the preparation of
 * Kim 2014, for the letters of every language with their accents and vowel signs. Typographic apostrophes count as straight
 * ones; an emoji is a word, and so is each character of Chinese and Japanese.
 */
export const englishWords: Tokenizer = (text) => aroundEmoji(normal(text), plainWords)

/** Words as the platform's dictionary divides them (`Intl.Segmenter`), for Chinese and every other language. */
export function segmenter(locale: string): Tokenizer {
  const segments = new Intl.Segmenter(locale, { granularity: 'word' })
  const divide: Tokenizer = (text) =>
    Array.from(segments.segment(text), ({ segment }) => segment.trim()).filter((word) => word !== '')
  return (text) => aroundEmoji(normal(text), divide)
}

/** Single characters, composed (NFC) and otherwise as they are; an emoji is one, whatever it is joined of. */
export const characters: Tokenizer = (text) => aroundEmoji(text.normalize('NFC'), (part) => Array.from(part))
