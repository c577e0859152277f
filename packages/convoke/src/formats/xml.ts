// As much of XML as annotation files use: elements, text, the five entities. Attributes are skipped.

import { ConvokeError } from '../shapes/error.ts'

export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  /** What stands directly inside, trimmed. */
  readonly text: string
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const withoutEntities = (text: string): string =>
  text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) =>
    hex !== undefined
      ? String.fromCodePoint(Number.parseInt(hex, 16))
      : decimal !== undefined
        ? String.fromCodePoint(Number(decimal))
        : (entities[name] ?? whole),
  )

interface Open {
  readonly name: string
  readonly children: XmlElement[]
  text: string
}

/** The root element. Throws `ConvokeError` with the file's name where tags do not match. */
export function parseXml(name: string, text: string): XmlElement {
  const stack: Open[] = [{ name: '', children: [], text: '' }]
  const pattern =
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<![^>]*>|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g
  for (const [, data, closing, tag, empty, plain] of text.matchAll(pattern)) {
    const top = stack[stack.length - 1]
    if (plain !== undefined) top.text += withoutEntities(plain)
    else if (data !== undefined) top.text += data
    else if (tag === undefined) continue
    else if (closing === '/') {
      if (stack.length === 1 || top.name !== tag) {
        throw new ConvokeError(
          `${name}: </${tag}> closes ${stack.length === 1 ? 'nothing' : `<${top.name}>`}; the file is damaged.`,
        )
      }
      stack.pop()
      stack[stack.length - 1].children.push({ name: tag, children: top.children, text: top.text.trim() })
    } else if (empty === '/') top.children.push({ name: tag, children: [], text: '' })
    else stack.push({ name: tag, children: [], text: '' })
  }
  const [root] = stack[0].children
  if (stack.length > 1 || root === undefined) {
    throw new ConvokeError(
      `${name}: ${stack.length > 1 ? `<${stack[stack.length - 1].name}> is never closed` : 'there is no XML in it'}; the file is damaged or cut short.`,
    )
  }
  return root
}

/** The first child of that name. */
export const childOf = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((child) => child.name === name)
