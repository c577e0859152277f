// Names of classes as files list them: a name a line, or each with the value or colour that it has in masks.

import { check } from '../../shapes/error.ts'
import { counted } from '../../shapes/words.ts'
import { isColour, type MaskValue, parseValue, valueText } from './stored.ts'

/** A class in a list of classes. */
export interface ListedClass {
  /** The whole line where no value is read from it. */
  readonly line: string
  /** Its name. */
  readonly name: string
  /** What masks hold for it; set for all classes of a list or for none. */
  readonly value?: MaskValue | undefined
}

const hex = '#[0-9a-f]{6}'
const three = String.raw`\d{1,3}\s*[\s,:;]\s*\d{1,3}\s*[\s,:;]\s*\d{1,3}`
const one = String.raw`\d{1,5}`

/** Forms with a value: before the name (CamVid's `64 128 64 Animal`, `7 road`) or after it (CVAT's `road:128,64,128::`). */
const before = new RegExp(String.raw`^(${hex}|${three}|${one})\s*[\s,:;=]\s*([^\s\d,:;=].*)$`, 'i')
const after = new RegExp(String.raw`^(.*?[^\s\d,:;=])\s*[\s,:;=]\s*(${hex}|${three}|${one})\s*(?:::?[^:]*)*$`, 'i')

/** `#` begins a comment, but for a colour such as #ff8000. */
const isComment = (line: string): boolean => /^#(?![0-9a-f]{6}\b)/i.test(line) || line.startsWith('//')

/** The heading of a table such as `name,r,g,b`. */
const isHeading = (line: string): boolean => /^(class|label|name)s?\s*[,;\t ]\s*(r|red|value|index|id)\b/i.test(line)

/**
 * Classes in the order of their lines. Spaces within a name stay. Empty lines and comments (`# …`) are ignored.
 *
 * @example
 * data.parseClassList('road\ntraffic light\n').map(({ name }) => name)  // ['road', 'traffic light']
 */
export function parseClassList(text: string): ListedClass[] {
  const all = text
    .replace(/^\uFEFF/, '')
    .normalize('NFC')
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const columns = namesAndColours(all)
  if (columns !== null) return columns
  const lines = all.filter((line, at) => !isComment(line) && !(at === 0 && isHeading(line)))
  for (const form of [valueFirst, valueLast]) {
    const read = lines.map(form)
    const values = new Set(read.map((found) => found?.value))
    // Only where every line has a value, each its own: other lists may begin names with a number.
    if (lines.length > 0 && values.size === lines.length && !values.has(undefined)) {
      // Of "zone 1" and "zone 2" the number belongs to the name as well.
      const areNames = new Set(read.map((found) => found!.name)).size === lines.length
      return read.map((found, at) => ({ line: lines[at], ...found!, ...(!areNames && { name: lines[at] }) }))
    }
  }
  return lines.map((line) => ({ line, name: line }))
}

/** The rows of a table `name,r,g,b`, whose names may end in a number; null for anything else. */
function namesAndColours([heading = '', ...rows]: readonly string[]): ListedClass[] | null {
  if (!/^(class|label|name)s?\s*,\s*r(ed)?\s*,\s*g(reen)?\s*,\s*b(lue)?$/i.test(heading)) return null
  const read = rows.map((line): ListedClass | null => {
    const match = /^(.*\S)\s*,\s*(\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3})$/.exec(line)
    const value = match === null ? null : parseValue(match[2].replaceAll(/\s*,\s*/g, ':'))
    return match === null || value === null ? null : { line, value, name: match[1].replace(/^"(.*)"$/, '$1') }
  })
  return read.length > 0 && read.every((one) => one !== null) ? read : null
}

type Found = Pick<ListedClass, 'name'> & { readonly value: MaskValue }

function valueFirst(line: string): Found | undefined {
  const match = before.exec(line)
  return match === null ? undefined : foundOf(match[2], match[1])
}

function valueLast(line: string): Found | undefined {
  const match = after.exec(line)
  return match === null ? undefined : foundOf(match[1], match[2])
}

function foundOf(name: string, text: string): Found | undefined {
  const value = parseValue(text.trim().replaceAll(/\s*[\s,:;]\s*/g, ':'))
  return value === null ? undefined : { name: name.trim(), value }
}

/**
 * The names of classes with these values. `list` may name just as many in their order; or one for each value from 0 on; or
 * say the values itself. Throws `ConvokeError` where it does none of these.
 */
export function namedClasses(
  source: string,
  values: readonly MaskValue[],
  list: readonly ListedClass[] | undefined,
): readonly string[] {
  if (list === undefined) return usualNames(values)
  const byValue = new Map(list.map((listed) => [listed.value, listed.name]))
  const names = values.every((value) => byValue.has(value))
    ? values.map((value) => byValue.get(value)!)
    : list.length === values.length
      ? list.map(({ line }) => line)
      : values.every((value) => value < list.length)
        ? values.map((value) => list[value].line)
        : null
  check(
    names !== null,
    () =>
      `${source}: ${list.length === 1 ? 'one class is' : `${list.length} classes are`} named, and the masks hold ${counted(values.length, 'value')}: ${valuesText(values)}. Name as many, or say which values count: --mask-values ${typedValues(values.slice(0, list.length))}.`,
  )
  const seen = new Set<string>()
  const twice = names.find((name) => seen.size === seen.add(name).size)
  check(twice === undefined, () => `${source}: two classes are called ${twice}. Give each a name of its own.`)
  return names
}

const usualNames = (values: readonly MaskValue[]): readonly string[] => {
  if (values.length === 2) return ['ground', 'object']
  return values.map((value, label) => (values.some(isColour) ? colourText(value) : `class ${label}`))
}

/** A grey as the colour that it is, among colours. */
const colourText = (value: MaskValue): string =>
  isColour(value) ? valueText(value) : `#${(value * 0x10101).toString(16).padStart(6, '0')}`

/** Values for a message: the first of many. */
export const valuesText = (values: readonly MaskValue[]): string =>
  `${values.slice(0, 24).map(valueText).join(', ')}${values.length > 24 ? ', …' : ''}`

/** Values as an option takes them: quoted where there are colours, since shells take what follows a # for a comment. */
export const typedValues = (values: readonly MaskValue[]): string => {
  const text = values.map(valueText).join(',')
  return text.includes('#') ? `'${text}'` : text
}
