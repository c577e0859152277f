import { expect, it } from 'vitest'
import { calibrationOf, decisionSections, oneAgainstRest, thinned } from './curves.ts'

/** Probabilities of two classes, from those of the second. */
const chancesOf = (second: readonly number[]): number[] => second.flatMap((chance) => [1 - chance, chance])

it('precision falls and recall rises from the surest example on', () => {
  const { points, average } = oneAgainstRest(chancesOf([0.9, 0.8, 0.7, 0.1]), [1, 0, 1, 0], 1)
  expect(points).toEqual([
    [0.5, 1],
    [0.5, 1 / 2],
    [1, 2 / 3],
    [1, 2 / 4],
  ])
  // The mean precision at each example of the class: (1 + 2/3) / 2.
  expect(average).toBeCloseTo(5 / 6, 12)
})

it('examples of the same probability are one point, in whatever order they come', () => {
  const one = oneAgainstRest(chancesOf([0.5, 0.5, 0.5]), [1, 0, 0], 1).points
  expect(one).toEqual([[1, 1 / 3]])
  expect(oneAgainstRest(chancesOf([0.5, 0.5, 0.5]), [0, 0, 1], 1).points).toEqual(one)
})

it('a classifier that ranks all right has an average precision of exactly 1', () => {
  const labels = Array.from({ length: 30 }, (_, i) => i % 2)
  const chances = chancesOf(labels.map((label, i) => (label === 1 ? 0.8 : 0.1) + i / 1000))
  expect(oneAgainstRest(chances, labels, 1).average).toBe(1)
})

it('the calibration error is the distance from sure to right, weighed by how often', () => {
  const judged = [
    ...Array.from({ length: 8 }, (_, i) => ({ label: 0, predicted: i < 6 ? 0 : 1, chance: 0.95 })),
    ...Array.from({ length: 2 }, () => ({ label: 0, predicted: 0, chance: 0.55 })),
  ]
  const { error, bins } = calibrationOf(judged)
  expect(bins.map(({ right, share }) => [right, share])).toEqual([
    [1, 0.2],
    [0.75, 0.8],
  ])
  expect(error).toBeCloseTo(0.2 * 0.45 + 0.8 * 0.2, 12)
  expect(calibrationOf([{ label: 0, predicted: 0, chance: 1 }]).error).toBe(0)
})

it('says which way the certainty errs, and leaves out what is no number', () => {
  const sure = { index: 0, label: 0, predicted: 1, chance: 0.9, own: 0.1 }
  const classes = ['a', 'b']
  const [curves, calibration] = decisionSections({ classes, judged: [sure], chances: [0.1, 0.9] })
  expect(curves).toMatchObject({ title: 'Precision and recall' })
  expect(calibration.note).toMatch(/^It is overconfident: on average 90\.0% confidence and 0\.0% accuracy/)
  const broken = { ...sure, chance: Number.NaN }
  expect(decisionSections({ classes, judged: [broken], chances: [] })).toEqual([])
})

it('a long curve keeps its ends', () => {
  const points = Array.from({ length: 5000 }, (_, i) => i)
  const kept = thinned(points)
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([200, 0, 4999])
})
