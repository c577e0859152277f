import { describe, expect, it } from 'vitest'
import * as data from '../data/index.ts'
import * as nn from '../nn/index.ts'
import { mean, power, subtract } from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import * as train from './index.ts'

const network = () =>
  nn
    .Sequential(
      nn.Conv2d({ in: 1, out: 4, kernel: 3 }),
      nn.BatchNorm({ channels: 4, activation: 'relu' }),
      nn.Flatten(),
      nn.Linear({ in: 144, out: 10 }),
    )
    .initialize(1)

const numbers = async (state: Record<string, { data(): Promise<ArrayLike<number>> }>) =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(state).map(async ([name, value]) => [name, Array.from(await value.data())] as const),
    ),
  )

describe('the search for a learning rate', () => {
  const digits = data.digits({ count: 120, size: 8 })

  it('tries rates that rise evenly, and leaves the network and the optimiser as they were', async () => {
    const model = network()
    const optimizer = optim.AdamW(model.parameters(), { learningRate: 0.02 })
    const task = train.classification(model, 10)
    await train.fit({ model, task, optimizer, train: digits, epochs: 1, batchSize: 40 })
    const before = [await numbers(model.state()), await numbers(optimizer.state())]
    const { rate, rates, losses, smoothed } = await train.findLearningRate({
      ...{ model, task, optimizer, train: digits, batchSize: 40 },
      ...{ least: 1e-4, most: 1, steps: 41 },
    })
    expect([await numbers(model.state()), await numbers(optimizer.state())]).toEqual(before)
    expect(rates.map((tried) => Math.log10(tried))).toEqual(rates.map((_, step) => expect.closeTo(step / 10 - 4, 6)))
    expect([losses.length, smoothed.length]).toEqual([rates.length, rates.length])
    expect(rate).toBeCloseTo(rates[smoothed.indexOf(Math.min(...smoothed))] / 10)
  })

  it('takes the losses of the steps that training would take at those rates', async () => {
    const options = { train: digits, batchSize: 40, seed: 3 }
    const searched = network()
    const { losses, rates } = await train.findLearningRate({
      ...{ ...options, model: searched, task: train.classification(searched, 10), steps: 12, least: 0.001, most: 0.01 },
      optimizer: optim.AdamW(searched.parameters()),
    })
    const trained = network()
    const seen: number[] = []
    await train.fit({
      ...{ ...options, model: trained, task: train.classification(trained, 10), epochs: 4 },
      optimizer: optim.AdamW(trained.parameters(), { learningRate: 1 }),
      schedule: (step) => rates[step],
      onEvent(event) {
        if (event.type === 'step') seen.push(event.loss)
      },
    })
    expect(losses.length).toBe(12)
    expect(losses).toEqual(seen.map((loss) => expect.closeTo(loss, 4)))
  })

  it('finds a rate between those that learn nothing and those that diverge', async () => {
    // The mean of (w − 3)² over a batch: gradient descent converges for rates below 1, and fastest at 0.5.
    const model = nn.Sequential(nn.Linear({ in: 1, out: 1, bias: false })).initialize(2)
    const one = { shape: [1], data: Float32Array.of(1) }
    const examples = data.fromExamples(Array.from({ length: 64 }, () => ({ x: one })))
    const task: train.Task<{ readonly x: data.Values }, Tensor> = {
      forward: ({ x }) => model(x),
      loss: (output) => mean(power(subtract(output, 3), 2)),
    }
    const { rate, rates } = await train.findLearningRate({
      ...{ model, task, train: examples, batchSize: 8, least: 1e-4, most: 1e4, steps: 100 },
      optimizer: optim.SGD(model.parameters(), { learningRate: 0.1 }),
    })
    expect(rates.at(-1)).toBeLessThan(1e3)
    expect(rate).toBeGreaterThan(0.01)
    expect(rate).toBeLessThan(0.2)
  })

  it('refuses rates that do not rise, few steps, and an optimiser without a rate', async () => {
    const model = network()
    const options = { model, task: train.classification(model, 10), train: digits }
    const search = (rest: object, learningRate = 0.1) =>
      train.findLearningRate({ ...options, optimizer: optim.SGD(model.parameters(), { learningRate }), ...rest })
    await expect(search({ least: 1, most: 0.1 })).rejects.toThrow(
      'findLearningRate: the rates go from 1 to 0.1; they must rise, from above 0.',
    )
    await expect(search({ steps: 3 })).rejects.toThrow(
      'findLearningRate: steps is 3; it must be a whole number of 10 or more.',
    )
    await expect(search({}, 0)).rejects.toThrow(
      'findLearningRate: the optimiser has a learning rate of 0. Give it any other.',
    )
  })
})
