// Boxes at several scales.

import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { type Box, fromExamples } from '../data/index.ts'
import { PyramidDetector } from '../models/index.ts'
import * as optim from '../optim/index.ts'
import { randomNormal, tensor } from '../tensor/index.ts'
import * as train from './index.ts'

/** Pictures of 40 × 64: 10 × 16 cells of stride 4, 5 × 8 of 8, 3 × 4 of 16. */
const size = [40, 64] as const
const cells = 160 + 40 + 12
const small = { x: 10, y: 10, width: 8, height: 12, label: 0 }
const middle = { x: 30, y: 20, width: 40, height: 36, label: 0 }
const large = { x: 32, y: 20, width: 64, height: 64, label: 0 }

describe('a detector with several scales', () => {
  it('has the cells of all of them, and a gradient for each parameter', () => {
    const model = PyramidDetector({ classes: 1, channels: 1, widths: [4, 6, 8], depth: 1, features: 4 }).initialize(1)
    const x = randomNormal([2, 40, 64, 1], { seed: 1 })
    expect(model(x).shape).toEqual([2, cells, 5])
    const boxes = [[small, middle, large], [small]]
    const loss = () => train.detectionLoss(model.train()(x), boxes, { size })
    const names = Object.keys(model.namedParameters())
    const { gradients } = valueAndGradients(loss, model.parameters())
    const still = names.filter((_, i) => (gradients[i].dataSync() as Float32Array).every((value) => value === 0))
    expect(still).toEqual([])
  })

  it('says what scales there can be', () => {
    expect(() => PyramidDetector({ classes: 1, widths: [4, 8], scales: 3 })).toThrow(
      'from 1 to 2, the number of widths',
    )
  })

  it('has grids that its cells tell with the size of the pictures', () => {
    expect(train.gridsOf([2, cells, 5], size)).toEqual([
      { stride: 4, rows: 10, columns: 16, from: 0 },
      { stride: 8, rows: 5, columns: 8, from: 160 },
      { stride: 16, rows: 3, columns: 4, from: 200 },
    ])
    expect(train.gridsOf([2, 10, 16, 5], undefined)).toEqual([{ stride: 4, rows: 10, columns: 16, from: 0 }])
    expect(() => train.gridsOf([2, cells, 5], undefined)).toThrow('the size of the pictures must be given')
    expect(() => train.gridsOf([2, cells + 1, 5], size)).toThrow('213 cells are not those of pictures of 40 × 64')
  })

  it('learns each box at the scale of its size: below 8 cells, the last one all that are larger', () => {
    const count = (box: Box, from: number, to: number): number => {
      const output = tensor(new Float32Array(cells * 5), { shape: [1, cells, 5] })
      const loss = () => train.detectionLoss(output, [[box]], { size })
      const [gradient] = valueAndGradients(loss, [output]).gradients
      const values = gradient.dataSync() as Float32Array
      // A cell that learns a size is one that learns the box.
      return Array.from({ length: to - from }, (_, i) => values[(from + i) * 5 + 3]).filter((value) => value !== 0)
        .length
    }
    for (const [box, scale] of [
      [small, 0],
      [middle, 1],
      [large, 2],
      [{ ...small, width: 32, height: 31.9 }, 0],
      [{ ...small, width: 32, height: 32.1 }, 1],
    ] as const) {
      const found = [count(box, 0, 160), count(box, 160, 200), count(box, 200, cells)].map((learning) => learning > 0)
      expect(found, JSON.stringify(box)).toEqual([0, 1, 2].map((one) => one === scale))
    }
  })

  it('reads back the boxes of each scale in pixels', async () => {
    const output = new Float32Array(cells * 5)
    for (let cell = 0; cell < cells; cell++) output[cell * 5] = -9
    const write = (at: number, values: readonly number[]): void => output.set([9, ...values], at * 5)
    // Row 2, column 2 of stride 4; row 2, column 3 of stride 8; row 1, column 2 of stride 16.
    write(2 * 16 + 2, [0, 0, Math.log(2), Math.log(3)])
    write(160 + 2 * 8 + 3, [0.25, 0, Math.log(5), Math.log(4.5)])
    write(200 + 1 * 4 + 2, [0, -0.25, Math.log(4), Math.log(4)])
    const [found] = await train.decodeBoxes(tensor(output, { shape: [1, cells, 5] }), { size, overlap: 0.9 })
    const boxes = found.map(({ x, y, width, height }) =>
      [x, y, width, height].map((value) => Math.round(value * 100) / 100),
    )
    expect(boxes).toHaveLength(3)
    expect(boxes).toEqual(
      expect.arrayContaining([
        [10, 10, 8, 12],
        [30, 20, 40, 36],
        [40, 20, 64, 64],
      ]),
    )
  })

  it('with one scale loses as a detector of one grid does', () => {
    const values = randomNormal([1, 160, 5], { seed: 2 })
    const boxes = [[small, middle]]
    const alone = train.detectionLoss(tensor(values.dataSync(), { shape: [1, 10, 16, 5] }), boxes).item()
    expect(train.detectionLoss(values, boxes, { size }).item()).toBe(alone)
  })

  it('learns a small and a large box', async () => {
    const data = new Float32Array(64 * 64)
    for (let y = 0; y < 64; y++)
      for (let x = 0; x < 64; x++)
        data[y * 64 + x] = x < 10 && y < 10 ? 1 : x >= 20 && y >= 20 && x < 60 && y < 60 ? 0.5 : 0
    const boxes = [
      { x: 5, y: 5, width: 10, height: 10, label: 0 },
      { x: 40, y: 40, width: 40, height: 40, label: 0 },
    ]
    const set = fromExamples([0, 1].map(() => ({ image: { shape: [64, 64, 1], data }, boxes })))
    const options = { classes: 1, channels: 1, widths: [4, 8], depth: 1, features: 8, scales: 2 }
    const model = PyramidDetector(options).initialize(1)
    const task = train.detection(model, 1)
    const optimizer = optim.Adam(model.parameters(), { learningRate: 0.02 })
    await train.fit({ model, task, optimizer, train: set, epochs: 60, batchSize: 2 })
    model.train()
    const image = tensor(data, { shape: [1, 64, 64, 1] })
    const [found] = await train.decodeBoxes(task.forward({ image, boxes: [boxes] }), { size: [64, 64], threshold: 0.3 })
    expect(found.map(({ width }) => Math.round(width / 10) * 10).sort((a, b) => a - b)).toEqual([10, 40])
    expect(Object.keys(await train.evaluate(model, task, set))).toContain('map50')
  })
})
