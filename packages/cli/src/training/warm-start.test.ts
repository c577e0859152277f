import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, models } from 'convoke'
import { classify } from 'convoke-weights'
import { describe, expect, it } from 'vitest'
import { openRun, type RunConfig } from './config.ts'
import { trainNewAlone, usualFreezeEpochs } from './frozen-start.ts'
import { usualTraining } from './kits/kit.ts'
import { networkOf, placeWeights } from './warm-start.ts'

const set = data.digits({ count: 40, size: 12 })

function setUp(channels: number) {
  const widths = [4, 8]
  const source = models.CompactCNN({ classes: 7, widths }).initialize(1)
  const model = models.CompactCNN({ classes: 10, channels, widths }).initialize(2)
  const training = { ...usualTraining, augment: 'none', batchSize: 8 }
  const fresh = ['head.weight', 'head.bias']
  const picture = {
    height: 12,
    width: 12,
    channels,
    mean: Array(channels).fill(0.2),
    deviation: Array(channels).fill(0.3),
  }
  const config = {
    ...{ task: 'classify', training, picture, classes: set.classes },
    fineTuning: { from: 'shipped', freeze: [], layerDecay: 1, adapters: null, fresh, freezeEpochs: 2 },
  } as unknown as RunConfig
  const images = data.mapDataset(set, ({ image, label }) => ({
    image: {
      shape: [12, 12, channels],
      data: Float32Array.from({ length: 144 * channels }, (_, i) => Number(image.data[Math.floor(i / channels)])),
    },
    label,
  }))
  const opened = { train: images, validation: null, test: null } as unknown as Parameters<typeof trainNewAlone>[2]
  return { source, model, config, opened }
}

const numbers = (model: ReturnType<typeof models.CompactCNN>, name: string): number[] => [
  ...(model.state()[name].dataSync() as Float32Array),
]

describe('Starting from trained weights', () => {
  it('keeps filters, trains the last layer alone, and leaves frozen what was frozen', async () => {
    const { source, model, config, opened } = setUp(1)
    const filters = numbers(source, 'stage2.unit2.conv.weight')
    const head = numbers(model, 'head.weight')
    model.freeze('stage1.*')
    const trained = Object.keys(model.namedParameters())
    placeWeights(model, source, config.fineTuning!.fresh)
    const told: string[] = []
    await trainNewAlone(model, config, opened, { say: (line) => told.push(line) })
    expect(numbers(model, 'stage2.unit2.conv.weight')).toEqual(filters)
    expect(numbers(model, 'head.weight')).not.toEqual(head)
    expect(Object.keys(model.namedParameters())).toEqual(trained)
    // 40 examples by 8, twice.
    expect(told).toEqual([expect.stringContaining('the new layer only: 10 steps in ')])
  })

  it('takes a part of an epoch, and no more than a share of the time', async () => {
    const { model, config, opened } = setUp(1)
    const stepsOf = async (freezeEpochs: number, seconds?: number): Promise<string> => {
      const told: string[] = []
      const fineTuning = { ...config.fineTuning!, freezeEpochs }
      await trainNewAlone(model, { ...config, fineTuning }, opened, { seconds, say: (line) => told.push(line) })
      return told.join()
    }
    expect(await stepsOf(0.6)).toContain(' 3 steps ')
    expect(await stepsOf(1.2)).toContain(' 6 steps ')
    expect(await stepsOf(0)).toBe('')
    expect(await stepsOf(50, 1e-6)).toContain(' 1 step ')
  })

  it('takes some 300 steps where nothing is said, and a quarter of the epochs at most', () => {
    const training = { batchSize: 10, epochs: 60, time: undefined }
    const started = { fresh: ['head.weight'], freeze: [], adapters: null }
    expect(usualFreezeEpochs(started, training, 500)).toBe(6)
    expect(usualFreezeEpochs(started, { ...training, epochs: 2 }, 500)).toBe(0.5)
    expect(usualFreezeEpochs(started, training, 100_000)).toBe(0.03)
    // Of a run that fills a time nobody knows the epochs yet.
    expect(usualFreezeEpochs(started, { ...training, epochs: 2, time: 60 }, 500)).toBe(6)
  })

  it.each([
    { fresh: [], freeze: [], adapters: null },
    { fresh: ['head.weight'], freeze: ['*'], adapters: null },
    { fresh: ['head.weight'], freeze: [], adapters: { rank: 2, match: '*' } },
  ])('freezes nothing at first where nothing is new, or the rest is never trained: %j', (started) => {
    expect(usualFreezeEpochs(started, { batchSize: 10, epochs: 60 }, 500)).toBe(0)
  })

  it('shares filters of grey pictures out among three channels', () => {
    const { source, model, config } = setUp(3)
    const [grey] = numbers(source, 'stage1.unit1.conv.weight')
    placeWeights(model, source, config.fineTuning!.fresh)
    const coloured = numbers(model, 'stage1.unit1.conv.weight')
    for (const channel of [0, 1, 2]) expect(coloured[4 * channel]).toBeCloseTo(grey / 3, 6)
  })

  it('refuses weights of another network, naming what does not agree', () => {
    const { source, config } = setUp(1)
    const wider = models.CompactCNN({ classes: 10, widths: [4, 16] }).initialize(2)
    expect(() => placeWeights(wider, source, config.fineTuning!.fresh)).toThrow(/to another network: .*stage2/)
  })

  it('refuses a file of weights that was cut short, is of another network, or is no run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'convoke-hostile-'))
    const bytes = await readFile(fileURLToPath(classify))
    const written = async (name: string, content: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    }
    await expect(openRun(await written('short.safetensors', bytes.subarray(0, 5000)))).rejects.toThrow('safetensors: ')
    await expect(openRun(await written('none.safetensors', bytes.subarray(0, 0)))).rejects.toThrow('safetensors: ')
    const run = await openRun(await written('whole.safetensors', bytes))
    const model = { ...run.config.model, options: { ...run.config.model.options, widths: [4, 8, 16] } }
    await expect(networkOf({ ...run, config: { ...run.config, model } })).rejects.toThrow('another architecture')
    await rm(folder, { recursive: true })
  })
})
