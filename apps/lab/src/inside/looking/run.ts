// A run of the view Train as a network to look through, with the pictures that it was measured by.

import { type data, train } from 'convoke'
import { exportOnnx, type OnnxModel } from 'convoke/graph'
import { shippedMetadata } from 'convoke-workbench'
import { augmentationOf, buildModel, configOf, optimizerOf, taskOf } from '../../train/learning/network.ts'
import { setsOf } from '../../train/learning/sets.ts'
import { mostEpochs, seed } from '../../train/settings.ts'
import type { KeptRun } from '../task.ts'

/** The network at the step that was seen last: those after the checkpoint are taken again, which gives the same. */
export async function runNetwork({
  settings,
  own,
  checkpoint,
  reached,
}: KeptRun): Promise<{ readonly model: OnnxModel; readonly test: data.Dataset<data.ClassifiedPicture> }> {
  const sets = await setsOf(settings, own)
  const network = buildModel(settings, sets)
  const optimizer = optimizerOf(network.parameters(), settings)
  const resume = train.decodeTrainingState(checkpoint)
  await train.fit({
    ...{ model: network, task: taskOf(network, sets), optimizer, train: sets.train, resume },
    ...{ epochs: mostEpochs, steps: Math.max(reached, resume.progress.step), batchSize: settings.batch, seed },
    augment: augmentationOf(settings, sets),
  })
  network.eval()
  const { height, width, channels } = sets.form
  const model = exportOnnx(network, [1, height, width, channels], {
    ...{ inputs: ['pixels'], outputs: ['logits'], metadata: shippedMetadata(configOf(settings, sets)) },
  })
  optimizer.dispose()
  network.dispose()
  return { model, test: sets.test }
}
