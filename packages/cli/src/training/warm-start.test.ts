import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, models } from 'convoke'
import { classify } from 'convoke-weights'
import { describe, expect, it } from 'vitest'
import { openRun, type RunConfig } from './config.ts'
import { usualTraining } from './kits/kit.ts'
import { networkOf, startFrom } from './warm-start.ts'

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
    fineTuning: { from: 'shipped', freeze: [], layerDecay: 1, adapters: null, fresh },
  } as unknown as RunConfig
  const images = data.mapDataset(set, ({ image, label }) => ({
    image: {
      shape: [12, 12, channels],
      data: Float32Array.from({ length: 144 * channels }, (_, i) => Number(image.data[Math.floor(i / channels)])),
    },
    label,
  }))
  const opened = { train: images, validation: null, test: null } as unknown as Parameters<typeof startFrom>[3]
  return { source, model, config, opened }
}

const numbers = (model: ReturnType<typeof models.CompactCNN>, name: string): number[] => [
  ...(model.state()[name].dataSync() as Float32Array),
]

describe('Starting from trained weights', () => {
  it('keeps filters, trains the last layer, and freezes nothing afterwards', async () => {
    const { source, model, config, opened } = setUp(1)
    const filters = numbers(source, 'stage2.unit2.conv.weight')
    const head = numbers(model, 'head.weight')
    const count = model.parameters().length
    await startFrom(model, source, config, opened)
    expect(numbers(model, 'stage2.unit2.conv.weight')).toEqual(filters)
    expect(numbers(model, 'head.weight')).not.toEqual(head)
    expect(model.parameters()).toHaveLength(count)
  })

  it('shares filters of grey pictures out among three channels', async () => {
    const { source, model, config, opened } = setUp(3)
    const [grey] = numbers(source, 'stage1.unit1.conv.weight')
    await startFrom(model, source, config, opened)
    const coloured = numbers(model, 'stage1.unit1.conv.weight')
    for (const channel of [0, 1, 2]) expect(coloured[4 * channel]).toBeCloseTo(grey / 3, 6)
  })

  it('refuses weights of another network, naming what does not agree', async () => {
    const { source, config, opened } = setUp(1)
    const wider = models.CompactCNN({ classes: 10, widths: [4, 16] }).initialize(2)
    await expect(startFrom(wider, source, config, opened)).rejects.toThrow(/of another network: .*stage2/)
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
