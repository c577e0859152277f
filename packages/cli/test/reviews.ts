// Short film reviews, for tests of what reads texts.

/** `count` rows of a table. */
export const rows = (count: number, row: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => row(i))

export const words = ['fine', 'dull', 'warm', 'flat', 'bright', 'slow', 'sharp', 'stale', 'fresh', 'tired']

/** A text of its own for each number. */
export const sentence = (i: number): string =>
  `a ${words[i % 10]} film with a ${words[Math.floor(i / 10) % 10]} end ${i}`

export const mood = (i: number): string => (i % 2 ? 'pos' : 'neg')
