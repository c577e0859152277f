// Random numbers to pictures.

import { data, type models } from 'convoke'
import { check } from 'convoke/shapes'
import { UsageError } from '../../errors.ts'
import { pickModel } from './common.ts'
import { epochsFor, type Planner, usualTraining } from './kit.ts'

type Example = data.ClassifiedPicture

const names: readonly models.ModelName[] = ['generator']

const latent = 64

export const generate: Planner<'generate', Example> = {
  task: 'generate',
  models: names,
  decided: () => ({ fixed: { latent }, fitted: ['width'], given: ['channels', 'size'] }),
  async plan(opened, request) {
    const form = opened.picture
    check(form !== null, () => 'generate: pictures must be resized to one size. Leave out --size own.')
    const { height: size, width, channels } = form
    if (size !== width || !Number.isInteger(Math.log2(size / 4)) || size < 8) {
      throw new UsageError(`the network draws squares of 8, 16, 32, 64, … pixels, not ${size}x${width}. Use --size 32.`)
    }
    const name = pickModel('generate', names, request.name === 'dcgan' ? 'generator' : request.name)
    const options = { latent, channels, size, width: size <= 32 ? 32 : 64, ...request.options }
    const plain = { mean: Array<number>(channels).fill(0.5), deviation: Array<number>(channels).fill(0.5) }
    return { model: { name, options }, picture: { ...form, ...plain }, text: null, sequence: null }
  },
  defaults(_, examples) {
    const batchSize = examples < 500 ? 16 : 64
    const epochs = epochsFor(examples, batchSize, 2500, 2, 100)
    const rates = { learningRate: 2e-4, optimizer: 'adam', schedule: 'constant', smoothing: 0.1 } as const
    return { ...usualTraining, ...rates, batchSize, epochs, weightDecay: 0 }
  },
  // From −1 to 1, as tanh draws.
  ready: (_, set) =>
    data.mapDataset(set, ({ image, label }) => {
      const { shape, data: unit } = data.toUnit(image)
      return { image: { shape, data: unit.map((value) => 2 * value - 1) as Float32Array }, label }
    }),
}
