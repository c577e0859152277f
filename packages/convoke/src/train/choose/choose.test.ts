import { describe, expect, it } from 'vitest'
import * as data from '../../data/index.ts'
import * as nn from '../../nn/index.ts'
import * as optim from '../../optim/index.ts'
import { memory } from '../../tensor/index.ts'
import * as train from '../index.ts'

const measured = (name: string, accuracy: number, macs: number, error = 0.01): train.Measured => ({
  ...{ name, accuracy, error },
  cost: { parameters: macs * 2, macs, milliseconds: null },
})

describe('a recommendation', () => {
  it('is the cheapest choice within one standard error of the best, with the figures that led to it', () => {
    const choices = [measured('small', 0.9, 100), measured('middle', 0.945, 1000), measured('large', 0.95, 50_000)]
    const { best, recommended, reason } = train.recommend(choices, 'macs')
    expect([best, recommended]).toEqual(['large', 'middle'])
    expect(reason).toBe(
      'middle (94.50%, 1,000 multiply-accumulates) is the cheapest whose accuracy lies within one standard error, 1.00%, of the best, large (95.00%, 50,000 multiply-accumulates): the validation set cannot tell them apart, and it needs 50 times fewer multiply-accumulates.',
    )
  })

  it('is the best where nothing cheaper comes near, and the only one where there is one', () => {
    expect(train.recommend([measured('a', 0.5, 1), measured('b', 0.9, 2)], 'parameters').reason).toBe(
      'b (90.00%, 4 parameters) is the most accurate, and no cheaper choice comes within one standard error, 1.00%, of it.',
    )
    expect(train.recommend([measured('a', 0.5, 1)], 'macs').reason).toMatch(/is the only choice/)
    expect(() => train.recommend([], 'macs')).toThrow('nothing was measured')
  })

  it('prefers the cheaper of equals', () => {
    expect(train.recommend([measured('a', 0.9, 2), measured('b', 0.9, 1)], 'macs')).toMatchObject({ best: 'b' })
  })

  it('knows the front: what nothing beats in both', () => {
    const choices = [
      measured('a', 0.8, 1),
      measured('b', 0.7, 2),
      measured('c', 0.9, 3),
      measured('d', 0.9, 4),
      measured('e', 0.8, 1),
    ]
    expect(train.paretoFront(choices, 'macs')).toEqual(['a', 'c', 'e'])
  })

  it('has the error of a share, and of the mean of several trials', () => {
    expect(train.accuracyError([0.5], 96)).toBeCloseTo(0.05)
    // √(0.25/100 + ((0.1² + 0.1²)/1)/2)
    expect(train.accuracyError([0.4, 0.6], 96)).toBeCloseTo(Math.sqrt(0.0025 + 0.01))
    // All right: 98 of 100.
    expect(train.accuracyError([1], 96)).toBeCloseTo(Math.sqrt((0.98 * 0.02) / 100))
  })
})

describe('choices', () => {
  it('are every combination, built with its kernel, count and depth', () => {
    const choices = train.cnnChoices({ classes: 10, kernels: [3, 5], counts: [4, 8], depths: [1, 2] })
    expect(choices).toHaveLength(8)
    const five = choices.find(
      ({ settings }) => settings['kernel'] === 5 && settings['count'] === 8 && settings['depth'] === 2,
    )!
    const shapes = five.build().namedParameters()
    expect(shapes['stage1.unit1.conv.weight'].shape).toEqual([5, 5, 1, 8])
    expect(shapes['stage2.unit2.conv.weight'].shape).toEqual([5, 5, 16, 16])
  })

  it('of texts are windows by maps', () => {
    const choices = train.textChoices({ vocabulary: 9, classes: 3, size: 4, windows: [[2], [2, 3]], maps: [5] })
    expect(choices.map(({ name }) => name)).toEqual(['windows 2, 5 maps', 'windows 2+3, 5 maps'])
    expect(choices[1].build().state()['head.weight'].shape).toEqual([10, 3])
  })

  it('refuse what is no list of sizes', () => {
    expect(() => train.cnnChoices({ classes: 2, kernels: [] })).toThrow('kernels are []')
    expect(() => train.cnnChoices({ classes: 2, counts: [4, 4] })).toThrow('counts are [4, 4]')
    expect(() => train.textChoices({ vocabulary: 9, maps: [0] })).toThrow('maps are [0]')
  })
})

const digits = data.cacheDataset(data.digits({ count: 200, size: 10 }))
const [training, validation] = data.splitDataset(digits, [0.7, 0.3], { seed: 1 })

const given = {
  choices: train.cnnChoices({ classes: 10, kernels: [1, 3], counts: [2, 6], depths: [1] }),
  inputShape: [1, 10, 10, 1],
  task: (model: nn.Module) => train.classification(model, 10),
  ...{ train: training, validation, epochs: 2, batchSize: 20 },
}

const linear = (name: string): train.Choice => ({
  ...{ name, settings: {} },
  build: () => nn.Sequential(nn.Flatten(), nn.Linear({ in: 100, out: 10 })),
})

describe('choosing', () => {
  it('trains every choice, tells what it does, and says which to take', async () => {
    const before = memory().buffers
    const events: string[] = []
    const result = await train.choose({
      ...given,
      onEvent: (event) => {
        if (event.type !== 'training')
          events.push(`${event.type} ${event.type === 'trial' ? event.trial.name : event.name}`)
      },
    })
    expect(events).toHaveLength(8)
    expect(result.rows.map(({ name }) => name)).toEqual(given.choices.map(({ name }) => name))
    for (const { cost, accuracy, error, trials, seconds } of result.rows) {
      expect(trials).toHaveLength(1)
      expect(accuracy).toBeGreaterThanOrEqual(0)
      expect(error).toBe(train.accuracyError([accuracy!], validation.length))
      expect(cost.milliseconds).toBeGreaterThan(0)
      expect(seconds).toBeGreaterThan(0)
    }
    // 10·10·(1·k²·c) of the convolution and 10·c of the last layer.
    expect(result.rows.map(({ cost }) => cost.macs)).toEqual([220, 660, 1820, 5460])
    const best = Math.max(...result.rows.map(({ accuracy }) => accuracy!))
    expect(result.rows.find(({ name }) => name === result.best)!.accuracy).toBe(best)
    expect(result.reason).toContain(result.recommended)
    expect(result.rows.find(({ name }) => name === result.best)!.onFront).toBe(true)
    expect(memory().buffers).toBe(before)
  })

  it('gives the same accuracies again, and other ones for other seeds', async () => {
    const run = async (seeds: number[]) =>
      (await train.choose({ ...given, choices: given.choices.slice(2), seeds })).rows.flatMap(({ trials }) =>
        trials.map(({ loss }) => loss),
      )
    const [first, again, both] = [await run([1]), await run([1]), await run([1, 2])]
    expect(again).toEqual(first)
    expect([both[0], both[2]]).toEqual(first)
    expect(both[1]).not.toBe(both[0])
  })

  it('leaves out what is above the budget, without training it', async () => {
    const names: string[] = []
    const result = await train.choose({
      ...given,
      budget: { parameters: 100, macs: 1000 },
      onTrial: (trial) => void names.push(trial.name),
    })
    expect(names).toEqual([given.choices[0].name, given.choices[1].name])
    expect(result.rows.map(({ skipped }) => skipped)).toEqual([null, null, 'macs', 'parameters'])
    const none = await train.choose({ ...given, budget: { macs: 1 } })
    expect([none.best, none.recommended]).toEqual([null, null])
    expect(none.reason).toMatch(/No choice was trained/)
  })

  it('starts with the cheapest and stops when the time is spent', async () => {
    const result = await train.choose({ ...given, budget: { seconds: 1e-9 } })
    expect(result.rows.map(({ skipped }) => skipped)).toEqual([null, 'time', 'time', 'time'])
    expect(result.recommended).toBe(given.choices[0].name)
  })

  it('goes on from earlier trials, and loses no more than the one that was stopped', async () => {
    const controller = new AbortController()
    const kept: train.Trial[] = []
    const stopped = await train.choose({
      ...given,
      signal: controller.signal,
      onTrial: (trial) => void kept.push(trial),
      onEvent: (event) => {
        if (event.type === 'training' && event.event.type === 'step' && kept.length === 2) controller.abort()
      },
    })
    expect(kept).toHaveLength(2)
    expect(stopped.rows.map(({ skipped }) => skipped)).toEqual([null, null, 'stopped', 'stopped'])
    const made: string[] = []
    const rest = await train.choose({ ...given, previous: kept, onTrial: (trial) => void made.push(trial.name) })
    expect(made).toEqual([given.choices[2].name, given.choices[3].name])
    const whole = await train.choose(given)
    expect(rest.rows.map(({ accuracy }) => accuracy)).toEqual(whole.rows.map(({ accuracy }) => accuracy))
  })

  it('tells which choice does not fit or diverges, and tries the others', async () => {
    const deep = train.cnnChoices({ classes: 10, kernels: [3], counts: [2], depths: [1, 6] })
    const result = await train.choose({ ...given, choices: deep })
    expect(result.rows.map(({ skipped }) => skipped)).toEqual([null, 'failed'])
    expect(result.rows[1].problem).toMatch(/\S/)
    const wild = await train.choose({
      ...given,
      choices: [linear('linear')],
      optimizer: (parameters) => optim.SGD(parameters, { learningRate: 1e38 }),
    })
    expect(wild.rows[0]).toMatchObject({ skipped: 'failed', accuracy: null })
  })

  it('takes choices of your own, and refuses two of one name', async () => {
    const result = await train.choose({ ...given, choices: [linear('linear')], cost: 'parameters' })
    expect(result.reason).toMatch(/1,010 parameters/)
    await expect(train.choose({ ...given, choices: [linear('a'), linear('a')] })).rejects.toThrow(
      'two choices are called "a"',
    )
    await expect(train.choose({ ...given, choices: [] })).rejects.toThrow('there are no choices')
  })
})
