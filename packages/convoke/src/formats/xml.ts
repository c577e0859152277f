// As much of XML as annotation files use: elements, text, the five entities. Attributes are skipped.

import { ConvokeError } from '../shapes/error.ts'

/** An element of an XML file. Attributes are not read. */
export interface XmlElement {
  /** Its name. */
  readonly name: string
  /** The elements inside it, in order. */
  readonly children: readonly XmlElement[]
  /** What stands directly inside, trimmed. */
  readonly text: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The character of a reference such as `&#233;`, which must be one that XML allows. */
function referred(name: string, whole: string, code: number): string {
  const allowed =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff))
  if (!allowed) throw new ConvokeError(`${name}: ${whole.slice(0, 40)} is not a character; the file is damaged.`)
  return String.fromCodePoint(code)
}

const withoutEntities = (name: string, text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#x([\da-f]{1,16})|#(\d{1,16})|(\w{1,16}));/gi, (whole, hex, decimal, entity) =>
        hex !== undefined || decimal !== undefined
          ? referred(name, whole, hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
          : Object.hasOwn(entities, entity)
            ? entities[entity]
            : whole,
      )
    : text

interface Open {
  readonly name: string
  readonly children: XmlElement[]
  readonly texts: string[]
}

/** Elements inside one another: more are no annotation, and would exhaust whatever walks them. */
const deepest = 200

const tagName = /[\p{L}_:][\p{L}\p{N}_:.-]*/uy

/** Where the tag that begins before `at` ends: at the first '>' outside quotation marks. */
function endOfTag(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    const sign = text[i]
    if (sign === '>') return i
    if (sign === '"' || sign === "'") {
      i = text.indexOf(sign, i + 1)
      if (i < 0) return -1
    }
  }
  return -1
}

/** The root element. Throws `ConvokeError` with the file's name where tags do not match. */
export function parseXml(name: string, text: string): XmlElement {
  const damaged = (what: string): ConvokeError =>
    new ConvokeError(`${name}: ${what}; the file is damaged or cut short.`)
  const stack: Open[] = [{ name: '', children: [], texts: [] }]
  const close = (): void => {
    const { name: own, children, texts } = stack.pop()!
    stack[stack.length - 1].children.push({ name: own, children, text: texts.join('').trim() })
  }
  /** What follows the next `end`. */
  const after = (end: string, from: number, what: string): number => {
    const found = text.indexOf(end, from)
    if (found < 0) throw damaged(`${what} is never closed`)
    return found + end.length
  }
  for (let at = 0; at < text.length; ) {
    const top = stack[stack.length - 1]
    const next = text.indexOf('<', at)
    if (next !== at) {
      top.texts.push(withoutEntities(name, text.slice(at, next < 0 ? text.length : next)))
      at = next < 0 ? text.length : next
    } else if (text.startsWith('<!--', at)) at = after('-->', at + 4, 'a comment')
    else if (text.startsWith('<?', at)) at = after('?>', at + 2, 'an instruction')
    else if (text.startsWith('<![CDATA[', at)) {
      const end = after(']]>', at + 9, 'a CDATA section')
      top.texts.push(text.slice(at + 9, end - 3))
      at = end
    } else if (text.startsWith('<!', at)) {
      const end = endOfTag(text, at + 2)
      const subset = text.indexOf('[', at)
      // A document type may hold declarations of its own between brackets.
      at = subset >= 0 && subset < end ? after('>', after(']', subset, 'a document type'), 'a document type') : end + 1
      if (end < 0) throw damaged('a declaration is never closed')
    } else {
      const closing = text[at + 1] === '/'
      tagName.lastIndex = at + (closing ? 2 : 1)
      const tag = tagName.exec(text)?.[0]
      if (tag === undefined) throw damaged(`${text.slice(at, at + 20).replace(/\s+/g, ' ')} is not a tag`)
      const end = endOfTag(text, tagName.lastIndex)
      if (end < 0) throw damaged(`<${tag}> is never closed`)
      at = end + 1
      if (closing) {
        if (stack.length === 1 || top.name !== tag) {
          throw new ConvokeError(
            `${name}: </${tag}> closes ${stack.length === 1 ? 'nothing' : `<${top.name}>`}; the file is damaged.`,
          )
        }
        close()
        continue
      }
      if (stack.length > deepest) throw new ConvokeError(`${name}: more than ${deepest} elements are nested.`)
      stack.push({ name: tag, children: [], texts: [] })
      if (text[end - 1] === '/') close()
    }
  }
  const [root, second] = stack[0].children
  if (stack.length > 1 || root === undefined) {
    throw damaged(stack.length > 1 ? `<${stack[stack.length - 1].name}> is never closed` : 'there is no XML in it')
  }
  if (second !== undefined)
    throw new ConvokeError(`${name}: <${second.name}> follows the end of <${root.name}>; the file holds more than one.`)
  return root
}

/** The text of an XML file, in the encoding that it declares; UTF-8 where it declares none. */
export function decodeXml(name: string, bytes: Uint8Array): string {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  // biome-ignore lint/plugin/spread-of-a-list: a hundred at most
  const start = String.fromCharCode(...bytes.subarray(0, 100))
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1]
  const encoding = utf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : (declared ?? 'utf-8')
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new ConvokeError(
      `${name}: the text is not ${encoding.toUpperCase()}${declared === undefined || utf16 ? '' : ', as it says'}. Save it as UTF-8.`,
    )
  }
}

/** The first child of that name. */
export const childOf = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((child) => child.name === name)
