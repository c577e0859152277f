// Random numbers and dropout, word by word; see random-stream.ts for the definition.

import type { KernelSpecs, TypedArray } from '../backend.ts'
import {
  angleUnit,
  blocksOfStripe,
  cosineSeries,
  keyParity,
  logSeries,
  normalUnit,
  rotations,
  rounds,
  type StreamKey,
  sineSeries,
  sqrtHalfBits,
  stripe,
  uniformUnit,
} from '../random-stream.ts'

type Four = [number, number, number, number]

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))

/** Threefry-4×32-20: the words, as int32, that a counter gives under a key. */
export function threefry(counter: Readonly<Four>, key: Readonly<Four>): Four {
  const keys = [...key, keyParity ^ key[0] ^ key[1] ^ key[2] ^ key[3]]
  const x = counter.map((word, i) => (word + keys[i]) | 0) as Four
  const mix = (to: number, from: number, by: number): void => {
    x[to] = (x[to] + x[from]) | 0
    x[from] = rotate(x[from], by) ^ x[to]
  }
  for (let round = 0; round < rounds; round++) {
    const [first, second] = rotations[round % rotations.length]
    mix(0, round % 2 === 0 ? 1 : 3, first)
    mix(2, round % 2 === 0 ? 3 : 1, second)
    if (round % 4 !== 3) continue
    const turn = (round + 1) / 4
    for (let i = 0; i < 4; i++) x[i] = (x[i] + keys[(turn + i) % 5]) | 0
    x[3] = (x[3] + turn) | 0
  }
  return x
}

const f = Math.fround
const series = (coefficients: readonly number[], x: number): number =>
  coefficients.slice(1).reduce((sum, c) => f(f(sum * x) + f(c)), f(coefficients[0]))

const bits = new DataView(new ArrayBuffer(4))

/** log v for a float32 0 < v ≤ 1. */
function logOf(v: number): number {
  bits.setFloat32(0, v)
  const whole = bits.getInt32(0)
  const k = (whole - sqrtHalfBits) >> 23
  bits.setInt32(0, whole - (k << 23))
  const m = bits.getFloat32(0)
  const s = f(f(m - 1) / f(m + 1))
  return f(f(f(k) * f(Math.LN2)) + f(f(s + s) * series(logSeries, f(s * s))))
}

/** Two standard normal numbers from two words. */
export function normalPair(first: number, second: number): [number, number] {
  const v = f(f(f(first >>> 1) + 1) * normalUnit)
  const radius = f(Math.sqrt(f(logOf(v) * -2)))
  const angle = f(f((second << 2) >> 8) * f(angleUnit))
  const square = f(angle * angle)
  const [sine, cosine] = [f(angle * series(sineSeries, square)), series(cosineSeries, square)]
  const quadrant = second >>> 30
  const [x, y] = quadrant % 2 === 1 ? [sine, cosine] : [cosine, sine]
  return [f(radius * ((quadrant + 1) & 2 ? -x : x)), f(radius * (quadrant & 2 ? -y : y))]
}

/** Calls `take` with the element of every word up to `length`, and the words of its block. */
function forEachWord(key: StreamKey, length: number, take: (index: number, words: Four, word: number) => void): void {
  for (let block = 0; block < Math.ceil(length / stripe) * blocksOfStripe; block++) {
    const first = Math.floor(block / blocksOfStripe) * stripe + (block % blocksOfStripe)
    if (first >= length) continue
    const words = threefry([block | 0, 0, 0, 0], [key[0], key[1], 0, 0])
    for (let word = 0; word < 4; word++) {
      const index = first + word * blocksOfStripe
      if (index < length) take(index, words, word)
    }
  }
}

export function random(
  { distribution, key, scale, offset }: KernelSpecs['random'],
  _: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const [factor, shift] = [f(scale), f(offset)]
  forEachWord(key, y.length, (index, words, word) => {
    const pair = word & 2
    const value =
      distribution === 'uniform'
        ? (words[word] >>> 8) * uniformUnit
        : normalPair(words[pair], words[pair + 1])[word & 1]
    y[index] = f(f(value * factor) + shift)
  })
}

export function dropout(
  { key, dropped, scale }: KernelSpecs['dropout'],
  [x]: readonly TypedArray[],
  [y]: readonly TypedArray[],
): void {
  const factor = f(scale)
  forEachWord(key, y.length, (index, words, word) => {
    y[index] = words[word] >>> 8 < dropped ? 0 : x[index] * factor
  })
}
