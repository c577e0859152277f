// What a training starts from: nothing, or the weights that Convoke ships.

import { fileURLToPath } from 'node:url'
import { show } from 'convoke/shapes'
import { classify } from 'convoke-weights'
import { UsageError } from '../errors.ts'
import { type FineTuning, openRun, type Run, type Training } from '../training/config.ts'
import type { TaskName } from '../training/data/opened.ts'
import type { ModelRequest } from '../training/kits/kit.ts'

export interface StartText {
  readonly from?: string
  readonly model?: string
  readonly modelOption: readonly string[]
}

/** The run of the weights that Convoke ships for classify. */
export const shippedRun = (): Promise<Run> => openRun(fileURLToPath(classify))

/** The run to start from; null for nothing. Throws `UsageError` for what cannot be. */
export async function startOf(
  task: TaskName,
  { from = 'nothing', model, modelOption }: StartText,
): Promise<Run | null> {
  if (from === 'nothing') return null
  if (from !== 'shipped')
    throw new UsageError(
      `--from is ${show(from)}; it must be shipped or nothing. To start from a run or a model: convoke finetune ${from} --data …`,
    )
  if (task !== 'classify')
    throw new UsageError(`--from shipped is for classify; Convoke ships no weights for ${task}. Leave it out.`)
  if (model !== undefined || modelOption.length > 0)
    throw new UsageError(
      '--from shipped brings its own network, a compact one. Leave out --model and --model-option, or --from.',
    )
  return shippedRun()
}

/** The network of the weights in place of the usual one. */
export const requestFrom = (request: ModelRequest, { config }: Run): ModelRequest => ({
  ...request,
  ...{ name: 'compact', options: { widths: config.model.options['widths'] }, room: undefined },
})

/** Weights that know something already are changed in smaller steps. */
export const trainingFrom = ({ learningRate }: Training): Partial<Training> => ({ learningRate: learningRate / 2 })

/** What a run remembers of it: the last layer, which tells other classes apart, is new. */
export const fineTuningFromShipped: FineTuning = {
  ...{ from: 'shipped', freeze: [], layerDecay: 1, adapters: null },
  fresh: ['head.weight', 'head.bias'],
}
