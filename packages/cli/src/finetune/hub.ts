// Fine-tuning starts from a model of the Hugging Face hub: its files, its network, how its pictures are made ready.

import { models } from 'convoke'
import { downloadHubModel, type HubConfig, type HubModel, loadPyTorchWeights } from 'convoke/node'
import { check } from 'convoke/shapes'
import { type Progress, startProgress } from '../terminal/progress.ts'
import type { RunConfig } from '../training/config.ts'
import { usualTraining } from '../training/kits/kit.ts'
import type { Base, BaseSize } from './base.ts'

/** Downloads with a bar for each file whose size is told. */
async function download(name: string): Promise<HubModel> {
  const bars = new Map<string, { readonly bar: Promise<Progress>; seen: number }>()
  try {
    return await downloadHubModel(name, {
      onProgress(file, { received, total }) {
        if (total === null) return
        const known = bars.get(file) ?? { bar: startProgress(`downloading ${file}`, total), seen: 0 }
        bars.set(file, known)
        const more = received - known.seen
        known.seen = received
        void known.bar.then((bar) => {
          bar.advance(more)
          if (received === total) bar.stop()
        })
      },
    })
  } finally {
    for (const { bar } of bars.values()) (await bar).stop()
  }
}

/** A number for each channel that pictures have here: one or three. */
function pictureOf(config: HubConfig, size: BaseSize | undefined): NonNullable<RunConfig['picture']> {
  const { height, width, channels, mean, deviation, crop, interpolation } = config
  check(
    channels === 1 || channels === 3,
    () => `${config.architecture} takes ${channels} channels; pictures have 1 or 3. Choose another model.`,
  )
  return { ...(size ?? { height, width }), channels, mean, deviation, resized: true, crop, interpolation }
}

/** The network of a model of the hub with its weights, as if it were a run. */
export async function fromHub(name: string, size: BaseSize | undefined): Promise<Base> {
  const hub = await download(name)
  const { config } = hub
  const { name: network, options } = models.architecture(config.architecture)
  const count = Math.max(1, config.classes)
  const own = { ...options, classes: count, ...(config.channels === 3 ? {} : { channels: config.channels }) }
  const source = models.build(network, own as models.ModelOptions<models.ModelName>)
  const { names } = await loadPyTorchWeights(source, hub.weights, { keepHead: config.classes === 0 })
  const classes = config.labels?.length === count ? config.labels : Array.from({ length: count }, (_, i) => String(i))
  return {
    path: hub.id,
    source: source.eval(),
    says: `${hub.id}: ${network}, weights named as ${names}, in ${hub.folder}`,
    config: {
      ...{ format: 1, task: 'classify', classes, picture: pictureOf(config, size), text: null, sequence: null },
      model: { name: network, options: own },
      data: { source: hub.id, kind: 'model', options: {}, counts: { train: 0, validation: 0, test: 0 } },
      ...{ training: usualTraining, fineTuning: null },
    },
  }
}
