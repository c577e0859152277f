import { data } from 'convoke'
import { describe, expect, it } from 'vitest'
import { classWeightsOf, weightsFor } from './rare-classes.ts'

/** Masks of 10 × 10 with so many pixels of each class, the rest of class 0. */
const masks = (...pixels: readonly number[]) =>
  data.fromExamples(
    Array.from({ length: 3 }, () => {
      const labels = new Int32Array(100)
      let at = 0
      pixels.forEach((count, c) => {
        labels.fill(c + 1, at, at + count)
        at += count
      })
      return { image: { shape: [10, 10, 1], data: new Float32Array(100) }, mask: { shape: [10, 10], data: labels } }
    }),
  )

describe('weights of classes', () => {
  it('are as the square root of how much rarer a class is than the middle one, with a mean of 1 over the pixels', () => {
    const weights = classWeightsOf([64, 32, 4])
    // √(32/64), 1 and √(32/4), over their mean 0.64·0.7071 + 0.32·1 + 0.04·2.828.
    const mean = 0.64 * Math.SQRT1_2 + 0.32 + 0.04 * 2 * Math.SQRT2
    expect(weights[0]).toBeCloseTo(Math.SQRT1_2 / mean, 2)
    expect(weights[1]).toBeCloseTo(1 / mean, 2)
    expect(weights[2]).toBeCloseTo((2 * Math.SQRT2) / mean, 2)
  })

  it('are given where a class of several is rare, and said', async () => {
    const { training, notes } = await weightsFor(masks(30, 1), ['road', 'tree', 'pole'])
    expect(training.classWeights).toHaveLength(3)
    expect(training.classWeights![2]).toBeGreaterThan(3 * training.classWeights![1])
    expect(notes[0]).toMatch(/^pixels of rare classes have a larger weight in the loss: pole \(1\.0%\) \d/)
  })

  it('are not where all classes are common, nor where there are two', async () => {
    expect((await weightsFor(masks(30, 20), ['a', 'b', 'c'])).training).toEqual({})
    expect((await weightsFor(masks(1), ['ground', 'thing'])).training).toEqual({})
    // A class that does not occur is not rare.
    expect((await weightsFor(masks(30), ['a', 'b', 'never'])).training).toEqual({})
  })
})
