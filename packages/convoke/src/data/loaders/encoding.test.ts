import { describe, expect, it } from 'vitest'
import * as data from '../index.ts'

/** Bytes of a text in an encoding of one or two bytes a character: the platform's decoder turned around. */
function encode(text: string, encoding: string): Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const codes = new Map<string, readonly number[]>()
  const tryBytes = (...bytes: number[]): void => {
    try {
      const sign = decoder.decode(Uint8Array.from(bytes))
      if ([...sign].length === 1 && !codes.has(sign)) codes.set(sign, bytes)
    } catch {}
  }
  for (let a = 0; a < 256; a++) tryBytes(a)
  for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) tryBytes(a, b)
  return Uint8Array.from([...text].flatMap((sign) => codes.get(sign)!))
}

const utf16 = (text: string, big = false): Uint8Array =>
  Uint8Array.from(
    [...text].flatMap((sign) => {
      const code = sign.charCodeAt(0)
      return big ? [code >> 8, code & 255] : [code & 255, code >> 8]
    }),
  )

const table = 'label,text\npos,good\nneg,bad\n'
const chinese = '好,这部电影很好看，我们都喜欢，演员的表演也很自然\n差,故事没有意思，时间太长，我不想再看第二次\n'
const taiwanese = '好,這部電影很好看，我們都喜歡，演員的表演也很自然\n差,故事沒有意思，時間太長，我不想再看第二次\n'
const japanese =
  '良い,この映画はとてもおもしろかったです。また見たいと思います。\n悪い,つまらない話で、途中で眠くなりました。\n'
const korean =
  '좋음,이 영화는 정말 재미있게 보았습니다. 다시 보고 싶어요.\n나쁨,이야기가 지루하고 너무 길었다. 시간이 아까웠다.\n'

describe('byte-order marks', () => {
  it('decide, whatever encoding was given', () => {
    const bytes = new TextEncoder().encode(`\ufeff${table}é`)
    for (const encoding of [undefined, 'utf-8', 'latin1', 'gbk'])
      expect(data.decodeText('t', bytes, encoding)).toBe(`${table}é`)
    expect(data.decodeText('t', utf16(`\ufeff${table}好`))).toBe(`${table}好`)
    expect(data.decodeText('t', utf16(`\ufeff${table}好`, true), 'utf-16')).toBe(`${table}好`)
  })
  it('of UTF-32 are refused', () => {
    expect(() => data.decodeText('t', Uint8Array.of(0xff, 0xfe, 0, 0, 97, 0, 0, 0))).toThrow('t: the text is UTF-32')
  })
})

describe('an encoding', () => {
  it.each([
    ['UTF-16, little-endian, without a mark', utf16(table), 'utf-16le', table],
    ['UTF-16, big-endian, without a mark', utf16(table, true), 'utf-16be', table],
    ['UTF-16 of Chinese without a mark', utf16(chinese), 'utf-16le', chinese],
    ['GBK', encode(chinese, 'gbk'), 'gb18030', chinese],
    ['Big5', encode(taiwanese, 'big5'), 'big5', taiwanese],
    ['Shift-JIS', encode(japanese, 'shift_jis'), 'shift_jis', japanese],
    ['EUC-JP', encode(japanese, 'euc-jp'), 'euc-jp', japanese],
    ['EUC-KR', encode(korean, 'euc-kr'), 'euc-kr', korean],
    ['UTF-8', new TextEncoder().encode(chinese), 'utf-8', chinese],
  ])('is recognised where it is sure: %s', (_, bytes, encoding, text) => {
    expect(data.recognizeEncoding(bytes)).toBe(encoding)
    expect(data.decodeText('t', bytes)).toBe(text)
  })
  it.each([
    ['French in Latin-1', 'latin1', 'très bien, un film drôle où la mère a été forcée à rêver\n'.repeat(20)],
    ['German in Windows-1252', 'windows-1252', 'schöne Größe für „müde“ Füße über Äpfel\n'.repeat(20)],
    ['Spanish in capitals', 'latin1', 'ÑÁÉÍÓÚ ÁÉÍÑ SEÑORÍA\n'.repeat(20)],
    ['Russian in Windows-1251', 'windows-1251', 'это очень хороший фильм, я его люблю\n'.repeat(20)],
    ['Russian in KOI8-R', 'koi8-r', 'это очень хороший фильм, я его люблю, а сюжет скучный и плоский\n'.repeat(20)],
    ['Greek in ISO 8859-7', 'iso-8859-7', 'αυτή η ταινία είναι πολύ καλή και μου άρεσε\n'.repeat(20)],
    ['Thai in Windows-874', 'windows-874', 'หนังเรื่องนี้ดีมากและสนุกจริงๆ\n'.repeat(20)],
    ['Hebrew in Windows-1255', 'windows-1255', 'הסרט הזה היה טוב מאוד ואהבתי אותו\n'.repeat(20)],
    ['Arabic in Windows-1256', 'windows-1256', 'هذا الفيلم جيد جدا وقد أحببته كثيرا\n'.repeat(20)],
    ['two Chinese characters', 'gbk', '好看'],
  ])('that is not sure is refused, never guessed: %s', (_, encoding, text) => {
    const western = (sign: string): number => ({ '„': 0x84, '“': 0x93 })[sign] ?? sign.charCodeAt(0)
    const bytes = /latin1|1252/.test(encoding) ? Uint8Array.from(text, western) : encode(text, encoding)
    expect(data.recognizeEncoding(bytes)).toBeNull()
    expect(() => data.decodeText('t.csv', bytes)).toThrow(
      /t\.csv, line 1: the text is not valid UTF-8, .* Give its enc/,
    )
    expect(data.decodeText('t.csv', bytes, encoding)).toBe(text)
  })
  it('that is not sure is refused with the line and with what it may be', () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode('label,text\npos,ok\nneg,'), ...encode('好看', 'gbk')])
    expect(() => data.decodeText('t.csv', bytes)).toThrow(
      /t\.csv, line 3: .* gb18030 reads “neg,好看”, .*windows-1252 reads “neg,ºÃ¿´”/,
    )
  })
  it.each([
    ['euc-jp', Uint8Array.of(0xcb, 0xdc), '本'],
    ['windows-1256', Uint8Array.of(0xdd, 0xed, 0xe1, 0xe3), 'فيلم'],
    ['windows-1253', Uint8Array.of(0xea, 0xe1, 0xeb, 0xfc), 'καλό'],
    ['windows-1255', Uint8Array.of(0xf9, 0xec, 0xe5, 0xed), 'שלום'],
    ['windows-874', Uint8Array.of(0xb4, 0xd5), 'ดี'],
  ])('that may be %s is shown as read in it', (name, bytes, text) => {
    expect(() => data.decodeText('t', bytes)).toThrow(`${name} reads “${text}”`)
  })
  it('has the names that people use for it', () => {
    const bytes = encode(chinese, 'gbk')
    for (const name of ['gbk', 'GBK', 'gb2312', 'cp936', 'gb18030'])
      expect(data.decodeText('t', bytes, name)).toBe(chinese)
    expect(data.decodeText('t', encode(japanese, 'shift_jis'), 'shift-jis')).toBe(japanese)
    expect(data.decodeText('t', Uint8Array.of(0x92, 0x80, 0xe9), 'cp1252')).toBe('’€é')
    expect(data.decodeText('t', Uint8Array.of(0x92, 0xe9), 'iso-8859-1')).toBe('\u0092é')
    // й is E9 in Windows-1251, CA in KOI8-R, D9 in ISO 8859-5, A9 in IBM 866; ő is F5 in ISO 8859-2.
    for (const [name, byte, sign] of [
      ['windows-1251', 0xe9, 'й'],
      ['cp1251', 0xe9, 'й'],
      ['Windows1251', 0xe9, 'й'],
      ['koi8-r', 0xca, 'й'],
      ['KOI8R', 0xca, 'й'],
      ['iso8859_5', 0xd9, 'й'],
      ['cp866', 0xa9, 'й'],
      ['latin2', 0xf5, 'ő'],
      ['iso-8859-2', 0xf5, 'ő'],
    ] as const)
      expect(data.decodeText('t', Uint8Array.of(byte), name)).toBe(sign)
    expect(() => data.decodeText('t', bytes, 'klingon')).toThrow('the encoding "klingon" is unknown. Known: utf-8')
  })
  it('that is not known is refused with the names that are, each of which is', () => {
    const message = (() => {
      try {
        data.encodingName('klingon')
      } catch (error) {
        return (error as Error).message
      }
      return ''
    })()
    const names = /Known: (.*)\.$/.exec(message)![1].split(/, | and | to /)
    expect(names).toEqual(expect.arrayContaining(['koi8-r', 'windows-1250', 'windows-1258', 'iso-8859-15', 'utf-16']))
    for (const name of names)
      expect(data.decodeText('t', new TextEncoder().encode('ab'), name)).toHaveLength(name.startsWith('utf-16') ? 1 : 2)
  })
  it('that was given and does not fit is refused with the line', () => {
    const bytes = Uint8Array.from([...new TextEncoder().encode('a\nb\n'), 0xe9, 0x0a])
    expect(() => data.decodeText('t', bytes, 'gbk')).toThrow('t, line 3: the text is not valid GBK. Give its encoding')
    expect(() => data.decodeText('t', bytes, 'utf-8')).toThrow('t, line 3: the text is not valid UTF-8.')
  })
  it('of bytes that are no text is refused', () => {
    expect(() => data.decodeText('t', Uint8Array.of(1, 0, 0, 0, 7, 0, 0))).toThrow('t: the text contains zero bytes')
  })
})
