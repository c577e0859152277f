// What a training starts from: nothing, the weights that Convoke ships, or those of a run or a model, which is fine-tuning.

import { fileURLToPath } from 'node:url'
import { classify } from 'convoke-weights'
import { UsageError } from '../errors.ts'
import { type FineTuning, openRun, type Run, type Training } from '../training/config.ts'
import type { TaskName } from '../training/data/opened.ts'
import { usualFreezeEpochs } from '../training/frozen-start.ts'
import type { ModelRequest } from '../training/kits/kit.ts'

export interface StartText {
  readonly from?: string
  readonly model?: string
  readonly modelOption: readonly string[]
}

/** The run of the weights that Convoke ships for classify. */
export const shippedRun = (): Promise<Run> => openRun(fileURLToPath(classify))

/** Whether what is to be started from is a run or a model of the user's, or of the hub. */
export const startsElsewhere = ({ from }: Pick<StartText, 'from'>): boolean =>
  from !== undefined && from !== 'nothing' && from !== 'shipped'

/** Options of a new network, which weights of a run or a model have decided. */
const decided = ['model', 'modelOption', 'tokenizer', 'words', 'channels', 'resume', 'plan'] as const

/** Throws `UsageError` where there is no data, and for options that a start from a run or a model leaves no room for. */
export function checkStartElsewhere(
  { from, data }: Pick<StartText, 'from'> & { readonly data?: string },
  isGiven: (name: string) => boolean,
): void {
  if (data === undefined) throw new UsageError(`--data is missing: the data to train the network of ${from} on.`)
  const wrong = decided.find(isGiven)
  if (wrong !== undefined)
    throw new UsageError(
      `--${wrong === 'modelOption' ? 'model-option' : wrong} cannot be combined with --from ${from}, which has its own network. Leave out one of them.`,
    )
}

/** The shipped run to start from; null for nothing. Throws `UsageError` for what cannot be. */
export async function startOf(
  task: TaskName,
  { from = 'nothing', model, modelOption }: StartText,
): Promise<Run | null> {
  if (from === 'nothing') return null
  if (task !== 'classify')
    throw new UsageError(`--from shipped is for classify; Convoke ships no weights for ${task}. Leave it out.`)
  if (model !== undefined || modelOption.length > 0)
    throw new UsageError(
      '--from shipped has its own network, a compact one. Leave out --model and --model-option, or --from.',
    )
  return shippedRun()
}

/** The network of the weights in place of the usual one. */
export const requestFrom = (request: ModelRequest, { config }: Run): ModelRequest => ({
  ...request,
  ...{ name: 'compact', options: { widths: config.model.options['widths'] }, room: undefined },
})

/** Examples below which what is learned last is smoothed: few of them pull each step their own way. */
const few = 1000

/** Weights that know something already are changed in smaller steps, and few examples in more of them, whose weights are averaged. */
export function trainingFrom({ learningRate, epochs }: Training, examples: number): Partial<Training> {
  const smaller = { learningRate: learningRate / 2 }
  return examples >= few ? smaller : { ...smaller, epochs: 2 * epochs, smoothing: 0.1, average: 0.995 }
}

/** What a run remembers of it: the last layer, which tells other classes apart, is new. */
export function fineTuningFromShipped(training: Training, examples: number, asked: number | undefined): FineTuning {
  const started = {
    ...{ from: 'shipped', freeze: [], layerDecay: 1, adapters: null },
    fresh: ['head.weight', 'head.bias'],
  }
  return { ...started, freezeEpochs: asked ?? usualFreezeEpochs(started, training, examples) }
}
