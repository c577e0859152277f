import { describe, expect, it } from 'vitest'
import { valueAndGradients } from '../autodiff/index.ts'
import { type Box, fromExamples } from '../data/index.ts'
import { Detector } from '../models/index.ts'
import * as optim from '../optim/index.ts'
import { tensor } from '../tensor/index.ts'
import { availableBackends, onBackend } from '../testing/check-op.ts'
import * as train from './index.ts'

const box = { x: 22, y: 30, width: 16, height: 24, label: 1 }

describe('detection', () => {
  it('targets are 1 at the centre, fall off around it, and say where the box is', () => {
    const { heat, boxes, weights, count } = train.detectionTargets([[box], []], 16, 16, 2)
    const cell = 7 * 16 + 5
    expect(count).toBe(1)
    expect(heat[cell * 2 + 1]).toBe(1)
    expect(heat[cell * 2]).toBe(0)
    expect(heat[(cell + 1) * 2 + 1]).toBeGreaterThan(0)
    expect(heat[(cell + 1) * 2 + 1]).toBeLessThan(1)
    expect(weights[cell]).toBe(Math.max(...weights))
    // 22 / 4 = 5.5, the middle of cell 5; 30 / 4 = 7.5.
    expect(Array.from(boxes.slice(cell * 4, cell * 4 + 4))).toEqual([0, 0, Math.log(4), Math.log(6)].map(Math.fround))
    expect(heat.slice(16 * 16 * 2).every((value) => value === 0)).toBe(true)
    expect(() => train.detectionTargets([[{ ...box, label: 2 }]], 16, 16, 2)).toThrow('the model knows 0 to 1')
  })

  it('weigh the cells of every box alike, however large it is', () => {
    const large = { x: 80, y: 60, width: 120, height: 100, label: 0 }
    const { weights, count } = train.detectionTargets([[box, large]], 32, 32, 2)
    const near = (from: number, to: number): number =>
      weights.reduce((total, weight, cell) => total + (cell % 32 >= from && cell % 32 < to ? weight : 0), 0)
    expect(count).toBe(2)
    expect(near(0, 9)).toBeCloseTo(1, 5)
    expect(near(9, 32)).toBeCloseTo(1, 5)
  })

  it('reads back the boxes it was taught, and counts them as found', async () => {
    const far = { x: 50, y: 12, width: 9, height: 7, label: 0 }
    const { heat, boxes } = train.detectionTargets([[box, far]], 16, 16, 2)
    const output = new Float32Array(16 * 16 * 6)
    for (let cell = 0; cell < 256; cell++) {
      for (let c = 0; c < 2; c++) output[cell * 6 + c] = 10 * heat[cell * 2 + c] - 5
      output.set(boxes.subarray(cell * 4, cell * 4 + 4), cell * 6 + 2)
    }
    const [found] = await train.decodeBoxes(tensor(output, { shape: [1, 16, 16, 6] }))
    expect(found).toHaveLength(2)
    for (const wanted of [box, far]) {
      const close = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, expect.closeTo(value, 3)]))
      expect(found).toContainEqual({ ...close, score: expect.closeTo(1 / (1 + Math.exp(-5)), 4) })
    }
  })

  it('learns nothing in regions to be ignored but the boxes inside them', () => {
    // The region covers columns 4 to 11 and rows 0 to 7 of the grid, the box lies in it, class 1 of both.
    const crowd = { x: 32, y: 16, width: 32, height: 32, label: 1, ignore: true }
    const inside = { x: 32, y: 16, width: 8, height: 8, label: 1 }
    const { heat, known, count } = train.detectionTargets([[crowd, inside]], 16, 16, 2)
    expect(count).toBe(1)
    expect(heat.filter((value) => value === 1)).toHaveLength(1)
    expect(known.filter((value) => value === 0)).toHaveLength(8 * 8)
    const alone = train.detectionTargets([[crowd]], 16, 16, 2)
    expect(alone.count).toBe(0)
    expect(alone.heat.every((value) => value === 0) && alone.weights.every((value) => value === 0)).toBe(true)

    const lossOf = (cell: number, label: number, boxes: (typeof crowd)[]): number => {
      const output = new Float32Array(16 * 16 * 6).fill(-4)
      output[cell * 6 + label] = 4
      return train.detectionLoss(tensor(output, { shape: [1, 16, 16, 6] }), [boxes]).item()
    }
    const [within, outside] = [2 * 16 + 6, 12 * 16 + 2]
    // Sure of a box inside the region: no loss for its class, but for the other, and outside.
    expect(lossOf(within, 1, [crowd])).toBeLessThan(0.1)
    expect(lossOf(within, 0, [crowd])).toBeGreaterThan(3)
    expect(lossOf(outside, 1, [crowd])).toBeGreaterThan(3)
    expect(lossOf(within, 1, [])).toBeGreaterThan(3)
  })

  it('loses least where the picture is read right', () => {
    const { heat, boxes } = train.detectionTargets([[box]], 8, 8, 2)
    const say = (sure: number) => {
      const output = new Float32Array(8 * 8 * 6)
      for (let cell = 0; cell < 64; cell++) {
        for (let c = 0; c < 2; c++) output[cell * 6 + c] = heat[cell * 2 + c] === 1 ? sure : -sure
        output.set(boxes.subarray(cell * 4, cell * 4 + 4), cell * 6 + 2)
      }
      return train.detectionLoss(tensor(output, { shape: [1, 8, 8, 6] }), [[box]]).item()
    }
    expect(say(12)).toBeCloseTo(0, 4)
    expect(say(0)).toBeGreaterThan(say(3))
    expect(say(-3)).toBeGreaterThan(say(0))
  })

  it('has the losses and gradients of the rule for logits without end', async () => {
    const ignored = { x: 2, y: 2, width: 4, height: 4, label: 0, ignore: true }
    const centre = { x: 2, y: 2, width: 4, height: 4, label: 0 }
    const inf = Number.POSITIVE_INFINITY
    // One cell, one class: p = σ(logit), −(1 − p)²·log p at a centre, −p²·log(1 − p) elsewhere; a box 4 wide is one cell, log 1.
    for (const backend of availableBackends())
      await onBackend(backend, () => {
        const at = (logit: number, boxes: readonly Box[], size = 0) => {
          const x = tensor([logit, 0, 0, size, 0], { shape: [1, 1, 1, 5] })
          const { value, gradients } = valueAndGradients(() => train.detectionLoss(x, [boxes]), [x])
          return [value.item(), ...gradients[0].dataSync()].map((number) => number + 0)
        }
        const none = [0, 0, 0, 0, 0]
        expect(at(inf, [centre])).toEqual([0, ...none])
        expect(at(-inf, [centre])).toEqual([inf, -1, 0, 0, 0, 0])
        expect(at(-inf, [])).toEqual([0, ...none])
        expect(at(inf, [])).toEqual([inf, 1, 0, 0, 0, 0])
        expect(at(inf, [ignored])).toEqual([0, ...none])
        expect(at(-inf, [ignored])).toEqual([0, ...none])
        expect(at(-inf, [], inf)).toEqual([0, ...none])
        expect(at(inf, [ignored], -inf)).toEqual([0, ...none])
        expect(at(inf, [centre], inf)).toEqual([inf, 0, 0, 0, 1, 0])
      })
  })

  it('is learned from a picture', async () => {
    const data = new Float32Array(32 * 32)
    for (let y = 8; y < 24; y++) for (let x = 12; x < 24; x++) data[y * 32 + x] = 1
    const boxes = [{ x: 18, y: 16, width: 12, height: 16, label: 0 }]
    const set = fromExamples([0, 1].map(() => ({ image: { shape: [32, 32, 1], data }, boxes })))
    const model = Detector({ classes: 1, channels: 1, widths: [4, 8], depth: 1, features: 8 }).initialize(1)
    const task = train.detection(model, 1)
    const optimizer = optim.Adam(model.parameters(), { learningRate: 0.02 })
    await train.fit({ model, task, optimizer, train: set, epochs: 40, batchSize: 2 })
    model.train()
    const [first] = await train.decodeBoxes(
      task.forward({ image: tensor(data, { shape: [1, 32, 32, 1] }), boxes: [boxes] }),
    )
    expect(first[0]).toMatchObject({ x: expect.closeTo(18, -0.5), y: expect.closeTo(16, -0.5), label: 0 })
    expect(Object.keys(await train.evaluate(model, task, set))).toEqual(['loss', 'map50', 'map50to95', 'ap50 of 0'])
  })
})
