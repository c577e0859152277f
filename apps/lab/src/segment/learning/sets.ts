// Pictures to learn from and pictures held out to measure by: as the command has them when it reads the run's folder.

import { data } from 'convoke'
import { generatedParts, type Normalization, pictureStatistics } from 'convoke-workbench'
import { type SegmentSettings, seed } from '../settings.ts'
import type { Example } from '../task.ts'

export interface Sets {
  readonly classes: readonly string[]
  readonly train: data.Dataset<Example>
  readonly test: data.Dataset<Example>
  readonly statistics: Pick<Normalization, 'mean' | 'deviation'>
}

export async function setsOf({ examples, side }: SegmentSettings): Promise<Sets> {
  const draw = (given: { readonly count: number; readonly seed: number }) =>
    data.shapesWithMasks({ ...given, size: side })
  const { train, test } = generatedParts({ count: examples, seed }, draw)
  const ready = data.cacheDataset(train)
  const statistics = await pictureStatistics(ready, { height: side, width: side, channels: 3 })
  return { classes: train.classes!, train: ready, test: data.cacheDataset(test), statistics }
}
