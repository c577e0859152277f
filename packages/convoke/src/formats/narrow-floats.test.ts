import { describe, expect, it } from 'vitest'
import { floatFormats, narrowToNumber, numberToNarrow } from './narrow-floats.ts'

/** From the tables of the formats' definitions; [pattern, number]. */
const known: Record<keyof typeof floatFormats, readonly (readonly [number, number])[]> = {
  // IEEE 754: 1.0, −2, the largest, the smallest normal and subnormal, infinities.
  float16: [
    ...([[0x3c00, 1] as const, [0xc000, -2] as const, [0x7bff, 65504] as const, [0x0400, 2 ** -14] as const] as const),
    ...([[0x0001, 2 ** -24] as const, [0x7c00, Number.POSITIVE_INFINITY] as const, [0x8000, -0] as const] as const),
  ],
  // The upper half of a float32: π is 0x40490fdb, the largest (2 − 2⁻⁷) · 2¹²⁷.
  bfloat16: [
    ...([[0x3f80, 1] as const, [0x4049, 3.140625] as const, [0xff80, Number.NEGATIVE_INFINITY] as const] as const),
    ...([[0x7f7f, (2 - 2 ** -7) * 2 ** 127] as const, [0x0001, 2 ** -133] as const] as const),
  ],
  float8e4m3fn: [
    ...([[0x38, 1] as const, [0x7e, 448] as const, [0x01, 2 ** -9] as const, [0x08, 2 ** -6] as const] as const),
    ...([[0xb8, -1] as const, [0x7f, Number.NaN] as const, [0x80, -0] as const] as const),
  ],
  float8e4m3fnuz: [
    ...([[0x40, 1] as const, [0x7f, 240] as const, [0x01, 2 ** -10] as const, [0x80, Number.NaN] as const] as const),
  ],
  float8e5m2: [
    ...([[0x3c, 1] as const, [0x7b, 57344] as const, [0x01, 2 ** -16] as const, [0x7d, Number.NaN] as const] as const),
    [0xfc, Number.NEGATIVE_INFINITY],
  ],
  float8e5m2fnuz: [
    ...([[0x40, 1] as const, [0x7f, 57344] as const, [0x01, 2 ** -17] as const, [0x80, Number.NaN] as const] as const),
  ],
  float8e8m0: [
    ...([[0x7f, 1] as const, [0x80, 2] as const, [0x00, 2 ** -127] as const, [0xff, Number.NaN] as const] as const),
  ],
  float4e2m1: [0, 0.5, 1, 1.5, 2, 3, 4, 6].flatMap((value, i) => [[i, value] as const, [i + 8, -value] as const]),
}

describe.each(Object.entries(floatFormats))('%s', (name, format) => {
  const patterns = Array.from({ length: 2 ** format.bits }, (_, pattern) => pattern)

  it('reads the patterns of its definition', () => {
    for (const [pattern, value] of known[name as keyof typeof known])
      expect(narrowToNumber(pattern, format), `0x${pattern.toString(16)}`).toBe(value)
  })

  it('writes each of its numbers as it reads it', () => {
    for (const pattern of patterns) {
      const value = narrowToNumber(pattern, format)
      expect(narrowToNumber(numberToNarrow(value, format), format)).toBe(value)
    }
  })

  it('rounds to the nearest, between two to the even pattern', () => {
    const numbers = patterns.map((pattern) => narrowToNumber(pattern, format)).filter(Number.isFinite)
    const ordered = [...new Set(numbers)].sort((a, b) => a - b)
    for (let i = 1; i < ordered.length; i += format.bits === 16 ? 97 : 1) {
      const [low, high] = [ordered[i - 1], ordered[i]]
      const quarter = (high - low) / 4
      expect(narrowToNumber(numberToNarrow(low + quarter / 2, format), format) === low).toBe(true)
      if (format.special === 'scale') continue
      expect(narrowToNumber(numberToNarrow(high - quarter, format), format) === high).toBe(true)
      const middle = numberToNarrow(low + 2 * quarter, format)
      expect(middle % 2, `between ${low} and ${high}`).toBe(0)
      expect([low, high].map((one) => one === narrowToNumber(middle, format))).toContain(true)
    }
  })
})

describe('What is beyond the largest', () => {
  it('becomes infinite where there is that, and the largest otherwise', () => {
    const through = (name: keyof typeof floatFormats, value: number) =>
      narrowToNumber(numberToNarrow(value, floatFormats[name]), floatFormats[name])
    // 65520 lies in the middle of 65504 and 65536, which would be the next.
    expect(through('float16', 65519)).toBe(65504)
    expect(through('float16', 65520)).toBe(Number.POSITIVE_INFINITY)
    expect(through('bfloat16', -3.4e38)).toBe(Number.NEGATIVE_INFINITY)
    expect(through('float8e4m3fn', 1e9)).toBe(448)
    expect(through('float8e4m3fnuz', Number.NEGATIVE_INFINITY)).toBe(-240)
    expect(through('float4e2m1', -100)).toBe(-6)
    expect(through('float8e5m2', Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
  })
})
