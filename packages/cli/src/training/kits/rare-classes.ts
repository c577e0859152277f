// Classes that cover so few pixels that a network does well without them: their pixels count more.

import { type data, randomSource } from 'convoke'
import { percent } from '../../terminal/words.ts'
import { nothingObserved, type Observed } from './kit.ts'

/** Pictures whose pixels are counted. */
const looked = 300

/** A class below this share of the pixels is rare; with two classes the loss is left alone, since both are what is asked for. */
const rare = 0.02

/** The smallest and the largest weight of a class before their mean over the pixels is made 1; none is above the largest after it. */
const [lightest, heaviest] = [0.4, 5]

/**
 * Weights that are as the square root of what a pixel's class is rarer than the middle one: between counting pixels alike and counting
 * classes alike (the median frequency balancing of Eigen & Fergus 2015).
 */
export function classWeightsOf(pixels: readonly number[]): number[] {
  const all = pixels.reduce((sum, count) => sum + count, 0)
  const seen = pixels.filter((count) => count > 0).sort((a, b) => a - b)
  const median = seen[Math.floor(seen.length / 2)]
  const raw = pixels.map((count) => Math.min(heaviest, Math.max(lightest, Math.sqrt(median / Math.max(1, count)))))
  const mean = raw.reduce((sum, weight, c) => sum + (weight * pixels[c]) / all, 0)
  return raw.map((weight) => Number(Math.min(heaviest, weight / mean).toPrecision(3)))
}

export async function weightsFor(set: data.Dataset<data.MaskedPicture>, classes: readonly string[]): Promise<Observed> {
  const random = randomSource(5)
  const pixels = new Array<number>(classes.length).fill(0)
  const count = Math.min(looked, set.length)
  for (let n = 0; n < count; n++) {
    const { mask } = await set.get(count === set.length ? n : random.integer(set.length))
    for (let i = 0; i < mask.data.length; i++) {
      const label = mask.data[i]
      if (label >= 0 && label < classes.length) pixels[label]++
    }
  }
  const all = pixels.reduce((sum, one) => sum + one, 0)
  const few = classes.flatMap((name, c) => (pixels[c] > 0 && pixels[c] < rare * all ? [{ name, c }] : []))
  if (classes.length < 3 || few.length === 0) return nothingObserved
  const weights = classWeightsOf(pixels)
  const shown = few
    .sort((a, b) => pixels[a.c] - pixels[b.c])
    .slice(0, 3)
    .map(({ name, c }) => `${name} (${percent(pixels[c] / all, 1)}) ${weights[c]}`)
  return {
    training: { classWeights: weights },
    notes: [
      `pixels of rare classes have a larger weight in the loss: ${shown.join(', ')}${few.length > 3 ? ` and ${few.length - 3} more` : ''}.`,
    ],
  }
}
