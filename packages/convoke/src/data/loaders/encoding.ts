// Text from bytes. Labels are those of https://encoding.spec.whatwg.org; 'latin1' is ISO 8859-1, each byte its own code point.

import { ConvokeError, check, show } from '../../shapes/error.ts'
import { commonHan, commonHangul } from './common-characters.ts'

/** A name that `TextDecoder` knows, or 'latin1'. */
export type Encoding =
  | 'utf-8'
  | 'utf-16le'
  | 'utf-16be'
  | 'latin1'
  | 'windows-1252'
  | 'gb18030'
  | 'big5'
  | 'shift_jis'
  | 'euc-jp'
  | 'euc-kr'
  | (string & {})

/** Names in use elsewhere (Python, Windows) that the standard does not list. */
const aliases: Readonly<Record<string, string>> = {
  ...{ 'latin-1': 'latin1', latin_1: 'latin1', 'iso-8859-1': 'latin1', iso8859_1: 'latin1', 'iso8859-1': 'latin1' },
  ...{ iso_8859_1: 'latin1', l1: 'latin1', cp936: 'gbk', cp932: 'shift_jis', cp949: 'euc-kr', cp950: 'big5' },
  ...{
    'utf-8-sig': 'utf-8',
    utf_8: 'utf-8',
    utf_8_sig: 'utf-8',
    utf_16: 'utf-16',
    utf16: 'utf-16',
    cp1252: 'windows-1252',
  },
  ...{ utf_16_le: 'utf-16le', utf_16_be: 'utf-16be', euc_kr: 'euc-kr', euc_jp: 'euc-jp', ansi: 'windows-1252' },
  ...{ eucjp: 'euc-jp', euckr: 'euc-kr', latin9: 'iso-8859-15', mac_roman: 'macintosh', 'mac-roman': 'macintosh' },
  ...{ mac_cyrillic: 'x-mac-cyrillic', koi8r: 'koi8-r', koi8u: 'koi8-u' },
}

/** The encodings of https://encoding.spec.whatwg.org that hold texts, by their usual names. */
const knownNames =
  'utf-8, utf-16, utf-16le, utf-16be, gb18030, gbk, big5, shift_jis, euc-jp, iso-2022-jp, euc-kr, latin1, iso-8859-2 to iso-8859-15, windows-1250 to windows-1258, windows-874, koi8-r, koi8-u, ibm866, macintosh and x-mac-cyrillic'

/** The name under which texts are decoded. Throws `ConvokeError` for one that is not known. */
export function encodingName(given: string): Encoding {
  const lower = given
    .trim()
    .toLowerCase()
    .replace(/^iso[-_ ]?8859[-_ ](\d+)$/, 'iso-8859-$1')
    .replace(/^windows[-_ ]?(\d+)$/, 'windows-$1')
  const name = Object.hasOwn(aliases, lower) ? aliases[lower] : lower
  if (name === 'latin1' || name === 'utf-16') return name
  try {
    return new TextDecoder(name).encoding
  } catch {
    throw new ConvokeError(`the encoding ${show(given)} is unknown. Known: ${knownNames}.`)
  }
}

function decoded(bytes: Uint8Array, encoding: string): string | null {
  if (encoding === 'latin1') return oneByte(bytes)
  // Node 20 reads Windows-1252 as ISO 8859-1.
  if (encoding === 'windows-1252') return oneByte(bytes, windows1252)
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** Characters 0x80 to 0x9F of Windows-1252; all others are those of ISO 8859-1. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** ISO 8859-1, with other characters from 0x80 on where they are given. */
function oneByte(bytes: Uint8Array, others = ''): string {
  const parts: string[] = []
  const code = (byte: number): number => (others[byte - 0x80] === undefined ? byte : others.charCodeAt(byte - 0x80))
  for (let at = 0; at < bytes.length; at += 8192)
    // biome-ignore lint/plugin/spread-of-a-list: 8192 at a time
    parts.push(String.fromCharCode(...Uint16Array.from(bytes.subarray(at, at + 8192), code)))
  return parts.join('')
}

/** What a byte-order mark says. */
function marked([a, b, c, d]: Uint8Array): Encoding | 'utf-32' | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return a === 0 && b === 0 && c === 0xfe && d === 0xff ? 'utf-32' : null
}

const implausible = /(?![\t\n\r])[\p{Cc}\p{Cn}\p{Co}\p{Cs}]/u

/** UTF-16 without a mark: about every other byte of line breaks, commas and Latin letters is 0. */
function bareUtf16(bytes: Uint8Array): Encoding | null {
  if (bytes.length % 2 !== 0) return null
  const fits = (['utf-16le', 'utf-16be'] as const).flatMap((encoding) => {
    const text = decoded(bytes, encoding)
    if (text === null || implausible.test(text)) return []
    return [{ encoding, plain: text.match(/[\n\r\t ,;a-z0-9]/gi)?.length ?? 0 }]
  })
  return fits.sort((a, b) => b.plain - a.plain)[0]?.encoding ?? null
}

function zeros(bytes: Uint8Array): number {
  let count = 0
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) count++
  return count
}

const isKana = (sign: string): boolean => /[\u3041-\u30fe]/.test(sign)

interface Candidate {
  readonly encoding: Encoding
  /** What is typical of texts in it. */
  readonly typical: (sign: string) => boolean
  /** Share of the signs beyond ASCII that are so at least. */
  readonly least: number
}

const candidates: readonly Candidate[] = [
  { encoding: 'gb18030', typical: (sign) => commonHan.has(sign), least: 0.35 },
  { encoding: 'big5', typical: (sign) => commonHan.has(sign), least: 0.35 },
  { encoding: 'shift_jis', typical: isKana, least: 0.3 },
  { encoding: 'euc-jp', typical: isKana, least: 0.3 },
  { encoding: 'euc-kr', typical: (sign) => commonHangul.has(sign), least: 0.35 },
]

const isLetter = /^[\p{L}\uff61-\uff9f]$/u

/** Signs that must speak for an encoding: in fewer, chance speaks. */
const evidence = 10

/** Bytes looked at to tell an encoding. */
const looked = 2 ** 18

/**
 * The encoding of a text where it is sure: by its byte-order mark; UTF-8 and UTF-16 by their form; GB 18030 (GBK), Big5,
 * Shift-JIS, EUC-JP and EUC-KR where one alone gives characters that are frequent in its language. null where it is not,
 * as for all encodings of one byte a character.
 */
export function recognizeEncoding(bytes: Uint8Array): Encoding | null {
  const mark = marked(bytes)
  if (mark !== null) return mark === 'utf-32' ? null : mark
  const isWide = zeros(bytes) >= Math.max(2, bytes.length / 200)
  if (isWide) return bareUtf16(bytes)
  if (decoded(bytes, 'utf-8') !== null) return escapes(bytes) ? 'iso-2022-jp' : 'utf-8'
  // No character of these encodings has a line feed in it.
  const end = bytes.length <= looked ? bytes.length : bytes.lastIndexOf(0x0a, looked) + 1
  const some = bytes.subarray(0, end)
  const scores = candidates.map(({ encoding, typical, least }) => {
    const text = decoded(some, encoding)
    if (text === null) return { encoding, share: 0, sure: false }
    const letters = [...text].filter((sign) => sign > '\x7f' && isLetter.test(sign))
    const hits = letters.filter(typical).length
    const share = letters.length === 0 ? 0 : hits / letters.length
    return { encoding, share, sure: hits >= evidence && share >= least }
  })
  const [best, second] = scores.toSorted((a, b) => b.share - a.share)
  if (!best.sure || second.share > best.share / 2) return null
  return decoded(bytes, best.encoding) === null ? null : best.encoding
}

/** The escapes of ISO-2022-JP, all of whose bytes are ASCII. */
function escapes(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(0x1b); at >= 0; at = bytes.indexOf(0x1b, at + 1))
    if (bytes[at + 1] === 0x24 && (bytes[at + 2] === 0x40 || bytes[at + 2] === 0x42)) return true
  return false
}

/**
 * Text from bytes, without a byte-order mark. A mark decides; then the encoding given; without one, what
 * `recognizeEncoding` is sure of. Throws `ConvokeError`, with the line, for bytes that are not in the encoding, and where
 * none is sure: nothing is guessed.
 */
export function decodeText(name: string, bytes: Uint8Array, encoding?: Encoding): string {
  const mark = marked(bytes)
  check(mark !== 'utf-32', () => `${name}: the text is UTF-32, which is not supported. Save it as UTF-8.`)
  const asked = encoding === undefined ? null : encodingName(encoding)
  const found = mark ?? (asked === 'utf-16' ? (bareUtf16(bytes) ?? 'utf-16le') : asked) ?? recognizeEncoding(bytes)
  if (found === null) throw new ConvokeError(unknownText(name, bytes))
  const text = decoded(bytes, found)
  if (text !== null) return text
  throw new ConvokeError(
    `${name}${lineText(faultyLine(bytes, found))}: the text is not valid ${found.toUpperCase()}. ${wayOut}`,
  )
}

const wayOut =
  "Give its encoding, such as 'gb18030', 'shift_jis', 'windows-1251', 'koi8-r', 'windows-1252' or 'latin1' (--encoding on the command line), or save it as UTF-8."

const lineText = (line: number | null): string => (line === null ? '' : `, line ${line}`)

/** The line, from 1, of the first bytes that are not in an encoding. */
function faultyLine(bytes: Uint8Array, encoding: string): number | null {
  return encoding.startsWith('utf-16') ? null : (firstFault(bytes, encoding)?.line ?? null)
}

interface FaultyLine {
  readonly line: number
  readonly bytes: Uint8Array
}

function firstFault(bytes: Uint8Array, encoding: string): FaultyLine | null {
  for (let [line, at] = [1, 0]; at < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, at)
    const own = bytes.subarray(at, end < 0 ? bytes.length : end)
    if (decoded(own, encoding) === null) return { line, bytes: own }
    at += own.length + 1
  }
  return null
}

const shownAlways = ['gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr', 'windows-1251', 'koi8-r', 'windows-1252']

/** Encodings of a script each, in which most bytes make a letter: shown where they give nothing else. */
const shownWhereWhole = ['windows-1253', 'windows-1255', 'windows-1256', 'windows-874']

/** Whether all that is beyond ASCII is Greek, or Hebrew, Arabic or Thai. */
const isOfOneScript = (text: string): boolean =>
  ['Greek', 'Hebrew', 'Arabic', 'Thai'].some((script) =>
    new RegExp(`^[\\p{ASCII}\\p{Script=${script}}\\p{M}\\p{P}]*$`, 'u').test(text),
  )

/** Shows how encodings read the first line that is not UTF-8, so that its reader can tell the right one. */
function unknownText(name: string, bytes: Uint8Array): string {
  const fault = firstFault(bytes, 'utf-8')
  if (fault === null)
    return `${name}: the text contains zero bytes. It is damaged UTF-16, or not text. Save it as UTF-8.`
  const read = [...shownAlways, ...shownWhereWhole].flatMap((encoding) => {
    const text = decoded(fault.bytes, encoding)
    if (text === null || (shownWhereWhole.includes(encoding) && !isOfOneScript(text))) return []
    const at = Math.max(0, text.search(/\P{ASCII}/u) - 8)
    const part = text
      .slice(at, at + 24)
      .replaceAll(/[\p{C}]/gu, ' ')
      .trim()
    return [`${encoding} reads “${part}”`]
  })
  return `${name}, line ${fault.line}: the text is not valid UTF-8, and its encoding is uncertain${read.length > 0 ? `: ${read.join(', ')}` : ''}. ${wayOut}`
}
