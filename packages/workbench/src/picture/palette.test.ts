import { expect, it } from 'vitest'
import { oklab } from './far-colours.ts'
import { colourOf, palette } from './palette.ts'

const nearest = (count: number): number => {
  const labs = Array.from({ length: count }, (_, index) => oklab(colourOf(index)))
  let least = Number.POSITIVE_INFINITY
  labs.forEach(([l, a, b], i) => {
    for (const [l2, a2, b2] of labs.slice(i + 1)) least = Math.min(least, Math.hypot(l - l2, a - a2, b - b2))
  })
  return least
}

it('white is light, without chroma, and red is where Oklab has it', () => {
  expect(oklab([255, 255, 255])).toEqual([expect.closeTo(1, 4), expect.closeTo(0, 4), expect.closeTo(0, 4)])
  expect(oklab([255, 0, 0])).toEqual([expect.closeTo(0.628, 3), expect.closeTo(0.2249, 3), expect.closeTo(0.1258, 3)])
})

it('the first colours are those of the palette', () => {
  expect(palette.map((_, index) => colourOf(index))).toEqual(palette)
})

it('no colour comes twice, and those of twenty classes are told apart', () => {
  const names = Array.from({ length: 1000 }, (_, index) => colourOf(index).join())
  expect(new Set(names).size).toBe(1000)
  expect(nearest(20)).toBeGreaterThan(0.08)
  expect(nearest(60)).toBeGreaterThan(0.05)
})

it('colours do not depend on the order in which they are asked for', () => {
  const [late, early] = [colourOf(40), colourOf(12)]
  expect([colourOf(12), colourOf(40)]).toEqual([early, late])
})
