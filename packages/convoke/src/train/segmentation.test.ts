import { expect, it } from 'vitest'
import { full, gradients, tensor, zeros } from '../index.ts'
import * as nn from '../nn/index.ts'
import { segmentation, segmentationLosses } from './task.ts'

const model = nn.Conv2d({ in: 1, out: 2, kernel: 1 })

/** Four pixels of which the last does not count. */
const mask = tensor(
  [
    [
      [0, 1],
      [1, -1],
    ],
  ],
  { dtype: 'int32' },
)
const batch = { image: zeros([1, 2, 2, 1]), mask }

const logits = tensor([
  [
    [
      [1, 2],
      [0, 1],
    ],
    [
      [3, -1],
      [2, 2],
    ],
  ],
])

const lossOf = (loss: (typeof segmentationLosses)[number]) => segmentation(model, 2, { loss }).loss

it('segmentation loses by cross-entropy, by Dice, or by both, over the pixels that count', () => {
  const unsure = zeros([1, 2, 2, 2])
  // Ground: (2·½ + 1) / (1½ + 1 + 1); the other: (2·1 + 1) / (1½ + 2 + 1).
  const dice = 1 - (2 / 3.5 + 3 / 4.5) / 2
  expect(lossOf('cross-entropy')(unsure, batch).item()).toBeCloseTo(Math.log(2), 6)
  expect(lossOf('dice')(unsure, batch).item()).toBeCloseTo(dice, 6)
  expect(lossOf('both')(unsure, batch).item()).toBeCloseTo(Math.log(2) + dice, 6)
})

it('weighs pixels by their class, as PyTorch does', () => {
  const weighed = segmentation(model, 2, { weights: [1, 3] }).loss
  // Labels 0, 1, 1: softplus(1), softplus(-1), softplus(4) with weights 1, 3, 3; the mean is over the weights.
  const softplus = (x: number): number => Math.log(1 + Math.exp(x))
  const expected = (softplus(1) + 3 * softplus(-1) + 3 * softplus(4)) / 7
  expect(weighed(logits, batch).item()).toBeCloseTo(expected, 5)
  const none = { ...batch, mask: full([1, 2, 2], -1, 'int32') }
  expect(weighed(logits, none).item()).toBe(0)
  expect(() => segmentation(model, 2, { weights: [1, 2, 3] }).loss(logits, batch)).toThrow('there are 2 classes')
})

it.each(segmentationLosses)('%s pulls at every pixel that counts, and at no other', (loss) => {
  const [gradient] = gradients(() => lossOf(loss)(logits, batch), [logits])
  const pulls = [...gradient.dataSync()].map((value) => value !== 0)
  expect(pulls).toEqual([true, true, true, true, true, true, false, false])
})

it('refuses a loss that there is none of, before training', () => {
  expect(() => segmentation(model, 2, { loss: 'focal' as 'dice' })).toThrow(
    'segmentation: loss is "focal"; it must be "cross-entropy" or "dice" or "both".',
  )
})
