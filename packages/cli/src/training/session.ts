// A run from beginning to end: fit, keep the best, measure it on examples it has not seen.

import { join } from 'node:path'
import { data, type nn, optim, type Tensor, train } from 'convoke'
import type { World } from 'convoke/mpi'
import { loadWeights, type RunFolder, runFolder, saveWeights } from 'convoke/node'
import { shippedConfig } from 'convoke-workbench'
import { interruptible, warnsFirst } from '../terminal/interrupt.ts'
import { printNotes } from '../terminal/output.ts'
import { budget, endless, endOf, type RunTime, secondsOf } from './budget.ts'
import { buildModel, type RunConfig, type Training } from './config.ts'
import type { Examples, Opened, TaskName } from './data/opened.ts'
import { type Feeding, feedingFor } from './feeding.ts'
import { keepHeldOut } from './held-out.ts'
import { kitOf } from './kits/index.ts'
import type { Evaluation } from './kits/kit.ts'
import { optimizerOf, scheduleOf } from './optimizing.ts'
import { withFoundRate } from './rate-search.ts'
import { keepScores } from './scores.ts'
import { watchTraining } from './watch.ts'

export interface SessionOptions {
  readonly config: RunConfig
  readonly opened: Opened<Examples[TaskName]>
  /** The run's folder. */
  readonly out: string
  readonly resume: boolean
  /** Puts weights of another run into the network before training. */
  readonly prepare?: ((model: nn.Module) => Promise<void>) | undefined
  readonly say?: ((line: string) => void) | undefined
  readonly onInterrupt?: (() => void) | undefined
  /** Whether the learning rate is found by trial first. */
  readonly findRate?: boolean | undefined
  /** What it may take, or is to fill. */
  readonly time?: RunTime | undefined
  /** Those that train together; one process when not given. */
  readonly ranks?: World | undefined
}

export interface Session {
  /** As it was trained: with the learning rate that was found. */
  readonly config: RunConfig
  readonly reason: train.StopReason | 'time'
  readonly progress: train.Progress
  readonly model: nn.Module
  /** Of the best weights on the test part, or what there is; null when interrupted. */
  readonly evaluation: Evaluation | null
  /** The part measured. */
  readonly part: 'test' | 'validation' | 'train'
  /** Seconds of training in this process. */
  readonly seconds: number
  /** Cores that it kept busy in the mean, all threads of this process together; undefined where that is not measured. */
  readonly cores?: number | undefined
}

/** Trains or goes on training. Throws `ConvokeError` where numbers stop being finite or the disk fails; what was saved stays. */
export async function runSession(options: SessionOptions): Promise<Session> {
  const { opened, out, say, ranks } = options
  const kit = kitOf(options.config.task)
  const model = buildModel(options.config).initialize(options.config.training.seed)
  await options.prepare?.(model)
  const sets = partsOf(options.config, opened)
  const config = options.findRate ? await withFoundRate(options.config, model, sets.train, say) : options.config
  const metadata = { convoke: shippedConfig(config) }
  const isFirst = ranks === undefined || ranks.rank === 0
  const folder = isFirst ? await runFolder(out, config, { metadata }) : null
  if (folder !== null && !options.resume) await keepHeldOut(out, opened)
  const state = options.resume && folder !== null ? await stateIn(folder, say) : null
  const { time } = options
  const interruption = interruptible(options.onInterrupt ?? (() => {}))
  const usual = fitOptions(config, model, sets, kit.learning(config, model), kit.augment(config))
  const planned = time && planWithin(time, { config, sets, state, say, usual })
  const watch = await watchTraining({
    ...{ say: isFirst ? say : undefined, measure: headlineOf(config) },
    epochs: planned?.epochs,
  })
  let feeding: Feeding | undefined
  const started = performance.now()
  const busyBefore = process.cpuUsage()
  try {
    feeding = await feedingFor(config, opened.train)
    const { reason, progress } = await train.fit({
      ...usual,
      ...planned?.options,
      ...{ train: feeding.set, augment: feeding.augment },
      ...{ save: folder?.save, resume: state ?? undefined, signal: interruption.signal, parallel: ranks },
      ...(warnsFirst(ranks?.library) && { saveNow: interruption.warned }),
      onEvent:
        folder === null
          ? undefined
          : watched(folder, async (event) => {
              planned?.budget.onEvent(event)
              await watch.onEvent(event)
            }),
    })
    watch.stop()
    const seconds = (performance.now() - started) / 1000
    const busy = process.cpuUsage(busyBefore)
    const cores = (busy.user + busy.system) / 1e6 / seconds
    const isOver = planned !== undefined && reason === 'finished' && progress.step < planned.most
    const why = isOver ? 'time' : reason
    const part = sets.test !== null ? 'test' : sets.validation !== null ? 'validation' : 'train'
    const measured = { config, reason: why, progress, model, part, seconds, cores } as const
    if (why === 'interrupted') return { ...measured, evaluation: null }
    const best = join(out, 'best.safetensors')
    // A run whose time ends within its first epoch has no best weights yet: those it has are kept.
    if (isFirst) {
      if (progress.best !== null) await loadWeights(model, best)
      else await saveWeights(model, best, metadata)
    }
    if (ranks !== undefined) await train.shareWeights(ranks, model)
    const evaluation = await kit.examine({ config, model, set: sets[part]!, parallel: ranks })
    if (isFirst) await keepScores(out, evaluation, part)
    return { ...measured, evaluation }
  } finally {
    watch.stop()
    interruption.release()
    folder?.close()
    await feeding?.close()
  }
}

/** The state to go on from; a run that was stopped before it saved one begins again, and that is said. */
export async function stateIn(folder: RunFolder, say: SessionOptions['say']): Promise<train.TrainingState | null> {
  const state = await folder.resume()
  const text = `${folder.path} holds no checkpoint yet: the run starts again from its first epoch.`
  if (state !== null) return state
  if (say === undefined) printNotes([text])
  else say(text)
  return state
}

type Sets = Readonly<Record<'train', data.Dataset<object>>> &
  Readonly<Record<'validation' | 'test', data.Dataset<object> | null>>

/** The parts as the network takes them. */
export function partsOf(config: RunConfig, opened: Opened<Examples[TaskName]>): Sets {
  const kit = kitOf(config.task)
  const ready = (set: data.Dataset<Examples[TaskName]> | null) => (set === null ? null : kit.ready(config, set))
  return { train: ready(opened.train)!, validation: ready(opened.validation), test: ready(opened.test) }
}

interface Planned {
  readonly config: RunConfig
  readonly sets: Sets
  readonly state: train.TrainingState | null
  readonly say: SessionOptions['say']
  readonly usual: ReturnType<typeof fitOptions>
}

/** What makes a run end in its time, its learning rate with it. Of several ranks the first one's holds for all. */
function planWithin(time: RunTime, { config, sets, state, say, usual }: Planned) {
  const { training } = config
  const { seconds, fill } = time
  const perEpoch = stepsPerEpoch(training, sets)
  const most = fill ? Number.POSITIVE_INFINITY : training.epochs * perEpoch
  const before = secondsOf(state?.progress.history)
  const plan = budget({
    ...{ until: endOf(time, state?.progress.history), time: 1000 * seconds, most, stepsPerEpoch: perEpoch, say },
    ...{ batchSize: training.batchSize, validation: sets.validation?.length ?? 0 },
    measuredAtEnd: (sets.test ?? sets.validation ?? sets.train).length,
    scheduleOf: (steps) => scheduleOf(training, steps),
    falls: training.schedule !== 'constant',
    ...(state !== null && { behind: behindOf(state.progress, fill ? before / seconds : null, most) }),
  })
  const options = {
    ...{ steps: plan.steps, schedule: plan.schedule },
    ...(fill && { epochs: endless }),
  } satisfies Partial<typeof usual> & { steps: () => number }
  /** As planned by now; null before that. */
  const epochs = (): number | null => {
    const steps = plan.planned()
    return steps === undefined ? (fill ? null : training.epochs) : Math.max(1, Math.ceil(steps / perEpoch))
  }
  return { budget: plan, options, most, epochs }
}

/** How far a run that goes on has come: in its time, or in its steps. */
const behindOf = ({ step }: train.Progress, ofTime: number | null, most: number) => ({
  share: Math.min(0.999, ofTime ?? step / most),
  steps: step,
})

const stepsPerEpoch = ({ batchSize, accumulate }: Training, sets: Sets): number =>
  Math.ceil(data.batches(sets.train, { size: batchSize, joinLast: true }).length / accumulate)

/** The measure that decides which epoch is best. */
export function headlineOf({ task, sequence }: RunConfig): string {
  if (task === 'segment') return 'iou'
  if (task === 'detect') return 'map50'
  return task === 'sequence' && sequence!.target === 'values' ? 'loss' : 'accuracy'
}

/** Examples of a validation part from which on the best epoch is taken at its word. */
const enough = 1000

/**
 * What the measure is off by chance, where few examples were asked: two standard errors of a usual accuracy. The highest of many epochs is
 * likely to be one that was lucky.
 */
function toleranceOf(config: RunConfig, validation: number): number {
  const usual = 0.85
  return headlineOf(config) === 'accuracy' && validation < enough
    ? 2 * Math.sqrt((usual * (1 - usual)) / validation)
    : 0
}

/** What `fit` takes for a run, but for files and ranks. */
export function fitOptions(
  config: RunConfig,
  model: nn.Module,
  sets: Sets,
  task: train.Task<object, Tensor>,
  augment: Feeding['augment'],
) {
  const { training } = config
  const { epochs, batchSize, seed, accumulate, saveEvery, patience, clipNorm, syncBatchNorm, wire } = training
  const average = training.average > 0 ? optim.weightAverage(floats(model), { decay: training.average }) : undefined
  const validation = sets.validation ?? undefined
  return {
    ...{ model, task, epochs, batchSize, seed, accumulate, saveEvery, augment, average, validation },
    ...{ optimizer: optimizerOf(model, config), train: sets.train, syncBatchNorm, wire },
    schedule: scheduleOf(training, epochs * stepsPerEpoch(training, sets)),
    ...(validation === undefined
      ? {}
      : { monitor: headlineOf(config), tolerance: toleranceOf(config, validation.length) }),
    ...(patience > 0 ? { earlyStopping: { patience } } : {}),
    ...(clipNorm > 0 ? { clipNorm } : {}),
  }
}

const floats = (model: nn.Module): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(model.state()).filter(([, { dtype }]) => dtype === 'float32'))

const watched =
  (folder: RunFolder, onEvent: (event: train.TrainingEvent) => Promise<void>) =>
  async (event: train.TrainingEvent): Promise<void> => {
    await folder.onEvent(event)
    await onEvent(event)
  }
