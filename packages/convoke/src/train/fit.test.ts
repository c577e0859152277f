import { describe, expect, it } from 'vitest'
import type { Dataset } from '../data/index.ts'
import * as data from '../data/index.ts'
import * as models from '../models/index.ts'
import * as nn from '../nn/index.ts'
import { log, multiply } from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import { memory, type Tensor } from '../tensor/index.ts'
import { decodeTrainingState, encodeTrainingState, type TrainingState } from './checkpoint.ts'
import * as train from './index.ts'
import { brightness, network, setUp, weights } from './testing/small-run.ts'

it('refuses a schedule that gives no number, before it spoils the weights', async () => {
  for (const factor of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const { model, options } = setUp({ epochs: 4, schedule: (step) => (step === 2 ? factor : 1) })
    await expect(train.fit(options)).rejects.toThrow(`fit: the schedule gives ${factor} at step 2`)
    for (const parameter of model.parameters()) expect((await parameter.data()).every(Number.isFinite)).toBe(true)
  }
})

describe('fit', () => {
  it('learns, measures each epoch, and leaves the model ready to predict', async () => {
    const { model, options } = setUp({ epochs: 12, validation: brightness(6), schedule: optim.constantRate() })
    const { reason, progress } = await train.fit(options)
    expect(reason).toBe('finished')
    expect(progress.step).toBe(36)
    expect(progress.history).toHaveLength(12)
    expect(progress.history[11].loss).toBeLessThan(progress.history[0].loss)
    expect(progress.history[11].validation?.['accuracy']).toBe(1)
    expect(model.training).toBe(false)
  })

  it('tells how long steps waited for their batches', async () => {
    const quick = brightness(12)
    const slow: typeof quick = {
      ...quick,
      get: async (index) => {
        await new Promise((resolve) => setTimeout(resolve, 30))
        return quick.get(index)
      },
    }
    const { options } = setUp({ epochs: 2, train: slow, batchSize: 4 })
    for (const { waiting, seconds } of (await train.fit(options)).progress.history) {
      // The first batch of each epoch is waited for in full; clocks round.
      expect(waiting!).toBeGreaterThan(0.025)
      expect(waiting!).toBeLessThanOrEqual(seconds)
    }
  })

  it('takes the epoch with the lower loss for the best among those of one score', async () => {
    const { options } = setUp({ epochs: 12, validation: brightness(6), schedule: optim.constantRate() })
    const { history, best } = (await train.fit(options)).progress
    const full = history.filter(({ validation }) => validation?.['accuracy'] === 1)
    expect(full.length).toBeGreaterThan(2)
    const [lowest] = full.toSorted((a, b) => a.validation!['loss'] - b.validation!['loss'])
    expect(best).toEqual({ epoch: lowest.epoch, score: 1 })
  })

  it.each([
    { tolerance: undefined, epoch: 2 },
    { tolerance: 0.05, epoch: 4 },
    { tolerance: 0.2, epoch: 5 },
  ])('takes the latest epoch within the tolerance $tolerance of the best score', async ({ tolerance, epoch }) => {
    const scores = [0.5, 0.9, 0.7, 0.86, 0.75]
    const { options } = setUp({ epochs: scores.length, validation: brightness(4), tolerance })
    let next = 0
    const meter = () => ({ add: () => {}, values: () => ({ accuracy: scores[next++] }) })
    const { best } = (await train.fit({ ...options, task: { ...options.task, meter } })).progress
    expect(best).toEqual({ epoch, score: scores[epoch - 1] })
  })

  it('stops early where no score exceeds the highest, however many are as good within the tolerance', async () => {
    const scores = [0.5, 0.9, 0.89, 0.89, 0.89, 0.89]
    const { options } = setUp({
      ...{ epochs: scores.length, validation: brightness(4), tolerance: 0.05, earlyStopping: { patience: 3 } },
    })
    let next = 0
    const meter = () => ({ add: () => {}, values: () => ({ accuracy: scores[next++] }) })
    const { reason, progress } = await train.fit({ ...options, task: { ...options.task, meter } })
    expect([reason, progress.epoch, progress.best?.epoch]).toEqual(['early', 5, 5])
  })

  it('gives the same weights to the bit for the same seed, and others for another', async () => {
    const [a, b, c] = [setUp(), setUp(), setUp({ seed: 10 })]
    for (const { options } of [a, b, c]) await train.fit(options)
    expect(weights(a.model)).toEqual(weights(b.model))
    expect(weights(a.model)).not.toEqual(weights(c.model))
  })

  it('holds no more memory after many steps than after a few', async () => {
    const held: number[] = []
    const { options } = setUp({
      epochs: 4,
      clipNorm: 0.5,
      save: () => {},
      clipValue: 1,
      onEvent: (event) => {
        if (event.type === 'epoch') held.push(memory().buffers)
      },
    })
    await train.fit(options)
    expect(new Set(held.slice(1)).size).toBe(1)
  })

  it.each([1, 2])('goes on to the bit from any checkpoint, accumulating %i batches a step', async (accumulate) => {
    const states: TrainingState[] = []
    const whole = setUp({ accumulate, saveEvery: 1, save: (state) => void states.push(state) })
    await train.fit(whole.options)
    expect(states.length).toBeGreaterThan(4)
    for (const state of states) {
      const rest = setUp({ accumulate, resume: decodeTrainingState(encodeTrainingState(state)) })
      rest.model.initialize(77)
      await train.fit(rest.options)
      expect(weights(rest.model)).toEqual(weights(whole.model))
    }
  })

  it('stops at a signal with a checkpoint, from which it goes on as if nothing had been', async () => {
    const whole = setUp()
    const { progress: finished } = await train.fit(whole.options)
    const controller = new AbortController()
    let last: TrainingState | undefined
    const first = setUp({
      signal: controller.signal,
      save: (state) => {
        last = state
      },
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 4) controller.abort()
      },
    })
    expect((await train.fit(first.options)).reason).toBe('interrupted')
    expect(last?.progress).toMatchObject({ step: 4, epoch: 1, batch: 1 })
    const rest = setUp({ resume: last })
    const { reason, progress } = await train.fit(rest.options)
    expect(reason).toBe('finished')
    expect(weights(rest.model)).toEqual(weights(whole.model))
    expect(progress.history.map(({ loss }) => loss)).toEqual(finished.history.map(({ loss }) => loss))
  })

  it('ends after so many steps, within an epoch too, and measures what it saw of that', async () => {
    // Three steps an epoch.
    const cut = setUp({ epochs: 12, steps: 7, validation: brightness(6) })
    const { reason, progress } = await train.fit(cut.options)
    expect([reason, progress.step, progress.epoch, progress.batch]).toEqual(['finished', 7, 3, 0])
    expect(progress.history.map(({ step }) => step)).toEqual([3, 6, 7])
    expect(progress.history.every(({ validation }) => validation !== null)).toBe(true)

    // Planned anew while it runs; the weights are those of a run that knew from the start.
    const asked: number[] = []
    let [planned, last] = [100, 0]
    const moving = setUp({
      ...{ epochs: 12, validation: brightness(6) },
      steps() {
        asked.push(last)
        return planned
      },
      onEvent: (event) => {
        if (event.type === 'step') last = event.step
        if (event.type === 'step' && event.step === 4) planned = 7
      },
    })
    expect((await train.fit(moving.options)).progress.step).toBe(7)
    expect(weights(moving.model)).toEqual(weights(cut.model))
    expect(Math.max(...asked)).toBe(7)
    await expect(train.fit(setUp({ steps: 0 }).options)).rejects.toThrow('steps is 0')
  })

  it('tells what happens', async () => {
    const seen: train.TrainingEvent[] = []
    const { options } = setUp({ epochs: 1, onEvent: (event) => void seen.push(event), save: () => {} })
    await train.fit(options)
    expect(seen.map(({ type }) => type)).toEqual(['start', 'step', 'step', 'step', 'epoch', 'checkpoint', 'stop'])
    expect(seen[2]).toMatchObject({ epoch: 1, step: 2, batch: 2, batches: 3 })
    expect((seen[2] as train.StepEvent).gradientNorm).toBeGreaterThan(0)
    expect(seen[4]).toMatchObject({ best: true })
  })

  it('stops early when the best epoch is long past', async () => {
    const { options } = setUp({ epochs: 50, validation: brightness(4), earlyStopping: { patience: 2 } })
    const { reason, progress } = await train.fit(options)
    expect(reason).toBe('early')
    expect(progress.epoch - (progress.best?.epoch ?? 0)).toBe(2)
  })

  it('makes one step of several batches, equal to that of one large batch', async () => {
    const plain = () => nn.Sequential(nn.Flatten(), nn.Linear({ in: 4, out: 2 })).initialize(1)
    const step = async (batchSize: number, accumulate: number) => {
      const model = plain()
      const task = train.classification(model, 2)
      const optimizer = optim.SGD(model.parameters(), { learningRate: 1 })
      await train.fit({ model, task, optimizer, train: brightness(8), epochs: 1, batchSize, accumulate })
      return Array.from(model.state()['1.weight'].dataSync())
    }
    const [large, small] = [await step(8, 1), await step(2, 4)]
    expect(small).toEqual(large.map((value) => expect.closeTo(value, 6)))
  })

  it.each([
    [7, 3, 3],
    [11, 4, 3],
    [10, 4, 3],
    [9, 4, 3],
  ])(
    'weighs accumulated gradients by their examples: %i in batches of %i, %i a step',
    async (count, batchSize, accumulate) => {
      const step = async (size: number, together: number) => {
        const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 4, out: 2 })).initialize(1)
        const task = train.classification(model, 2)
        const optimizer = optim.SGD(model.parameters(), { learningRate: 1 })
        const options = { batchSize: size, accumulate: together }
        await train.fit({ model, task, optimizer, train: brightness(count), epochs: 1, ...options })
        return Array.from(model.state()['1.weight'].dataSync())
      }
      const large = await step(count, 1)
      expect(await step(batchSize, accumulate)).toEqual(large.map((value) => expect.closeTo(value, 5)))
    },
  )

  it('puts an example left over into the batch before, where batch normalisation would find it alone', async () => {
    const seen: train.TrainingEvent[] = []
    const model = nn
      .Sequential({
        conv: nn.Conv2d({ in: 1, out: 3, kernel: 2 }),
        pool: nn.GlobalAveragePool(),
        norm: nn.BatchNorm({ channels: 3 }),
        head: nn.Linear({ in: 3, out: 2 }),
      })
      .initialize(4)
    const options = {
      ...{ model, task: train.classification(model, 2), optimizer: optim.SGD(model.parameters()), epochs: 2 },
      onEvent: (event: train.TrainingEvent) => void seen.push(event),
    }
    const { reason, progress } = await train.fit({ ...options, train: brightness(9), batchSize: 4 })
    expect([reason, progress.step]).toEqual(['finished', 4])
    expect(seen[0]).toMatchObject({ type: 'start', batches: 2, lastBatch: 5 })
    const dropped = await train.fit({ ...options, train: brightness(9), batchSize: 5, dropLast: true })
    expect(dropped.progress.step).toBe(2)
    await expect(train.fit({ ...options, train: brightness(3), batchSize: 4, dropLast: true })).rejects.toThrow(
      '3 examples do not fill a batch of 4',
    )
  })

  it.each([
    [[Number.NaN, 0.1, 0.2, 0.9], undefined, { epoch: 4, score: 0.9 }, 4],
    [[Number.NaN, 0.1, 0.2, 0.9], 2, { epoch: 4, score: 0.9 }, 4],
    [[0.5, Number.NaN, Number.NaN, Number.NaN, 0.9], 2, { epoch: 5, score: 0.9 }, 5],
    [[0.5, Number.NaN, 0.4, 0.3, 0.9], 2, { epoch: 1, score: 0.5 }, 4],
    [[Number.NaN, Number.NaN, Number.NaN], 1, null, 3],
    [[Number.NEGATIVE_INFINITY, Number.NaN, 0.1], undefined, { epoch: 3, score: 0.1 }, 3],
  ])(
    'lets a score of NaN be neither the best nor a reason to stop: %j, patience %j',
    async (scores, patience, best, epochs) => {
      const run = async (resumeAt?: number) => {
        let state: TrainingState | undefined
        const go = async (last: number, resume?: TrainingState) => {
          const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 4, out: 2 })).initialize(1)
          let epoch = resume?.progress.epoch ?? 0
          const meter = () => ({ add: () => {}, values: () => ({ score: scores[epoch++] }) })
          return train.fit({
            ...{ model, task: { ...train.classification(model, 2), meter }, optimizer: optim.SGD(model.parameters()) },
            ...{ train: brightness(4), validation: brightness(2), epochs: last, monitor: 'score', resume },
            ...(patience === undefined ? {} : { earlyStopping: { patience } }),
            save: (saved) => {
              state = decodeTrainingState(encodeTrainingState(saved))
            },
          })
        }
        if (resumeAt === undefined) return go(scores.length)
        await go(resumeAt)
        return go(scores.length, state)
      }
      for (const resumeAt of [undefined, 1, 2]) {
        const { progress } = await run(resumeAt)
        expect([progress.best, progress.epoch]).toEqual([best, epochs])
      }
    },
  )

  it('freezes what is frozen', async () => {
    const model = network().freeze('conv.*')
    const before = weights(model)
    const task = train.classification(model, 2)
    await train.fit({ model, task, optimizer: optim.SGD(model.parameters()), train: brightness(4), epochs: 1 })
    expect(weights(model)['conv.weight']).toEqual(before['conv.weight'])
    expect(weights(model)['head.weight']).not.toEqual(before['head.weight'])
  })
})

describe('fit refuses', () => {
  it('a loss that is not finite, naming step and layer, with the weights of the step before', async () => {
    const model = nn
      .Sequential({
        flatten: nn.Flatten(),
        first: nn.Linear({ in: 4, out: 3 }),
        broken: (x: Tensor) => log(multiply(x, 0)),
        head: nn.Linear({ in: 3, out: 2 }),
      })
      .initialize(1)
    const before = weights(model)
    const optimizer = optim.SGD(model.parameters())
    const run = train.fit({ model, task: train.classification(model, 2), optimizer, train: brightness(4), epochs: 1 })
    await expect(run).rejects.toThrow(
      /the loss is NaN at step 1 \(epoch 1\); the first that is not finite is the layer broken/,
    )
    expect(weights(model)).toEqual(before)
  })

  it('a gradient that is not finite, naming its parameter', async () => {
    const model = nn.Sequential(nn.Flatten(), nn.Linear({ in: 4, out: 2 })).initialize(1)
    const task = train.classification(model, 2)
    const steep = { ...task, loss: (...inputs: Parameters<typeof task.loss>) => multiply(task.loss(...inputs), 3e38) }
    const optimizer = optim.SGD(model.parameters())
    const run = train.fit({ model, task: steep, optimizer, train: brightness(4), epochs: 1 })
    await expect(run).rejects.toThrow('a gradient is not finite at step 1 (epoch 1)')
  })

  it('an optimiser over other parameters, a foreign checkpoint, an empty set', async () => {
    const { options } = setUp()
    const stranger = optim.SGD(network().parameters())
    await expect(train.fit({ ...options, optimizer: stranger })).rejects.toThrow(
      'parameters that the model does not train',
    )
    await expect(train.fit({ ...options, train: brightness(0) })).rejects.toThrow('the training set is empty')
    await expect(train.fit({ ...options, epochs: 0 })).rejects.toThrow('epochs is 0')
    await expect(train.fit({ ...options, tolerance: -1 })).rejects.toThrow('tolerance is -1; it must be 0 or more')
    await expect(train.fit({ ...options, monitor: 'recal' })).rejects.toThrow('there is no measure "recal" to monitor')
    let state: TrainingState | undefined
    const save = (saved: TrainingState): void => {
      state = saved
    }
    await train.fit({ ...options, epochs: 1, save })
    await expect(train.fit({ ...options, seed: 1, resume: state })).rejects.toThrow('made with seed 9 and batch size 4')
    const other = nn.Sequential(nn.Flatten(), nn.Linear({ in: 4, out: 2 }))
    const foreign = { ...options, model: other, optimizer: optim.SGD(other.parameters()), resume: state }
    await expect(train.fit(foreign)).rejects.toThrow('the tensors are of another architecture: 1.weight is missing')
  })
})

describe('flat buffers', () => {
  it('hold tensors one after another, divided between them only', async () => {
    const tensors = network().parameters()
    const buffers = await train.toFlatBuffers(tensors, 14)
    expect(buffers.every(({ length }) => length <= 14)).toBe(true)
    const back = train.fromFlatBuffers(
      buffers,
      tensors.map(({ shape }) => shape),
    )
    expect(back.map((value) => value.toArray())).toEqual(tensors.map((value) => value.toArray()))
    expect(() => train.fromFlatBuffers(buffers, [[99]])).toThrow('the buffers end within a tensor of 99 elements')
  })
})

it('a TextCNN learns that "not" turns a sentence around', async () => {
  const read = async (count: number, seed: number) => {
    const set = data.sentences({ count, seed })
    const texts = Array.from({ length: count }, (_, i) => set.get(i) as data.LabelledText)
    return { set, words: texts.map(({ text }) => data.englishWords(text)) }
  }
  const [training, testing] = [await read(600, 1), await read(100, 2)]
  const words = data.vocabulary(training.words)
  const tokens = (set: Dataset<data.LabelledText>) =>
    data.tokenizeDataset(set, data.englishWords, words, { length: 20 })
  const model = models.TextCNN({ vocabulary: words.size, size: 12, maps: 12, dropout: 0 }).initialize(1)
  const { progress } = await train.fit({
    model,
    task: train.textClassification(model, 2),
    optimizer: optim.Adam(model.parameters(), { learningRate: 0.02 }),
    train: await tokens(training.set),
    validation: await tokens(testing.set),
    epochs: 8,
    batchSize: 40,
  })
  expect(progress.history[7].validation?.['accuracy']).toBeGreaterThan(0.85)
})

it('a compact network learns the digits', async () => {
  const model = models.CompactCNN({ classes: 10, widths: [4, 8, 16], dropout: 0 }).initialize(1)
  const { progress } = await train.fit({
    model,
    task: train.classification(model, 10),
    optimizer: optim.Adam(model.parameters(), { learningRate: 0.02 }),
    train: data.digits({ count: 120, seed: 1, size: 14 }),
    validation: data.digits({ count: 60, seed: 2, size: 14 }),
    epochs: 5,
    batchSize: 20,
  })
  expect(progress.history[4].validation?.['accuracy']).toBeGreaterThan(0.5)
})
