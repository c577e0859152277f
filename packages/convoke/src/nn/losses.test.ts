import { describe, expect, it } from 'vitest'
import { log, sigmoid, softmax } from '../ops/index.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import * as losses from './losses.ts'

const labels = (values: number[] | number[][]) => tensor(values, { dtype: 'int32' })
const logits = tensor([
  [2, 0, -1],
  [0, 1, 0],
  [-1, 0, 3],
])
/** −log softmax, row by row. */
const surprise = (log(softmax(logits)).toArray() as number[][]).map((row) => row.map((value) => -value))

describe('cross-entropy', () => {
  it('is the mean surprise at the labels', () => {
    const expected = (surprise[0][0] + surprise[1][2] + surprise[2][1]) / 3
    expect(losses.crossEntropy(logits, labels([0, 2, 1])).item()).toBeCloseTo(expected, 6)
    expect(losses.crossEntropy(logits, labels([0, 2, 1]), { reduction: 'sum' }).item()).toBeCloseTo(3 * expected, 5)
    expect(losses.crossEntropy(logits, labels([0, 2, 1]), { reduction: 'none' }).shape).toEqual([3])
  })

  it('takes probabilities in place of labels', () => {
    const one = tensor([
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
    ])
    expect(losses.crossEntropy(logits, one).item()).toBeCloseTo(
      losses.crossEntropy(logits, labels([0, 2, 1])).item(),
      6,
    )
  })

  it('weighs classes as PyTorch does: the mean is over the weights of the targets', () => {
    const expected = (1 * surprise[0][0] + 5 * surprise[1][2] + 2 * surprise[2][1]) / 8
    expect(losses.crossEntropy(logits, labels([0, 2, 1]), { weights: [1, 2, 5] }).item()).toBeCloseTo(expected, 6)
  })

  it('smooths labels over all classes, weighted ones too', () => {
    const mean = (row: number[]) => row.reduce((a, b) => a + b, 0) / 3
    const smooth = (row: number[], c: number) => 0.7 * row[c] + 0.3 * mean(row)
    const expected = (smooth(surprise[0], 0) + smooth(surprise[1], 2) + smooth(surprise[2], 1)) / 3
    expect(losses.crossEntropy(logits, labels([0, 2, 1]), { smoothing: 0.3 }).item()).toBeCloseTo(expected, 6)
    const w = [1, 2, 5]
    const weighted = (row: number[], c: number) =>
      0.7 * w[c] * row[c] + 0.1 * row.reduce((sum, s, k) => sum + w[k] * s, 0)
    const both = (weighted(surprise[0], 0) + weighted(surprise[1], 2) + weighted(surprise[2], 1)) / 8
    const found = losses.crossEntropy(logits, labels([0, 2, 1]), { smoothing: 0.3, weights: w })
    expect(found.item()).toBeCloseTo(both, 5)
  })

  it('leaves ignored positions out of sum and count', () => {
    const expected = (surprise[0][0] + surprise[2][1]) / 2
    expect(losses.crossEntropy(logits, labels([0, 255, 1]), { ignore: 255 }).item()).toBeCloseTo(expected, 6)
    expect(losses.crossEntropy(logits, labels([255, 255, 255]), { ignore: 255 }).item()).toBe(0)
  })

  it('stays finite for confident logits', () => {
    expect(losses.crossEntropy(tensor([[1e4, -1e4]]), labels([1])).item()).toBeCloseTo(2e4, 0)
  })

  it('explains labels that do not fit', () => {
    expect(() => losses.crossEntropy(logits, labels([[0, 1]]))).toThrow('The labels must have shape [3].')
    expect(() => losses.crossEntropy(logits, tensor([0, 2, 1]))).toThrow("cast(labels, 'int32')")
    expect(() => losses.crossEntropy(logits, labels([0, 3, 1]))).toThrow('index 3 is outside an axis of length 3')
  })

  it('has the gradient of its definition', async () => {
    for (const options of [{}, { smoothing: 0.1, weights: [1, 2, 3] }]) {
      await checkOp((x) => losses.crossEntropy(x, labels([1, 0, 2]), options), [input([3, 3], 1)], { second: true })
    }
    const everywhere = (x: Tensor) =>
      losses.crossEntropy(
        x,
        labels([
          [1, 0],
          [2, 2],
        ]),
        { reduction: 'none' },
      )
    await checkOp(everywhere, [input([2, 2, 3], 1)])
  })

  it('is not spoiled by a class that is ruled out', () => {
    const ruled = tensor([[0, 0, Number.NEGATIVE_INFINITY]])
    expect(losses.crossEntropy(ruled, labels([1])).item()).toBeCloseTo(Math.LN2, 6)
  })
})

describe('losses of pairs', () => {
  const x = tensor([-2, 0.5, 3])
  const y = tensor([0, 1, 1])
  it('squared, absolute and Huber', () => {
    expect(losses.meanSquaredError(x, y).item()).toBeCloseTo((4 + 0.25 + 4) / 3, 6)
    expect(losses.meanAbsoluteError(x, y).item()).toBeCloseTo((2 + 0.5 + 2) / 3, 6)
    expect(losses.huber(x, y).item()).toBeCloseTo((1.5 + 0.125 + 1.5) / 3, 6)
    expect(losses.huber(x, y, { delta: 4 }).item()).toBeCloseTo((2 + 0.125 + 2) / 3, 6)
  })
  it('binary cross-entropy of logits, with a weight for positives', () => {
    const p = values(sigmoid(x))
    const plain = (-Math.log(1 - p[0]) - Math.log(p[1]) - Math.log(p[2])) / 3
    const weighted = (-Math.log(1 - p[0]) - 3 * Math.log(p[1]) - 3 * Math.log(p[2])) / 3
    expect(losses.binaryCrossEntropy(x, y).item()).toBeCloseTo(plain, 6)
    expect(losses.binaryCrossEntropy(x, y, { positiveWeight: 3 }).item()).toBeCloseTo(weighted, 6)
    expect(losses.binaryCrossEntropy([-1e4, 1e4], [0, 1]).item()).toBe(0)
  })
  it('focal loss is cross-entropy, weighed by how wrong it was', () => {
    const p = values(sigmoid(x))
    const each = [
      -0.75 * p[0] ** 2 * Math.log(1 - p[0]),
      -0.25 * (1 - p[1]) ** 2 * Math.log(p[1]),
      -0.25 * (1 - p[2]) ** 2 * Math.log(p[2]),
    ]
    expect(values(losses.focal(x, y, { reduction: 'none' }))).toEqual(each.map((value) => expect.closeTo(value, 5)))
    expect(losses.focal(x, y, { gamma: 0, alpha: null }).item()).toBeCloseTo(losses.binaryCrossEntropy(x, y).item(), 6)
  })
  it('dice is 0 for equal masks and near 1 for disjoint ones', () => {
    const mask = tensor([
      [
        [
          [1, 0],
          [0, 1],
        ],
      ],
    ])
    const other = tensor([
      [
        [
          [0, 1],
          [1, 0],
        ],
      ],
    ])
    expect(losses.dice(mask, mask).item()).toBeCloseTo(0, 6)
    expect(losses.dice(mask, other, { smoothing: 0 }).item()).toBe(1)
    // 1 − (2·0.5 + 1) / (0.5 + 1 + 1) for one channel, 1 − (0 + 1) / (0.5 + 0 + 1) for the other.
    expect(losses.softmaxDice(tensor([[[[0, 0]]]]), labels([[0]]).view([1, 1, 1])).item()).toBeCloseTo(
      (1 - 2 / 2.5 + (1 - 1 / 1.5)) / 2,
      6,
    )
  })
  it('contrastive loss pulls like and pushes unlike up to a margin', () => {
    const loss = losses.contrastive(
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [
        [3, 4],
        [0.3, 0.4],
        [3, 4],
      ],
      [1, 0, 0],
      { reduction: 'none' },
    )
    expect(values(loss)).toEqual([12.5, expect.closeTo(0.125, 6), 0])
  })
  it('contrastive views are best when each finds its own', () => {
    const a = [
      [1, 0],
      [0, 1],
    ]
    const swapped = [
      [0, 1],
      [1, 0],
    ]
    // Row 0 against: itself elsewhere 1, the other two 0; temperature 1.
    const expected = -Math.log(Math.E / (Math.E + 2))
    expect(losses.contrastiveViews(a, a, { temperature: 1 }).item()).toBeCloseTo(expected, 5)
    expect(losses.contrastiveViews(a, swapped).item()).toBeGreaterThan(losses.contrastiveViews(a, a).item())
    expect(losses.contrastiveViews(a, a, { temperature: 0.005 }).item()).toBe(0)
  })
  it('have the gradients of their definitions', async () => {
    const pair = [input([4, 3], 1, { scale: 2 }), input([4, 3], 2)]
    for (const loss of [losses.meanSquaredError, losses.huber, losses.binaryCrossEntropy, losses.contrastiveViews]) {
      await checkOp((a, b) => loss(a, b), pair)
    }
    await checkOp((a) => losses.focal(a, [1, 0, 1, 0]), [input([4], 1)], { second: true })
    await checkOp((a) => losses.focal(a, [1, 0, 1, 0], { gamma: 1.5 }), [input([4], 1)])
    await checkOp((a, b) => losses.focal(a, sigmoid(b)), pair)
    await checkOp((a, b) => losses.focal(a, sigmoid(b), { alpha: null, reduction: 'none' }), pair)
    await checkOp((p, q) => losses.dice(sigmoid(p), sigmoid(q)), [input([1, 2, 2, 2], 1), input([1, 2, 2, 2], 2)])
    await checkOp((a, b) => losses.contrastive(a, b, [1, 0, 1, 0], { margin: 3 }), pair)
  })
  it('refuse shapes that differ', () => {
    expect(() => losses.meanSquaredError(x, [1, 2])).toThrow('the prediction has shape [3], the target [2]')
  })
})

const values = (x: Tensor) => Array.from(x.dataSync())
