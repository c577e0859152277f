import { describe, expect, it } from 'vitest'
import { gradients } from '../../autodiff/index.ts'
import { tensor } from '../../tensor/create.ts'
import { expectClose, made, numbersOf, resultOf, runOperator, shapeOf, whole } from '../../testing/run-operator.ts'
import { Value } from '../value.ts'

describe('DFT', () => {
  // Of 1, 2, 3, 4: 10, −2 + 2i, −2, −2 − 2i.
  const signal = made([1, 2, 3, 4], [1, 4, 1])
  const half = [10, 0, -2, 2, -2, 0]

  it('transforms real and complex signals, whole or the half that tells the rest', () => {
    expectClose(resultOf('DFT', { inputs: [signal] }), [...half, -2, -2])
    expectClose(resultOf('DFT', { inputs: [signal], attributes: { onesided: 1 } }), half)
    const turned = made([0, 1, 0, 2, 0, 3, 0, 4], [1, 4, 2])
    expectClose(resultOf('DFT', { inputs: [turned] }), [0, 10, -2, -2, 0, -2, 2, -2])
    expectClose(resultOf('DFT', { inputs: [signal], attributes: { axis: 1 }, version: 17 }), [...half, -2, -2])
  })

  it('cuts off or fills up with zeros', () => {
    expectClose(resultOf('DFT', { inputs: [signal, whole([2], [])] }), [3, 0, -1, 0])
    expect(shapeOf(runOperator('DFT', { inputs: [signal, whole([8], [])], attributes: { onesided: 1 } })[0])).toEqual([
      1, 5, 2,
    ])
  })

  it('goes back', () => {
    const spectrum = made([...half, -2, -2], [1, 4, 2])
    expectClose(resultOf('DFT', { inputs: [spectrum], attributes: { inverse: 1 } }), [1, 0, 2, 0, 3, 0, 4, 0])
    const run = { inputs: [made(half, [1, 3, 2])], attributes: { inverse: 1, onesided: 1 } }
    expectClose(resultOf('DFT', run), [1, 2, 3, 4])
    expect(shapeOf(runOperator('DFT', run)[0])).toEqual([1, 4, 1])
  })

  it('refuses to transform the axis of real and imaginary parts', () => {
    expect(() => runOperator('DFT', { inputs: [signal, null, whole([-1], [])] })).toThrow('it cannot be transformed')
  })
})

describe('STFT', () => {
  it('transforms stretches under a window', () => {
    const inputs = [made([1, 2, 3, 4, 9], [1, 5, 1]), whole([2], []), made([1, 2])]
    // (1, 4) and (3, 8): sums and differences.
    expectClose(resultOf('STFT', { inputs }), [5, 0, -3, 0, 11, 0, -5, 0])
    expect(shapeOf(runOperator('STFT', { inputs })[0])).toEqual([1, 2, 2, 2])
  })
})

describe('windows and mel bins', () => {
  it('are those of the textbooks, periodic or symmetric', () => {
    const symmetric = { inputs: [whole([3], [])], attributes: { periodic: 0 } }
    expectClose(resultOf('HannWindow', { inputs: [whole([4], [])] }), [0, 0.5, 1, 0.5])
    expectClose(resultOf('HannWindow', symmetric), [0, 1, 0])
    expectClose(resultOf('HammingWindow', symmetric), [4 / 46, 1, 4 / 46])
    expectClose(resultOf('BlackmanWindow', symmetric), [0, 1, 0])
    expectClose(resultOf('HannWindow', { inputs: [whole([1], [])], attributes: { periodic: 0 } }), [1])
    expect(resultOf('HannWindow', { inputs: [whole([0], [])] })).toEqual([])
  })

  it('are triangles on the mel scale', () => {
    // From the specification's example: 8 bins of a transform of 16 at 8192 a second, from 0 to 4096 Hz.
    const inputs = [8, 16, 8192, 0, 4096].map((x, i) => (i < 3 ? whole([x], []) : made([x], [])))
    const [y] = runOperator('MelWeightMatrix', { inputs })
    expect(shapeOf(y)).toEqual([9, 8])
    expectClose(numbersOf(y).slice(0, 16), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0])
  })
})

describe('Det and Unique', () => {
  it('gives the determinant of each matrix', () => {
    expectClose(resultOf('Det', { inputs: [made([0, 1, 1, 0, 1, 2, 3, 4], [2, 2, 2])] }), [-1, -2])
    const [single] = runOperator('Det', { inputs: [made([2, 0, 1, 1, 3, 2, 1, 1, 1], [3, 3])] })
    expect(shapeOf(single)).toEqual([])
    // 2·(3 − 2) + 1·(1 − 3).
    expectClose(numbersOf(single), [0])
    expect(() => runOperator('Det', { inputs: [made([1, 2], [1, 2])] })).toThrow('must be square')
  })

  it('finds the distinct elements, as the specification shows', () => {
    const found = (list: number[], shape: number[], attributes: Record<string, number>): number[][] =>
      runOperator('Unique', { inputs: [made(list, shape)], attributes, outputs: 4 }).map(numbersOf)
    const unsorted = found([2, 1, 1, 3, 4, 3], [6], { sorted: 0 })
    expect(unsorted).toEqual([
      [2, 1, 3, 4],
      [0, 1, 3, 4],
      [0, 1, 1, 2, 3, 2],
      [1, 2, 2, 1],
    ])
    expect(found([1, 3, 2, 3], [2, 2], {})).toEqual([
      [1, 2, 3],
      [0, 2, 1],
      [0, 2, 1, 2],
      [1, 1, 2],
    ])
    const rows = found([1, 0, 0, 1, 0, 0, 2, 3, 4], [3, 3], { axis: 0 })
    expect(rows).toEqual([
      [1, 0, 0, 2, 3, 4],
      [0, 2],
      [0, 0, 1],
      [2, 1],
    ])
    const inner = found([1, 1, 0, 1, 2, 1, 0, 1, 1, 1, 0, 1, 2, 1, 0, 1], [2, 4, 2], { axis: 1 })
    expect(inner).toEqual([
      [0, 1, 1, 1, 2, 1, 0, 1, 1, 1, 2, 1],
      [1, 0, 2],
      [1, 0, 2, 0],
      [2, 1, 1],
    ])
    expect(found([], [0], {})).toEqual([[], [], [], []])
  })
})

describe('drawn numbers', () => {
  it('are the same for a seed, and spread as they are told', () => {
    const attributes = { shape: [1000], seed: { float: 7 }, mean: { float: 5 }, scale: { float: 2 } }
    const list = resultOf('RandomNormal', { attributes })
    expect(resultOf('RandomNormal', { attributes })).toEqual(list)
    const mean = list.reduce((a, b) => a + b) / 1000
    // Four standard errors of 2 / √1000.
    expect(Math.abs(mean - 5)).toBeLessThan(0.26)
    const uniform = resultOf('RandomUniformLike', {
      inputs: [made([0, 0, 0])],
      attributes: { low: { float: 2 }, high: { float: 3 } },
    })
    for (const x of uniform) expect(x >= 2 && x <= 3).toBe(true)
  })

  it('come out as often as they are likely', () => {
    expect(resultOf('Bernoulli', { inputs: [made([0, 1, 0, 1])] })).toEqual([0, 1, 0, 1])
    const run = {
      inputs: [made([Math.log(1), Math.log(3)], [1, 2])],
      attributes: { sample_size: 4000, seed: { float: 3 } },
    }
    const ones = resultOf('Multinomial', run).reduce((a, b) => a + b)
    // 3000 ± four deviations of √(4000 · 3/16).
    expect(Math.abs(ones - 3000)).toBeLessThan(110)
  })
})

describe('losses', () => {
  const logs = made([-1, -2, -3, -4, -5, -6], [3, 2])

  it('take minus what each target has, weighed by its class', () => {
    const inputs = [logs, whole([0, 1, 0])]
    const name = 'NegativeLogLikelihoodLoss'
    expectClose(resultOf(name, { inputs, attributes: { reduction: 'none' } }), [1, 4, 5])
    expectClose(resultOf(name, { inputs }), [10 / 3])
    expectClose(resultOf(name, { inputs: [...inputs, made([1, 2])] }), [(1 + 8 + 5) / 4])
    expectClose(resultOf(name, { inputs, attributes: { ignore_index: 1 } }), [3])
    expectClose(
      resultOf(name, { inputs: [logs, whole([0, -7, 0])], attributes: { ignore_index: -7, reduction: 'sum' } }),
      [6],
    )
    expect(() => runOperator(name, { inputs: [logs, whole([0])] })).toThrow('do not fit')
  })

  it('come with the logarithms they are of, and have gradients', () => {
    const inputs = [made([0, Math.log(3)], [1, 2]), whole([0])]
    const [loss, log] = runOperator('SoftmaxCrossEntropyLoss', { inputs, outputs: 2 })
    expectClose(numbersOf(loss), [Math.log(4)])
    expectClose(numbersOf(log), [Math.log(1 / 4), Math.log(3 / 4)])
    const x = tensor([[0, Math.log(3)]])
    const run = (): Value => runOperator('SoftmaxCrossEntropyLoss', { inputs: [Value.of(x), whole([0])] })[0] as Value
    expectClose(Array.from(gradients(() => run().plain, [x])[0].dataSync()), [-0.75, 0.75])
  })
})
