import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gradients } from '../autodiff/index.ts'
import { slice } from '../ops/index.ts'
import { type Tensor, tensor } from '../tensor/index.ts'
import { checkOp, input } from '../testing/check-op.ts'
import { type CtcOptions, ctcLoss } from './losses.ts'

// Values and gradients are those of PyTorch 1.13 in float64:
//
//   x = torch.tensor([((i*0.7548776662+0.3)%1)*4-2 for i in range(3*7*5)], dtype=torch.float64).reshape(3, 7, 5).requires_grad_()
//   l = torch.nn.functional.ctc_loss(x.log_softmax(-1).transpose(0, 1), torch.tensor([1,2,2,3, 4, 3,3,1]),
//                                    torch.tensor([7, 3, 5]), torch.tensor([4, 1, 3]), reduction='none')
//   torch.autograd.grad(l.sum(), x)
const logits = tensor(
  Float64Array.from({ length: 105 }, (_, i) => ((i * 0.7548776662 + 0.3) % 1) * 4 - 2),
  { shape: [3, 7, 5] },
)
const labels = [[1, 2, 2, 3], [4], [3, 3, 1]]
const close = (found: Tensor | ArrayLike<number>, wanted: readonly number[]): void => {
  const numbers = Array.from('dataSync' in found ? found.dataSync() : found)
  expect(numbers.length).toBe(wanted.length)
  for (const [i, value] of wanted.entries()) expect(numbers[i] / value).toBeCloseTo(1, 5)
}

describe('ctcLoss', () => {
  it('gives what PyTorch gives', () => {
    close(ctcLoss(logits, labels, { reduction: 'none' }), [10.397944, 11.1352174, 6.3758857])
    close(ctcLoss(logits, labels, { reduction: 'sum' }), [27.9090471])
    close(ctcLoss(logits, labels), [5.2866662])
    const inputLengths = [7, 3, 5]
    close(ctcLoss(logits, labels, { inputLengths, reduction: 'none' }), [10.397944, 4.0449622, 5.429726])
    close(ctcLoss(logits, labels, { inputLengths }), [2.818119])
  })

  it('takes another blank, and no labels', () => {
    const options = { blank: 4, reduction: 'none' } as const
    close(ctcLoss(logits, [[0, 1], [], [0, 2]], options), [9.0774927, 14.1646147, 8.0791515])
  })

  it('takes a tensor of labels, of which each row uses the first', () => {
    const targets = tensor([1, 2, 2, 3, 4, 0, 0, 0, 3, 3, 1, 9], { shape: [3, 4], dtype: 'int32' })
    const options = { targetLengths: [4, 1, 3], reduction: 'none' } as const
    close(ctcLoss(logits, targets, options), [10.397944, 11.1352174, 6.3758857])
  })

  it("has PyTorch's gradient: the share of each class in all ways, taken from its chance", () => {
    const options = { inputLengths: [7, 3, 5], reduction: 'sum' } as const
    const [gradient] = gradients(() => ctcLoss(logits, labels, options), [logits])
    const at = (example: number, step: number): Tensor =>
      slice(gradient, [
        { start: example, stop: example + 1 },
        { start: step, stop: step + 1 },
      ])
    close(at(0, 0), [-0.2910379, -0.6033579, 0.5900299, 0.2213364, 0.0830294])
    close(at(0, 3), [-0.7288243, 0.0684645, -0.0629828, 0.5260186, 0.197324])
    close(at(1, 2), [-0.4098634, 0.0288083, 0.5900299, 0.2213364, -0.4303112])
    expect(Array.from(at(1, 3).dataSync())).toEqual([0, 0, 0, 0, 0])
    close(at(2, 4), [0.0267606, -0.3783216, 0.2319236, 0.0870009, 0.0326364])
  })

  it('agrees on every backend, and with differences, in both orders of gradients', async () => {
    const options = { inputLengths: [4, 3], reduction: 'sum' } as const
    await checkOp((x) => ctcLoss(x, [[1, 1], [2]], options), [input([2, 4, 3], 1, { scale: 2 })], { second: true })
    await checkOp((x) => ctcLoss(x, [[2, 1, 2], []], { reduction: 'none' }), [input([2, 5, 4], 2)])
  })

  it('adds up all ways to write the labels', () => {
    // Every path of classes, collapsed by its definition: repetitions joined, then blanks left out.
    const bruteForce = (chances: readonly number[][], wanted: readonly number[]): number => {
      const classes = chances[0].length
      let total = 0
      for (let code = 0; code < classes ** chances.length; code++) {
        const path = chances.map((_, t) => Math.floor(code / classes ** t) % classes)
        const read = path.filter((label, t) => label !== 0 && label !== path[t - 1])
        if (read.join() === wanted.join()) total += path.reduce((p, label, t) => p * chances[t][label], 1)
      }
      return -Math.log(total)
    }
    const label = fc.integer({ min: 1, max: 2 })
    const step = fc.tuple(...Array.from({ length: 3 }, () => fc.double({ min: 0.05, max: 1, noNaN: true })))
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.array(label, { maxLength: 4 }),
        (weights, wanted) => {
          const chances = weights.map((row) => row.map((weight) => weight / row.reduce((a, b) => a + b)))
          const scores = tensor([chances.map((row) => row.map(Math.log))])
          const found = ctcLoss(scores, [wanted], { reduction: 'sum' }).item()
          const expected = bruteForce(chances, wanted)
          if (expected === Number.POSITIVE_INFINITY) expect(found).toBe(expected)
          else expect(found).toBeCloseTo(expected, 4)
        },
      ),
    )
  })

  it('costs ∞, or nothing, where labels do not fit, and learns nothing from it', () => {
    // Four equal labels need three blanks in between: seven steps.
    const four = [[1, 1, 1, 1], [1], [2]]
    const options = (more: CtcOptions): CtcOptions => ({ inputLengths: [6, 7, 7], reduction: 'none', ...more })
    const found = ctcLoss(logits, four, options({}))
    expect(found.dataSync()[0]).toBe(Number.POSITIVE_INFINITY)
    expect(ctcLoss(logits, four, options({ zeroInfinity: true })).dataSync()[0]).toBe(0)
    const [gradient] = gradients(() => ctcLoss(logits, four, options({ reduction: 'sum' })), [logits])
    const numbers = Array.from(gradient.dataSync())
    expect(numbers.slice(0, 35).every((value) => value === 0)).toBe(true)
    expect(numbers.every(Number.isFinite)).toBe(true)
  })

  it('counts a class whose logit is −∞ as one that never comes', () => {
    const x = tensor([
      [
        [0, 0, Number.NEGATIVE_INFINITY],
        [0, 0, Number.NEGATIVE_INFINITY],
      ],
    ])
    expect(ctcLoss(x, [[1]]).item()).toBeCloseTo(-Math.log(3 / 4), 6)
    expect(ctcLoss(x, [[2]]).item()).toBe(Number.POSITIVE_INFINITY)
  })

  it('stays exact over a thousand steps of confident scores', () => {
    const steps = 1000
    const scores = Float32Array.from({ length: steps * 3 }, (_, i) => (i % 3 === (Math.floor(i / 3) % 2) + 1 ? 20 : 0))
    const wanted = Array.from({ length: steps }, (_, i) => (i % 2) + 1)
    // One way alone writes a label at each step: every step costs log(1 + 2·e⁻²⁰).
    const loss = ctcLoss(tensor(scores, { shape: [1, steps, 3] }), [wanted], { reduction: 'sum' }).item()
    expect(loss).toBeLessThan(1e-3)
    expect(loss).toBeGreaterThanOrEqual(0)
  })

  it('refuses what does not fit', () => {
    const refused = (...given: Parameters<typeof ctcLoss>) => expect(() => ctcLoss(...given))
    refused(tensor([[1, 2]]), [[1]]).toThrow('they must be [batch, steps, classes]')
    refused(logits, [[1]]).toThrow('a list of labels for each of the 3 examples')
    refused(logits, [[1], [5], [1]]).toThrow(
      'example 1 has the label 5; labels are whole numbers from 0 to 4 other than',
    )
    refused(logits, [[1], [1], [0]]).toThrow('example 2 has the label 0')
    refused(logits, labels, { blank: 5 }).toThrow('the blank is 5')
    refused(logits, labels, { inputLengths: [7, 0, 7] }).toThrow('3 whole numbers from 1 to 7')
    refused(logits, labels, { targetLengths: [1, 1, 1] }).toThrow('lists have their own lengths')
    refused(logits, tensor([[1], [1], [1]])).toThrow('the targets are float32 [3, 1]')
  })
})
