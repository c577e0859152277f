// Sequences of numbers: to values, to a class at each step, or to one class.

import { type data, divide, metrics, type models, nn, subtract, type Tensor, tensor, train } from 'convoke'
import { largestOf, smallestOf } from 'convoke/shapes'
import { fewClasses, type Judged } from 'convoke-workbench'
import type { RunConfig, SequenceInput } from '../config.ts'
import type { SequenceForm } from '../data/opened.ts'
import { decisionSections } from '../report/curves.ts'
import type { Section } from '../report/section.ts'
import { classReport, pickModel } from './common.ts'
import { type Evaluation, type Examined, epochsFor, type Kit, usualTraining } from './kit.ts'

type Example = data.SequencePair

const names: readonly models.ModelName[] = ['tcn', 'lstm', 'gru']

/** Taps of each convolution where the user does not say. */
const kernel = 7

/** Features of the state of recurrent networks. */
const hidden = 64

/** Levels so that the last step sees the first: 1 + 2(k − 1)(2ⁿ − 1) steps with n levels. */
const levelsFor = (length: number, taps: number): number =>
  Math.max(2, Math.ceil(Math.log2((length - 1) / (2 * (taps - 1)) + 1)))

/** Mean and deviation of each feature, of series whose scale nobody chose. */
async function sequenceInput(set: data.Dataset<Example>, form: SequenceForm): Promise<SequenceInput> {
  const { features } = form
  const [mean, deviation] = [Array<number>(features).fill(0), Array<number>(features).fill(1)]
  if (form.target !== 'class') return { ...form, mean, deviation }
  const [sums, squares] = [new Float64Array(features), new Float64Array(features)]
  for (let i = 0; i < set.length; i++) {
    const { data: values } = (await set.get(i)).input
    for (let j = 0; j < values.length; j++) {
      sums[j % features] += values[j]
      squares[j % features] += values[j] * values[j]
    }
  }
  const count = set.length * form.length
  for (let f = 0; f < features; f++) {
    mean[f] = sums[f] / count
    deviation[f] = Math.max(1e-6, Math.sqrt(Math.max(0, squares[f] / count - mean[f] * mean[f])))
  }
  return { ...form, mean, deviation }
}

/** A batch of sequences as the network takes them. */
export function sequenceForward({ sequence }: RunConfig, model: nn.Module): (input: Tensor) => Tensor {
  const { mean, deviation, target } = sequence!
  if (target !== 'class') return (input) => model(input)
  return (input) => model(divide(subtract(input, tensor([...mean])), tensor([...deviation])))
}

interface Seen {
  readonly target: ArrayLike<number>
  readonly output: ArrayLike<number>
}

/** Collects what was told and what was asked. */
function collector({ sequence }: RunConfig) {
  const { target: kind, outputs } = sequence!
  const seen: Seen[] = []
  const judged: Judged[] = []
  const chances: number[] = []
  let matrix: metrics.ConfusionMatrix | null = null
  let [absolute, count] = [0, 0]
  const judge = (logits: ArrayLike<number>, labels: ArrayLike<number>): void => {
    for (let i = 0; i < labels.length; i++) {
      const own = chancesOf(Array.from({ length: outputs }, (_, c) => logits[i * outputs + c]))
      const predicted = own.indexOf(largestOf(own))
      const label = labels[i]
      judged.push({ index: judged.length, label, predicted, chance: own[predicted], own: own[label] })
      if (outputs <= fewClasses) for (const chance of own) chances.push(chance)
    }
  }
  const meter: train.Meter<Example, Tensor> = {
    async add(output, { target }) {
      const [told, asked] = await Promise.all([output.data(), target.data()])
      if (kind === 'values') {
        for (let i = 0; i < told.length; i++) absolute += Math.abs(told[i] - asked[i])
        count += told.length
      } else {
        const own = metrics.confusionMatrix(metrics.argMaxRows(told, outputs), asked, outputs)
        matrix = matrix === null ? own : metrics.addConfusion(matrix, own)
        if (kind === 'class') judge(told, asked)
      }
      const [batch] = target.shape
      for (let i = 0; i < batch && seen.length < 400; i++) {
        const part = (all: ArrayLike<number>) =>
          Array.from(all).slice((i * all.length) / batch, ((i + 1) * all.length) / batch)
        seen.push({ target: part(asked), output: part(told) })
      }
    },
    values() {
      if (matrix === null) return { 'absolute error': absolute / Math.max(count, 1) }
      const report = metrics.classificationReport(matrix)
      return { accuracy: report.accuracy, f1: report.macro.f1 }
    },
  }
  return { meter, seen, judged, chances, confusion: () => matrix }
}

function chancesOf(logits: readonly number[]): number[] {
  const largest = largestOf(logits)
  const parts = logits.map((logit) => Math.exp(logit - largest))
  const total = parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part) => part / total)
}

async function examine({ config, model, set, parallel, onBatch }: Examined<Example>): Promise<Evaluation> {
  const { meter, seen, judged, chances, confusion } = collector(config)
  const figures = await train.evaluate(model, sequence.learning(config, model), set, { meter, parallel, onBatch })
  const { target, outputs } = config.sequence!
  const own = confusion()
  const names = config.classes.length > 0 ? config.classes : Array.from({ length: outputs }, (_, i) => String(i))
  return {
    ...{ count: set.length, headline: target === 'values' ? 'loss' : 'accuracy', figures, confusion: own },
    classes: own === null ? [] : classReport(names, own),
    sections: async () => [
      ...decisionSections({ classes: config.classes, judged, chances }),
      ...(await plotSections(config, set, seen)),
    ],
  }
}

/** Predicted over true values; or some of the sequences. */
async function plotSections(config: RunConfig, set: data.Dataset<Example>, seen: readonly Seen[]): Promise<Section[]> {
  const { target, features, outputs } = config.sequence!
  if (target === 'values') {
    const points = seen.flatMap((one) => Array.from(one.target, (asked, i) => [asked, one.output[i]] as const))
    const ends = points.flat()
    const [low, high] = [smallestOf(ends), largestOf(ends)]
    const lines = [
      { name: 'told', points, dots: true },
      {
        name: 'asked',
        points: [
          [low, low],
          [high, high],
        ] as const,
        dashed: true,
      },
    ]
    return [
      {
        kind: 'plot',
        title: 'Predicted over true values',
        note: `${points.length} predictions; correct ones lie on the line.`,
        plots: [{ title: '', lines }],
      },
    ]
  }
  const plots = await Promise.all(
    Array.from({ length: Math.min(6, set.length) }, async (_, i) => {
      const { input } = await set.get(i)
      const wave = (f: number) =>
        Array.from({ length: input.shape[0] }, (_, t) => [t, input.data[t * features + f]] as const)
      const steps = metrics.argMaxRows(seen[i].output, outputs)
      const answer =
        target === 'class'
          ? `${config.classes[seen[i].target[0]]}, read as ${config.classes[steps[0]]}`
          : `sequence ${i + 1}`
      const lines = [
        { name: 'input', points: wave(0) },
        ...(target === 'steps'
          ? [
              { name: 'asked', points: Array.from(seen[i].target, (value, t) => [t, value] as const), dashed: true },
              { name: 'told', points: Array.from(steps, (value, t) => [t, value] as const) },
            ]
          : []),
      ]
      return { title: answer, lines }
    }),
  )
  return [{ kind: 'plot', title: 'Some of the sequences', plots }]
}

export const sequence: Kit<'sequence', Example> = {
  task: 'sequence',
  models: names,
  decided(name) {
    const given = ['in', 'out', 'returns']
    return name === 'tcn' ? { fixed: { kernel }, fitted: ['widths'], given } : { fixed: { hidden }, fitted: [], given }
  },
  async plan(opened, request) {
    const form = opened.sequence!
    const name = pickModel('sequence', names, request.name)
    const ends = { in: form.features, out: form.outputs, returns: form.target === 'steps' ? 'sequence' : 'last' }
    const taps = Number(request.options['kernel'] ?? kernel)
    const width = form.target === 'class' ? 32 : 24
    const own =
      name === 'tcn' ? { kernel: taps, widths: Array<number>(levelsFor(form.length, taps)).fill(width) } : { hidden }
    const usual = { ...ends, ...own }
    const input = await sequenceInput(opened.train, form)
    return { model: { name, options: { ...usual, ...request.options } }, picture: null, text: null, sequence: input }
  },
  defaults(_, examples) {
    const batchSize = examples < 500 ? 16 : 32
    const epochs = epochsFor(examples, batchSize, 1500, 4, 60)
    return { ...usualTraining, batchSize, epochs, learningRate: 4e-3, optimizer: 'adam', weightDecay: 0, clipNorm: 1 }
  },
  ready: (_, set) => set,
  learning(config, model) {
    const { target, outputs } = config.sequence!
    const run = sequenceForward(config, model)
    const forward = ({ input }: data.Batch<Example>) => run(input)
    if (target === 'values') return { ...train.sequenceRegression(model), forward }
    if (target === 'steps') return { ...train.sequenceLabelling(model, outputs), forward }
    return {
      forward,
      loss: (logits, { target: labels }) => nn.crossEntropy(logits, labels, { smoothing: config.training.smoothing }),
      meter: () => collector(config).meter,
    }
  },
  augment: () => undefined,
  examine,
}
