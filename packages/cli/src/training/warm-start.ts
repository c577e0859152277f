// A classifier starts from weights that were trained before. At first all but its new last layer is frozen, and batch normalisation takes
// the statistics of the new pictures; the training that follows releases everything (Kumar et al. 2022, "Fine-Tuning can Distort
// Pretrained Features").

import { concat, divide, type nn, optim, type Tensor, train } from 'convoke'
import { loadWeights } from 'convoke/node'
import { check } from 'convoke/shapes'
import { buildModel, type Run, type RunConfig } from './config.ts'
import type { Examples, Opened, TaskName } from './data/opened.ts'
import { kitOf } from './kits/index.ts'
import { partsOf } from './session.ts'

/** Steps with all but the last layer frozen, and the peak of their learning rate. */
const [frozenSteps, frozenRate] = [300, 1e-2]

/** Filters of a grey picture, which take the mean of the channels of a coloured one. */
function forChannels(filter: Tensor, channels: number): Tensor {
  const grey = divide(filter, channels)
  return concat(
    Array.from({ length: channels }, () => grey),
    { axis: -2 },
  )
}

/** Puts weights in place, but for those of a last layer. Throws `ConvokeError` where they are of another network. */
function place(model: nn.Module, source: nn.Module, fresh: readonly string[]): void {
  const wanted = model.state()
  const known = Object.entries(source.state())
    .filter(([name]) => !fresh.includes(name))
    .map(([name, tensor]): [string, Tensor] => {
      const channels = wanted[name]?.shape.at(-2)
      const isGrey = tensor.rank === 4 && tensor.shape.at(-2) === 1 && channels !== undefined && channels > 1
      return [name, isGrey ? forChannels(tensor, channels) : tensor]
    })
  const { missing, unexpected, mismatched } = model.loadState(Object.fromEntries(known), { strict: false })
  const wrong = [...missing.filter((name) => !fresh.includes(name)), ...unexpected, ...mismatched]
  check(wrong.length === 0, () => `the weights to start from are of another network: ${wrong.join(', ')} do not agree.`)
}

/** The network of a run with its weights. Throws `ConvokeError` for weights of another architecture. */
export async function networkOf({ config, file }: Run): Promise<nn.Module> {
  const network = buildModel(config)
  await loadWeights(network, file)
  return network
}

/** Starts `model` from `source`, which is disposed, and trains its last layer alone. */
export async function startFrom(
  model: nn.Module,
  source: nn.Module,
  config: RunConfig,
  opened: Opened<Examples[TaskName]>,
): Promise<void> {
  const { fresh } = config.fineTuning!
  const { batchSize, seed } = config.training
  place(model, source, fresh)
  source.dispose()
  model.freeze()
  for (const name of fresh) model.unfreeze(name)
  const kit = kitOf(config.task)
  const { train: set } = partsOf(config, opened)
  const epochs = Math.max(1, Math.round((frozenSteps * batchSize) / set.length))
  const steps = epochs * Math.ceil(set.length / batchSize)
  await train.fit({
    ...{ model, task: kit.learning(config, model), train: set, augment: kit.augment(config), epochs, batchSize, seed },
    optimizer: optim.AdamW(model.parameters(), { learningRate: frozenRate, weightDecay: 0 }),
    schedule: optim.oneCycle({ steps: Math.max(2, steps) }),
  })
  model.unfreeze()
}
