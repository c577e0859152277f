// Two tasks that only memory solves, by the temporal convolutional network of Bai, Kolter & Koltun 2018.
//
//     npm run example tcn -- --task adding               the adding problem, 600 steps long
//     npm run example tcn -- --task copy                 copy memory, 1000 steps of waiting
//     npm run example tcn -- --task copy --length 100    shorter
//     npm run example tcn -- --task copy --quick         a few steps
//
// Networks, numbers of sequences, batches, optimisers and clipping are those of the paper and its code; the rate falls
// along half a cosine, which needs fewer epochs than a constant one. The loss is that of 1000 sequences not seen before.

import { data, models, type nn, optim, type Tensor, train } from 'convoke'
import { experiment, progressOf, report } from './common/experiment.ts'

interface Problem {
  readonly title: string
  readonly sequences: (options: data.SequenceOptions) => data.Dataset<data.SequencePair>
  readonly length: number
  /** Sequences to learn from. */
  readonly count: number
  readonly epochs: number
  readonly model: nn.Module
  readonly task: (model: nn.Module) => train.Task<data.SequencePair, Tensor>
  readonly optimizer: (parameters: readonly Tensor[]) => optim.Optimizer
  readonly clipNorm?: number
}

const problems: Readonly<Record<string, () => Problem>> = {
  adding: () => ({
    title: 'the adding problem',
    sequences: data.addingProblem,
    ...{ length: 600, count: 50_000, epochs: 10 },
    model: models.TCN({ in: 2, out: 1, widths: Array(8).fill(24), kernel: 8, returns: 'last' }),
    task: train.sequenceRegression,
    optimizer: (parameters) => optim.Adam(parameters, { learningRate: 4e-3 }),
  }),
  copy: () => ({
    title: 'copy memory',
    sequences: data.copyMemory,
    ...{ length: 1000, count: 10_000, epochs: 20 },
    model: models.TCN({ in: 1, out: 10, widths: Array(8).fill(10), kernel: 8 }),
    task: (model) => train.sequenceLabelling(model, 10),
    optimizer: (parameters) => optim.RMSprop(parameters, { learningRate: 5e-4 }),
    clipNorm: 1,
  }),
}

const run = experiment('tcn', {
  task: { type: 'string', default: 'adding' },
  length: { type: 'string' },
  epochs: { type: 'string' },
})
const { quick, seed, values } = run
const make = problems[String(values['task'])]
if (make === undefined)
  throw new Error(`--task is ${values['task']}; it must be ${Object.keys(problems).join(' or ')}.`)
const problem = make()
const length = quick ? 20 : Number(values['length'] ?? problem.length)
const epochs = quick ? 2 : Number(values['epochs'] ?? problem.epochs)
const count = quick ? 128 : problem.count
const batchSize = 32

const model = problem.model.initialize(seed)
const task = problem.task(model)
const unseen = problem.sequences({ count: quick ? 64 : 1000, length, seed: seed + 1 })
console.log(`${problem.title}, ${length} steps, ${count} sequences`)
await train.fit({
  model,
  task,
  optimizer: problem.optimizer(model.parameters()),
  schedule: optim.cosine({ steps: epochs * Math.ceil(count / batchSize), floor: 0.01 }),
  train: problem.sequences({ count, length, seed }),
  epochs,
  batchSize,
  seed,
  clipNorm: problem.clipNorm,
  onEvent: progressOf(epochs),
})
const { loss } = await train.evaluate(model, task, unseen)
report(run, {
  what: `loss of ${problem.title} at length ${length}`,
  reached: loss,
  asked: 1e-4,
  less: true,
  parameters: model.parameterCount(),
})
