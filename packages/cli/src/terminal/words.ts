// Numbers as people read them, the same on a terminal and in a report: what is shown is the number there is.

import { percent, thousands } from 'convoke/shapes'

export { counted, percent } from 'convoke/shapes'

/** 0.0314 → 0.0314; 1e-7 → 1.00e-7 */
export const plainNumber = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : value.toFixed(4)

/** `value` to `digits` significant digits, but never short of its whole part: 65535 is not 65540. */
export const exactNumber = (value: number, digits: number): string =>
  String(Number(Math.abs(value) >= 10 ** (digits - 1) ? value.toFixed(0) : value.toPrecision(digits)) + 0)

/** A learning rate or the like, without the digits that arithmetic left: 0.1 + 0.2 → 0.3 */
export const rate = (value: number): string => String(Number(value.toPrecision(4)))

/** 7.5 → 7.5 s, 75 → 1 min 15 s, 7500 → 2 h 5 min; rounded first, so that nothing has 60 seconds. */
export function duration(seconds: number): string {
  if (Number(seconds.toFixed(1)) < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  const minutes = Math.floor(whole / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Measures that count things. */
const counts = ['examples', 'pixels', 'boxes']

/** Whether a measure is a share from 0 to 1. */
export const isShare = (name: string): boolean => !counts.includes(name) && !/loss|error/.test(name)

/** A measure by its name: counts as whole numbers, losses and errors as numbers, the rest are shares. */
export function measureText(name: string, value: number): string {
  if (Number.isNaN(value)) return '–'
  if (counts.includes(name)) return thousands(value)
  return isShare(name) ? percent(value) : plainNumber(value)
}

/** "the class cat", but "class 1" for a class that is called so. */
export const theClass = (name: string): string => (/^class\b/i.test(name) ? name : `the class ${name}`)
