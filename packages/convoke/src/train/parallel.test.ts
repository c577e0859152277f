import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { currentBackend } from '../backends/current.ts'
import { useBackend } from '../backends/index.ts'
import * as data from '../data/index.ts'
import * as nn from '../nn/index.ts'
import * as optim from '../optim/index.ts'
import { tensor } from '../tensor/create.ts'
import { retain } from '../tensor/storage.ts'
import { Tensor } from '../tensor/tensor.ts'
import { localWorlds } from '../world/testing/local-worlds.ts'
import { alone, type ParallelWorld } from '../world/world.ts'
import type { TrainingState } from './checkpoint.ts'
import * as train from './index.ts'
import { bucketsOf, reducer } from './reducer.ts'
import { weights } from './testing/small-run.ts'

const digits = data.digits({ count: 45, size: 8 })
const held = data.digits({ count: 13, size: 8, seed: 5 })

/** A network without batch normalisation or dropout: ranks and one process compute the same. */
const network = () =>
  nn
    .Sequential(
      nn.Conv2d({ in: 1, out: 4, kernel: 3, padding: 'same' }),
      nn.Activation('relu'),
      nn.Flatten(),
      nn.Linear({ in: 256, out: 10 }),
    )
    .initialize(3)

type Changes = Partial<train.FitOptions<data.ClassifiedPicture, Tensor>>

async function run(parallel: ParallelWorld, changes: Changes = {}, make = network) {
  const model = make()
  const losses: number[] = []
  const { progress } = await train.fit({
    model,
    task: train.classification(model, 10),
    optimizer: optim.SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9 }),
    train: digits,
    validation: held,
    epochs: 2,
    // 12, 12, 12 and 9.
    batchSize: 12,
    onEvent: (event) => {
      if (event.type === 'step') losses.push(event.loss)
    },
    parallel,
    ...changes,
  })
  return { model, losses, progress, weights: weights(model) }
}

const together = <T>(size: number, body: (world: ReturnType<typeof localWorlds>[number]) => Promise<T>): Promise<T[]> =>
  Promise.all(localWorlds(size).map(body))

/** The largest difference between two sets of weights, over the largest weight. */
function difference(a: Record<string, number[]>, b: Record<string, number[]>): number {
  let [most, largest] = [0, 0]
  for (const [name, values] of Object.entries(a)) {
    values.forEach((value, i) => {
      most = Math.max(most, Math.abs(value - b[name][i]))
      largest = Math.max(largest, Math.abs(value))
    })
  }
  return most / largest
}

beforeAll(() => useBackend('native').catch(() => useBackend('wasm')))
afterAll(() => useBackend('native').catch(() => {}))

describe('ranks that train together', () => {
  it.each([2, 3, 4])('%i of them take the steps of one process', async (size) => {
    const one = await run(alone)
    const ranks = await together(size, (world) => run(world))
    expect(ranks[0].losses.length).toBe(8)
    expect(difference(one.weights, ranks[0].weights)).toBeLessThan(1e-5)
    ranks[0].losses.forEach((loss, i) => {
      expect(Math.abs(loss - one.losses[i])).toBeLessThan(1e-5 * one.losses[i])
    })
    for (const rank of ranks.slice(1)) {
      expect(rank.weights).toEqual(ranks[0].weights)
      expect(rank.losses).toEqual([])
    }
    const [mine, theirs] = [one, ranks[0]].map(({ progress }) => progress.history)
    theirs.forEach(({ loss, validation }, i) => {
      expect(loss).toBeCloseTo(mine[i].loss, 5)
      expect(validation?.['accuracy']).toBe(mine[i].validation?.['accuracy'])
      expect(validation?.['loss']).toBeCloseTo(mine[i].validation!['loss'], 4)
    })
    expect(theirs.map(({ validation }) => validation)).toEqual(
      ranks[1].progress.history.map(({ validation }) => validation),
    )
  })

  it('give the same bits twice', async () => {
    const [first] = await together(3, (world) => run(world))
    const [second] = await together(3, (world) => run(world))
    expect(second.weights).toEqual(first.weights)
    expect(second.losses).toEqual(first.losses)
  })

  it.each([
    ['accumulated batches', { accumulate: 3 }],
    ['clipping by norm', { clipNorm: 0.1 }],
    ['clipping by value', { clipValue: 0.001 }],
    ['no plans', { compile: false }],
    ['partial batches left out', { dropLast: true }],
    // 45 = 4 · 11 + 1: the one left over joins the batch before.
    ['a joined last batch', { batchSize: 11 }],
    // 45 = 43 + 2: of four ranks three have nothing.
    ['a last batch smaller than the ranks', { batchSize: 43 }],
    // Of the step's 45 examples, three ranks have none in the second batch.
    ['accumulated batches of which the last is smaller than the ranks', { batchSize: 43, accumulate: 2 }],
    ['accumulated batches and no plans', { accumulate: 3, compile: false }],
  ] as const)('take the steps of one process with %s', async (_, changes) => {
    const one = await run(alone, changes)
    const [rank] = await together(4, (world) => run(world, changes))
    expect(rank.losses.length).toBe(one.losses.length)
    expect(difference(one.weights, rank.weights)).toBeLessThan(1e-5)
  })

  it('train where memory cannot be shared with the network', async () => {
    const native = await together(2, (world) => run(world))
    const changes = { epochs: 1, accumulate: 2 }
    await useBackend('reference')
    const reference = await together(2, (world) => run(world, changes)).finally(() => useBackend('native'))
    const one = await run(alone, changes)
    expect(difference(one.weights, reference[0].weights)).toBeLessThan(1e-4)
    expect(native.length).toBe(2)
  })

  it('keep an average of weights and one set of running statistics', async () => {
    const make = () =>
      nn
        .Sequential(
          nn.Conv2d({ in: 1, out: 4, kernel: 3 }),
          nn.BatchNorm({ channels: 4 }),
          nn.Flatten(),
          nn.Linear({ in: 144, out: 10 }),
        )
        .initialize(1)
    const ranks = await together(2, async (world) => {
      const model = make()
      const average = optim.weightAverage(model.state())
      let saved: TrainingState | undefined
      await train.fit({
        ...{ model, average, parallel: world, train: digits, epochs: 1, batchSize: 12 },
        task: train.classification(model, 10),
        optimizer: optim.AdamW(model.parameters()),
        save: (state) => {
          saved = state
        },
      })
      return { saved, weights: weights(model) }
    })
    expect(ranks[1].weights).toEqual(ranks[0].weights)
    expect(ranks[1].saved).toBeUndefined()
    expect(ranks[0].saved?.progress.ranks).toBe(2)
    expect(Array.from(ranks[0].saved!.tensors['model.1.mean'].data as Float32Array)).toEqual(ranks[0].weights['1.mean'])
  })

  it('go on with what other numbers of ranks have saved, from a state that rank 0 alone has', async () => {
    const states: TrainingState[] = []
    await together(2, (world) => run(world, { epochs: 1, save: (state) => void states.push(state) }))
    const whole = await run(alone)
    for (const size of [1, 3]) {
      const before: number[] = []
      const worlds = size === 1 ? [alone] : localWorlds(size)
      const ranks = await Promise.all(
        worlds.map((world) =>
          run(world, {
            ...(world.rank === 0 && { resume: states.at(-1) }),
            onEvent: (event) => {
              if (event.type === 'start') before.push(event.ranks, event.ranksBefore)
            },
          }),
        ),
      )
      expect(before).toEqual([size, 2])
      expect(ranks[0].progress.step).toBe(8)
      expect(ranks[0].progress.ranks).toBe(size === 1 ? undefined : size)
      expect(difference(whole.weights, ranks[0].weights)).toBeLessThan(1e-5)
    }
  })

  it('take the steps and the learning rates of the first one, whatever the others would plan', async () => {
    const told: number[] = []
    const planned = (first: boolean): Changes => ({
      epochs: 9,
      steps: () => (first ? 6 : told.length + 1),
      schedule: (step) => (first ? 1 / (1 + step) : 7),
    })
    const one = await run(alone, planned(true))
    const ranks = await together(3, async (world) => {
      const own = planned(world.rank === 0)
      const result = await run(world, own)
      told.push(result.progress.step)
      return result
    })
    expect(told).toEqual([6, 6, 6])
    for (const { weights: own } of ranks) expect(difference(one.weights, own)).toBeLessThan(1e-5)
  })

  it('stop at the same step when one of them is asked to, and save it once', async () => {
    const saved: number[] = []
    const ranks = await together(3, (world) => {
      let steps = 0
      const signal = {
        get aborted() {
          return world.rank === 2 && steps > 1
        },
      }
      return run(world, {
        signal,
        afterStep: () => {
          steps++
        },
        save: ({ progress }) => void saved.push(progress.step),
      })
    })
    expect(ranks.map(({ progress }) => progress.step)).toEqual([3, 3, 3])
    expect(saved).toEqual([3])
  })

  it('save at once where the first is warned, or asked to stop while gradients are added up, and go on', async () => {
    const saved: number[] = []
    const ranks = await together(2, (world) => {
      let taken = 0
      return run(world, {
        ...{ epochs: 1, batchSize: 9 },
        afterStep: () => {
          taken++
        },
        saveNow: () => taken === 2,
        // Once the third step's gradients have been added up, and with them what ranks say of stopping.
        signal: {
          get aborted() {
            return world.rank === 0 && taken >= 3
          },
        },
        save: ({ progress }) => void saved.push(progress.step),
      })
    })
    expect(saved).toEqual([2, 3, 4])
    expect(ranks.map(({ progress }) => progress.step)).toEqual([4, 4])
  })

  it('send gradients in the order in which they become known, a small bucket first', async () => {
    const wide = () => nn.Sequential(nn.Flatten(), nn.Linear({ in: 64, out: 8192 }), nn.Linear({ in: 8192, out: 10 }))
    const calls = await together(2, async (world) => {
      await run(world, { epochs: 1, validation: undefined }, () => wide().initialize(1))
      return world.calls
    })
    expect(calls[1]).toEqual(calls[0])
    // The last layer's 81,920 weights and 10 biases with the first layer's biases, each beginning at a multiple of 16; then its weights.
    expect(calls[0].filter((call) => call.startsWith('allReduce 90') || call.startsWith('allReduce 524'))).toEqual(
      Array.from({ length: 4 }, () => ['allReduce 90128', 'allReduce 524288']).flat(),
    )
  })
})

describe('a step of several batches', () => {
  it('is sent while the last one runs, with what the earlier ones brought', async () => {
    const [world] = localWorlds(1)
    const parameters = [tensor([0, 0]), tensor([0, 0, 0])]
    const steps = reducer({ world, parameters })
    // Two examples before, one now, of nine over all ranks: (2 · before + now) / 9.
    const share = { own: 3, all: 9, even: false }
    const before = { gradients: [tensor([1, 2]), tensor([3, 4, 5])], examples: 2 }
    const watch = steps.watch(share, before)!
    const gradients = watch.into!.map((storage, i) => new Tensor(retain(storage), parameters[i].shape))
    currentBackend().write(gradients[1].storage.buffer, Float32Array.of(30, 40, 50))
    watch.known([1])
    expect(world.calls).toEqual([])
    currentBackend().write(gradients[0].storage.buffer, Float32Array.of(10, 20))
    watch.known([0])
    expect(world.calls).toEqual(['allReduce 32'])
    const { gradients: sums, scale } = await steps.finish(gradients, share, before)
    expect(scale).toBe(1)
    const expected = [
      [12, 24],
      [36, 48, 60],
    ]
    for (const [i, sum] of sums.entries())
      for (const [at, value] of (sum.toArray() as number[]).entries()) expect(value * 9).toBeCloseTo(expected[i][at], 4)
    expect(before.gradients[0].isDisposed).toBe(true)
  })

  it('is refused where a plan broke off after it had sent something', async () => {
    const [world] = localWorlds(1)
    const parameters = [tensor([0, 0])]
    const steps = reducer({ world, parameters })
    const share = { own: 1, all: 1, even: true }
    steps.watch(share, null)!.known([0])
    await expect(steps.finish([tensor([1, 1])], share, null)).rejects.toThrow('a step ended halfway')
  })
})

describe('buckets', () => {
  it('begin with a small one, follow the order, and divide no tensor', () => {
    const sizes = [10, 200_000, 100_000, 7_000_000, 5]
    const buckets = bucketsOf(sizes, [4, 1, 2, 3, 0])
    expect(buckets.map((places) => places.map(({ parameter }) => parameter))).toEqual([[4, 1], [2], [3], [0]])
    expect(buckets[0][1].offset).toBe(16)
  })
})
