// `--learning-rate find`: the peak rate of a run, by trial before it begins.

import { type data, type nn, train } from 'convoke'
import { duration, rate } from '../terminal/words.ts'
import type { RunConfig } from './config.ts'
import { kitOf } from './kits/index.ts'
import { optimizerOf } from './optimizing.ts'

const short = (value: number): number => Number(value.toPrecision(4))

/** The run with the rate that was found; the network stays as it was. */
export async function withFoundRate(
  config: RunConfig,
  model: nn.Module,
  set: data.Dataset<object>,
  say: ((line: string) => void) | undefined,
): Promise<RunConfig> {
  const began = performance.now()
  const kit = kitOf(config.task)
  const { batchSize, seed, accumulate, clipNorm } = config.training
  const optimizer = optimizerOf(model, config)
  const search = await train
    .findLearningRate({
      ...{ model, optimizer, task: kit.learning(config, model), train: set, augment: kit.augment(config) },
      ...{ batchSize, seed, accumulate, ...(clipNorm > 0 && { clipNorm }) },
    })
    .finally(() => optimizer.dispose())
  const learningRate = Number(search.rate.toPrecision(2))
  say?.(
    `  learning rate ${rate(learningRate)}, a tenth of that with the least loss in ${search.rates.length} trial steps (${duration((performance.now() - began) / 1000)})`,
  )
  const rateSearch = { rates: search.rates.map(short), losses: search.smoothed.map(short) }
  return { ...config, training: { ...config.training, learningRate, rateSearch } }
}
