// Numbers of this view as they are read.

import { languageTag } from '../words/language.ts'

/** A share as per cent, with a decimal where it is near its end. */
export function percentText(share: number): string {
  const digits = share > 0.95 && share < 1 ? 1 : 0
  return `${(100 * share).toFixed(digits)}%`
}

/** The first of the largest. */
export function largestAt(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}

export const wholeText = (value: number): string => value.toLocaleString(languageTag.value)

export const lossText = (loss: number): string => (loss >= 0.0995 ? loss.toFixed(2) : loss.toPrecision(2))
