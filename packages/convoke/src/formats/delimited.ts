// Comma- or tab-separated text. Definition: RFC 4180; a lone line feed ends a row too.

import { check } from '../shapes/error.ts'

export interface Row {
  /** Where the row starts, counted from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

/** The rows of delimited text, empty lines left out. A tab stands for itself and is never quoted. */
export function parseDelimited(name: string, text: string, delimiter: ',' | ';' | '\t' = ','): Row[] {
  const rows: Row[] = []
  let [line, started, at] = [1, 1, 0]
  let fields: string[] = []
  const source = text.startsWith('\ufeff') ? text.slice(1) : text
  const endRow = (): void => {
    if (fields.length > 1 || fields[0] !== '') rows.push({ line: started, fields })
    fields = []
  }
  while (at < source.length) {
    let field = ''
    if (delimiter !== '\t' && source[at] === '"') {
      const opened = line
      at++
      for (;;) {
        check(
          at < source.length,
          () =>
            `${name}, line ${opened}: a quotation mark is opened and never closed. Close it, or double it inside a field.`,
        )
        if (source[at] === '"') {
          if (source[at + 1] !== '"') break
          at++
        } else if (source[at] === '\n') line++
        field += source[at++]
      }
      at++
    }
    const stop = nextBreak(source, at, delimiter)
    fields.push(field + source.slice(at, stop))
    at = stop
    if (source[at] === delimiter) {
      at++
      if (at === source.length) fields.push('')
      continue
    }
    if (source[at] === '\r' && source[at + 1] === '\n') at++
    at++
    line++
    endRow()
    started = line
  }
  if (fields.length > 0) endRow()
  return rows
}

function nextBreak(text: string, from: number, delimiter: string): number {
  let at = from
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++
  return at
}
