// Names, texts and lists put together with the marks of the page's language.

import { defineMessages } from './language.ts'

const marks = defineMessages(
  { colon: ': ', comma: ', ', list: ', ', semicolon: '; ' },
  { colon: '：', comma: '，', list: '、', semicolon: '；' },
)

/** A name and what belongs to it. */
export const named = (name: string, text: string): string => `${name}${marks().colon}${text}`

/** Parts of a description, from the whole to the detail. */
export const within = (...parts: readonly string[]): string => parts.join(marks().comma)

/** Things of one kind. */
export const listed = (things: readonly string[]): string => things.join(marks().list)

/** Statements beside each other. */
export const beside = (statements: readonly string[]): string => statements.join(marks().semicolon)
