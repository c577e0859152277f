import { describe, expect, test } from 'vitest'
import { rootOfUnity } from '../../../../shapes/roots.ts'
import { type Target, targets, vectorProgram } from '../../program/index.ts'
import { checkProgram } from '../../testing/check-program.ts'
import { largestError, randomFloats } from '../testing/numbers.ts'
import { type Direction, emitDft, emitStagedDft, fitsRegisters, type Radix } from './radix.ts'

/** Each lane of [q][re, im][lanes], by its definition in float64. */
function defined(x: Float32Array, radix: number, lanes: number, direction: Direction): Float64Array {
  const y = new Float64Array(x.length)
  const sign = direction === 'forward' ? -1 : 1
  for (let k = 0; k < radix; k++) {
    for (let j = 0; j < radix; j++) {
      const angle = (sign * 2 * Math.PI * ((j * k) % radix)) / radix
      for (let lane = 0; lane < lanes; lane++) {
        const [re, im] = [x[2 * j * lanes + lane], x[(2 * j + 1) * lanes + lane]]
        y[2 * k * lanes + lane] += re * Math.cos(angle) - im * Math.sin(angle)
        y[(2 * k + 1) * lanes + lane] += re * Math.sin(angle) + im * Math.cos(angle)
      }
    }
  }
  return y
}

function transformed(x: Float32Array, radix: Radix, target: Target, direction: Direction, staged: boolean) {
  const program = vectorProgram(`dft ${radix}`, target, (b) => {
    const [from, to, room] = [b.pointer('x'), b.pointer('y'), b.pointer('room')]
    const load = (q: number) => ({ re: b.load(from, 2 * q * b.bytes), im: b.load(from, (2 * q + 1) * b.bytes) })
    const store = (k: number, { re, im }: ReturnType<typeof load>) => {
      b.store(to, 2 * k * b.bytes, re)
      b.store(to, (2 * k + 1) * b.bytes, im)
    }
    if (staged) emitStagedDft(b, radix, { load, room, store }, direction)
    else {
      const values = Array.from({ length: radix }, (_, q) => load(q))
      emitDft(b, values, direction).forEach((value, k) => {
        store(k, value)
      })
    }
  })
  const y = new Float32Array(x.length).fill(Number.NaN)
  checkProgram(program, { x, y, room: new Float32Array(x.length) })
  return y
}

const radices: readonly Radix[] = [2, 3, 4, 5, 7, 8, 16]

describe.each(targets)('a small transform on $name', (target) => {
  const cases = radices.flatMap((radix) => (['forward', 'backward'] as const).map((way) => [radix, way] as const))

  test.each(cases)('of %i values, %s, is within a few roundings of its definition', (radix, direction) => {
    const x = randomFloats(2 * radix * target.lanes, radix)
    const wanted = defined(x, radix, target.lanes, direction)
    const bound = 2 ** -24 * 3 * radix
    expect(largestError(transformed(x, radix, target, direction, true), wanted)).toBeLessThan(bound)
    if (!fitsRegisters(radix, target)) return
    expect(largestError(transformed(x, radix, target, direction, false), wanted)).toBeLessThan(bound)
  })
})

test('roots of unity are exact where they are simple, and symmetric to the last bit everywhere', () => {
  expect([0, 1, 2, 3, 4, -1].map((k) => rootOfUnity(k, 4))).toEqual([
    [1, 0],
    [0, -1],
    [-1, 0],
    [0, 1],
    [1, 0],
    [0, 1],
  ])
  expect(rootOfUnity(1, 8)).toEqual([Math.SQRT1_2, -Math.SQRT1_2])
  for (const n of [3, 5, 12, 60, 1001, 2 ** 20]) {
    for (let k = 1; k < Math.min(n, 500); k++) {
      const [re, im] = rootOfUnity(k, n)
      expect(rootOfUnity(n - k, n)).toEqual([re, im === 0 ? 0 : -im])
      expect(re).toBeCloseTo(Math.cos((2 * Math.PI * k) / n), 14)
      expect(im).toBeCloseTo(-Math.sin((2 * Math.PI * k) / n), 14)
    }
  }
})

test('float32 roots are rounded once: they are what rounding the digits gives', () => {
  // cos and sin of 2π/3, 2π/5 and 2π/12 to 16 digits, from tables of constants.
  const known: readonly (readonly [number, number, number, number])[] = [
    [1, 3, -0.5, -0.8660254037844386],
    [1, 5, 0.3090169943749474, -0.9510565162951535],
    [1, 12, 0.8660254037844386, -0.5],
    [5, 12, -0.8660254037844386, -0.5],
  ]
  for (const [k, n, re, im] of known) {
    expect(rootOfUnity(k, n).map(Math.fround)).toEqual([re, im].map(Math.fround))
  }
})
