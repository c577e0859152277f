// A run of the view Train as a network to look through, with the pictures that it was measured by.

import { type data, formats, train } from 'convoke'
import { exportOnnx, type OnnxModel } from 'convoke/graph'
import { shippedMetadata } from 'convoke-workbench'
import { buildModel, configOf } from '../../train/learning/network.ts'
import { setsOf } from '../../train/learning/sets.ts'
import type { KeptRun } from '../task.ts'

export async function runNetwork({
  settings,
  own,
  checkpoint,
}: KeptRun): Promise<{ readonly model: OnnxModel; readonly test: data.Dataset<data.ClassifiedPicture> }> {
  const sets = await setsOf(settings, own)
  const network = buildModel(settings, sets)
  const weights = formats.fromHost(train.weightsIn(train.decodeTrainingState(checkpoint)))
  network.loadState(weights)
  network.eval()
  const { height, width, channels } = sets.form
  const model = exportOnnx(network, [1, height, width, channels], {
    ...{ inputs: ['pixels'], outputs: ['logits'], metadata: shippedMetadata(configOf(settings, sets)) },
  })
  for (const value of Object.values(weights)) value.dispose()
  network.dispose()
  return { model, test: sets.test }
}
