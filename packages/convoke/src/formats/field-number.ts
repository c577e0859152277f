// The number in a field of a table.

/** Signs that typesetters, Word and some spreadsheets write for a minus. */
const minus = /[\u2212\ufe63\uff0d]/g

/** The number that a field holds, with a decimal point: finite, or NaN where it holds anything else. */
export function fieldNumber(field: string): number {
  const text = field.trim()
  if (text === '') return Number.NaN
  const value = Number(text.replace(minus, '-'))
  return Number.isFinite(value) ? value : Number.NaN
}

/** Whether a field of a table is a number. */
export const isFieldNumber = (field: string): boolean => !Number.isNaN(fieldNumber(field))
