// `convoke scale`

import { currentBackend, data, models, optim, threads, train } from 'convoke'
import { show } from 'convoke/shapes'
import { UsageError } from '../errors.ts'
import { readNumber, readSettings } from '../options/numbers.ts'
import { readChoice } from '../options/slide-options.ts'
import type { WorkText } from '../options/training-options.ts'
import { joinRanks } from '../ranks/ranks.ts'
import { bold, print, printJson } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { settingNames } from '../training/config-names.ts'
import { classify, fittingOptions } from '../training/kits/classify.ts'
import { type NetworkText, readNetwork } from './network.ts'
import { planJson, planText } from './text.ts'
import { planTrial } from './trial.ts'

export interface ScaleText extends NetworkText, WorkText {
  readonly network: string
  readonly modelOption: readonly string[]
  readonly size: string
  readonly channels: string
  readonly classes: string
  readonly batchSize: string
  readonly globalBatch?: string
  readonly syncBatchNorm: boolean
  readonly wire?: string
  readonly json: boolean
}

const whole = (name: string, text: string | undefined, least: number): number | undefined =>
  readNumber(name, text, { least, whole: true })

/** A few pictures of no meaning, which are as fast to compute with as any. */
function pictures(
  count: number,
  size: number,
  channels: number,
  classes: number,
): data.Dataset<data.ClassifiedPicture> {
  const pixels = Float32Array.from({ length: size * size * channels }, (_, i) => (Math.sin(i) + 1) / 2)
  const image = { shape: [size, size, channels], data: pixels }
  return data.fromExamples(Array.from({ length: count }, (_, i) => ({ image, label: i % classes })))
}

export async function runScale(text: ScaleText): Promise<void> {
  const name = classify.models.find((known) => known === text.network)
  if (name === undefined)
    throw new UsageError(
      `--network is ${show(text.network)}; known: ${classify.models.join(', ')}. For others, and for your own data: convoke train … --plan.`,
    )
  const size = whole('size', text.size, 8) as number
  const channels = whole('channels', text.channels, 1) as number
  const classes = whole('classes', text.classes, 2) as number
  const batchSize = whole('batch-size', text.batchSize, 2) as number
  const globalBatch = whole('global-batch', text.globalBatch, 2)
  const wire = text.wire === undefined ? undefined : readChoice('wire', text.wire, settingNames.wire)
  const given = readNetwork(text)
  const options = {
    ...{ classes, channels },
    ...fittingOptions(name, size, size),
    ...readSettings('model-option', text.modelOption),
  }
  const ranks = await joinRanks(text)
  const model = models.build(name, options as models.ModelOptions<typeof name>).initialize(1)
  const task = train.classification(model, classes) as unknown as train.Task<object, unknown>
  const planned = await planTrial(
    {
      options: {
        ...{ model, task, wire, syncBatchNorm: text.syncBatchNorm, train: pictures(classes, size, channels, classes) },
        optimizer: optim.SGD(model.parameters(), { learningRate: 1e-6, momentum: 0.9 }),
      },
      batchOf: (count) => globalBatch ?? batchSize * count,
    },
    ranks,
    given,
  )
  const parameters = model.parameterCount()
  if (text.json) {
    printJson({ model: { name, options }, parameters, threads: threads(), ranks: ranks.size, ...planJson(planned) })
    return
  }
  const batch = globalBatch === undefined ? `${batchSize} examples a rank` : `batches of ${globalBatch}`
  print(
    [
      bold(`${name} on pictures of ${size}×${size}×${channels}, ${batch}`),
      `  ${counted(parameters, 'parameter')}; ${currentBackend().name}, ${counted(threads(), 'thread')} a rank`,
      planText(planned, ranks.size),
    ].join('\n'),
  )
}
