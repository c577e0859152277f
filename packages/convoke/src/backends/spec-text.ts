// Specs as text that no other spec shares: long arrays of numbers by 128 bits of their contents.

/** Numbers of the parts of specs that are frozen through and through: a convolution is described in full once. */
const partNumbers = new Map<string, number>()
const knownParts = new WeakMap<object, string>()
const mostParts = 4096
let nextPart = 0

/** What stays as it is because whoever made it says so: arrays of numbers cannot be frozen. */
const settledParts = new WeakSet<object>()

/** A promise that `part` stays as it is, in every part. */
export function settled<T extends object>(part: T): T {
  settledParts.add(part)
  return part
}

/** Whether `value` is the same for good, in every part. */
export const cannotChange = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  settledParts.has(value) ||
  (Object.isFrozen(value) && Object.values(value).every(cannotChange))

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : `${value}`)

function listText(list: readonly unknown[]): string {
  let text = '['
  for (let i = 0; i < list.length; i++) text += `${textOf(list[i])},`
  return `${text}]`
}

/** 128 bits of the bytes of a long array, mixed as MurmurHash3 does its words, and its length. */
function digest(array: ArrayBufferView): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const whole = bytes.length >> 2
  const words = new Uint32Array(whole)
  new Uint8Array(words.buffer).set(bytes.subarray(0, 4 * whole))
  let [a, b, c, d] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93]
  for (let i = 0; i < whole; i++) {
    const word = words[i]
    a = Math.imul(a ^ Math.imul(word ^ (word >>> 15), 0xcc9e2d51), 0x1b873593) ^ d
    b = Math.imul(((b << 13) | (b >>> 19)) ^ word, 0x85ebca6b) + a
    c = Math.imul(((c << 17) | (c >>> 15)) + b, 5) ^ Math.imul(word, 0xc2b2ae35)
    d = Math.imul((d ^ (d >>> 16)) + c, 0x27d4eb2f) + i
  }
  const mixed = [a, b, c, d].map((part) => (part >>> 0).toString(36))
  return `${bytes.length}:${mixed.join('.')}:${bytes.subarray(4 * whole).join()}`
}

/** Arrays up to here are written out. */
const shortArray = 64

function arrayText(array: Float32Array | Float64Array | Int32Array | Uint8Array): string {
  const kind = array.constructor.name
  return array.length <= shortArray ? `${kind}${listText(Array.from(array))}` : `${kind}(${digest(array)})`
}

const isNumbers = (value: object): value is Float32Array | Float64Array | Int32Array | Uint8Array =>
  ArrayBuffer.isView(value) && !(value instanceof DataView)

function partText(part: object): string {
  // Arrays are short: looking them up would take longer than writing them.
  if (Array.isArray(part)) return listText(part)
  if (isNumbers(part)) return arrayText(part)
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
