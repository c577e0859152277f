// Remarks and sentences put together with the marks of the page's language. Not in `phrases.ts`, which the first view loads.

import { defineMessages } from './language.ts'

const marks = defineMessages({ open: ' (', close: ')', space: ' ' }, { open: '（', close: '）', space: '' })

/** A name and a remark on it. */
export const noted = (name: string, remark: string): string => `${name}${marks().open}${remark}${marks().close}`

/** Whole sentences, one after the other. */
export const sentences = (all: readonly string[]): string => all.join(marks().space)
