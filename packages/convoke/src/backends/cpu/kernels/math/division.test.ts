// Remainders against whole numbers without limit: every float32 is a whole multiple of 2⁻¹⁴⁹.

import { describe, expect, test } from 'vitest'
import { interpret, targets, vectorProgram } from '../../program/index.ts'
import { remainder } from './division.ts'

const words = new DataView(new ArrayBuffer(4))
const fromBits = (bits: number): number => {
  words.setUint32(0, bits)
  return words.getFloat32(0)
}
const largest = fromBits(0x7f7fffff)

/** |x| in units of 2⁻¹⁴⁹. */
function units(x: number): bigint {
  words.setFloat32(0, Math.abs(x))
  const bits = words.getUint32(0)
  const exponent = bits >>> 23
  return exponent === 0 ? BigInt(bits) : BigInt((bits & 0x7fffff) | 0x800000) << BigInt(exponent - 1)
}

/** The fmod of the absolute values, a float itself, put on the side of y: one rounding. */
function expectedOf(x: number, y: number): number {
  const left = units(x) % units(y)
  if (left === 0n) return y < 0 ? -0 : 0
  const size = Number(left) * 2 ** -149
  return Math.fround(x < 0 === y < 0 ? Math.sign(x) * size : y - Math.sign(y) * size)
}

/** Whole numbers to 2³² from a seed (Steele & Vigna's splitmix, 32 bits). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    const first = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    const second = Math.imul(first ^ (first >>> 15), 0x735a2d97)
    return (second ^ (second >>> 15)) >>> 0
  }
}

const pairs: [number, number][] = [
  [largest, 3],
  [largest, fromBits(1)],
  [largest, -fromBits(0x00800000)],
  [fromBits(0x00800001), fromBits(3)],
  [2 ** 24 + 2, 1 - 2 ** -24],
  [2 ** 100 + 2 ** 80, 7],
  [-0, 3],
  [0, -3],
  // The quotient rounds up to a whole number whose product with the divisor is beyond the largest float.
  ...[25, 31, 50, 67].map((q): [number, number] => [largest, Math.fround((2 ** 128 * (1 - 2 ** -24)) / q)]),
  [largest, fromBits(0x7d23d70b)],
]
const next = generator(1)
const finite = (bits: number): number => (((bits >>> 23) & 255) === 255 ? 1 : fromBits(bits))
for (let i = 0; i < 3000; i++) {
  // Any two floats; two of near sizes; multiples of a float and their neighbours; the ends of the range.
  const [a, b] = [finite(next()), finite(next())]
  pairs.push([a, b === 0 ? 1 : b])
  const divisor = fromBits(0x3f800000 | (next() & 0x7fffff))
  const times = next() % 2 ** (next() % 25)
  pairs.push([a === 0 ? 1 : divisor * times, divisor], [fromBits(0x3f800000 + (next() % 2 ** 28)), -divisor])
  words.setFloat32(0, Math.fround(divisor * times))
  pairs.push([finite(words.getUint32(0) + (next() % 3)), divisor])
  const q = 1 + (next() % 2 ** 20)
  const near = Math.fround(largest / q)
  words.setFloat32(0, near)
  pairs.push([largest, near], [-largest, fromBits(words.getUint32(0) + 1)])
}
const usable = pairs.map(([x, y]): [number, number] => [Math.fround(x), Math.fround(y)])

describe.each(targets)('a remainder of floats for $name', (target) => {
  test('is rounded once, for quotients of any size', () => {
    const length = Math.ceil(usable.length / target.lanes) * target.lanes
    const [x, y] = [new Float32Array(length), new Float32Array(length).fill(1)]
    usable.forEach(([dividend, divisor], i) => {
      x[i] = dividend
      y[i] = divisor
    })
    const z = new Float32Array(length)
    const program = vectorProgram('remainder', target, (b) => {
      const [from, by, to] = ['x', 'y', 'z'].map((name) => b.pointer(name))
      b.loop(b.integer('vectors'), () => {
        b.store(to, 0, remainder(b, b.load(from), b.load(by)))
        for (const pointer of [from, by, to]) b.advance(pointer, b.bytes)
      })
    })
    interpret(program, { x, y, z, vectors: length / target.lanes })
    const wrong = usable.flatMap(([dividend, divisor], i) => {
      const wanted = expectedOf(dividend, divisor)
      return Object.is(z[i], wanted) ? [] : [`${dividend} by ${divisor} leaves ${z[i]}, not ${wanted}`]
    })
    expect(wrong).toEqual([])
  })

  test('takes the long way only where a quotient is beyond 2²⁴', () => {
    const steps = (dividend: number): number => {
      const program = vectorProgram('remainder', target, (b) => {
        b.store(b.pointer('z'), 0, remainder(b, b.load(b.pointer('x')), b.constant(3)))
      })
      const x = new Float32Array(target.lanes).fill(10)
      x[1] = dividend
      return interpret(program, { x, z: new Float32Array(target.lanes) }).instructions
    }
    expect(steps(2 ** 40)).toBeGreaterThan(4 * steps(2 ** 24))
    expect(steps(Number.POSITIVE_INFINITY)).toBe(steps(2 ** 24))
  })
})
