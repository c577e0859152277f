import { describe, expect, it } from 'vitest'
import * as data from '../data/index.ts'
import * as models from '../models/index.ts'
import * as nn from '../nn/index.ts'
import { log } from '../ops/index.ts'
import * as optim from '../optim/index.ts'
import { memory } from '../tensor/index.ts'
import * as train from './index.ts'

/** Pictures that are all 0.8. */
const bright = (count: number) =>
  data.fromExamples(
    Array.from({ length: count }, () => ({ image: { shape: [8, 8, 1], data: new Float32Array(64).fill(0.8) } })),
  )

function setUp(changes: Partial<train.AdversarialOptions<{ readonly image: data.Values }>> = {}) {
  const size = { size: 8, channels: 1, width: 4 }
  const generator = models.Generator({ ...size, latent: 3 }).initialize(1)
  const discriminator = models.Discriminator(size).initialize(2)
  const adam = (model: nn.AnyModule) => optim.Adam(model.parameters(), { learningRate: 0.01, betas: [0.5, 0.999] })
  const optimizers = { generator: adam(generator), discriminator: adam(discriminator) }
  const options = {
    generator,
    discriminator,
    latent: 3,
    optimizers,
    train: bright(12),
    epochs: 2,
    batchSize: 4,
    ...changes,
  }
  return { generator, options }
}

const weights = (model: nn.AnyModule) => Object.values(model.state()).map((value) => Array.from(value.dataSync()))

describe('adversarial training', () => {
  it('moves what is generated towards what is real', async () => {
    const { generator, options } = setUp({ epochs: 12 })
    const distance = async () => {
      const { z } = data.collate([0, 1, 2, 3].map((i) => ({ z: data.valuesOf([i / 2, 1 - i, 0.3]) })))
      const drawn = Array.from(await generator.eval()(z).data())
      return drawn.reduce((total, value) => total + Math.abs(value - 0.8), 0) / drawn.length
    }
    const before = await distance()
    await train.fitAdversarial(options)
    expect(await distance()).toBeLessThan(0.7 * before)
  })

  it('goes on to the bit from a checkpoint in the middle, in constant memory', async () => {
    const whole = setUp()
    const held: number[] = []
    await train.fitAdversarial({
      ...whole.options,
      save: () => {},
      onEvent: (event) => {
        if (event.type === 'step') held.push(memory().buffers)
      },
    })
    expect(held[1]).toBe(held[2])
    // The first checkpoint made the two counters of the optimisers.
    expect(held.slice(3)).toEqual(Array(3).fill(held[2] + 2))
    const controller = new AbortController()
    const states: train.TrainingState[] = []
    const first = setUp({
      signal: controller.signal,
      save: (state) => void states.push(state),
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 2) controller.abort()
      },
    })
    const { reason, progress } = await train.fitAdversarial(first.options)
    expect([reason, progress.batch]).toEqual(['interrupted', 2])
    const rest = setUp({ resume: states[0] })
    await train.fitAdversarial(rest.options)
    expect(weights(rest.generator)).toEqual(weights(whole.generator))
  })

  it('stops at a loss that is not finite, naming the network and the layer', async () => {
    const { options } = setUp()
    const broken = nn.Sequential(options.generator, (x) => log(x))
    await expect(train.fitAdversarial({ ...options, generator: broken })).rejects.toThrow(
      /the loss of the discriminator is NaN at step 1 \(epoch 1\)/,
    )
  })
})
