// JSON that people look at in a terminal, which obeys what it is sent.

/** C1 controls and DEL, bidirectional controls (Unicode, UAX #9), line and paragraph separators: JSON leaves them as they are. */
const unsafe = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** JSON in which whatever a terminal would obey, or what reorders a line, is an escape; it means the same. */
export const plainJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(unsafe, (sign) =>
    sign === '\n' ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
