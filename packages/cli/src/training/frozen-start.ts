// Where a training starts from trained weights, its new last layer learns alone at first, while everything else is frozen; then everything is
// released (Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features"). Batch normalisation takes the statistics of the new examples.

import { type nn, optim, type Tensor, train } from 'convoke'
import type { ParallelWorld } from 'convoke/mpi'
import { counted, duration, plainNumber } from '../terminal/words.ts'
import type { FineTuning, RunConfig, Training } from './config.ts'
import type { Examples, Opened, TaskName } from './data/opened.ts'
import { kitOf } from './kits/index.ts'
import { partsOf } from './session.ts'

/** Steps with the rest frozen where nothing is said, and the most of a run's epochs that these may be. */
const [usualSteps, mostOfEpochs] = [300, 0.25]

/** The most of a run's time. */
const mostOfTime = 0.15

/** The peak of the learning rate. */
const frozenRate = 1e-2

type Started = Pick<FineTuning, 'fresh' | 'freeze' | 'adapters'>

const stepsOfEpoch = (examples: number, batchSize: number): number => Math.max(1, Math.ceil(examples / batchSize))

/** Epochs with all but the new layer frozen, where the user does not say: none where no layer is new, or nothing else is ever trained. */
export function usualFreezeEpochs(
  { fresh, freeze, adapters }: Started,
  { batchSize, epochs, time }: Pick<Training, 'batchSize' | 'epochs' | 'time'>,
  examples: number,
): number {
  if (fresh.length === 0 || freeze.includes('*') || adapters !== null) return 0
  const usual = usualSteps / stepsOfEpoch(examples, batchSize)
  const fitting = time === undefined ? Math.min(usual, mostOfEpochs * epochs) : usual
  return fitting >= 1 ? Math.round(fitting) : Number(fitting.toPrecision(2))
}

export interface FrozenStart {
  /** Seconds of the whole run, where it has a limit. */
  readonly seconds?: number | undefined
  readonly say?: ((line: string) => void) | undefined
  readonly ranks?: ParallelWorld | undefined
}

/** `only the new layer is trained for 11 epochs, then everything`; empty where nothing is frozen at first. */
export function frozenStartText({ fineTuning }: Pick<RunConfig, 'fineTuning'>): string {
  const freezeEpochs = fineTuning?.freezeEpochs ?? 0
  if (freezeEpochs === 0) return ''
  return `only the new layer is trained for ${freezeEpochs === 1 ? '1 epoch' : `${freezeEpochs} epochs`}, then everything`
}

/** Trains what is new while the rest is frozen; what is trained afterwards is what was before. */
export async function trainNewAlone(
  model: nn.Module,
  config: RunConfig,
  opened: Opened<Examples[TaskName]>,
  { seconds, say, ranks }: FrozenStart = {},
): Promise<void> {
  const { fresh, freezeEpochs = 0 } = config.fineTuning!
  if (freezeEpochs === 0) return
  const { batchSize, seed } = config.training
  const trained = Object.keys(model.namedParameters())
  model.freeze()
  for (const name of trained.filter((one) => fresh.includes(one))) model.unfreeze(name)
  const kit = kitOf(config.task)
  const { train: set } = partsOf(config, opened)
  const steps = Math.max(1, Math.round(freezeEpochs * stepsOfEpoch(set.length, batchSize)))
  const began = performance.now()
  const isOver = (): boolean => seconds !== undefined && performance.now() - began > 1000 * mostOfTime * seconds
  let taken = 0
  const { progress } = await train.fit<object, Tensor>({
    ...{ model, task: kit.learning(config, model), train: set, augment: kit.augment(config), batchSize, seed },
    ...{ epochs: Math.ceil(freezeEpochs), steps: () => (isOver() ? Math.max(1, taken) : steps), parallel: ranks },
    optimizer: optim.AdamW(model.parameters(), { learningRate: frozenRate, weightDecay: 0 }),
    schedule: optim.oneCycle({ steps: Math.max(2, steps) }),
    onEvent(event) {
      if (event.type === 'step') taken = event.step
    },
  })
  for (const name of trained) model.unfreeze(name)
  const loss = progress.history.at(-1)?.loss
  const time = duration((performance.now() - began) / 1000)
  say?.(`the new layer only: ${counted(progress.step, 'step')} in ${time}, loss ${plainNumber(loss ?? Number.NaN)}`)
}
