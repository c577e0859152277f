// Every loss at the edges of its numbers, on every backend, against docs/edges.md. The numbers are worked out by hand from the
// definition beside them; s(x) is 1 / (1 + e⁻ˣ), and 0·∞ is 0.

import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { Embedding } from '../nn/index.ts'
import { gather, gatherElements, logSoftmax, logSumExp, oneHot, reshape, scatter, softmax, sum } from '../ops/index.ts'
import { type Tensor, tensor, zeros } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import * as losses from './losses.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const [e, log] = [Math.exp, Math.log]
const s = (x: number) => 1 / (1 + e(-x))
const none = { reduction: 'none' } as const
const int = (values: readonly number[]) => tensor(values, { dtype: 'int32' })

interface Case {
  readonly name: string
  readonly loss: (x: Tensor) => Tensor
  readonly x: number | readonly number[] | readonly (readonly number[])[]
  readonly value: readonly number[]
  /** Of the sum of the losses; row-major. */
  readonly gradient: readonly number[]
}

const soft = 1 / (1 + e(1)) // the share of the smaller of two logits that differ by 1
const two = [
  [2, 1, -inf],
  [1, 2, -inf],
]
const plain = { value: [log(1 + e(-1)), log(1 + e(-1))], gradient: [-soft, soft, 0, soft, -soft, 0] }

const cases: readonly Case[] = [
  // −∞ rules a class out: log(1 + e⁻¹) at the larger logit, gradients p − y.
  { name: 'crossEntropy of labels', loss: (x) => losses.crossEntropy(x, int([0, 1]), none), x: two, ...plain },
  {
    name: 'crossEntropy with an ignored label that does not occur',
    loss: (x) => losses.crossEntropy(x, int([0, 1]), { ...none, ignore: -1 }),
    ...{ x: two, ...plain },
  },
  {
    name: 'crossEntropy with weights',
    loss: (x) => losses.crossEntropy(x, int([0, 1]), { ...none, weights: [1, 1, 5] }),
    ...{ x: two, ...plain },
  },
  {
    name: 'crossEntropy with a weight of 0 at the class that is ruled out',
    loss: (x) => losses.crossEntropy(x, int([0, 2]), { ...none, weights: [1, 1, 0] }),
    ...{ x: two, value: [log(1 + e(-1)), 0], gradient: [-soft, soft, 0, 0, 0, 0] },
  },
  ...[inf, -inf, nan].map(
    (logit): Case => ({
      name: `crossEntropy with a row of ${logit} whose target weighs nothing`,
      loss: (x) => losses.crossEntropy(x, int([0, 2]), { ...none, weights: [1, 1, 0] }),
      ...{ x: [two[0], [logit, logit, 1]], value: [log(1 + e(-1)), 0], gradient: [-soft, soft, 0, 0, 0, 0] },
    }),
  ),
  ...[inf, nan].map(
    (logit): Case => ({
      name: `crossEntropy with a row of ${logit} and probabilities of 0`,
      loss: (x) => losses.crossEntropy(x, [[1, 0, 0], [0, 0, 0]], none), // biome-ignore format: rows
      ...{ x: [two[0], [logit, 1, 1]], value: [log(1 + e(-1)), 0], gradient: [-soft, soft, 0, 0, 0, 0] },
    }),
  ),
  {
    name: 'crossEntropy of probabilities',
    loss: (x) => losses.crossEntropy(x, [[1, 0, 0], [0, 1, 0]], none), // biome-ignore format: rows
    ...{ x: two, ...plain },
  },
  {
    name: 'crossEntropy of a probability for a class that is ruled out',
    loss: (x) => losses.crossEntropy(x, [[0.5, 0, 0.5]], none),
    // ½·∞; gradients p − y, as for any other logit
    ...{ x: [[2, 1, -inf]], value: [inf], gradient: [1 - soft - 0.5, soft, -0.5] },
  },
  {
    name: 'crossEntropy of a label that is ruled out',
    loss: (x) => losses.crossEntropy(x, int([2]), none),
    ...{ x: [[2, 1, -inf]], value: [inf], gradient: [1 - soft, soft, -1] },
  },
  {
    name: 'crossEntropy with smoothing, which gives every class a share',
    loss: (x) => losses.crossEntropy(x, int([0]), { ...none, smoothing: 0.3 }),
    ...{ x: [[2, 1, -inf]], value: [inf], gradient: [1 - soft - 0.8, soft - 0.1, -0.1] },
  },
  {
    name: 'crossEntropy with rows that are ignored, whatever is in them',
    loss: (x) => losses.crossEntropy(x, int([0, -1, -1, 255 - 256]), { ...none, ignore: -1 }),
    x: [[2, 1], [-inf, -inf], [nan, 1], [inf, 0]], // biome-ignore format: rows
    ...{ value: [log(1 + e(-1)), 0, 0, 0], gradient: [-soft, soft, 0, 0, 0, 0, 0, 0] },
  },
  {
    name: 'the mean of crossEntropy over rows that count',
    loss: (x) => losses.crossEntropy(x, int([0, 9]), { ignore: 9 }),
    ...{ x: [[2, 1], [-inf, -inf]], value: [log(1 + e(-1))], gradient: [-soft, soft, 0, 0] }, // biome-ignore format: rows
  },
  {
    name: 'the mean of crossEntropy where nothing counts',
    loss: (x) => losses.crossEntropy(x, int([9, 9]), { ignore: 9 }),
    ...{ x: [[2, nan], [-inf, inf]], value: [0], gradient: [0, 0, 0, 0] }, // biome-ignore format: rows
  },
  {
    name: 'the mean of crossEntropy by tiny weights',
    loss: (x) => losses.crossEntropy(x, int([0, 1]), { weights: [1e-20, 1e-20] }),
    ...{ x: [[2, 1], [1, 2]], value: [log(1 + e(-1))], gradient: [-soft, soft, soft, -soft].map((g) => g / 2) }, // biome-ignore format: rows
  },
  {
    name: 'crossEntropy of logits that are all −∞, which are no distribution',
    loss: (x) => losses.crossEntropy(x, [[1, 0]], none),
    ...{ x: [[-inf, -inf]], value: [nan], gradient: [nan, nan] },
  },
  {
    name: 'binaryCrossEntropy of positives',
    loss: (x) => losses.binaryCrossEntropy(x, Array(7).fill(1), none),
    x: [inf, 1e4, 40, 0, -40, -1e4, -inf],
    // log(1 + e⁻ˣ), and −s(−x)
    ...{ value: [0, 0, e(-40), log(2), 40, 1e4, inf], gradient: [0, 0, -e(-40), -0.5, -1, -1, -1] },
  },
  {
    name: 'binaryCrossEntropy of negatives',
    loss: (x) => losses.binaryCrossEntropy(x, Array(7).fill(0), { ...none, positiveWeight: 3 }),
    x: [inf, 1e4, 40, 0, -40, -1e4, -inf],
    ...{ value: [inf, 1e4, 40, log(2), e(-40), 0, 0], gradient: [1, 1, 1, 0.5, e(-40), 0, 0] },
  },
  {
    name: 'binaryCrossEntropy of halves, which nothing certain meets',
    loss: (x) => losses.binaryCrossEntropy(x, [0.5, 0.5, 0.5], none),
    ...{ x: [inf, 0, -inf], value: [inf, log(2), inf], gradient: [0.5, 0, -0.5] },
  },
  {
    name: 'focal of certain positives with a gamma below 1',
    loss: (x) => losses.focal(x, [1, 1, 1, 1, 1, 1], { ...none, gamma: 0.5, alpha: null }),
    x: [inf, 200, 40, 0, -200, -inf],
    value: [0, 0, e(-60), Math.SQRT1_2 * log(2), 200, inf],
    // with q = 1 − p: −½·√q·p·log(1/p)·… = −√q·(½·p·log(1/p) + q); at 0: −√½·(¼·log 2 + ½)
    gradient: [0, 0, 0, -Math.SQRT1_2 * (0.25 * log(2) + 0.5), -1, -1],
  },
  {
    name: 'focal of negatives',
    loss: (x) => losses.focal(x, [0, 0, 0], { ...none, gamma: 2, alpha: 0.25 }),
    // ¾·p²·log(1/(1 − p)); at 0: ¾·(¼·log 2), derivative ¾·p²·(2·(1 − p)·log(1/(1 − p)) + p) = ¾·¼·(log 2 + ½)
    ...{ x: [-inf, 0, inf], value: [0, 0.1875 * log(2), inf], gradient: [0, 0.1875 * (log(2) + 0.5), 0.75] },
  },
  {
    name: 'focal of positives, the small losses with all their digits',
    loss: (x) => losses.focal(x, [1, 1, 1, 1], { ...none, gamma: 2, alpha: null }),
    x: [inf, 1e4, 20, -inf],
    // (e⁻²⁰)²·e⁻²⁰ but for a factor of 1 + O(e⁻²⁰), and three times that
    ...{ value: [0, 0, e(-60), inf], gradient: [0, 0, -3 * e(-60), -1] },
  },
  {
    name: 'focal of halves',
    loss: (x) => losses.focal(x, [0.5, 0.5, 0.5], { ...none, gamma: 2, alpha: null }),
    // 1 − pₜ is ½ whatever x is
    ...{ x: [inf, 0, -inf], value: [inf, log(2) / 4, inf], gradient: [0.125, 0, -0.125] },
  },
  {
    name: 'focal with gamma 0, which is cross-entropy',
    loss: (x) => losses.focal(x, [1, 1], { ...none, gamma: 0, alpha: null }),
    ...{ x: [inf, -inf], value: [0, inf], gradient: [0, -1] },
  },
  {
    name: 'focal with a weight of 0 for negatives, then for positives, however wrong they are',
    loss: (x) => losses.focal(x, [0, 0, 1], { ...none, gamma: 0, alpha: 1 }),
    // α = 1 leaves the positive alone: log(1 + e⁻ˣ) at 0, −½
    ...{ x: [inf, -inf, 0], value: [0, 0, log(2)], gradient: [0, 0, -0.5] },
  },
  {
    name: 'focal without positives',
    loss: (x) => losses.focal(x, [1, 1, 0], { ...none, gamma: 0, alpha: 0 }),
    ...{ x: [-inf, inf, 0], value: [0, 0, log(2)], gradient: [0, 0, 0.5] },
  },
  {
    name: 'binaryCrossEntropy with a weight of 0 for positives',
    loss: (x) => losses.binaryCrossEntropy(x, [1, 1, 0], { ...none, positiveWeight: 0 }),
    ...{ x: [-inf, inf, 0], value: [0, 0, log(2)], gradient: [0, 0, 0.5] },
  },
  {
    name: 'meanSquaredError',
    loss: (x) => losses.meanSquaredError(x, [0, 0, inf, nan], none),
    ...{ x: [inf, 1e30, inf, 0], value: [inf, inf, nan, nan], gradient: [inf, 2e30, nan, nan] },
  },
  {
    name: 'meanAbsoluteError',
    loss: (x) => losses.meanAbsoluteError(x, [0, 0, 0, inf], none),
    ...{ x: [inf, -inf, 0, inf], value: [inf, inf, 0, nan], gradient: [1, -1, 0, nan] },
  },
  {
    name: 'huber, of a slope that delta bounds',
    loss: (x) => losses.huber(x, [0, 0, 0, 0, 0], { ...none, delta: 2 }),
    ...{ x: [inf, -inf, 1e30, 1, 0], value: [inf, inf, 2e30, 0.5, 0], gradient: [2, -2, 2, 1, 0] },
  },
  {
    name: 'huber without an end of the parabola',
    loss: (x) => losses.huber(x, [0, 0], { ...none, delta: inf }),
    ...{ x: [3, -4], value: [4.5, 8], gradient: [3, -4] },
  },
  {
    name: 'dice of nothing where nothing is',
    loss: (x) => losses.dice(x, zeros([1, 2, 1]), { ...none, smoothing: 0 }),
    ...{ x: [[0, 0]], value: [0], gradient: [0, 0] },
  },
  {
    name: 'contrastive of a point that is the other',
    loss: (x) => losses.contrastive(x, [[1, 2]], [1], none),
    ...{ x: [[1, 2]], value: [0], gradient: [0, 0] },
  },
  {
    name: 'contrastive of unlike points without end between them',
    loss: (x) => losses.contrastive(x, [[0]], [0], none),
    ...{ x: [[1e30]], value: [0], gradient: [0] },
  },
  {
    name: 'contrastive of unlike points, one of them at ∞',
    loss: (x) => losses.contrastive(x, [[0, 0]], [0], none),
    ...{ x: [[inf, 0.5]], value: [0], gradient: [0, 0] },
  },
  {
    // ½d² and its derivative, the difference itself
    name: 'contrastive of like points, one of them at ∞',
    loss: (x) => losses.contrastive(x, [[0, 0]], [1], none),
    ...{ x: [[-inf, 0.5]], value: [inf], gradient: [-inf, 0.5] },
  },
  {
    // Half of each: ½·½·0.6² + ½·½·(1 − 0.6)²; gradient ½·0.6 − ½·0.4
    name: 'contrastive of points that are half alike',
    loss: (x) => losses.contrastive(x, [[0]], [0.5], none),
    ...{ x: [[0.6]], value: [0.13], gradient: [0.1] },
  },
  {
    name: 'contrastive of unlike points at the same place, whose direction apart is none',
    loss: (x) => losses.contrastive(x, [[1, 2]], [0], none),
    ...{ x: [[1, 2]], value: [0.5], gradient: [0, 0] },
  },
  {
    // Alike: ½d²; the margin, whose square no float holds, does not count.
    name: 'contrastive of like points and a margin without end',
    loss: (x) => losses.contrastive(x, [[0]], [1], { ...none, margin: 1e30 }),
    ...{ x: [[3]], value: [4.5], gradient: [3] },
  },
  {
    // p = [0, 1]; of the class that is there 1 − (2·0 + 1) / (0 + 1 + 1), of the other 1 − (2·0 + 1) / (1 + 0 + 1)
    name: 'softmaxDice of a class that is ruled out',
    loss: (x) => losses.softmaxDice(reshape(x, [1, 1, 2]), int([0]).view([1, 1]), none),
    ...{ x: [[-inf, 0]], value: [0.5, 0.5], gradient: [0, 0] },
  },
  {
    // Nothing to compare with but the view itself: a cross-entropy of one class.
    name: 'contrastiveViews of a point without direction',
    loss: (x) => losses.contrastiveViews(x, [[1, 0]]),
    ...{ x: [[0, 0]], value: [0], gradient: [0, 0] },
  },
  {
    // Of four ways three give the label: blank and label, label and blank, the label twice. Gradients are softmax less the
    // share of the three in which a step has the class: ½ − ⅓ and ½ − ⅔.
    name: 'ctcLoss with a class that is ruled out, and is not asked for',
    loss: (x) => losses.ctcLoss(reshape(x, [1, 2, 3]), [[1]], none),
    x: [[0, 0, -inf], [0, 0, -inf]], // biome-ignore format: rows
    ...{ value: [log(4 / 3)], gradient: [1 / 6, -1 / 6, 0, 1 / 6, -1 / 6, 0] },
  },
  {
    name: 'ctcLoss of a label that is ruled out',
    loss: (x) => losses.ctcLoss(reshape(x, [1, 2, 3]), [[2]], none),
    x: [[0, 0, -inf], [0, 0, -inf]], // biome-ignore format: rows
    ...{ value: [inf], gradient: [0, 0, 0, 0, 0, 0] },
  },
  {
    name: 'ctcLoss of equal labels in as many steps, which leave none for the blank between them',
    loss: (x) => losses.ctcLoss(reshape(x, [1, 2, 2]), [[1, 1]], none),
    x: [[1, 2], [3, 4]], // biome-ignore format: rows
    ...{ value: [inf], gradient: [0, 0, 0, 0] },
  },
  // Sums and shares of exponentials.
  {
    name: 'softmax',
    loss: (x) => softmax(x),
    x: [[-inf, 0, 0], [-inf, -inf, -inf], [1e4, 0, -1e4], [nan, 0, 0]], // biome-ignore format: rows
    value: [0, 0.5, 0.5, nan, nan, nan, 1, 0, 0, nan, nan, nan],
    gradient: [0, 0, 0, nan, nan, nan, 0, 0, 0, nan, nan, nan],
  },
  {
    name: 'logSoftmax',
    loss: (x) => logSoftmax(x),
    x: [[-inf, 0, 0], [1e4, 0, 0]], // biome-ignore format: rows
    // gradient of the sum: 1 − 3·p
    ...{ value: [-inf, -log(2), -log(2), 0, -1e4, -1e4], gradient: [1, -0.5, -0.5, -2, 1, 1] },
  },
  {
    name: 'logSumExp',
    loss: (x) => logSumExp(x, { axes: 1 }),
    x: [[-inf, 0], [1e4, 0], [1, 1]], // biome-ignore format: rows
    ...{ value: [0, 1e4, 1 + log(2)], gradient: [0, 1, 1, 0, 0.5, 0.5] },
  },
]

/** Rows of a tile; `dice` wants `[batch, ...spatial, channels]`. */
const shapeFor = (name: string, x: Tensor): Tensor => (name.startsWith('dice') ? x.view([1, 2, 1]) : x)

describe.each(availableBackends())('at the edges, on %s,', (backend) => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (name, { loss, x: given, value, gradient }) => {
    await onBackend(backend, () => {
      const x = shapeFor(name, tensor(given as number[]))
      const close = (list: readonly number[]) =>
        list.map((one) => (Number.isFinite(one) && Math.abs(one) < 1e6 ? expect.closeTo(one, 5) : Math.fround(one)))
      const found = Array.from(loss(x).dataSync())
      expect(found).toEqual(close(value))
      // Small losses keep their digits.
      found.forEach((one, i) => {
        if (value[i] > 0 && value[i] < 1e-5) expect(one / value[i]).toBeCloseTo(1, 4)
      })
      const { gradients } = valueAndGradients(() => sum(loss(x)), [x])
      expect(Array.from(gradients[0].dataSync(), (one) => one + 0)).toEqual(close(gradient))
    })
  })

  const logits = [[0, 1, 2]]
  it.each<[string, (labels: Tensor) => unknown]>([
    ['crossEntropy', (labels) => losses.crossEntropy(logits, labels)],
    ['crossEntropy with ignore', (labels) => losses.crossEntropy(logits, labels, { ignore: 7 })],
    ['crossEntropy with weights', (labels) => losses.crossEntropy(logits, labels, { weights: [1, 1, 1] })],
    ['crossEntropy with smoothing', (labels) => losses.crossEntropy(logits, labels, { smoothing: 0.1 })],
    ['softmaxDice', (labels) => losses.softmaxDice([logits], labels.view([1, 1]))],
    ['oneHot', (labels) => oneHot(labels, 3)],
    ['Embedding', (labels) => Embedding({ count: 3, size: 2 }).initialize(1)(labels)],
  ])('%s refuses labels below 0 and from the number of classes on', async (_, use) => {
    await onBackend(backend, () => {
      for (const label of [-1, -3, 3, 255, -(2 ** 31), 2 ** 31 - 1]) {
        expect(() => use(int([label]))).toThrow(`index ${label} is outside an axis of length 3. Use 0 to 2.`)
      }
      expect(() => use(int([2]))).not.toThrow()
    })
  })

  it('only gather, gatherElements and scatter count negative indices from the end', async () => {
    await onBackend(backend, () => {
      const x = tensor([10, 20, 30])
      expect(gather(x, [-1, -3]).toArray()).toEqual([30, 10])
      expect(gatherElements(x, [-1]).toArray()).toEqual([30])
      expect(scatter(x, [-1], [5]).toArray()).toEqual([10, 20, 5])
      for (const use of [() => gather(x, [-4]), () => gatherElements(x, [3]), () => scatter(x, [-4], [5])]) {
        expect(use).toThrow('is outside an axis of length 3. Use -3 to 2.')
      }
    })
  })
})

it.each<[string, () => unknown, string]>([
  ['gamma', () => losses.focal([1], [1], { gamma: inf }), 'focal: gamma is Infinity; it must be a finite number of 0'],
  ['alpha', () => losses.focal([1], [1], { alpha: 2 }), 'focal: alpha is 2; it must be from 0 to 1.'],
  ['NaN', () => losses.focal([1], [1], { alpha: nan }), 'focal: alpha is NaN; it must be from 0 to 1.'],
  ['weight', () => losses.binaryCrossEntropy([1], [1], { positiveWeight: inf }), 'positiveWeight is Infinity; it must'],
  ['below 0', () => losses.binaryCrossEntropy([1], [1], { positiveWeight: -1 }), 'positiveWeight is -1; it must be a'],
  ['smoothing', () => losses.dice([[[1]]], [[[1]]], { smoothing: -1 }), 'dice: smoothing is -1; it must be a finite'],
  ['margin', () => losses.contrastive([[1]], [[1]], [1], { margin: -1 }), 'contrastive: margin is -1; it must be a'],
  [
    'ignore',
    () => losses.crossEntropy([[1, 2]], int([0]), { ignore: 0.5 }),
    'ignore is 0.5; labels are whole numbers.',
  ],
  [
    'a label',
    () => losses.crossEntropy([[1, 2]], [[1, 0]], { ignore: 0 }),
    'ignore is 0, a label, and the targets are',
  ],
  ['weights', () => losses.crossEntropy([[1, 2]], int([0]), { weights: [1, nan] }), 'a weight is NaN; weights are'],
  ['negative', () => losses.crossEntropy([[1, 2]], int([0]), { weights: [-1, 1] }), 'a weight is -1; weights are'],
])('options that make no loss are refused: %s', (_, use, message) => {
  expect(use).toThrow(message)
})

it('labels that are NaN or no whole numbers are refused before they are any class', () => {
  for (const label of [nan, 0.5, inf]) {
    expect(() => oneHot([label], 3)).toThrow('int32 holds whole numbers')
    expect(() => tensor([label], { dtype: 'int32' })).toThrow('int32 holds whole numbers')
  }
})

it('targets of probability 0 have the gradient of their logarithm', () => {
  // d/dy −y·log p = −log p, also at y = 0
  const targets = tensor([[1, 0]])
  const [gradient] = valueAndGradients(() => losses.crossEntropy([[2, 1]], targets), [targets]).gradients
  const expected = [log(1 + e(-1)), 1 + log(1 + e(-1))]
  expect(Array.from(gradient.dataSync())).toEqual(expected.map((one) => expect.closeTo(one, 5)))
  expect(s(1)).toBeCloseTo(1 - soft, 12)
})
