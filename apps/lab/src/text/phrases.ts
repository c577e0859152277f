// N-grams as they are read.

import type { SentenceLanguage } from './state.ts'
import type { FilterReading, Reading, TextAnswer } from './task.ts'

/** Chinese stands without spaces. */
const between: Readonly<Record<SentenceLanguage, string>> = { en: ' ', zh: '' }

/** The words under the window that won, padding as dots; '' where it lies on padding alone. */
export const phraseOf = (
  { settings }: Pick<TextAnswer, 'settings'>,
  { tokens }: Reading,
  { winner, window }: FilterReading,
): string => {
  const words = tokens.slice(winner, winner + window).map(({ text }) => text)
  const padding = words.length === 0 ? '' : ' ·'.repeat(window - words.length)
  return words.join(between[settings.language]) + padding
}

export const isUnknown = ({ id }: { readonly id: number }): boolean => id === 1

/** Whether a word stands in the n-gram that won. */
export const inWinner = ({ winner, window }: FilterReading, word: number): boolean =>
  word >= winner && word < winner + window

/** How sure the verdict is, in percent, rounded down: nothing is quite 100% that is not. */
export function sureness(probability: number, digits: number): string {
  const scale = 10 ** digits
  return (Math.floor(100 * scale * Math.max(probability, 1 - probability)) / scale).toFixed(digits)
}
