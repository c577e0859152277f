// Specs as text that no other spec shares.

/** Numbers of the parts of specs that are frozen through and through: a convolution is described in full once. */
const partNumbers = new Map<string, number>()
const knownParts = new WeakMap<object, string>()
const mostParts = 4096
let nextPart = 0

/** Whether `value` is the same for good, in every part. */
export const cannotChange = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(cannotChange))

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : `${value}`)

function listText(list: readonly unknown[]): string {
  let text = '['
  for (let i = 0; i < list.length; i++) text += `${textOf(list[i])},`
  return `${text}]`
}

function partText(part: object): string {
  // Arrays are short: looking them up would take longer than writing them.
  if (Array.isArray(part)) return listText(part)
  const known = knownParts.get(part)
  if (known !== undefined) return known
  const text = `{${specText(part)}}`
  if (!cannotChange(part)) return text
  // A number forgotten is never given again: at worst the same thing is planned twice.
  if (partNumbers.size >= mostParts) partNumbers.clear()
  const number = partNumbers.get(text) ?? nextPart++
  partNumbers.set(text, number)
  knownParts.set(part, `#${number}`)
  return `#${number}`
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'object' && value !== null) return partText(value)
  return typeof value === 'string' ? `"${value}"` : `${value}`
}

/** A spec as text that no other spec shares. */
export function specText(spec: object): string {
  let text = ''
  for (const name in spec) text += `${name}:${textOf((spec as Record<string, unknown>)[name])},`
  return text
}
