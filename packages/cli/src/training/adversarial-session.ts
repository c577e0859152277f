// A run that trains a generator against a discriminator.

import { join } from 'node:path'
import { formats, models, type nn, optim, train } from 'convoke'
import { readMetrics, runFolder, writeWhole } from 'convoke/node'
import { shippedConfig } from 'convoke-workbench'
import { interruptible } from '../terminal/interrupt.ts'
import { ending, endless, endOf, type RunTime } from './budget.ts'
import { buildModel, type RunConfig } from './config.ts'
import { plannerOf } from './kits/index.ts'
import type { Evaluation } from './kits/kit.ts'
import { drawPictures } from './samples.ts'
import { type Session, type SessionOptions, stateIn } from './session.ts'
import { watchTraining } from './watch.ts'

const latentOf = ({ model }: RunConfig): number => Number(model.options['latent'])

/** Pictures in the report. */
const shown = 48

/** What is shown of a generator: it has no score of its own. */
const evaluationOf = (config: RunConfig, model: nn.Module, history: readonly train.EpochRecord[]): Evaluation => {
  const last = history.at(-1)
  return {
    ...{ count: shown, headline: 'loss', classes: [], confusion: null },
    figures: { loss: last?.loss ?? Number.NaN, ...last?.validation },
    sections: async () => {
      const pictures = await drawPictures(model, latentOf(config), shown, config.training.seed)
      const note = 'Each is drawn from random numbers, not from a training picture.'
      const tiles = pictures.map((picture) => ({ picture, caption: '' }))
      return [{ kind: 'tiles', title: 'What the network draws', note, tiles, width: 72 }]
    },
  }
}

export async function runAdversarialSession(options: SessionOptions): Promise<Session> {
  const { config, opened, out, say } = options
  const { training } = config
  const folder = await runFolder(out, config)
  const state = options.resume ? await stateIn(folder, say) : null
  const history = state === null ? [] : await readMetrics(out)
  const generator = buildModel(config).initialize(training.seed)
  const { latent: _, ...shared } = config.model.options
  const discriminator = models
    .build('discriminator', shared as models.ModelOptions<'discriminator'>)
    .initialize(training.seed + 1)
  const adam = (model: nn.Module) =>
    optim.Adam(model.parameters(), { learningRate: training.learningRate, betas: [0.5, 0.999] })
  const set = plannerOf('generate').ready(config, opened.train)
  const batches = Math.floor(set.length / training.batchSize)
  const filling = options.time?.fill === true ? filled(options.time, history, batches) : undefined
  const epochs = filling === undefined ? training.epochs : endless
  const limit = filling?.seconds ?? options.time?.seconds
  const interruption = interruptible(options.onInterrupt ?? (() => {}), limit)
  const watch = await watchTraining({ say, measure: 'discriminator loss', epochs: filling?.epochs })
  const tell = async (event: train.TrainingEvent): Promise<void> => {
    await folder.onEvent(event)
    await watch.onEvent(event)
  }
  const started = performance.now()
  let epochStarted = started
  try {
    await watch.onEvent({
      ...{ type: 'start', ranks: 1, ranksBefore: 1, epochs, batches, lastBatch: training.batchSize },
      progress: state?.progress ?? beginning(training.seed, training.batchSize),
    })
    const { reason, progress } = await train.fitAdversarial({
      ...{ generator, discriminator, latent: latentOf(config), epochs, batchSize: training.batchSize },
      optimizers: { generator: adam(generator), discriminator: adam(discriminator) },
      train: set as never,
      ...{
        seed: training.seed,
        smoothing: training.smoothing,
        resume: state ?? undefined,
        signal: interruption.signal,
      },
      async save(saved) {
        await writeWhole(join(out, 'best.safetensors'), weightsOf(saved, config))
        await folder.save(saved, { best: false })
      },
      async onEvent(event) {
        if (event.type === 'step') {
          filling?.onStep(event.step)
          const { epoch, step, batch, generatorLoss: loss } = event
          const { batchSize: examples } = config.training
          const rest = { batches: event.batches, examples, factor: 1, gradientNorm: 0 }
          await tell({ type: 'step', epoch, step, batch, loss, ...rest })
          return
        }
        const seconds = (performance.now() - epochStarted) / 1000
        epochStarted = performance.now()
        const { epoch, generatorLoss: loss, discriminatorLoss } = event
        const record = {
          epoch,
          step: epoch * batches,
          loss,
          validation: { 'discriminator loss': discriminatorLoss },
          seconds,
        }
        history.push(record)
        await tell({ type: 'epoch', record, best: false })
      },
    })
    watch.stop()
    const seconds = (performance.now() - started) / 1000
    const why = reason === 'interrupted' && interruption.reason() === 'time' ? 'time' : reason
    const done = { ...progress, history }
    const measured = { config, reason: why, progress: done, model: generator, part: 'train', seconds } as const
    return { ...measured, evaluation: why === 'interrupted' ? null : evaluationOf(config, generator, history) }
  } finally {
    watch.stop()
    interruption.release()
    folder.close()
  }
}

/** Of a run that fills its time: the seconds until training has to end, and the epochs that this will be, which steps tell by their pace. */
export function filled(
  time: RunTime,
  history: readonly train.EpochRecord[],
  batches: number,
  now = () => performance.now(),
) {
  const until = endOf(time, history) - ending(1000 * time.seconds)
  let [first, step, began, at] = [0, 0, 0, 0]
  return {
    seconds: Math.max(0, (until - now()) / 1000),
    onStep(taken: number): void {
      ;[step, at] = [taken, now()]
      if (first === 0) [first, began] = [step, at]
    },
    epochs(): number | null {
      if (step - first < 3 || at === began) return null
      const left = ((until - at) * (step - first)) / (at - began)
      return Math.ceil((step + Math.max(0, left)) / batches)
    },
  }
}

const beginning = (seed: number, batchSize: number): train.Progress => {
  const counts = { epoch: 0, batch: 0, step: 0, lossTotal: 0, lossCount: 0 }
  return { version: 1, seed, batchSize, ...counts, history: [], best: null }
}

/** The generator alone, as a file that can be shipped. */
function weightsOf({ tensors }: train.TrainingState, config: RunConfig): Uint8Array {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith('generator.'))
  const named = own.map(([name, value]) => [name.slice('generator.'.length), value] as const)
  return formats.encodeSafetensors(Object.fromEntries(named), { convoke: shippedConfig(config) })
}
