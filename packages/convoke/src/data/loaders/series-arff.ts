// Weka's ARFF (waikato.github.io/weka-wiki/formats_and_processing/arff_stable): an attribute a step and the class last; or, of
// several channels, one relational attribute whose value is a channel a line in quotes: "1,2,3\n4,5,6",up

import { ConvokeError, check, show } from '../../shapes/error.ts'
import {
  type FileSeries,
  headAndLines,
  type Line,
  readLines,
  type SeriesFile,
  seriesLabel,
  seriesNumber,
} from './series-lines.ts'

interface Attribute {
  readonly name: string
  readonly type: string
}

const attribute = /^@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)\s+(.+)$/i

/** The attributes of the head; what is inside of a relational one is its own affair. */
function attributesOf(name: string, head: readonly Line[]): Attribute[] {
  const found: Attribute[] = []
  let inside = false
  for (const { line, text } of head) {
    if (/^@end\b/i.test(text)) inside = false
    if (inside || !/^@attribute\b/i.test(text)) continue
    const match = attribute.exec(text)
    check(match !== null, () => `${name}, line ${line}: this is not an attribute: ${show(text.slice(0, 60))}.`)
    found.push({ name: match[1].replace(/^(['"])(.*)\1$/, '$2'), type: match[2].trim() })
    inside = /^relational$/i.test(match[2].trim())
  }
  return found
}

/** The fields of a line: commas part them, quotes hold them together, a backslash and n is a line break within. */
export function arffFields(where: string, text: string): string[] {
  const fields: string[] = []
  let [field, quote] = ['', '']
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]
    if (sign === '\\' && i + 1 < text.length) {
      i++
      field += text[i] === 'n' ? '\n' : text[i]
    } else if (quote !== '') {
      if (sign === quote) quote = ''
      else field += sign
    } else if ((sign === "'" || sign === '"') && field.trim() === '') {
      quote = sign
      field = ''
    } else if (sign === ',') {
      fields.push(field)
      field = ''
    } else field += sign
  }
  if (quote !== '') throw new ConvokeError(`${where}: a quotation mark is never closed.`)
  return [...fields, field].map((own) => own.trim())
}

const nominal = /^\{(.*)\}$/s

export function parseArff(name: string, text: string): SeriesFile {
  const { head, body } = headAndLines(name, text, /^%/)
  const attributes = attributesOf(name, head)
  const last = attributes.at(-1)
  check(attributes.length >= 2 && last !== undefined, () => `${name}: it has no attributes of values and a class.`)
  const label = attributes.findLastIndex(({ type }) => nominal.test(type))
  check(
    label >= 0,
    () =>
      `${name}: no attribute is a class. The last one, ${last.name}, is ${last.type}; a class lists its names: {a, b}.`,
  )
  const values = attributes.filter((_, at) => at !== label)
  const relational = values.length === 1 && /^relational$/i.test(values[0].type)
  const odd = values.find(({ type }) => !/^(numeric|real|integer)$/i.test(type))
  check(
    relational || odd === undefined,
    () => `${name}: the attribute ${odd!.name} is ${odd!.type.slice(0, 40)}; a series holds only numbers.`,
  )
  const { read, problems } = readLines(body, ({ line, text: own }): FileSeries => {
    const where = `${name}, line ${line}`
    if (own.startsWith('{')) throw new ConvokeError(`${where}: it is sparse ({1 2.0, …}), which is not supported`)
    const fields = arffFields(where, own)
    if (fields.length !== attributes.length)
      throw new ConvokeError(`${where}: it has ${fields.length} fields, and there are ${attributes.length} attributes`)
    const written = seriesLabel(fields[label])
    if (written === '' || written === '?') throw new ConvokeError(`${where}: the class is missing.`)
    const texts = fields.filter((_, at) => at !== label)
    const channels = relational ? texts[0].split('\n').map((channel) => channel.split(',')) : [texts]
    return { line, label: written, channels: channels.map((list) => list.map((one) => seriesNumber(where, one))) }
  })
  const names = nominal.exec(attributes[label].type)![1]
  const classes = [...new Set(arffFields(name, names).map(seriesLabel))].filter((own) => own !== '')
  return { classes: classes.length === 0 ? null : classes, series: read, problems }
}
