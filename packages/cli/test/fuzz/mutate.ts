// Files as accidents and strangers make them: bytes flipped, lost and repeated, numbers made absurd, parts of JSON taken
// away or exchanged. The same seed and case give the same file.

import type { RandomSource } from 'convoke'

const absurdBytes = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x2c, 0x3c, 0x7b, 0x0a]

const pick = <T>(random: RandomSource, from: readonly T[]): T => from[random.integer(from.length)]

/** A place and a length within the bytes, short ones more often. */
function range(random: RandomSource, bytes: Uint8Array): [number, number] {
  const from = random.integer(bytes.length + 1)
  const longest = pick(random, [1, 4, 16, 64, bytes.length])
  return [from, Math.min(bytes.length, from + 1 + random.integer(Math.max(1, longest)))]
}

const spliced = (bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array => {
  const result = new Uint8Array(from + middle.length + bytes.length - to)
  result.set(bytes.subarray(0, from))
  result.set(middle, from)
  result.set(bytes.subarray(to), from + middle.length)
  return result
}

type Mutation = (random: RandomSource, bytes: Uint8Array) => Uint8Array

const changedAt = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice()
  if (copy.length > 0) copy[Math.min(at, copy.length - 1)] = value
  return copy
}

const ofBytes: readonly Mutation[] = [
  (random, bytes) => changedAt(bytes, random.integer(bytes.length + 1), random.integer(256)),
  (random, bytes) => changedAt(bytes, random.integer(bytes.length + 1), pick(random, absurdBytes)),
  // The first bytes are where formats keep their lengths.
  (random, bytes) => changedAt(bytes, random.integer(16), pick(random, absurdBytes)),
  (random, bytes) => spliced(bytes, ...range(random, bytes), new Uint8Array(0)),
  (random, bytes) => bytes.slice(0, random.integer(bytes.length + 1)),
  (random, bytes) => {
    const [from, to] = range(random, bytes)
    return spliced(bytes, from, from, bytes.subarray(from, to))
  },
  (random, bytes) => {
    const [from, to] = range(random, bytes)
    return spliced(bytes, from, to, new Uint8Array(to - from).fill(pick(random, absurdBytes)))
  },
  (random, bytes) => {
    const added = Uint8Array.from({ length: 1 + random.integer(64) }, () => random.integer(256))
    const at = random.integer(bytes.length + 1)
    return spliced(bytes, at, at, added)
  },
]

const numbers = ['0', '-1', '1e999', '-1e9', '20000', '4294967296', '9007199254740993', '1e-320', '0.5', 'NaN']
const values = ['null', 'true', '""', '"x"', '[]', '{}', '[[]]', '[null]', '{"__proto__":1}', ...numbers]
const words = ['__proto__', 'constructor', 'toString', '\\u0000', '\\ud800', 'é', '../../x', '']

/** What stands in text that may be exchanged: numbers, strings, and what parts them. */
const piece = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|"(?:[^"\\]|\\.)*"|[[\]{}:,;<>&\n\t]/gi

const latin = new TextDecoder('latin1')
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0) & 0xff)

/** Exchanges a piece of the text in the first bytes, where binary formats have their headers. */
const ofText: Mutation = (random, bytes) => {
  const head = bytes.subarray(0, 20_000)
  const pieces = [...latin.decode(head).matchAll(piece)]
  if (pieces.length === 0) return bytes
  const { 0: found, index } = pick(random, pieces)
  const instead = /^[-\d]/.test(found)
    ? pick(random, random.integer(2) === 0 ? numbers : values)
    : found.startsWith('"')
      ? pick(random, [...words.map((word) => `"${word}"`), ...values])
      : pick(random, ['', found + found, ',', ':', '}', ']', '[', '{', '<', '&#99999999999;', '\n', '\0'])
  return spliced(bytes, index, index + found.length, bytesOf(instead))
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Takes away, doubles or exchanges one part of a document of JSON. */
function changedJson(random: RandomSource, root: Json): Json {
  const owners: (Json[] | { [key: string]: Json })[] = []
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return
    owners.push(value)
    for (const own of Object.values(value)) visit(own)
  }
  visit(root)
  if (owners.length === 0)
    return JSON.parse(
      pick(
        random,
        values.filter((text) => text !== 'NaN'),
      ),
    )
  const owner = pick(random, owners)
  const keys = Object.keys(owner)
  if (keys.length === 0) return root
  const key = pick(random, keys)
  const other = JSON.parse(
    pick(
      random,
      values.filter((text) => text !== 'NaN'),
    ),
  ) as Json
  const how = random.integer(4)
  if (Array.isArray(owner)) {
    if (how === 0) owner.splice(Number(key), 1)
    else if (how === 1) owner.push(structuredClone(owner[Number(key)]))
    else owner[Number(key)] = other
  } else if (how === 0) delete owner[key]
  else if (how === 1) owner[pick(random, words)] = structuredClone(owner[key])
  else owner[key] = other
  return root
}

export const ofJson: Mutation = (random, bytes) => {
  try {
    return new TextEncoder().encode(JSON.stringify(changedJson(random, JSON.parse(new TextDecoder().decode(bytes)))))
  } catch {
    return ofText(random, bytes)
  }
}

/** One to four changes; `json` changes the parts of a document as well as its bytes. */
export function mutated(random: RandomSource, bytes: Uint8Array, json: boolean): Uint8Array {
  const ways = [...(json ? Array<Mutation>(12).fill(ofJson) : []), ...Array<Mutation>(6).fill(ofText), ...ofBytes]
  let result = bytes
  for (let left = 1 + random.integer(4); left > 0; left--) result = pick(random, ways)(random, result)
  return result
}
