// Names of files, classes and columns come from strangers, and a terminal obeys what it is sent: escape sequences recolour
// it, retitle its window or hide text. What would be obeyed, or would reorder the line (Unicode's bidirectional controls,
// UAX #9), is shown as the escape that JSON has for it.

/** Controls (C0, DEL, C1), bidirectional controls, line and paragraph separators, halves of surrogate pairs. */
const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\p{Cs}]/gu

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const escapeOf = (sign: string): string => short[sign] ?? `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`

/** `text` on one line, with nothing in it that a terminal would obey: a name as it can be printed. */
export const visible = (text: string): string => text.replace(unsafe, escapeOf)

/** The same for text of several lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n')

/** JSON in which everything unsafe is an escape; it means the same. */
export const visibleJson = (json: string): string =>
  json.replace(unsafe, (sign) => (sign === '\n' ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`))
