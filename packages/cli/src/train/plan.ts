// `convoke train … --plan`: some steps of the training, and what it would be on more ranks.

import type { train } from 'convoke'
import { currentBackend, threads } from 'convoke'
import { UsageError } from '../errors.ts'
import { readNumber } from '../options/numbers.ts'
import type { Ranks } from '../ranks/ranks.ts'
import { readNetwork } from '../scale/network.ts'
import { planJson, planText } from '../scale/text.ts'
import { planTrial } from '../scale/trial.ts'
import { bold, print, printJson } from '../terminal/output.ts'
import { visible } from '../terminal/visible.ts'
import { counted } from '../terminal/words.ts'
import { fitted } from '../terminal/wrap.ts'
import { buildModel } from '../training/config.ts'
import { kitOf } from '../training/kits/index.ts'
import { fitOptions, partsOf } from '../training/session.ts'
import type { Request, TrainText } from './request.ts'

/** Trains for some steps, whose weights nobody keeps, and prints the plan. */
export async function printPlan({ config, opened }: Request, text: TrainText, ranks: Ranks): Promise<void> {
  if (config.task === 'generate') throw new UsageError('generate trains on one process: there is nothing to plan.')
  const given = readNetwork(text)
  const { training, task } = config
  const kit = kitOf(task)
  const model = buildModel(config).initialize(training.seed)
  const options = fitOptions(config, model, partsOf(config, opened), kit.learning(config, model), kit.augment(config))
  const { monitor, earlyStopping, saveEvery, epochs, batchSize, ...trial } = options
  const globalBatch = readNumber('global-batch', text.globalBatch, { least: 1, whole: true })
  const planned = await planTrial(
    {
      options: trial as unknown as train.FitOptions<object, unknown>,
      batchOf: (count) => globalBatch ?? (batchSize / ranks.size) * count,
    },
    ranks,
    given,
  )
  const parameters = model.parameterCount()
  if (text.json) {
    printJson({ task, model: config.model, parameters, threads: threads(), ranks: ranks.size, ...planJson(planned) })
    return
  }
  const batch = globalBatch === undefined ? `${batchSize / ranks.size} examples a rank` : `batches of ${globalBatch}`
  print(
    [
      bold(fitted(visible(`${task}: ${config.data.source} (${config.data.kind}), ${batch}`))),
      `  ${config.model.name}, ${counted(parameters, 'parameter')}; ${currentBackend().name}, ${counted(threads(), 'thread')} a rank`,
      planText(planned, ranks.size),
    ].join('\n'),
  )
}
